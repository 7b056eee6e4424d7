package org.sememe.models.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A file that is one document. */
record PlainText(Path file) implements TextSource {
  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public Stream<Document> documents() throws IOException {
    String text =
        decoded(Files.readAllBytes(file))
            .orElseThrow(() -> new IOException(file + ": not UTF-8 text"));
    return Stream.of(new Document(file.toString(), text));
  }

  /** Bytes as text; empty if they are not UTF-8, or hold a zero byte as binary files do. */
  static Optional<String> decoded(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') >= 0 ? Optional.empty() : Optional.of(text);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
