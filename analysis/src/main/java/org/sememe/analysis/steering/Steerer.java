package org.sememe.analysis.steering;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.models.generation.Intervention;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/**
 * Does steerings: turns them into edits at the dictionary's hook point, for {@link
 * org.sememe.models.generation.Generator} or any run of the model.
 *
 * <p>An edited row is {@code x' = x + decode(edited codes) - decode(codes)}, then projected by caps
 * and orthogonal steers in their order. The codes are those of x before any edit, and nothing is
 * encoded again: the error term stays, and clamping to the present activation changes no bit.
 * Gradients do not flow through an edit.
 *
 * <p>One thread at a time, its edits included. Owns an encoder; model, tokenizer and dictionary
 * stay the caller's and are closed after it.
 */
public final class Steerer implements AutoCloseable {
  private static final int MOST_ROWS = 256;

  private final LanguageModel model;
  private final Tokenizer tokenizer;
  private final Sae sae;
  private final Encoder encoder;
  private final Arena arena = Arena.ofShared(); // the encoder's workers read it too
  private final MemorySegment input;

  /**
   * For a dictionary of one of the model's hook points.
   *
   * @throws IllegalArgumentException if the model has no such point, or of another width
   */
  public Steerer(LanguageModel model, Tokenizer tokenizer, Sae sae) {
    long width = model.hookPoint(sae.config().hook()).width();
    if (width != sae.config().width()) {
      throw new IllegalArgumentException(
          "%s of this model is %d wide, and the dictionary's rows are %d"
              .formatted(sae.config().hook(), width, sae.config().width()));
    }
    this.model = model;
    this.tokenizer = tokenizer;
    this.sae = sae;
    this.encoder = new Encoder(sae, MOST_ROWS);
    this.input = arena.allocate(ValueLayout.JAVA_FLOAT, (long) MOST_ROWS * width);
  }

  /** The model that is steered. */
  public LanguageModel model() {
    return model;
  }

  /** Its tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The dictionary. */
  public Sae sae() {
    return sae;
  }

  /**
   * A steering for one generation, or one text in pieces: it remembers the norms it has seen.
   *
   * @throws IllegalArgumentException if the steering is of another hook point, a latent is not
   *     there, or a strength's unit is not known
   */
  public Intervention intervention(Steering steering) {
    return new Intervention(edits(steering), steering.where().prompt(), steering.where().reply());
  }

  /**
   * A plan with a steering's edits at every position of a run, {@code where} aside: to go on with
   * by {@link HookPlan#toBuilder}.
   *
   * @throws IllegalArgumentException as {@link #intervention}
   */
  public HookPlan edits(Steering steering) {
    requireHook(steering);
    List<Knob> knobs =
        steering.steers().stream()
            .map(steer -> Knob.of(steer, steering.raw(steer), direction(steer.latent())))
            .toList();
    return edits(sequence -> knobs, steering.sinks());
  }

  /** The same with directions of the caller's own, for each sequence of a batch. */
  HookPlan edits(IntFunction<List<Knob>> knobs, boolean sinks) {
    SteeredRows rows = new SteeredRows(tokenizer, sinks);
    return HookPlan.builder()
        .edit(sae.config().hook(), (activation, batch) -> edited(activation, batch, rows, knobs))
        .build();
  }

  private void requireHook(Steering steering) {
    if (!steering.hook().isEmpty() && !steering.hook().equals(sae.config().hook())) {
      throw new IllegalArgumentException(
          "the steering is of hook point "
              + steering.hook()
              + ", and the dictionary of "
              + sae.config().hook());
    }
  }

  /** A latent's decoder row, a copy. */
  float[] direction(int latent) {
    if (latent >= sae.config().latents()) {
      throw new IllegalArgumentException(
          "there is no latent " + latent + ": the dictionary has " + sae.config().latents());
    }
    int width = sae.config().width();
    float[] row = new float[width];
    MemorySegment.copy(
        TensorMemory.segment(sae.decoder()),
        ValueLayout.JAVA_FLOAT,
        (long) latent * width * Float.BYTES,
        row,
        0,
        width);
    return row;
  }

