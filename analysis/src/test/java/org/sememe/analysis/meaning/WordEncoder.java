package org.sememe.analysis.meaning;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Counts a text's words by their hash; texts of the same words have the same direction. */
final class WordEncoder implements SentenceEncoder {
  static final int WIDTH = 64;

  private final String sha256;
  final List<String> asked = new ArrayList<>();

  WordEncoder(String sha256) {
    this.sha256 = sha256;
  }

  @Override
  public String name() {
    return "words";
  }

  @Override
  public String sha256() {
    return sha256;
  }

  @Override
  public float[][] embeddings(List<String> texts) {
    asked.addAll(texts);
    return texts.stream().map(WordEncoder::vector).toArray(float[][]::new);
  }

  private static float[] vector(String text) {
    float[] vector = new float[WIDTH];
    Pattern.compile("\\w+")
        .matcher(text)
        .results()
        .forEach(word -> vector[Math.floorMod(word.group().hashCode() * 31, WIDTH)] += 3);
    return vector;
  }
}
