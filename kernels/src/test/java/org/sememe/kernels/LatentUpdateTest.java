package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatentUpdateTest {
  private static final long SEED = 47;
  private static final int ROWS = 7;

  private static final ScalarAdam ADAM = new ScalarAdam(1e-3, 0.9, 0.999, 1e-8, 0.5);

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** A dictionary of unit decoder rows, inputs, gradients, and two blocks of codes. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Case(
      int latents,
      int d,
      float[] x,
      float[] g,
      float[] encoder,
      float[] decoder,
      float[] pull,
      List<ScalarPairs.Block> blocks) {

    static Case random(SplittableRandom random, int latents, int d) {
      float[] decoder = NativeFloats.random(random, latents * d);
      for (int latent = 0; latent < latents; latent++) {
        float[] row = Arrays.copyOfRange(decoder, latent * d, (latent + 1) * d);
        double[] unit = ScalarRows.normalise(row);
        for (int i = 0; i < d; i++) {
          decoder[latent * d + i] = (float) unit[i];
        }
      }
      float[] x = NativeFloats.random(random, ROWS * d);
      float[] g = NativeFloats.random(random, 2 * ROWS * d);
      float[] encoder = NativeFloats.random(random, latents * d);
      float[] pull = NativeFloats.random(random, latents);
      Case made = new Case(latents, d, x, g, encoder, decoder, pull, List.of());
      return new Case(
          latents,
          d,
          x,
          g,
          encoder,
          decoder,
          pull,
          List.of(made.block(random, ROWS, 0, 0), made.block(random, 3, 2, ROWS)));
    }

    private ScalarPairs.Block block(
        SplittableRandom random, int rows, int inputRow, int gradientRow) {
      Codes codes = Codes.random(random, rows, Math.min(3, latents), latents);
      float[] slopes = NativeFloats.random(random, codes.indices().length);
      return new ScalarPairs.Block(codes, slopes, inputRow, gradientRow, -0.25f);
    }

    ScalarGradients expected(DecoderNorm norm) {
      return ScalarGradients.of(ScalarPairs.of(latents, blocks), x, g, d, decoder, norm, pull);
    }

    /** The weights after the first latents and the others were updated apart. */
    List<float[]> apart(DecoderNorm norm, int cut) {
      try (Workers workers = new Workers(2);
          Arena arena = Arena.ofShared();
          LatentPairs pairs = new LatentPairs(latents)) {
        pairs.gather(blocks.stream().map(block -> block.codes().in(arena, block)).toList());
        PairGradients inputs =
            new PairGradients(
                pairs,
                NativeFloats.of(arena, x),
                NativeFloats.of(arena, g),
                norms(x, d),
                norms(g, d));
        Moments encoders = moments(arena, encoder);
        Moments decoders = moments(arena, decoder);
        MemorySegment pulls = NativeFloats.of(arena, pull);
        Adam adam =
            Adam.step(
                1, ADAM.lr(), ADAM.beta1(), ADAM.beta2(), ADAM.epsilon(), ADAM.gradientScale());
        int[] bounds = {0, cut, latents};
        for (int part = 0; part < 2; part++) {
          int from = bounds[part];
          int count = bounds[part + 1] - from;
          try (LatentUpdate update = new LatentUpdate(from, count, d, norm, workers)) {
            update.run(
                inputs, pulls, adam, part(encoders, from, count), part(decoders, from, count));
          }
        }
        return List.of(
            NativeFloats.array(encoders.weights()),
            NativeFloats.array(encoders.first()),
            NativeFloats.array(decoders.weights()),
            NativeFloats.array(decoders.first()));
      }
    }

    private Moments part(Moments all, int from, int count) {
      long row = (long) d * Float.BYTES;
      return new Moments(
          all.weights().asSlice(from * row, count * row),
          all.first().asSlice(from * row, count * row),
          all.second().asSlice(from * row, count * row));
    }

    Result run(DecoderNorm norm, int threads) {
      try (Workers workers = new Workers(threads);
          Arena arena = Arena.ofShared();
          LatentPairs pairs = new LatentPairs(latents);
          LatentUpdate update = new LatentUpdate(latents, d, norm, workers)) {
        pairs.gather(blocks.stream().map(block -> block.codes().in(arena, block)).toList());
        Moments encoders = moments(arena, encoder);
        Moments decoders = moments(arena, decoder);
        PairGradients inputs =
            new PairGradients(
                pairs,
                NativeFloats.of(arena, x),
                NativeFloats.of(arena, g),
                norms(x, d),
                norms(g, d));
        MemorySegment pulls = NativeFloats.of(arena, pull);
        double measured = update.squaredNorm(inputs, pulls, decoders.weights());
        double bound = inputs.bound(pulls);
        Adam adam =
            Adam.step(
                1, ADAM.lr(), ADAM.beta1(), ADAM.beta2(), ADAM.epsilon(), ADAM.gradientScale());
        double used = update.run(inputs, pulls, adam, encoders, decoders);
        return new Result(
            measured,
            used,
            bound,
            NativeFloats.array(encoders.weights()),
            NativeFloats.array(encoders.first()),
            NativeFloats.array(decoders.weights()),
            NativeFloats.array(decoders.first()));
      }
    }

    private static Moments moments(Arena arena, float[] weights) {
      return new Moments(
          NativeFloats.of(arena, weights),
          NativeFloats.room(arena, weights.length),
          NativeFloats.room(arena, weights.length));
    }

    private static float[] norms(float[] rows, int d) {
      float[] norms = new float[rows.length / d];
      for (int row = 0; row < norms.length; row++) {
        float[] values = Arrays.copyOfRange(rows, row * d, (row + 1) * d);
        norms[row] = (float) Math.sqrt(ScalarRows.dot(values, values));
      }
      return norms;
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Result(
      double measured,
      double used,
      double bound,
      float[] encoder,
      float[] encoderFirst,
      float[] decoder,
      float[] decoderFirst) {}

  @Test
  void everyWidthAgainstTheScalarTwin() {
    for (int d : NativeFloats.lengths()) {
      for (int latents : new int[] {1, 4, 23}) {
        Case one = Case.random(random, latents, d);
        compare(one, DecoderNorm.UNIT);
        compare(one, DecoderNorm.FREE);
      }
    }
  }

  private static void compare(Case one, DecoderNorm norm) {
    ScalarGradients gradients = one.expected(norm);
    Result result = one.run(norm, 2);
    int d = one.d;
    String what = "%d latents, d %d, %s, seed %d".formatted(one.latents, d, norm, SEED);
    double squared = gradients.squaredNorm();
    assertThat(result.measured).as(what).isCloseTo(squared, within(1e-4 * (1 + squared)));
    assertThat(result.used).as(what).isEqualTo(result.measured);
    assertThat(result.bound).as(what).isGreaterThanOrEqualTo(0.999 * squared);
    for (int latent = 0; latent < one.latents; latent++) {
      float[] row = new float[d];
      for (int i = 0; i < d; i++) {
        int at = latent * d + i;
        ScalarAdam.Value encoder = step(one.encoder[at], gradients.encoder()[at]);
        ScalarAdam.Value decoder = step(one.decoder[at], gradients.decoder()[at]);
        row[i] = (float) decoder.weight();
        close(what, result.encoderFirst[at], encoder.first(), 1e-5);
        close(what, result.decoderFirst[at], decoder.first(), 1e-5);
        if (Math.abs(gradients.encoder()[at]) > 1e-3) { // Adam's first step is the sign's
          close(what, result.encoder[at], encoder.weight(), 1e-5);
        }
      }
      double squaredLength =
          ScalarRows.dot(
              Arrays.copyOfRange(result.decoder, latent * d, (latent + 1) * d),
              Arrays.copyOfRange(result.decoder, latent * d, (latent + 1) * d));
      double[] wanted = IntStream.range(0, d).mapToDouble(i -> row[i]).toArray();
      if (norm == DecoderNorm.UNIT) {
        assertThat(squaredLength).as(what).isCloseTo(1, within(1e-5));
        wanted = ScalarRows.normalise(row);
      }
      for (int i = 0; i < d; i++) {
        if (Math.abs(gradients.decoder()[latent * d + i]) > 1e-3) {
          close(what, result.decoder[latent * d + i], wanted[i], 1e-3);
        }
      }
    }
  }

  private static ScalarAdam.Value step(float weight, double gradient) {
    return ADAM.step(1, new ScalarAdam.Value(weight, 0, 0), gradient);
  }

  private static void close(String where, float actual, double expected, double room) {
    if (!(Math.abs(actual - expected) <= room)) { // assertThat on every value takes seconds
      assertThat((double) actual).as(where).isCloseTo(expected, within(room));
    }
  }

  @Test
  void wholeMatricesAreTakenAsTheyStand() {
    int d = NativeFloats.WIDEST + 3;
    Case one = Case.random(random, 9, d);
    Result pairs = one.run(DecoderNorm.FREE, 2);
    float[] none = new float[9];
    ScalarGradients gradients =
        ScalarGradients.of(
            ScalarPairs.of(9, one.blocks), one.x, one.g, d, one.decoder, DecoderNorm.FREE, none);
    try (Workers workers = new Workers(2);
        Arena arena = Arena.ofShared();
        LatentUpdate update = new LatentUpdate(9, d, DecoderNorm.FREE, workers)) {
      Moments encoders = Case.moments(arena, one.encoder);
      Moments decoders = Case.moments(arena, one.decoder);
      WholeGradients whole =
          new WholeGradients(
              NativeFloats.of(arena, floats(gradients.encoder())),
              NativeFloats.of(arena, floats(gradients.decoder())));
      double squared = gradients.squaredNorm();
      Adam adam =
          Adam.step(1, ADAM.lr(), ADAM.beta1(), ADAM.beta2(), ADAM.epsilon(), ADAM.gradientScale());
      assertThat(update.run(whole, NativeFloats.room(arena, 9), adam, encoders, decoders))
          .isCloseTo(squared, within(1e-4 * squared));
      float[] first = NativeFloats.array(encoders.first());
      for (int i = 0; i < first.length; i++) {
        close("encoder", first[i], pairs.encoderFirst[i], 1e-5);
      }
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Test
  void latentsThatAreUpdatedApartGetTheSameBits() {
    Case one = Case.random(random, 23, NativeFloats.WIDEST + 3);
    for (DecoderNorm norm : List.of(DecoderNorm.UNIT, DecoderNorm.FREE)) {
      Result whole = one.run(norm, 2);
      for (int cut : new int[] {1, 11, 22}) {
        assertThat(one.apart(norm, cut))
            .usingRecursiveComparison()
            .isEqualTo(
                List.of(whole.encoder, whole.encoderFirst, whole.decoder, whole.decoderFirst));
      }
    }
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    for (int latents : new int[] {1, 5, 61}) {
      Case one = Case.random(random, latents, 2 * NativeFloats.WIDEST + 3);
      Result alone = one.run(DecoderNorm.UNIT, 1);
      for (int threads = 2; threads <= 7; threads++) {
        Result many = one.run(DecoderNorm.UNIT, threads);
        assertThat(many).usingRecursiveComparison().isEqualTo(alone);
      }
    }
  }
}
