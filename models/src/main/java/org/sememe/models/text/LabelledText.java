package org.sememe.models.text;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** A text that says something of its documents, for probes. The order is that of the documents. */
public interface LabelledText extends TextSource {
  /** The names of the documents' labels; every document has all of them. */
  List<String> labels();

  /** The documents with their labels; as {@link #documents} otherwise. */
  Stream<LabelledDocument> labelled() throws IOException;

  @Override
  default Stream<Document> documents() throws IOException {
    return labelled().map(LabelledDocument::document);
  }
}
