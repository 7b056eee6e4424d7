package org.sememe.app.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.LanguageModel;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
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
      "Example:",
      "  sememe generate smollm2-135m-instruct --chat --greedy --prompt \"The capital of France?\""
    })
public final class GenerateCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "MODEL", description = ModelOpener.WHAT)
  private String model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "The text to go on from; with --chat, the user's message.")
  private String prompt;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Most tokens to write (default: ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(names = "--greedy", description = "Take the likeliest token each time.")
  private boolean greedy;

  @Option(names = "--chat", description = "Put the prompt into the model's chat template.")
  private boolean chat;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "Divides the logits before a token is drawn (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description = "Draw among the likeliest tokens of this share (default: ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed draws the same tokens (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    GenerationOptions options =
        common.checked(
            () ->
                greedy
                    ? GenerationOptions.greedy(maxNewTokens)
                    : GenerationOptions.sampled(maxNewTokens, temperature, topP, seed));
    Terminal terminal = common.terminal();
    try (LanguageModel opened = new ModelOpener(terminal, common.threads()).open(model)) {
      Tokenizer tokenizer = opened.tokenizer();
      int[] promptIds = tokenizer.encode(chat ? rendered(tokenizer) : prompt).ids();
      LiveText live = new LiveText(terminal, tokenizer);
      long start = System.nanoTime();
      Generation generation =
          Generator.generate(
              opened,
              promptIds,
              options.withStopIds(tokenizer.stopIds()),
              Intervention.none(),
              live::add);
      double seconds = (System.nanoTime() - start) / 1e9;
      terminal.say("");
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("ids", generation.ids());
      fields.put("text", tokenizer.decodeText(generation.ids()));
      fields.put("prompt_ids", promptIds);
      fields.put("end", generation.end().name().toLowerCase(Locale.ROOT));
      fields.put("tokens_per_s", generation.ids().length / seconds);
      terminal.result(fields);
    }
    return 0;
  }

  private String rendered(Tokenizer tokenizer) {
    return tokenizer.applyChatTemplate(List.of(new ChatMessage("user", prompt)), true);
  }

  /** Writes a reply while it grows. A character that is not whole yet waits for its last token. */
  private static final class LiveText {
    private final Terminal terminal;
    private final Tokenizer tokenizer;
    private final List<Integer> ids = new ArrayList<>();
    private int written;

    LiveText(Terminal terminal, Tokenizer tokenizer) {
      this.terminal = terminal;
      this.tokenizer = tokenizer;
    }

    boolean add(int id) {
      ids.add(id);
      String text = tokenizer.decodeText(ids.stream().mapToInt(Integer::intValue).toArray());
      if (text.length() > written && !text.endsWith("\uFFFD")) {
        terminal.write(text.substring(written));
        written = text.length();
      }
      return true;
    }
  }
}
