package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sememe.tensors.testing.TensorAssertions.assertSameBits;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.sae.design.Design;
import org.sememe.sae.objective.InitialWeights;
import org.sememe.tensors.Torch;

class InitialWeightsTest {
  private static final int WIDTH = 13;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** For the designs that a run begins by itself, the very same numbers. */
  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"OWN"},
      mode = EnumSource.Mode.EXCLUDE)
  void aRunsBeginningIsThatOfItsDesign(Architecture architecture) {
    Map<String, String> given = new HashMap<>();
    given.put("architecture", architecture.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    given.put("batch", "64");
    given.put("encoder-scale", "0.7");
    if (!architecture.selects()) {
      given.put("decoder-norm", "free");
      given.put("decoder-scale", "0.3");
    }
    TrainOptions options = TrainOptions.of(24, 4, 6_400).with(given);
    try (PointerScope scope = new PointerScope();
        TrainState state = TrainState.initial(options, WIDTH)) {
      Design design = new RunDesign(options, TrainPlan.of(options, WIDTH)).at(0);
      Map<String, Tensor> own =
          new InitialWeights(
                  options.decoderScale(),
                  options.encoderScale(),
                  options.firstThreshold(),
                  options.seed())
              .of(design, InitialWeights.Sizes.of(options.latents(), WIDTH), Optional.empty());
      Map<String, Tensor> expected = state.parameters();
      assertThat(own).containsOnlyKeys(expected.keySet());
      expected.forEach((name, tensor) -> assertSameBits(name, own.get(name), tensor));
    }
  }
}
