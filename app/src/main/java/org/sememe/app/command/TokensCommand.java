package org.sememe.app.command;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokenizers;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows how a model's tokenizer cuts a text. */
@Command(
    name = "tokens",
    description = "Show the tokens of a text.",
    footer = {"", "Example:", "  sememe tokens smollm2-135m-instruct --prompt \"Hello, world\""})
public final class TokensCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "MODEL", description = ModelOpener.WHAT)
  private String model;

  @ArgGroup(multiplicity = "1")
  private Text text;

  private static final class Text {
    @Option(names = "--text-file", paramLabel = "FILE", description = "A UTF-8 file with the text.")
    private Path file;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text itself.")
    private String prompt;

    String read() throws IOException {
      if (file == null) {
        return prompt;
      }
      try {
        return Files.readString(file);
      } catch (CharacterCodingException e) {
        throw new IOException(file + ": not UTF-8 text", e);
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    String read = text.read();
    Path path = new ModelOpener(terminal, common.threads()).locate(model);
    try (Tokenizer tokenizer = Tokenizers.open(path)) {
      int[] ids = tokenizer.encode(read).ids();
      List<String> tokens = Arrays.stream(ids).mapToObj(tokenizer::token).toList();
      for (int i = 0; i < ids.length; i++) {
        terminal.say(ids[i] + "\t" + tokens.get(i).replace("\n", "\\n").replace("\t", "\\t"));
      }
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("ids", ids);
      fields.put("tokens", tokens);
      terminal.result(fields);
    }
    return 0;
  }
}
