package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringFile;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SteeredModel;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.LanguageModel;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.models.generation.GrowingText;
import org.sememe.models.generation.Intervention;
import org.sememe.models.tokenizer.ChatMessage;
import org.sememe.models.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets a model write on from a prompt, or answer it. */
@Command(
    name = "generate",
    description = "Let a model write on from a prompt, or answer it with --chat.",
    footer = {
      "",
      "Examples:",
      "  sememe generate smollm2-135m-instruct --chat --greedy --prompt \"The capital of France?\"",
      "  sememe generate smollm2-135m-instruct --prompt \"I walked\" --steering bridge.json"
    })
public final class GenerateCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private SamplingOptions sampling;

  @Parameters(paramLabel = "MODEL", description = ModelOpener.WHAT)
  private String model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "The text to go on from; with --chat, the user's message.")
  private String prompt;

  @Option(names = "--chat", description = "Put the prompt into the model's chat template.")
  private boolean chat;

  @Option(
      names = "--steering",
      paramLabel = "FILE",
      description = "Turn features up or down as this file says, which sememe steer --save wrote.")
  private Optional<Path> steering = Optional.empty();

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      description = {
        DictionaryFolder.WHAT,
        "For --steering (default: the one that the file names)."
      })
  private Optional<String> dictionary = Optional.empty();

  @Override
  public Integer call() throws IOException {
    if (dictionary.isPresent() && steering.isEmpty()) {
      throw common.wrong("--dictionary is of use with --steering only");
    }
    GenerationOptions options = common.checked(sampling::options);
    Terminal terminal = common.terminal();
    ModelOpener opener = new ModelOpener(terminal, common.threads());
    if (steering.isEmpty()) {
      try (LanguageModel opened = opener.open(model)) {
        write(terminal, opened, options, Intervention.none(), Map.of());
      }
      return 0;
    }
    Steering wanted = SteeringFile.read(steering.get());
    try (SteeredModel steered = SteeredModel.open(opener, Optional.of(model), dictionary, wanted)) {
      write(
          terminal,
          steered.model(),
          options,
          steered.steerer().intervention(steered.steering()),
          SteeringFile.fields(steered.steering()));
    }
    return 0;
  }

  /**
   * @param steered the steering's fields, none without one
   */
  private void write(
      Terminal terminal,
      LanguageModel opened,
      GenerationOptions options,
      Intervention intervention,
      Map<String, Object> steered) {
    Tokenizer tokenizer = opened.tokenizer();
    int[] promptIds = tokenizer.encode(chat ? rendered(tokenizer) : prompt).ids();
    GrowingText text = new GrowingText(tokenizer);
    long start = System.nanoTime();
    Generation generation =
        Generator.generate(
            opened,
            promptIds,
            options.withStopIds(tokenizer.stopIds()),
            intervention,
            id -> {
              terminal.write(text.add(id));
              return true;
            });
    double seconds = (System.nanoTime() - start) / 1e9;
    terminal.say("");
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("ids", generation.ids());
    fields.put("text", tokenizer.decodeText(generation.ids()));
    fields.put("prompt_ids", promptIds);
    fields.put("end", generation.end().name().toLowerCase(Locale.ROOT));
    fields.put("tokens_per_s", generation.ids().length / seconds);
    if (!steered.isEmpty()) {
      fields.put("steering", steered);
    }
    terminal.result(fields);
  }

  private String rendered(Tokenizer tokenizer) {
    return tokenizer.applyChatTemplate(List.of(new ChatMessage("user", prompt)), true);
  }
}
