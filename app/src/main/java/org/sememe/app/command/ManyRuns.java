package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RankOptions;
import org.sememe.app.command.options.RowOptions;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.StageClock;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepGrid;
import org.sememe.app.sweep.SweepMember;
import org.sememe.training.RowHooks;
import org.sememe.training.ranks.Sharding;

/**
 * Several dictionaries in one folder, trained in one pass: what {@code sweep} makes, and {@code
 * train} with several hook points.
 *
 * @param source of the rows
 * @param dictionary what no recipe changes
 * @param measure how much is measured
 * @param ranks that share out the dictionaries
 */
record ManyRuns(
    CommonOptions common,
    RowOptions source,
    DictionaryOptions dictionary,
    MeasureOptions measure,
    RankOptions ranks) {

  /** The lists of a grid with the hook points that the options name. */
  Map<String, String> withHooks(Map<String, String> lists) {
    List<String> patterns = source.patterns(common);
    if (patterns.isEmpty()) {
      return lists;
    }
    Map<String, String> all = new LinkedHashMap<>();
    all.put(SweepMember.HOOK, String.join(",", patterns));
    source.target().ifPresent(target -> all.put(SweepMember.TARGET, target));
    lists.forEach(
        (key, values) -> {
          if (all.putIfAbsent(key, values) != null) {
            throw common.wrong("--hooks, --target and --grid name hook points twice");
          }
        });
    return all;
  }

  /** Begins the runs of a grid. */
  int begin(Path out, long tokens, SweepGrid grid) throws IOException {
    OptionalInt launched = ranks.launched(Sharding.HOOKS);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    SweepGrid named = common.checked(() -> grid.over(pattern -> source.points(common, pattern)));
    List<SweepMember> members =
        common.checked(() -> named.members(changes -> dictionary.options(tokens, with(changes))));
    if (ranks.speaks() && Sweep.in(out)) {
      throw new FileAlreadyExistsException(
          out.toString(),
          null,
          "holds dictionaries already: go on with sememe resume, or give another folder");
    }
    List<RowHooks> hooks =
        members.stream()
            .flatMap(member -> SweepMember.hooks(member.settings()).stream())
            .distinct()
            .toList();
    RunRows given =
        hooks.isEmpty()
            ? source.rows(common)
            : source.rows(common, hooks.size() == 1 ? hooks.getFirst() : RowHooks.union(hooks));
    RunRows rows = given.rowSeed().isPresent() ? given : given.inOrder(members.getFirst().seed());
    Sweep sweep = Sweep.of(rows.provenance(), measure.kept(), members);
    if (ranks.speaks()) {
      sweep.write(out);
    }
    return job(common).run(out, sweep, rows, measure, () -> ranks.join(Sharding.HOOKS));
  }

  /** Goes on with the runs of a folder. */
  static int resume(Path folder, CommonOptions common, MeasureOptions measure, RankOptions ranks)
      throws IOException {
    OptionalInt launched = ranks.launched(Sharding.HOOKS);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    Sweep sweep = Sweep.read(folder);
    RunRows rows =
        RunRows.of(sweep.provenance(), new ModelOpener(common.terminal(), common.threads()));
    return job(common)
        .run(
            folder,
            sweep,
            rows,
            sweep.measure().map(measure::over).orElse(measure),
            () -> ranks.join(Sharding.HOOKS));
  }

  private static SweepJob job(CommonOptions common) {
    return new SweepJob(common.terminal(), common.threads(), new StageClock(), "resume");
  }

  /** A recipe's options of training, and the kind of dictionary that its hook points ask for. */
  private Map<String, String> with(Map<String, String> recipe) {
    Map<String, String> all = new LinkedHashMap<>(recipe);
    Optional<RowHooks> named = SweepMember.hooks(recipe);
    all.remove(SweepMember.HOOK);
    all.remove(SweepMember.TARGET);
    named.ifPresentOrElse(
        hooks -> all.put("kind", hooks.kind().name().toLowerCase(Locale.ROOT)),
        () -> all.putAll(source.kind(common)));
    return all;
  }
}
