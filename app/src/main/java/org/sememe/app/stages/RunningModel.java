package org.sememe.app.stages;

import java.io.IOException;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.prompt.PromptView;
import org.sememe.analysis.steering.Ablation;
import org.sememe.analysis.steering.AblationView;
import org.sememe.analysis.steering.LossEffectView;
import org.sememe.analysis.steering.LossEffects;
import org.sememe.analysis.steering.Steerer;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringRequest;
import org.sememe.analysis.steering.SteeringView;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.studio.StudioModel;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;

/**
 * A model and a dictionary, ready for the studio's texts. Owns both, and what works on them; the
 * index stays the caller's. One thread at a time.
 */
public record RunningModel(
    LanguageModel model,
    Sae sae,
    PromptView prompts,
    Steerer steerer,
    SteeringView steerings,
    AblationView ablations)
    implements StudioModel {
  /** Loads both. */
  public static RunningModel open(
      ModelOpener opener, DictionaryFolder dictionary, String model, FeatureIndex index)
      throws IOException {
    LanguageModel opened = opener.open(model);
    try {
      Sae sae = dictionary.load(opener.threads());
      try {
        PromptView prompts = new PromptView(opened, opened.tokenizer(), sae, index);
        Steerer steerer = new Steerer(opened, opened.tokenizer(), sae);
        String name = dictionary.kept().toAbsolutePath().normalize().toString();
        return new RunningModel(
            opened,
            sae,
            prompts,
            steerer,
            new SteeringView(steerer, index, model, name),
            new AblationView(steerer, index));
      } catch (Throwable problem) {
        sae.close();
        throw problem;
      }
    } catch (Throwable problem) {
      opened.close();
      throw problem;
    }
  }

  @Override
  public PromptAnalysis analyse(String text) {
    return prompts.analyse(text);
  }

  @Override
  public void steer(SteeringRequest request, Listener listener) {
    steerings.steer(request, listener);
  }

  @Override
  public Steering complete(Steering steering) {
    return steerings.complete(steering);
  }

  @Override
  public Ablation ablateExample(int latent, int example) {
    return ablations.ablateExample(latent, example);
  }

  @Override
  public Ablation ablateText(int latent, String text) {
    return ablations.ablateText(latent, text);
  }

  @Override
  public LossEffects lossEffects(String text) {
    return new LossEffectView(steerer).lossEffects(text);
  }

  @Override
  public void close() {
    steerer.close();
    prompts.close();
    sae.close();
    model.close();
  }
}
