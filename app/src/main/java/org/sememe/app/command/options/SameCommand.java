package org.sememe.app.command.options;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.sememe.app.bench.StartupBench;
import org.sememe.app.ranks.LocalRanks;
import picocli.CommandLine.Model.CommandSpec;

/** A command with the words it was given, once more in processes of their own. */
public record SameCommand(CommandSpec command) {
  /**
   * Runs it as the ranks of one job.
   *
   * @return the exit code: 0, or that of the rank that failed first
   */
  public int run(int ranks) throws IOException {
    List<String> line =
        new ArrayList<>(StartupBench.likeThisOne(command.root().userObject().getClass()));
    line.addAll(command.root().commandLine().getParseResult().originalArgs());
    return new LocalRanks(line, ranks).run();
  }
}
