package org.sememe.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.kernels.DecoderNorm;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.GhostGradients;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Pieces;
import org.sememe.sae.design.RandomPrefixes;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.RowNorm;
import org.sememe.sae.design.Structure;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.training.autograd.SilenceRule;
import org.sememe.training.autograd.StepRules;
import org.sememe.training.autograd.ThresholdRule;
import org.sememe.training.optimiser.DecoderConstraint;

/**
 * What a run's options come to as a {@link Design} and the rules of its steps: the same loss and
 * the same update as {@link TrainStep}'s, where that can do them.
 *
 * @param sites hook points that a decoder row writes to
 */
record RunDesign(TrainOptions options, TrainPlan plan, int sites) {
  /** Of rows that write to one hook point. */
  RunDesign(TrainOptions options, TrainPlan plan) {
    this(options, plan, 1);
  }

  /** SAELens's rule of when matching pursuit ends. */
  static final boolean STOPS_ON_REPEAT = true;

  /** The power of the lengths' distribution in Nabeshima 2024. */
  private static final double SHORT_PREFIXES = 0.5;

  /** The design of a step, counted from 0. */
  Design at(long step) {
    Design design =
        Design.of(activation(plan.falling().map(course -> course.k(step)).orElse(options.k())))
            .withStructure(
                Structure.plain()
                    .withEncoder(options.structure().encoder(options.latents(), meanSquare()))
                    .withDecoder(options.structure().decoderKind())
                    .withRowNorm(rowNorm()))
            .withOtherTarget(kind() == SiteOptions.Reading.TRANSCODER)
            .withSkip(options.sites().skip())
            .withScaledByDecoder(
                options.rowNorms() == DecoderNorm.FREE && options.architecture().selects())
            .withBias(options.centred() ? BiasUse.CENTRES : BiasUse.OUTPUT)
            .withError(options.error())
            .withReconstructions(reconstructions(step))
            .withPenalties(penalties(step));
    if (options.levels().ghosts() > 0) {
      return design.withDead(new GhostGradients(options.levels().ghosts(), true));
    }
    return revives()
        ? design.withDead(
            new DeadLatents(
                options.auxAlpha(),
                plan.auxK(),
                DeadLatents.Strength.POSITIVE,
                Normalisation.ERROR_VARIANCE,
                false,
                true,
                false))
        : design;
  }

  /** A normalised row's mean square, where its normalisation says it; else d, of outputs. */
  private double meanSquare() {
    return options.inputScale() == InputScale.UNIT ? sites : plan.width();
  }

  private SiteOptions.Reading kind() {
    return options.sites().kind();
  }

  private RowNorm rowNorm() {
    return kind() == SiteOptions.Reading.CROSSCODER
        ? new RowNorm.ByHook(sites)
        : new RowNorm.Whole();
  }

  private boolean revives() {
    return options.auxAlpha() > 0
        && options.architecture().selects()
        && !options.architecture().pursues();
  }

  /** Whether the loss of a batch is more than the mean of its rows'. */
  boolean ofTheBatch() {
    return options.architecture() == Architecture.BATCHTOPK
        || plan.penalty().filter(Penalty.TargetL0.class::isInstance).isPresent()
        || revives()
        || options.levels().ghosts() > 0;
  }

  private Activation activation(int k) {
    return switch (options.architecture()) {
      case TOPK -> new Activation.TopK(k);
      case BATCHTOPK -> new Activation.BatchTopK(k);
      case ABSTOPK -> new Activation.AbsTopK(k);
      case GROUPMAX -> new Activation.GroupMax(k);
      case OMP -> new Activation.OrthogonalPursuit(k);
      case MATCHING_PURSUIT -> new Activation.MatchingPursuit(k, 0, STOPS_ON_REPEAT);
      case RELU -> new Activation.Relu();
      case JUMPRELU -> new Activation.JumpRelu(options.bandwidth(), options.straightThrough());
      case GATED -> new Activation.Gated();
      case OWN -> Pieces.here().activation(options.own().orElseThrow());
    };
  }

  private List<Reconstruction> reconstructions(long step) {
    double of = options.endToEnd().errorWeight();
    Levels levels = options.levels();
    Optional<Reconstruction> budgets = levels.hierarchical().of(options.k(), of);
    if (budgets.isPresent()) {
      return List.of(budgets.get());
    }
    if (levels.randomPrefixes() > 0) {
      return new RandomPrefixes(levels.randomPrefixes(), 1, SHORT_PREFIXES, options.seed())
          .at(step, options.latents(), of);
    }
    Nesting nesting = plan.nesting();
    return switch (nesting.rule()) {
      case Nesting.Rule.None() -> List.of(new Reconstruction.Whole(of));
      case Nesting.Rule.ByRank(int _) ->
          List.of(
              new Reconstruction.Whole(of * nesting.weights().get(0)),
              new Reconstruction.Wider(
                  TrainOptions.MULTI_SHARE, of * nesting.weights().get(1), false));
      case Nesting.Rule.ByLatent(List<Integer> ends) -> {
        List<Reconstruction> prefixes = new ArrayList<>();
        for (int group = 0; group + 1 < ends.size(); group++) {
          prefixes.add(
              new Reconstruction.Prefix(ends.get(group), of * nesting.weights().get(group)));
        }
        prefixes.add(new Reconstruction.Whole(of * nesting.weights().getLast()));
        yield prefixes;
      }
    };
  }

  private List<WeightedPenalty> penalties(long step) {
    List<WeightedPenalty> penalties = new ArrayList<>();
    int power = options.rowNorms() == DecoderNorm.FREE ? 1 : 0;
    plan.penalty()
        .ifPresent(
            penalty ->
                penalties.add(new WeightedPenalty(penalty, plan.penaltyWeight(step), power)));
    if (options.preActivation() > 0) {
      penalties.add(
          new WeightedPenalty(new Penalty.BelowThreshold(false), options.preActivation(), 1));
    }
    return penalties;
  }

  /** What its steps do besides the loss and the optimiser. */
  StepRules rules() {
    DecoderConstraint constraint =
        switch (options.rowNorms()) {
          case UNIT ->
              new DecoderConstraint.UnitNorm(
                  DecoderConstraint.Projection.BEFORE_CLIPPING,
                  DecoderConstraint.Normalisation.AFTER_UPDATE);
          case AT_MOST_ONE -> new DecoderConstraint.AtMostOne();
          case FREE -> new DecoderConstraint.Free();
        };
    boolean byRow = options.architecture() != Architecture.BATCHTOPK;
    return new StepRules(
        constraint,
        options.clip() > 0 ? OptionalDouble.of(options.clip()) : OptionalDouble.empty(),
        options.thresholdForm() == ThresholdForm.PLAIN,
        new SilenceRule(SilenceRule.Unit.ROWS, plan.deadTokens(), true, SilenceRule.Fired.ACTIVE),
        options.architecture() == Architecture.TOPK || !byRow
            ? Optional.of(
                ThresholdRule.dictionaryLearning(
                    plan.thresholdBeta(), plan.thresholdStart(), byRow))
            : Optional.empty());
  }
}
