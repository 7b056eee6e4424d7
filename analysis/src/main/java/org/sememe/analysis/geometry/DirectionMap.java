package org.sememe.analysis.geometry;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.analysis.index.DecoderRelations;
import org.sememe.analysis.index.DecoderRelations.Ranked;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Decoder directions as points of a plane, so that near directions are near points: UMAP (McInnes,
 * Healy and Melville 2018, arXiv 1802.03426) by cosine distance, from a start at the two leading
 * principal components. Only what is near means something: distances between groups, and the axes,
 * do not.
 *
 * @param latents which latents are on it, ascending; all, unless they were more than asked for
 * @param x their places, one for each of them
 * @param y likewise
 * @param kept how well neighbours were kept
 */
@SuppressWarnings("ArrayRecordComponent") // as many as there are latents
public record DirectionMap(int[] latents, float[] x, float[] y, Kept kept) {

  /**
   * The share of each direction's nearest that are among its point's nearest, on average.
   *
   * @param share on this map
   * @param principal on the map of the two leading principal components, where the layout began
   * @param chance expected of points at random: {@code neighbours / (points - 1)}
   * @param neighbours how many nearest were looked at
   * @param sample points that were looked at
   */
  public record Kept(double share, double principal, double chance, int neighbours, int sample) {}

  /**
   * How a map is made.
   *
   * @param most directions; of more, so many are drawn
   * @param neighbours of each direction in the graph
   * @param epochs passes over the graph's edges
   * @param seed of the draws; the same seed and machine give the same map
   */
  public record Options(int most, int neighbours, int epochs, long seed) {
    /** Checks the ranges. */
    public Options {
      if (most < 4 || neighbours < 2 || epochs < 1) {
        throw new IllegalArgumentException(
            "a map needs at least 4 directions, 2 neighbours and an epoch");
      }
    }

    /** 50,000 directions at most, 15 neighbours, 500 epochs. */
    public static Options defaults() {
      return new Options(50_000, 15, 500, 0);
    }
  }

  private static final int MEASURED_NEIGHBOURS = 10;
  private static final int MEASURED_POINTS = 2_000;
  private static final int BISECTIONS = 64;
  private static final double EXTENT = 10;

  /**
   * Lays out directions. Time grows with the square of their number, memory with it.
   *
   * @param decoder {@code [latents, d]}; rows of zeros stand anywhere
   * @param progress hears the share that is done, 0 to 1
   * @throws IllegalArgumentException if there are fewer than 4
   */
  public static DirectionMap of(Tensor decoder, Options options, DoubleConsumer progress) {
    int all = Math.toIntExact(decoder.size(0));
    if (all < 4) {
      throw new IllegalArgumentException("a map needs at least 4 latents, not " + all);
    }
    RandomStream random = RandomStream.of(options.seed()).stream("direction map");
    int[] latents = drawn(all, options.most(), random);
    int n = latents.length;
    List<Ranked> nearest;
    float[][] principal;
    try (PointerScope scope = new PointerScope()) {
      Tensor rows =
          n == all
              ? decoder
              : decoder.index_select(
                  0, TensorMemory.longs(Arrays.stream(latents).asLongStream().toArray(), n));
      Tensor unit = DecoderRelations.unit(rows);
      int wanted = Math.min(n - 1, Math.max(options.neighbours(), MEASURED_NEIGHBOURS));
      List<Ranked> ranked =
          DecoderRelations.largest(unit, unit, wanted + 1, done -> progress.accept(0.5 * done / n));
      nearest = withoutThemselves(ranked, wanted);
      principal = principal(unit);
    }
    float[] x = principal[0].clone();
    float[] y = principal[1].clone();
    Edges edges = Edges.of(nearest, Math.min(options.neighbours(), n - 1));
    lay(x, y, edges, options.epochs(), random.stream("layout"), progress);
    return new DirectionMap(latents, x, y, kept(nearest, x, y, principal, random.stream("kept")));
  }

  private static int[] drawn(int all, int most, RandomStream random) {
    if (all <= most) {
      return IntStream.range(0, all).toArray();
    }
    int[] some = Arrays.copyOf(random.stream("drawn").permutation(all), most);
    Arrays.sort(some);
    return some;
  }

