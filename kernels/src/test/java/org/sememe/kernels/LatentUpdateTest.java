package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
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
      Case made =
          new Case(latents, d, x, g, NativeFloats.random(random, latents * d), decoder, null);
      return new Case(
          latents,
          d,
          x,
          g,
          made.encoder,
          decoder,
          List.of(made.block(random, ROWS, 0, 0), made.block(random, 3, 2, ROWS)));
    }

    /** Codes with the slopes that they have: the projection is told by them. */
    private ScalarPairs.Block block(
        SplittableRandom random, int rows, int inputRow, int gradientRow) {
      Codes codes = Codes.random(random, rows, Math.min(3, latents), latents);
      float[] slopes = new float[codes.indices().length];
      for (int place = 0; place < slopes.length; place++) {
        int latent = codes.indices()[place];
        int row = gradientRow + place / codes.k();
        slopes[place] =
            (float)
                ScalarRows.dot(
                    Arrays.copyOfRange(decoder, latent * d, (latent + 1) * d),
                    Arrays.copyOfRange(g, row * d, (row + 1) * d));
      }
      return new ScalarPairs.Block(codes, slopes, inputRow, gradientRow, -0.25f);
    }

    ScalarGradients expected() {
      return ScalarGradients.of(ScalarPairs.of(latents, blocks), x, g, d, decoder);
    }

    Result run(int threads) {
      try (Workers workers = new Workers(threads);
          Arena arena = Arena.ofShared();
          LatentPairs pairs = new LatentPairs(latents);
          LatentUpdate update = new LatentUpdate(latents, d, workers)) {
        pairs.gather(blocks.stream().map(block -> block.codes().in(arena, block)).toList());
        Moments encoders = moments(arena, encoder);
        Moments decoders = moments(arena, decoder);
        LatentUpdate.Inputs inputs =
            new LatentUpdate.Inputs(pairs, NativeFloats.of(arena, x), NativeFloats.of(arena, g));
        double measured = update.squaredNorm(inputs, decoders.weights());
        double bound = LatentUpdate.bound(pairs, norms(x, d), norms(g, d));
        Adam adam =
            Adam.step(
                1, ADAM.lr(), ADAM.beta1(), ADAM.beta2(), ADAM.epsilon(), ADAM.gradientScale());
        double used = update.run(inputs, adam, encoders, decoders);
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
        compare(Case.random(random, latents, d));
      }
    }
  }

  private static void compare(Case one) {
    ScalarGradients gradients = one.expected();
    Result result = one.run(2);
    int d = one.d;
    String what = "%d latents, d %d, seed %d".formatted(one.latents, d, SEED);
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
      double norm =
          ScalarRows.dot(
              Arrays.copyOfRange(result.decoder, latent * d, (latent + 1) * d),
              Arrays.copyOfRange(result.decoder, latent * d, (latent + 1) * d));
      assertThat(norm).as(what).isCloseTo(1, within(1e-5));
      double[] unit = ScalarRows.normalise(row);
      for (int i = 0; i < d; i++) {
        if (Math.abs(gradients.decoder()[latent * d + i]) > 1e-3) {
          close(what, result.decoder[latent * d + i], unit[i], 1e-3);
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
  void theNumberOfThreadsChangesNoBit() {
    for (int latents : new int[] {1, 5, 61}) {
      Case one = Case.random(random, latents, 2 * NativeFloats.WIDEST + 3);
      Result alone = one.run(1);
      for (int threads = 2; threads <= 7; threads++) {
        Result many = one.run(threads);
        assertThat(many).usingRecursiveComparison().isEqualTo(alone);
      }
    }
  }
}
