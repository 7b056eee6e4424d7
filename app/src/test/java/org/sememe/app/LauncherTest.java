package org.sememe.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher script, in a folder whose name has spaces, around a program that says what it got.
 */
class LauncherTest {
  private static final String PROGRAM =
      """
      package org.sememe.app;
      public class Main {
        public static void main(String[] arguments) {
          System.out.println(Runtime.version().feature());
          System.out.println(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
          for (String argument : arguments) System.out.println("<" + argument + ">");
          System.exit(7);
        }
      }
      """;

  @TempDir private Path temporary;
  private Path home;
  private Path oldJdk;
  private Path project;

  @BeforeEach
  void install() throws IOException {
    project = Files.createDirectories(temporary.resolve("a folder of mine"));
    Path root = Path.of(System.getenv().getOrDefault("SEMEME_PROJECT_ROOT", ".."));
    Files.copy(root.resolve("sememe"), project.resolve("sememe"));
    Files.createDirectories(project.resolve("build-support"));
    for (String file : List.of("find-jdk", "jvm.options")) {
      Files.copy(
          root.resolve("build-support").resolve(file),
          project.resolve("build-support").resolve(file));
    }
    jar(Files.createDirectories(project.resolve("app/target/dist/lib")).resolve("program.jar"));
    oldJdk = jdk("jdk-17", "17.0.15");
    home = Files.createDirectories(temporary.resolve("home"));
    Files.createDirectories(home.resolve(".jdks"));
    Files.createSymbolicLink(
        home.resolve(".jdks/current"), Path.of(System.getProperty("java.home")));
  }

  @Test
  void findsAJdkOfItsOwnWhereTheDefaultJavaIsOlder() throws Exception {
    Ended run = run(project.resolve("sememe"), "info", "two words", "", "--json");

    assertThat(Integer.parseInt(run.lines().getFirst())).isGreaterThanOrEqualTo(25);
    assertThat(run.lines()).endsWith("true", "<info>", "<two words>", "<>", "<--json>");
    assertThat(run.exitCode()).isEqualTo(7);
  }

  @Test
  void runsThroughALink() throws Exception {
    Path link = temporary.resolve("bin-sememe");
    Files.createSymbolicLink(link, project.resolve("sememe"));

    assertThat(run(link, "x").lines()).endsWith("<x>");
  }

  private Ended run(Path command, String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(command.toString()), Stream.of(arguments)).toList());
    Map<String, String> environment = builder.environment();
    environment.put("HOME", home.toString());
    environment.put("JAVA_HOME", oldJdk.toString());
    environment.put("PATH", oldJdk.resolve("bin") + ":" + environment.get("PATH"));
    Path out = temporary.resolve("out.txt");
    Process process = builder.redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readAllLines(out));
  }

  private Path jdk(String name, String version) throws IOException {
    Path jdk = temporary.resolve(name);
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    for (String tool : List.of("java", "javac")) {
      Path script = Files.writeString(jdk.resolve("bin").resolve(tool), "#!/bin/sh\nexit 99\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
    }
    return jdk;
  }

  private void jar(Path jar) throws IOException {
    Path source = Files.writeString(temporary.resolve("Main.java"), PROGRAM);
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", temporary.toString(), source.toString());
    assertThat(compiled).isZero();
    String entry = "org/sememe/app/Main.class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry(entry));
      out.write(Files.readAllBytes(temporary.resolve(entry)));
    }
  }

  private record Ended(int exitCode, List<String> lines) {}
}