  private static List<Ranked> withoutThemselves(List<Ranked> ranked, int wanted) {
    Ranked[] others = new Ranked[ranked.size()];
    for (int i = 0; i < others.length; i++) {
      others[i] = ranked.get(i).without(i, wanted);
    }
    return List.of(others);
  }

  /**
   * The two leading principal components, each towards its largest entry, the larger one 10 wide.
   */
  private static float[][] principal(Tensor unit) {
    Tensor centred = unit.sub(unit.mean(0));
    T_TensorTensor_T pairs = torch.linalg_eigh(centred.t().matmul(centred));
    Tensor vectors = pairs.get1();
    long d = vectors.size(1);
    float[][] places = new float[2][];
    double widest = 0;
    for (int i = 0; i < 2; i++) {
      Tensor direction = vectors.select(1, Math.max(0, d - 1 - i));
      places[i] = TensorMemory.floats(centred.matmul(direction));
      float far = 0;
      for (float place : places[i]) {
        far = Math.abs(place) > Math.abs(far) ? place : far;
      }
      if (far < 0) {
        for (int j = 0; j < places[i].length; j++) {
          places[i][j] = -places[i][j];
        }
      }
      widest = Math.max(widest, Math.abs(far));
    }
    for (float[] axis : places) {
      for (int j = 0; j < axis.length; j++) {
        axis[j] = widest == 0 ? 0 : (float) (axis[j] / widest * EXTENT);
      }
    }
    return places;
  }

  /** The graph: both ends of each edge and how strong it is, 0 to 1. */
  private record Edges(int[] from, int[] to, double[] strength) {

