package org.sememe.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A {@link RankProbe} that is told when to work. Ends it when it is closed. */
final class ToldProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final PrintWriter in;

  /** Starts it, with some variables in its environment. */
  ToldProcess(List<String> arguments, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(Child.likeThisOne(RankProbe.class.getName(), arguments));
    builder.redirectError(Redirect.INHERIT);
    builder.environment().putAll(environment);
    this.process = builder.start();
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
  }

  /** Waits until it can be told. */
  void awaitReady() throws IOException {
    String line = out.readLine();
    while (line != null && !line.equals(RankProbe.READY)) { // the JVM may speak too
      line = out.readLine();
    }
    if (line == null) {
      throw new IOException("a process of the benchmark could not begin: see above");
    }
  }

  /** Tells it to do its work so often. */
  void tell(int times) {
    in.println(times);
  }

  /** What it answers. */
  JsonNode answer() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("a process of the benchmark has ended: see above");
    }
    return new ObjectMapper().readTree(line);
  }

  /** Lets it end, when those that it works with may too. */
  void dismiss() {
    in.close();
  }

  @Override
  public void close() throws IOException {
    dismiss();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
    out.close();
  }
}
