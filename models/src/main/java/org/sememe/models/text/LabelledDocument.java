package org.sememe.models.text;

import java.util.List;
import java.util.Map;

/**
 * A document and what is known of it.
 *
 * @param labels of the whole, by the label's name, such as {@code party}
 * @param spans labels of stretches in the order of the text, which do not overlap; may be none
 */
public record LabelledDocument(
    Document document, Map<String, String> labels, List<LabelledSpan> spans) {
  public LabelledDocument {
    labels = Map.copyOf(labels);
    spans = List.copyOf(spans);
  }
}
