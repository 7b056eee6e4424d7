package org.sememe.app.command.options;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.sae.formats.LoadOptions;
import picocli.CommandLine.Option;

/** Options that say of a dictionary what its files do not. */
public final class LoadMixin {
  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row, where the files do not say.")
  private Optional<Integer> k = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "Its hook point where the files do not say, or which of several is meant.")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Anything else that the files do not say, such as norm_scaling_factor=1.27; an unknown key"
              + " lists them all. An error says where one is needed.")
  private Map<String, String> more = new LinkedHashMap<>();

  /**
   * The options.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public LoadOptions options() {
    Map<String, String> all = new LinkedHashMap<>(more);
    k.ifPresent(value -> all.put(LoadOptions.K, Integer.toString(value)));
    hook.ifPresent(value -> all.put(LoadOptions.HOOK, value));
    return new LoadOptions(all);
  }
}
