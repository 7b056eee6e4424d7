package org.sememe.models.testing;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.sememe.models.text.Document;
import org.sememe.models.text.TextSource;
import org.sememe.tensors.RandomStream;

/**
 * Documents of random words, the same for the same seed.
 *
 * @param count how many documents
 * @param mostCharacters the longest document's length; lengths are even over 1 to this
 */
public record SeededText(long seed, int count, int mostCharacters) implements TextSource {
  @Override
  public String name() {
    return "seeded text " + seed;
  }

  @Override
  public Stream<Document> documents() {
    return LongStream.range(0, count)
        .mapToObj(
            number -> {
              RandomStream random = RandomStream.of(seed).stream(number);
              StringBuilder text = new StringBuilder();
              for (int left = 1 + random.nextInt(mostCharacters); left > 0; left--) {
                text.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
              }
              return new Document("document " + number, text.toString());
            });
  }
}
