package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Terminal;
import org.sememe.tensors.Sha256;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Fetches a model into the cache. */
@Command(
    name = "pull",
    description = "Fetch a model into the cache, verified by SHA-256.",
    footer = {"", "Example:", "  sememe pull smollm2-135m-instruct"})
public final class PullCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "MODEL", description = ModelOpener.WHAT)
  private String model;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Path path = new ModelOpener(terminal, common.threads()).locate(model).toAbsolutePath();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", model);
    fields.put("path", path.toString());
    if (Files.isRegularFile(path)) {
      fields.put("bytes", Files.size(path));
      fields.put("sha256", Sha256.of(path));
    }
    terminal.say(path.toString());
    terminal.result(fields);
    return 0;
  }
}
