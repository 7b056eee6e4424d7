package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a SentencePiece model of merges as a tokenizer.json. SentencePiece joins the two
 * neighbours whose union has the best score, until no union is a piece; here every way to make a
 * piece of two others is a merge, and merges are in the order of the scores. Bytes stand for what
 * no piece has.
 *
 * @param json gets a normalizer, a decoder and a model
 * @param prefix whether a text gets a space in front
 */
record SentencePieceJson(ObjectNode json, boolean prefix) {
  private static final String SPACE = "\u2581";
  private static final long NORMAL = 1;

  /** Far more than any vocabulary has: ways to split a piece grow with its length. */
  private static final int LONGEST = 512;

  /**
   * The pieces by id.
   *
   * @param types as GGUF counts them; only ordinary ones (1) take part in merges
   */
  @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
  record Pieces(List<String> texts, double[] scores, long[] types) {}

  /** Two pieces that make a third. */
  private record Merge(int left, int right, double score) {}

  /**
   * Writes all parts.
   *
   * @param vocabulary ids by piece
   * @param unknown the token of what cannot be written
   * @throws IllegalArgumentException if a piece is far too long
   */
  void write(Pieces pieces, JsonNode vocabulary, Optional<String> unknown) {
    ArrayNode steps = json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    if (prefix) {
      steps.addObject().put("type", "Prepend").put("prepend", SPACE);
    }
    replace(steps.addObject(), " ", SPACE);
    ArrayNode back = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
    replace(back.addObject(), SPACE, " ");
    back.addObject().put("type", "ByteFallback");
    back.addObject().put("type", "Fuse");
    if (prefix) {
      back.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
    ObjectNode model = json.putObject("model");
    model.put("type", "BPE").put("byte_fallback", true).put("fuse_unk", true);
    unknown.ifPresent(token -> model.put("unk_token", token));
    model.set("vocab", vocabulary);
    ArrayNode merges = model.putArray("merges");
    for (Merge merge : merges(pieces)) {
      merges
          .addArray()
          .add(pieces.texts().get(merge.left()))
          .add(pieces.texts().get(merge.right()));
    }
  }

  private static void replace(ObjectNode step, String from, String to) {
    step.put("type", "Replace").put("content", to).putObject("pattern").put("String", from);
  }

  private static List<Merge> merges(Pieces pieces) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < pieces.texts().size(); id++) {
      if (pieces.types()[id] == NORMAL) {
        ids.put(pieces.texts().get(id), id);
      }
    }
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < pieces.texts().size(); id++) {
      if (pieces.types()[id] == NORMAL) {
        split(pieces.texts().get(id), pieces.scores()[id], ids, merges);
      }
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .reversed()
            .thenComparingInt(Merge::left)
            .thenComparingInt(Merge::right));
    return merges;
  }

  private static void split(
      String piece, double score, Map<String, Integer> ids, List<Merge> merges) {
    if (piece.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a token of %d characters is too long".formatted(piece.length()));
    }
    for (int at = 1; at < piece.length(); at++) {
      Integer left = ids.get(piece.substring(0, at));
      Integer right = left == null ? null : ids.get(piece.substring(at));
      if (right != null) {
        merges.add(new Merge(left, right, score));
      }
    }
  }
}
