package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.LoadMixin;
import org.sememe.app.inputs.AnyDictionary;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.stages.EncodeStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.LoadOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Applies a trained dictionary to activations in a file. */
@Command(
    name = "encode",
    description = "Apply a dictionary to activations in a safetensors file.",
    footer = {
      "",
      "Examples:",
      "  sememe encode runs/demo --input activations.safetensors --out codes.safetensors",
      "  sememe encode trainer_0 --input activations.safetensors --out codes.safetensors --dense"
    })
public final class EncodeCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Mixin private LoadMixin load;

  @Parameters(paramLabel = "DICT", description = AnyDictionary.WHAT)
  private String dictionary;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description =
          "A safetensors file with a tensor x [n, d], of the dictionary's input; and y, a"
              + " transcoder's target, if fvu is to be of that.")
  private Path input;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write: indices and values [n, k], recon [n, d].")
  private Path out;

  @Option(
      names = "--dense",
      description = "Write latents [n, latents] instead of indices and values.")
  private boolean dense;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    LoadOptions options = common.checked(load::options);
    ModelOpener opener = new ModelOpener(terminal, common.threads());
    try (Dictionary opened = AnyDictionary.of(dictionary, opener).open(options, common.threads())) {
      opened.facts().notes().forEach(terminal::note);
      EncodeStage.Encoded encoded = new EncodeStage(terminal).run(opened, input, out, dense);
      terminal.say(encoded.rows() + " rows encoded: " + out);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("rows", encoded.rows());
      fields.put("latents", opened.facts().latents());
      encoded.fvu().ifPresent(fvu -> fields.put("fvu", fvu));
      fields.put("out", out.toAbsolutePath().toString());
      terminal.result(fields);
    }
    return 0;
  }
}
