package org.sememe.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sememe.app.Main;
import org.sememe.app.bench.StartupBench;
import picocli.CommandLine;

/** One run of the command in this process: its exit code and what it wrote. */
record Sememe(int exitCode, String out, String err) {
  /** Runs the command with these arguments. */
  static Sememe run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code =
        command.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new Sememe(code, out.toString(), err.toString());
  }

  /** Runs a command that must succeed, and gives the JSON object that it ends with. */
  static JsonNode json(Object... arguments) throws IOException {
    Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--json";
    Sememe run = run(all);
    if (run.exitCode != 0) {
      throw new AssertionError(Arrays.toString(all) + " ended with " + run);
    }
    return new ObjectMapper().readTree(run.out.lines().toList().getLast());
  }

  /**
   * The same in a process of its own, which may start others; {@code log} gets what it complains
   * of.
   */
  static JsonNode jsonOfProcess(Path log, Object... arguments) throws Exception {
    List<String> command = new ArrayList<>(StartupBench.likeThisOne(Main.class));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    command.add("--json");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    List<String> said = process.inputReader().lines().toList();
    if (process.waitFor() != 0) {
      throw new AssertionError(command + " failed: " + Files.readString(log));
    }
    return new ObjectMapper().readTree(said.getLast());
  }

  /** The lines on standard error. */
  List<String> errLines() {
    return err.lines().toList();
  }
}
