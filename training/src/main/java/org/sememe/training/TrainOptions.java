package org.sememe.training;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.sememe.kernels.DecoderNorm;
import org.sememe.sae.design.Activation.StraightThrough;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.design.Penalty;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * Everything a training run can be told. An empty optional is written {@code auto}: the value
 * follows from the budget, the number of latents or the width, by the rule stated here, in {@link
 * TrainPlan}.
 *
 * @param latents number of latents, F
 * @param architecture which latents become active. Default topk
 * @param own with architecture own the activation, {@code NAME} or {@code NAME:key=value+key=value}
 *     ({@link org.sememe.sae.design.Pieces}). Auto: none
 * @param k active latents a token, with batchtopk on average
 * @param multiTopK weight of a second loss, of the 4k strongest latents (Gao et al. 2024, section
 *     6.2, who take 1/8), topk only; 0 switches it off. Default 0
 * @param matryoshka shares of the latents whose prefixes have a loss each (Bussmann et al. 2025).
 *     Default none
 * @param penalty what makes a dictionary sparse whose latents are not selected: {@code l1}, {@code
 *     power-sum:P}, {@code p-norm:P}, {@code tanh:SCALE}, {@code l0}, {@code target-l0:L0}, or
 *     {@code own:NAME}, a user's own. Auto: l1 with relu and gated, target-l0:k with jumprelu, none
 *     with the others
 * @param penaltyWeight its weight at its height. Auto: {@value TrainPlan#L1_WEIGHT} for l1, else 1
 * @param penaltyWarmup steps over which the weight rises from 0. Auto: a twentieth of the run
 * @param pEnd the power that the penalty's own, of power-sum or p-norm, falls to as the run goes on
 *     ({@link org.sememe.training.optimiser.PowerAnnealing}); 0 leaves it as it is. Default 0
 * @param pFirst step from which it falls. Auto: a fifth of the run
 * @param pLast step at which it arrives. Auto: the learning rate's decay begins there
 * @param pUpdates in how many steps it falls. Default 10
 * @param resampleEvery steps between new starts of dead latents, with relu and gated ({@link
 *     Resampler}); 0 is never. Default 0
 * @param resampleTimes how often at most. Default 4
 * @param resampleRows rows whose losses decide what dead latents become. Default 8,192
 * @param resampleWarmup steps over which the learning rate rises again after each. Auto: as many as
 *     warmup-steps
 * @param resampleFloor the share of it from which it rises. Default 0
 * @param decoderNorm whether decoder rows are held at norm 1 (unit), at most at 1 (at-most-one) or
 *     free; where they are free, penalties see activations times the norm. Default unit
 * @param decoderScale norm of the decoder's rows at the start; 1 with unit. Default 1
 * @param centring whether the encoder sees the input minus {@code b_dec} or as it is. Default
 *     decoder-bias
 * @param bandwidth of the rectangle that gives JumpReLU's thresholds their gradient. Default 0.1
 * @param straightThrough what that gradient reaches: thresholds, or all. Default thresholds
 * @param firstThreshold what thresholds start from. Default 0.05
 * @param thresholdForm whether the thresholds themselves are trained (plain), or their logarithms
 *     (log). Default plain
 * @param products how the gradients of relu, jumprelu and gated are made: sparse, at the active
 *     latents alone, dense, or auto: sparse where few enough are. Default auto
 * @param preActivation weight of a penalty on pre-activations below their thresholds, {@code sum
 *     max(theta - p, 0) |W_dec|}, which brings silent latents back, jumprelu only (Anthropic,
 *     January 2025); 0 switches it off. Default 0
 * @param kStart what k is at first where it falls as the run goes on, with topk, batchtopk and
 *     abstopk ({@link org.sememe.training.optimiser.ActiveCourse}). Auto: k
 * @param kSteps steps over which it falls to k. Auto: a tenth of the run
 * @param sites what is read and what is made of it
 * @param structure what encoder and decoder are made of
 * @param temporal whether rows are seen in the order of their text
 * @param levels losses of its parts
 * @param endToEnd whether the model's predictions count
 * @param error what the squared error of a batch is divided by ({@link Normalisation}): rows,
 *     values, or target-variance, with which it is the batch's FVU (sparsify). Penalties are not:
 *     another one needs another weight. Default rows
 * @param engine what makes a step. Default auto: fused where it can
 * @param tokens the budget: rows to train on, repeats counted. Rounded up to whole batches
 * @param batch rows a step. Default 2,048
 * @param seed of the initial weights. Default 0
 * @param lr learning rate at its height. Auto: see {@link TrainPlan#learningRate}
 * @param warmupSteps steps of linear warm-up. Auto: a twentieth of the run, at most 1,000
 * @param decaySteps steps of linear decay to 0 at the end. Auto: a fifth of the run, 0 with
 *     lr-course=cosine
 * @param lrCourse what the learning rate does between warm-up and decay: constant, or half a cosine
 *     down to 0. Default constant
 * @param beta1 Adam's first decay rate. Default 0.9
 * @param beta2 Adam's second decay rate. Default 0.999
 * @param epsilon Adam's epsilon, added to the root. Default 1e-8
 * @param optimisation how weights follow their gradients
 * @param clip largest norm of the whole gradient; 0 is no clipping. Default 1
 * @param auxAlpha weight of the AuxK loss; 0 switches it off. Default 1/32
 * @param auxK dead latents a row that AuxK may use. Auto: d/2
 * @param auxRows rows of a batch that AuxK is measured on, other ones each step. Auto: as many as
 *     keep its pairs to half of the step's own, see {@link AuxiliaryLoss}; the batch or more is all
 * @param deadTokens a latent that has not fired for so many rows is dead. Auto: a tenth of the
 *     budget, at most 10,000,000
 * @param inputScale how inputs are normalised. Default {@link InputScale#UNIT}
 * @param decoderBias what {@code b_dec} starts from. Default the geometric median
 * @param encoderScale the encoder starts as so many times the decoder's transpose. Default 1
 * @param sampleRows rows that the normalisation and {@code b_dec} are estimated on. Default 8,192
 * @param thresholdStart the step after which the inference threshold is tracked. Auto: a fifth of
 *     the run, at most 1,000
 * @param thresholdBeta share of the old threshold that a step keeps. Auto: one by which the mean
 *     runs over the last twentieth of the run, at most 0.999
 * @param nonFinite what to do with rows that hold a NaN or an infinity. Default skip
 * @param screening whether latents are screened. Default auto
 * @param checkpointEvery steps between checkpoints. Default 500
 * @param logEvery steps between lines of {@code metrics.jsonl}. Default 10
 * @param recipe the published recipe that was followed where nothing else was said, see {@link
 *     org.sememe.training.recipes.Recipes}. Default none
 */
public record TrainOptions(
    int latents,
    Architecture architecture,
    Optional<OwnPiece> own,
    int k,
    double multiTopK,
    Prefixes matryoshka,
    Optional<Penalty> penalty,
    OptionalDouble penaltyWeight,
    OptionalLong penaltyWarmup,
    double pEnd,
    OptionalLong pFirst,
    OptionalLong pLast,
    int pUpdates,
    long resampleEvery,
    int resampleTimes,
    int resampleRows,
    OptionalLong resampleWarmup,
    double resampleFloor,
    DecoderNorm decoderNorm,
    double decoderScale,
    Centring centring,
    double bandwidth,
    StraightThrough straightThrough,
    double firstThreshold,
    ThresholdForm thresholdForm,
    Products products,
    double preActivation,
    OptionalInt kStart,
    OptionalLong kSteps,
    SiteOptions sites,
    StructureOptions structure,
    TemporalOptions temporal,
    Levels levels,
    EndToEnd endToEnd,
    Normalisation error,
    Engine engine,
    long tokens,
    int batch,
    long seed,
    OptionalDouble lr,
    OptionalLong warmupSteps,
    OptionalLong decaySteps,
    Schedule.Between lrCourse,
    double beta1,
    double beta2,
    double epsilon,
    Optimisation optimisation,
    double clip,
    double auxAlpha,
    OptionalInt auxK,
    OptionalInt auxRows,
    OptionalLong deadTokens,
    InputScale inputScale,
    BiasStart decoderBias,
    double encoderScale,
    int sampleRows,
    OptionalLong thresholdStart,
    OptionalDouble thresholdBeta,
    NonFinite nonFinite,
    Screening screening,
    long checkpointEvery,
    long logEvery,
    String recipe) {

  static final int MULTI_SHARE = 4;

  public TrainOptions {
    require(latents >= 1, "latents", "at least 1");
    require(k >= 1 && k <= latents, "k", "from 1 to the number of latents (" + latents + ")");
    require(
        own.isPresent() == (architecture == Architecture.OWN),
        "own",
        architecture == Architecture.OWN
            ? "the name of an activation with architecture=own"
            : "auto with " + OptionText.name(architecture));
    require(multiTopK >= 0, "multi-top-k", "0 (off) or above");
    require(
        multiTopK == 0 || architecture == Architecture.TOPK && matryoshka.fractions().isEmpty(),
        "multi-top-k",
        "0 (off) with an architecture other than topk, and with matryoshka");
    require(matryoshka.fractions().size() <= latents, "matryoshka", "no more groups than latents");
    require(
        matryoshka.fractions().isEmpty() || architecture.selects(),
        "matryoshka",
        "none with " + OptionText.name(architecture));
    require(
        penalty.isEmpty() || !architecture.selects(),
        "penalty",
        "auto with " + OptionText.name(architecture) + ", whose k makes it sparse");
    require(
        penalty.filter(p -> p instanceof Penalty.L0 || p instanceof Penalty.TargetL0).isEmpty()
            || architecture == Architecture.JUMPRELU,
        "penalty",
        "one with a gradient: only jumprelu gives l0 and target-l0 one");
    require(penaltyWeight.orElse(0) >= 0, "penalty-weight", "0 or above");
    require(penaltyWarmup.orElse(0) >= 0, "penalty-warmup", "0 or above");
    require(pEnd >= 0, "p-end", "0 (off) or above");
    require(
        pEnd == 0 || penalty.filter(TrainOptions::hasPower).isPresent(),
        "p-end",
        "0 (off) with a penalty other than power-sum:P and p-norm:P");
    require(pEnd == 0 || penaltyWeight.orElse(1) > 0, "penalty-weight", "above 0 with p-end");
    require(pUpdates >= 2, "p-updates", "at least 2");
    require(
        pFirst.orElse(0) >= 0 && pFirst.orElse(0) <= pLast.orElse(Long.MAX_VALUE),
        "p-first",
        "0 or above, and not above p-last");
    require(resampleEvery >= 0, "resample-every", "0 (never) or above");
    require(
        resampleEvery == 0
            || architecture == Architecture.RELU
            || architecture == Architecture.GATED,
        "resample-every",
        "0 (never) with " + OptionText.name(architecture));
    require(resampleTimes >= 1, "resample-times", "at least 1");
    require(resampleRows >= 1, "resample-rows", "at least 1");
    require(resampleWarmup.orElse(0) >= 0, "resample-warmup", "0 or above");
    require(resampleFloor >= 0 && resampleFloor <= 1, "resample-floor", "from 0 to 1");
    require(decoderScale > 0, "decoder-scale", "above 0");
    require(
        decoderNorm != DecoderNorm.UNIT || decoderScale == 1,
        "decoder-scale",
        "1 with decoder-norm=unit");
    require(
        decoderNorm == DecoderNorm.UNIT || !architecture.selects() && own.isEmpty(),
        "decoder-norm",
        "unit with " + OptionText.name(architecture));
    require(bandwidth > 0, "bandwidth", "above 0");
    require(
        firstThreshold >= 0 && (firstThreshold > 0 || thresholdForm == ThresholdForm.PLAIN),
        "first-threshold",
        "above 0");
    require(
        preActivation == 0 || preActivation > 0 && architecture == Architecture.JUMPRELU,
        "pre-activation",
        "0 (off) with " + OptionText.name(architecture) + ", and never below 0");
    require(
        architecture != Architecture.GROUPMAX || latents % k == 0,
        "k",
        "a divisor of the number of latents (" + latents + ") with groupmax");
    require(
        kStart.isEmpty() || architecture.choosesK(),
        "k-start",
        "auto with " + OptionText.name(architecture));
    require(
        kStart.orElse(k) >= k && kStart.orElse(k) <= latents,
        "k-start",
        "from k to the number of latents (" + latents + ")");
    require(
        levels.hierarchical().equals(Budgets.none()) || architecture.choosesK(),
        "hierarchical",
        "none with " + OptionText.name(architecture));
    require(
        levels.asked().isEmpty() || matryoshka.fractions().isEmpty() && multiTopK == 0,
        levels.asked().orElse(""),
        "off with matryoshka and multi-top-k");
    require(
        levels.randomPrefixes() <= latents, "random-prefixes", "no more than there are latents");
    require(
        levels.ghosts() == 0
            || !architecture.pursues() && (auxAlpha == 0 || !architecture.selects()),
        "ghosts",
        "0 (off) with matching-pursuit and omp, and with aux-alpha above 0");
    require(kSteps.orElse(0) >= 0, "k-steps", "0 or above");
    require(
        !architecture.pursues() || centring == Centring.DECODER_BIAS,
        "centring",
        "decoder-bias with matching-pursuit and omp");
    require(
        inputScale != InputScale.WHITENING || !architecture.pursues(),
        "input-scale",
        "other than whitening with matching-pursuit and omp, whose residuals would be whitened");
    sites.check(architecture, inputScale, endToEnd, resampleEvery);
    structure.check(latents, k, architecture, sampleRows);
    boolean tied = structure.encoder() == StructureOptions.EncoderName.TIED;
    require(!tied || encoderScale == 1, "encoder-scale", "1 with encoder=tied");
    require(
        !tied || sites.kind() != SiteOptions.Reading.TRANSCODER,
        "encoder",
        "other than tied with a target");
    require(
        structure.asked().isEmpty() || resampleEvery == 0,
        "resample-every",
        "0 (never) with " + structure.asked().orElse(""));
    require(
        !ownNorms(sites, structure) || decoderNorm != DecoderNorm.AT_MOST_ONE,
        "decoder-norm",
        "unit or free with "
            + structure.asked().or(sites::asked).orElse("")
            + ", whose rows have norms of their own");
    Optional<String> unfused =
        unfused(
            architecture,
            penalty,
            optimisation,
            kStart,
            preActivation,
            composed(sites, structure).or(temporal::asked).or(() -> divided(error)),
            levels,
            endToEnd);
    require(error != Normalisation.ERROR_VARIANCE, "error", "rows, values or target-variance");
    require(
        engine != Engine.FUSED || unfused.isEmpty(),
        "engine",
        "auto or autograd with " + unfused.orElse(""));
    boolean autograd = engine == Engine.AUTOGRAD || unfused.isPresent();
    require(
        !endToEnd.wanted() || inputScale.isFactor(),
        "input-scale",
        "none, unit, width or mean-norm with end-to-end");
    require(!autograd || screening != Screening.INT8, "screening", "auto or off with autograd");
    require(tokens >= 1, "tokens", "at least 1");
    require(batch >= 1, "batch", "at least 1");
    require(lr.orElse(1) > 0 && Double.isFinite(lr.orElse(1)), "lr", "above 0");
    require(beta1 >= 0 && beta1 < 1, "beta1", "from 0 to below 1");
    require(beta2 >= 0 && beta2 < 1, "beta2", "from 0 to below 1");
    require(epsilon > 0, "epsilon", "above 0");
    require(clip >= 0, "clip", "0 (off) or above");
    require(auxAlpha >= 0, "aux-alpha", "0 (off) or above");
    require(auxK.orElse(1) >= 1, "aux-k", "at least 1");
    require(auxRows.orElse(1) >= 1, "aux-rows", "at least 1");
    require(deadTokens.orElse(1) >= 1, "dead-tokens", "at least 1");
    require(encoderScale > 0, "encoder-scale", "above 0");
    require(sampleRows >= 1, "sample-rows", "at least 1");
    double beta = thresholdBeta.orElse(0);
    require(beta >= 0 && beta < 1, "threshold-beta", "from 0 to below 1");
    require(checkpointEvery >= 1, "checkpoint-every", "at least 1");
    require(logEvery >= 1, "log-every", "at least 1");
  }

  /** These options, once what is told of a whole is looked at too. */
  TrainOptions checked() {
    temporal.check(this);
    return this;
  }

  /**
   * The defaults for a dictionary of so many latents, k of them active, trained on so many rows.
   */
  public static TrainOptions of(int latents, int k, long tokens) {
    return new TrainOptions(
        latents,
        Architecture.TOPK,
        Optional.empty(),
        k,
        0,
        Prefixes.none(),
        Optional.empty(),
        OptionalDouble.empty(),
        OptionalLong.empty(),
        0,
        OptionalLong.empty(),
        OptionalLong.empty(),
        10,
        0,
        4,
        8192,
        OptionalLong.empty(),
        0,
        DecoderNorm.UNIT,
        1,
        Centring.DECODER_BIAS,
        0.1,
        StraightThrough.THRESHOLDS,
        0.05,
        ThresholdForm.PLAIN,
        Products.AUTO,
        0,
        OptionalInt.empty(),
        OptionalLong.empty(),
        SiteOptions.autoencoder(),
        StructureOptions.plain(),
        TemporalOptions.none(),
        Levels.none(),
        EndToEnd.none(),
        Normalisation.ROWS,
        Engine.AUTO,
        tokens,
        2048,
        0,
        OptionalDouble.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Schedule.Between.CONSTANT,
        0.9,
        0.999,
        1e-8,
        Optimisation.adam(),
        1,
        1.0 / 32,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        InputScale.UNIT,
        BiasStart.GEOMETRIC_MEDIAN,
        1,
        8192,
        OptionalLong.empty(),
        OptionalDouble.empty(),
        NonFinite.SKIP,
        Screening.AUTO,
        500,
        10,
        OptionText.NONE);
  }

  /**
   * These options with one changed by its textual name: the component's name in lower case with
   * hyphens, such as {@code dead-tokens}.
   *
   * @throws IllegalArgumentException naming the known keys, or what the value must be
   */
  public TrainOptions with(String key, String value) {
    return with(Map.of(key, value));
  }

  /**
   * The same with several, which need to fit one another only when all are changed. A {@code
   * recipe} brings its own values for all that is not among the changes. Numbers of steps and
   * {@code dead-tokens} may be shares of the run, such as {@code 5%}, and become what these come
   * to.
   */
  public TrainOptions with(Map<String, String> changes) {
    return OptionText.with(this, changes);
  }

  /** Every option's textual name and value, in order; {@link #with} takes each of them back. */
  public Map<String, String> toMap() {
    return OptionText.toMap(this);
  }

  /** The most latents that a row can have active, where their number is fixed. */
  int places() {
    return multiTopK > 0 ? Math.min(latents, MULTI_SHARE * k) : k;
  }

  /** What the automatic options come to for rows of width d. */
  public TrainPlan plan(int width) {
    return TrainPlan.of(this, width);
  }

  /** Whether steps are {@link TrainStep}'s. */
  boolean fused() {
    return engine != Engine.AUTOGRAD
        && unfused(
                architecture,
                penalty,
                optimisation,
                kStart,
                preActivation,
                composed().or(temporal::asked).or(() -> divided(error)),
                levels,
                endToEnd)
            .isEmpty();
  }

  /**
   * What keeps a trained dictionary from being an {@link org.sememe.sae.Sae}, as options say it.
   */
  public Optional<String> beyond() {
    Optional<String> coder = structure.rows() ? sites.asked() : composed();
    return coder.or(temporal::asked);
  }

  /** How decoder rows are held: those that are made of something have norms of their own. */
  DecoderNorm rowNorms() {
    return ownNorms(sites, structure) ? DecoderNorm.FREE : decoderNorm;
  }

  private static boolean ownNorms(SiteOptions sites, StructureOptions structure) {
    return structure.archetypal() || sites.kind() == SiteOptions.Reading.CROSSCODER;
  }

  /** Whether {@code b_dec} is subtracted from inputs. */
  boolean centred() {
    return centring == Centring.DECODER_BIAS && sites.kind() != SiteOptions.Reading.TRANSCODER;
  }

  /**
   * What makes the weights other than a matrix for the encoder and one for the decoder, of one hook
   * point's width, as an option says it.
   */
  Optional<String> composed() {
    return composed(sites, structure);
  }

  private static Optional<String> composed(SiteOptions sites, StructureOptions structure) {
    return sites.asked().or(structure::asked);
  }

  /** What the fused step cannot do. */
  private static Optional<String> unfused(
      Architecture architecture,
      Optional<Penalty> penalty,
      Optimisation optimisation,
      OptionalInt kStart,
      double preActivation,
      Optional<String> composed,
      Levels levels,
      EndToEnd endToEnd) {
    if (!architecture.fused()) {
      return Optional.of("architecture=" + OptionText.name(architecture));
    }
    if (composed.isPresent()) {
      return composed;
    }
    if (penalty.filter(Penalty.Custom.class::isInstance).isPresent()) {
      return Optional.of("a penalty of your own");
    }
    if (optimisation.optimiser() != Optimisation.Kind.ADAM) {
      return Optional.of("optimiser=" + OptionText.name(optimisation.optimiser()));
    }
    if (kStart.isPresent()) {
      return Optional.of("k-start");
    }
    if (!endToEnd.equals(new EndToEnd(EndToEnd.Loss.NONE, endToEnd.endToEndWeight(), 1))) {
      return Optional.of(endToEnd.wanted() ? "end-to-end" : "error-weight");
    }
    return preActivation > 0 ? Optional.of("pre-activation") : levels.asked();
  }

  private static Optional<String> divided(Normalisation error) {
    return error == Normalisation.ROWS
        ? Optional.empty()
        : Optional.of("error=" + OptionText.name(error));
  }

  /** Adam with these numbers. */
  OptimiserChoice.Adam adam() {
    return new OptimiserChoice.Adam(beta1, beta2, epsilon);
  }

  private static boolean hasPower(Penalty penalty) {
    return penalty instanceof Penalty.PowerSum || penalty instanceof Penalty.PNorm;
  }

  static void require(boolean holds, String key, String what) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + what);
    }
  }
}
