package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringFile;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.SamplingOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SteeredModel;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.LanguageModel;
import org.sememe.models.Network;
import org.sememe.models.encoder.EncoderModel;
import org.sememe.models.encoder.MaskedWords;
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

/** Lets a model write on from a prompt, or answer it; an encoder fills the prompt's masks. */
@Command(
    name = "generate",
    description = {
      "Let a model write on from a prompt, or answer it with --chat.",
      "An encoder guesses the words at the prompt's [MASK] instead."
    },
    footer = {
      "",
      "Examples:",
      "  sememe generate smollm2-135m-instruct --chat --greedy --prompt \"The capital of France?\"",
      "  sememe generate smollm2-135m-instruct --prompt \"I walked\" --steering bridge.json",
      "  sememe generate bert-base-uncased --prompt \"The capital of France is [MASK].\""
    })
public final class GenerateCommand implements Callable<Integer> {
  private static final int GUESSES = 5;

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
      try (Network opened = opener.openNetwork(model)) {
        switch (opened) {
          case EncoderModel encoder -> terminal.result(filled(terminal, encoder));
          case LanguageModel causal ->
              write(terminal, causal, options, Intervention.none(), Map.of());
          default -> throw common.wrong(model + " writes no text and fills no masks");
        }
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

  private Map<String, Object> filled(Terminal terminal, EncoderModel encoder) {
    if (chat) {
      throw common.wrong("--chat is of no use with an encoder, which fills masks");
    }
    MaskedWords words = common.checked(() -> MaskedWords.of(encoder, prompt, GUESSES));
    Tokenizer tokenizer = encoder.tokenizer();
    int[] best = words.ids().stream().mapToInt(Integer::intValue).toArray();
    List<Object> masks = new ArrayList<>();
    for (MaskedWords.Mask mask : words.masks()) {
      List<Object> guesses = new ArrayList<>();
      for (MaskedWords.Guess guess : mask.guesses()) {
        String token = tokenizer.token(guess.id());
        terminal.say("%d\t%.4f\t%s".formatted(mask.position(), guess.probability(), token));
        guesses.add(Map.of("id", guess.id(), "token", token, "probability", guess.probability()));
      }
      best[mask.position()] = mask.guesses().getFirst().id();
      masks.add(Map.of("position", mask.position(), "guesses", guesses));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("ids", best);
    fields.put("text", tokenizer.decodeText(best));
    fields.put("masks", masks);
    return fields;
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
