package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.HarvestOptions.NonFinite;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.StoreType;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.TextOption;
import org.sememe.app.command.store.StoreFields;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.stages.HarvestStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.HookPoint;
import org.sememe.models.Network;
import org.sememe.models.text.TextSource;
import org.sememe.training.ranks.RankPlace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a text through a model and keeps activations in a store. */
@Command(
    name = "harvest",
    description =
        "Run a text through a model and keep activations in a store. Where RANK and WORLD_SIZE are"
            + " set, as torchrun sets them, only the rank's share of the documents, in the store"
            + " OUT.part-RANK-of-WORLD_SIZE: sememe store merge makes one of them.",
    footer = {
      "",
      "Example:",
      "  sememe harvest smollm2-135m-instruct --text wordnet+jdk-src --tokens 240k"
          + " --hooks blocks.9.hook_resid_post --out stores/layer9"
    })
public final class HarvestCommand implements Callable<Integer> {
  private static final int PACKED_CONTEXT = 128;

  @Mixin private CommonOptions common;

  @Parameters(
      paramLabel = "MODEL",
      description = {ModelOpener.WHAT, ModelOpener.OR_SEVERAL})
  private String model;

  @Option(names = "--text", paramLabel = "TEXT", required = true, description = TextOption.WHAT)
  private String text;

  @Option(
      names = {"--hooks", "--hook"},
      paramLabel = "A,B",
      required = true,
      split = ",",
      description =
          "Hook points to keep: names, where * stands for a layer's number"
              + " (blocks.*.hook_mlp_out), or modules' paths (model.layers.*.mlp); sememe info"
              + " MODEL lists the names.")
  private List<String> hooks;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The store's folder.")
  private Path out;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens to run through the model (default: the whole text).")
  private long tokens = HarvestOptions.ALL_TOKENS;

  @Option(
      names = "--context-length",
      paramLabel = "N",
      description =
          "Most tokens in a context (default: 128; with --no-pack the model's own context).")
  private Optional<Integer> contextLength = Optional.empty();

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Contexts run at once (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "How values are kept: f32, bf16 or f16 (default: ${DEFAULT-VALUE}).")
  private String dtype;

  @Option(
      names = "--no-pack",
      description = "One context a document, in order, instead of packed ones.")
  private boolean noPack;

  @Option(
      names = "--held-out",
      paramLabel = "SHARE",
      description = "Share of documents held out (default: 0.1; with --no-pack 0).")
  private Optional<Double> heldOut = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides which documents are held out (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--keep-sinks",
      description = "Keep rows of attention sinks and special tokens too.")
  private boolean keepSinks;

  @Option(
      names = "--non-finite",
      paramLabel = "WHAT",
      defaultValue = "skip",
      description = "Rows with a NaN or an infinity: skip or refuse (default: ${DEFAULT-VALUE}).")
  private NonFinite nonFinite;

  @Option(
      names = "--nproc",
      paramLabel = "N",
      description = "Processes on this machine that share out the documents (default: 1).")
  private int processes = 1;

  @Override
  public Integer call() throws IOException {
    if (processes < 1) {
      throw common.wrong("--nproc must be at least 1");
    }
    Optional<RankPlace> place = common.checked(() -> RankPlace.of(System.getenv()));
    if (processes == 1 || place.isPresent()) {
      return harvest(HarvestParts.Share.of(out, place), place.map(RankPlace::rank).orElse(0) == 0);
    }
    HarvestParts parts = new HarvestParts(out, processes);
    parts.check();
    int code = common.again().run(processes);
    if (code == 0) {
      tell(parts.merge());
    }
    return code;
  }

  private int harvest(Optional<HarvestParts.Share> share, boolean shown) throws IOException {
    Terminal terminal = common.terminal();
    StoreType type = common.checked(() -> StoreType.of(dtype));
    ModelOpener opener = new ModelOpener(terminal, common.threads());
    TextSource whole = opener.text(text);
    TextSource source = share.map(own -> own.text(whole)).orElse(whole);
    try (Network opened = opener.openNetwork(model)) {
      int most = opened.info().contextLength();
      int length = contextLength.orElse(noPack ? most : Math.min(PACKED_CONTEXT, most));
      HarvestOptions options =
          common.checked(
              () ->
                  HarvestOptions.of(names(opened))
                      .withTokens(share.map(own -> own.tokens(tokens)).orElse(tokens))
                      .withContextLength(length)
                      .withBatch(batch)
                      .withDtype(type)
                      .withPack(!noPack)
                      .withHeldOutShare(heldOut.orElse(noPack ? 0 : 0.1))
                      .withSeed(seed)
                      .withKeepSinks(keepSinks)
                      .withNonFinite(nonFinite));
      Path store = share.map(HarvestParts.Share::store).orElse(out);
      HarvestResult result = new HarvestStage(terminal, shown).run(opened, source, store, options);
      if (share.isEmpty()) {
        tell(result);
      }
    }
    return 0;
  }

  private void tell(HarvestResult result) {
    Terminal terminal = common.terminal();
    terminal.say(
        String.format(
            Locale.ROOT,
            "%,d rows of %,d tokens in %,d documents, %,d sinks left out: %s%s",
            result.rows(),
            result.tokens(),
            result.documents(),
            result.sinksExcluded(),
            result.store(),
            result.reused() ? " (was there already)" : ""));
    terminal.result(StoreFields.of(result));
  }

  /** The hook points' own names, each once. */
  private String[] names(Network opened) {
    return hooks.stream()
        .flatMap(pattern -> opened.hookPoints(pattern).stream())
        .map(HookPoint::name)
        .distinct()
        .toArray(String[]::new);
  }
}
