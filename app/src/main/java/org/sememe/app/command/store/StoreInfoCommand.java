package org.sememe.app.command.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.StoreManifest;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Says what a store holds, also one whose harvest was interrupted. */
@Command(
    name = "info",
    description = "Say what a store holds.",
    footer = {"", "Example:", "  sememe store info stores/layer9"})
public final class StoreInfoCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "STORE", description = StoreCommand.WHAT)
  private Path folder;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Map<String, Object> fields = fields(ActivationStore.readManifest(folder));
    fields.forEach(
        (name, value) ->
            terminal.say(
                String.format(Locale.ROOT, "%-16s %s", name.replace('_', ' '), shown(value))));
    terminal.result(fields);
    return 0;
  }

  private static Object shown(Object value) {
    return value instanceof Long count ? String.format(Locale.ROOT, "%,d", count) : value;
  }

  private Map<String, Object> fields(StoreManifest manifest) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("store", folder.toAbsolutePath().normalize().toString());
    fields.put("complete", manifest.complete());
    fields.put("model", manifest.model().name());
    fields.put("model_sha256", manifest.model().sha256());
    Map<String, Object> hooks = new LinkedHashMap<>();
    manifest.hooks().forEach((hook, of) -> hooks.put(hook, of.width()));
    fields.put("hooks", hooks);
    fields.put("dtype", manifest.dtype().key());
    fields.put("text", String.join(" + ", manifest.text()));
    fields.put("text_sha256", manifest.textSha256());
    fields.put("documents", manifest.documents());
    fields.put("tokens", manifest.tokens());
    fields.put("rows", manifest.rows());
    manifest
        .splits()
        .forEach(
            (split, counts) -> {
              fields.put(split + "_rows", counts.rows());
              fields.put(split + "_contexts", counts.contexts());
            });
    fields.put("context_length", (long) manifest.contextLength());
    fields.put("packed", manifest.pack());
    fields.put("held_out_share", manifest.heldOutShare());
    fields.put("seed", manifest.seed());
    fields.put("sinks_excluded", manifest.sinksExcluded());
    fields.put("non_finite", manifest.excluded().nonFinite());
    fields.put("shards", (long) manifest.shards().size());
    fields.put(
        "bytes", manifest.shards().stream().mapToLong(StoreManifest.ShardEntry::bytes).sum());
    return fields;
  }
}