  private Tensor edited(
      Tensor activation, TokenBatch batch, SteeredRows rule, IntFunction<List<Knob>> knobs) {
    int width = sae.config().width();
    MemorySegment from = TensorMemory.segment(activation);
    int[] rows = rule.of(batch, from, width);
    Tensor result = activation.clone();
    MemorySegment to = TensorMemory.segment(result);
    boolean codesNeeded =
        sae.config().rows() != RowNormalisation.NONE
            || IntStream.range(0, batch.sequences())
                .mapToObj(knobs)
                .anyMatch(some -> some.stream().anyMatch(Knob::readsCode));
    float[] x = new float[width];
    for (int first = 0; first < rows.length; first += MOST_ROWS) {
      int count = Math.min(MOST_ROWS, rows.length - first);
      Optional<SparseCodes> codes =
          codesNeeded ? Optional.of(encoded(from, rows, first, count)) : Optional.empty();
      for (int i = 0; i < count; i++) {
        long at = (long) rows[first + i] * width * Float.BYTES;
        MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, at, x, 0, width);
        turn(x, codes, i, knobs.apply(rows[first + i] / batch.length()));
        MemorySegment.copy(x, 0, to, ValueLayout.JAVA_FLOAT, at, width);
      }
    }
    return result;
  }

  /**
   * A latent's activation in a row.
   *
   * @param row from 0
   * @param outward what the row's decoded activations are multiplied by
   */
  record Firing(int row, int latent, double activation, double outward) {
    /** What it adds to the row along its direction. */
    float[] part(float[] direction) {
      float[] part = new float[direction.length];
      for (int i = 0; i < part.length; i++) {
        part[i] = (float) (activation * outward * direction[i]);
      }
      return part;
    }
  }

  /** Where one sequence activates a latent; see {@link #firings(Tensor, TokenBatch)}. */
  List<Firing> firings(Tensor activation, TokenBatch batch, int latent) {
    return firings(activation, batch).stream().filter(firing -> firing.latent() == latent).toList();
  }

  /**
   * What one sequence activates, row by row; first position, special tokens and sinks left out.
   *
   * @param activation float32 {@code [1, length, width]}
   */
  List<Firing> firings(Tensor activation, TokenBatch batch) {
    MemorySegment from = TensorMemory.segment(activation);
    int[] rows = new SteeredRows(tokenizer, false).of(batch, from, sae.config().width());
    List<Firing> firings = new ArrayList<>();
    for (int first = 0; first < rows.length; first += MOST_ROWS) {
      int count = Math.min(MOST_ROWS, rows.length - first);
      SparseCodes codes = encoded(from, rows, first, count);
      for (int i = 0; i < count; i++) {
        for (int place = 0; place < codes.k(); place++) {
          double value = codes.value(i, place);
          if (value != 0) {
            firings.add(
                new Firing(rows[first + i], codes.latent(i, place), value, codes.outward(i)));
          }
        }
      }
    }
    return firings;
  }

  private static void turn(float[] x, Optional<SparseCodes> codes, int row, List<Knob> knobs) {
    double outward = codes.map(known -> known.outward(row)).orElse(1.0);
    for (Knob knob : knobs) {
      if (knob.changesCode()) {
        double f = codes.map(known -> activation(known, row, knob.latent())).orElse(0.0);
        knob.add(knob.change(f) * outward, x);
      }
    }
    for (Knob knob : knobs) {
      if (!knob.changesCode()) {
        knob.project(outward, x);
      }
    }
  }

  /** The codes of some rows as they come in. */
  private SparseCodes encoded(MemorySegment from, int[] rows, int first, int count) {
    long bytes = (long) sae.config().width() * Float.BYTES;
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(from, rows[first + i] * bytes, input, i * bytes, bytes);
    }
    return encoder.encode(input, count);
  }

  private static double activation(SparseCodes codes, int row, int latent) {
    for (int place = 0; place < codes.k(); place++) {
      if (codes.latent(row, place) == latent) {
        return codes.value(row, place);
      }
    }
    return 0;
  }

  @Override
  public void close() {
    encoder.close();
    arena.close();
  }
}
