package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

/** What is said, when, and that a run in good health hears nothing. */
class EarlyWarningsTest {
  private static final int LATENTS = 1000;
  private static final long STEPS = 400;

  private LongToDoubleFunction fvu = step -> 0.2 + Math.exp(-step / 20.0);
  private LongToDoubleFunction l0 = step -> 32;
  private LongToDoubleFunction dead = step -> 100;
  private LongToDoubleFunction norm = step -> 1;
  private LongToDoubleFunction skipped = step -> 0;

  private List<String> said() {
    EarlyWarnings warnings = new EarlyWarnings(LATENTS);
    List<String> said = new ArrayList<>();
    for (long step = 1; step <= STEPS; step++) {
      for (String line : warnings.after(at(step))) {
        said.add(step + " " + line);
      }
    }
    return said;
  }

  private TrainProgress at(long step) {
    return new TrainProgress(
        step,
        STEPS,
        step * 100,
        fvu.applyAsDouble(step),
        fvu.applyAsDouble(step),
        0,
        0,
        fvu.applyAsDouble(step),
        l0.applyAsDouble(step),
        (long) dead.applyAsDouble(step),
        1e-3,
        norm.applyAsDouble(step),
        0,
        Optional.empty(),
        1,
        (long) skipped.applyAsDouble(step));
  }

  @Test
  void aHealthyRunHearsNothing() {
    long seed = 11;
    SplittableRandom random = new SplittableRandom(seed);
    LongToDoubleFunction falling = fvu;
    fvu = step -> falling.applyAsDouble(step) * (1 + 0.3 * random.nextDouble(-1, 1));
    norm = step -> Math.exp(3 * random.nextGaussian() / 3);
    assertThat(said()).as("seed " + seed).isEmpty();
  }

  @Test
  void aRisingErrorIsToldOnce() {
    fvu = step -> step < 100 ? 0.2 : Math.min(0.9, 0.2 + (step - 100) * 0.005);
    assertThat(said())
        .singleElement()
        .asString()
        .contains("the run diverges")
        .matches(
            line -> Integer.parseInt(line.split(" ")[0]) < 180, "before it is 3 times as high");
  }

  @Test
  void anErrorThatRisesBecauseThePenaltyDoesIsNone() {
    fvu = step -> Math.min(0.6, 0.05 + step * 0.002);
    l0 = step -> 500 / (1 + step * 0.05);
    assertThat(said()).isEmpty();
  }

  @Test
  void oneBadBatchSaysNothingOfTheError() {
    fvu = step -> step == 200 ? 2.5 : 0.5;
    assertThat(said()).isEmpty();
  }

  @Test
  void deathSilenceSpikesAndBrokenRowsAreTold() {
    dead = step -> step * 3;
    assertThat(said()).singleElement().asString().startsWith("167 501 of 1,000 latents are dead");
    dead = step -> 0;
    l0 = step -> 0.5;
    assertThat(said()).singleElement().asString().contains("0.50 latents are active on a row");
    l0 = step -> 32;
    norm = step -> step == 300 ? 1000 : 1;
    assertThat(said()).singleElement().asString().startsWith("300 the gradient's norm jumped");
    norm = step -> 1;
    skipped = step -> step < 50 ? 0 : step;
    assertThat(said()).singleElement().asString().startsWith("50 50 rows held a NaN");
    skipped = step -> 0;
    fvu = step -> 1.2;
    assertThat(said()).singleElement().asString().contains("no better than the mean row");
  }
}
