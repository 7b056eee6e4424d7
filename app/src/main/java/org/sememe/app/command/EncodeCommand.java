package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.stages.EncodeStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.Sae;
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
      "Example:",
      "  sememe encode runs/demo --input activations.safetensors --out codes.safetensors"
    })
public final class EncodeCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "DICT", description = DictionaryFolder.WHAT)
  private String dictionary;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description = "A safetensors file with a tensor x [n, d].")
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
    try (Sae sae = DictionaryFolder.of(dictionary).load(common.threads())) {
      long rows = new EncodeStage(terminal).run(sae, input, out, dense);
      terminal.say(rows + " rows encoded: " + out);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("rows", rows);
      fields.put("latents", sae.config().latents());
      fields.put("out", out.toAbsolutePath().toString());
      terminal.result(fields);
    }
    return 0;
  }
}