    /** Fuzzy union of what each point says of its neighbours (section 3.1 of the paper). */
    static Edges of(List<Ranked> nearest, int neighbours) {
      int n = nearest.size();
      double[][] own = new double[n][];
      for (int i = 0; i < n; i++) {
        own[i] = strengths(nearest.get(i), neighbours);
      }
      int[] from = new int[n * neighbours];
      int[] to = new int[n * neighbours];
      double[] strength = new double[n * neighbours];
      int edges = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < own[i].length; j++) {
          int other = nearest.get(i).rows()[j];
          double back = strengthOf(nearest.get(other), own[other], i);
          if (back > 0 && other < i) {
            continue; // it came with the other end
          }
          from[edges] = i;
          to[edges] = other;
          strength[edges++] = own[i][j] + back - own[i][j] * back;
        }
      }
      return new Edges(
          Arrays.copyOf(from, edges), Arrays.copyOf(to, edges), Arrays.copyOf(strength, edges));
    }

    private static double strengthOf(Ranked ranked, double[] strengths, int wanted) {
      for (int j = 0; j < strengths.length; j++) {
        if (ranked.rows()[j] == wanted) {
          return strengths[j];
        }
      }
      return 0;
    }

    /** {@code exp(-(distance - nearest) / sigma)}, with sigma so that they sum to log2(k). */
    private static double[] strengths(Ranked ranked, int neighbours) {
      int k = Math.min(neighbours, ranked.rows().length);
      double[] beyond = new double[k];
      for (int j = 0; j < k; j++) {
        beyond[j] = Math.max(0, ranked.values()[0] - ranked.values()[j]); // cosines fall
      }
      double target = Math.log(k) / Math.log(2);
      double low = 0;
      double high = Double.POSITIVE_INFINITY;
      double sigma = 1;
      for (int i = 0; i < BISECTIONS; i++) {
        double sum = 0;
        for (double distance : beyond) {
          sum += Math.exp(-distance / sigma);
        }
        if (sum > target) {
          high = sigma;
          sigma = (low + high) / 2;
        } else {
          low = sigma;
          sigma = high == Double.POSITIVE_INFINITY ? sigma * 2 : (low + high) / 2;
        }
      }
      double[] strengths = new double[k];
      for (int j = 0; j < k; j++) {
        strengths[j] = Math.exp(-beyond[j] / Math.max(sigma, 1e-3));
      }
      return strengths;
    }
  }

  /** Of the curve {@code 1 / (1 + A d^(2B))}, for a least distance of 0.1 and a spread of 1. */
  private static final double A = 1.577;

  private static final double B = 0.8951;
  private static final int REPELLED = 5;
  private static final double FARTHEST_STEP = 4;

  /** Stochastic gradient descent: edges pull as often as they are strong, points at random push. */
  private static void lay(
      float[] x, float[] y, Edges edges, int epochs, RandomStream random, DoubleConsumer progress) {
    double strongest = Arrays.stream(edges.strength).max().orElse(1);
    double[] due = new double[edges.from.length];
    for (int epoch = 0; epoch < epochs; epoch++) {
      double rate = 1 - (double) epoch / epochs;
      for (int e = 0; e < due.length; e++) {
        due[e] += edges.strength[e] / strongest;
        if (due[e] < 1) {
          continue;
        }
        due[e] -= 1;
        int i = edges.from[e];
        int j = edges.to[e];
        double dx = x[i] - x[j];
        double dy = y[i] - y[j];
        double squared = dx * dx + dy * dy;
        if (squared > 0) {
          double power = Math.pow(squared, B);
          double pull = -2 * A * B * power / squared / (1 + A * power);
          move(x, y, i, pull * dx, pull * dy, rate);
          move(x, y, j, -pull * dx, -pull * dy, rate);
        }
        for (int push = 0; push < REPELLED; push++) {
          repel(x, y, i, random.nextInt(x.length), rate);
          repel(x, y, j, random.nextInt(x.length), rate);
        }
      }
      progress.accept(0.5 + 0.5 * (epoch + 1) / epochs);
    }
  }

  private static void repel(float[] x, float[] y, int i, int other, double rate) {
    if (other == i) {
      return;
    }
    double dx = x[i] - x[other];
    double dy = y[i] - y[other];
    double squared = dx * dx + dy * dy;
    if (squared > 0) {
      double push = 2 * B / ((0.001 + squared) * (1 + A * Math.pow(squared, B)));
      move(x, y, i, push * dx, push * dy, rate);
    } else {
      move(x, y, i, FARTHEST_STEP, FARTHEST_STEP, rate);
    }
  }

  private static void move(float[] x, float[] y, int i, double dx, double dy, double rate) {
    x[i] += (float) (rate * Math.clamp(dx, -FARTHEST_STEP, FARTHEST_STEP));
    y[i] += (float) (rate * Math.clamp(dy, -FARTHEST_STEP, FARTHEST_STEP));
  }

  private static Kept kept(
      List<Ranked> nearest, float[] x, float[] y, float[][] principal, RandomStream random) {
    int n = x.length;
    int k = Math.min(MEASURED_NEIGHBOURS, n - 1);
    int[] sample = Arrays.copyOf(random.permutation(n), Math.min(n, MEASURED_POINTS));
    double here = 0;
    double before = 0;
    for (int i : sample) {
      here += shared(nearest.get(i), k, near(x, y, i, k));
      before += shared(nearest.get(i), k, near(principal[0], principal[1], i, k));
    }
    return new Kept(
        here / sample.length / k,
        before / sample.length / k,
        (double) k / (n - 1),
        k,
        sample.length);
  }

  private static int shared(Ranked ranked, int k, int[] near) {
    int shared = 0;
    for (int j = 0; j < k; j++) {
      int wanted = ranked.rows()[j];
      shared += Arrays.stream(near).anyMatch(i -> i == wanted) ? 1 : 0;
    }
    return shared;
  }

  /** The k nearest points. */
  private static int[] near(float[] x, float[] y, int i, int k) {
    int[] best = new int[k];
    double[] distances = new double[k];
    int found = 0;
    for (int j = 0; j < x.length; j++) {
      if (j == i) {
        continue;
      }
      double dx = x[i] - x[j];
      double dy = y[i] - y[j];
      double distance = dx * dx + dy * dy;
      if (found == k && distance >= distances[k - 1]) {
        continue;
      }
      int at = found < k ? found++ : k - 1;
      while (at > 0 && distances[at - 1] > distance) {
        distances[at] = distances[at - 1];
        best[at] = best[at - 1];
        at--;
      }
      distances[at] = distance;
      best[at] = j;
    }
    return best;
  }
}
