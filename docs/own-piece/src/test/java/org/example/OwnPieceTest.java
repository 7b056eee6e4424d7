package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.Main;
import org.sememe.models.testing.TinyModel;
import picocli.CommandLine;

/** The example as its reader uses it: packed in a jar, named with {@code --plugin}. */
class OwnPieceTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path jar;
  private static Path store;

  @BeforeAll
  static void prepare() throws IOException {
    jar = pack(Path.of("target", "classes"), folder.resolve("own-piece.jar"));
    Path model = TinyModel.write(folder.resolve("tiny-model"), 5);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < 500; document++) {
      lines.append("{\"text\": \"").append("some words ".repeat(1 + document % 9));
      lines.append(Integer.toString(7919 * document, 36)).append("\"}\n");
    }
    Path text = Files.writeString(folder.resolve("text.jsonl"), lines);
    store = folder.resolve("store");
    assertThat(
            run(
                "harvest",
                model,
                "--text",
                text,
                "--hooks",
                HOOK,
                "--context-length",
                32,
                "--out",
                store))
        .isEmpty();
  }

  private static Path pack(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> found = Files.walk(classes)) {
      for (Path one : found.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(one).toString().replace('\\', '/')));
        Files.copy(one, out);
      }
    }
    return jar;
  }

  /** What went wrong, and nothing if nothing did. */
  private static String run(Object... arguments) {
    StringWriter err = new StringWriter();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    // The jar is to be found by its name, not because the test's class path holds its classes.
    Thread.currentThread().setContextClassLoader(new WithoutExample(before));
    try {
      CommandLine command =
          Main.commandLine()
              .setOut(new PrintWriter(new StringWriter()))
              .setErr(new PrintWriter(err));
      int code =
          command.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
      return code == 0 ? "" : code + ": " + err;
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private static final class WithoutExample extends ClassLoader {
    WithoutExample(ClassLoader parent) {
      super(parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.example.")) {
        throw new ClassNotFoundException(name);
      }
      return super.loadClass(name, resolve);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.startsWith("META-INF/services/org.sememe.sae.design.")
          ? Collections.emptyEnumeration()
          : super.getResources(name);
    }
  }

  private static List<Object> training(Path out, String... settings) {
    List<Object> words = new ArrayList<>(List.of("train", "--store", store, "--latents", 64));
    words.addAll(List.of("--batch", 128, "--tokens", 4000, "--eval-contexts", 0, "--out", out));
    for (String setting : settings) {
      words.addAll(List.of("--set", setting));
    }
    words.addAll(List.of("--set", "lr=0.003", "--set", "sample-rows=256"));
    return words;
  }

  @Test
  void aSparsityOfYourOwnIsTrainedSavedAndRead() {
    Path run = folder.resolve("groups");
    List<Object> words = training(run, "architecture=own", "own=group-top-k:size=4+k=3", "k=12");
    assertThat(run(words.toArray()))
        .contains("no activation of your own is called group-top-k: name its jar with --plugin");
    words.addAll(List.of("--plugin", jar));
    assertThat(run(words.toArray())).isEmpty();
    assertThat(run("eval", run, "--eval-contexts", 0, "--plugin", jar)).isEmpty();
    assertThat(run("eval", run, "--eval-contexts", 0)).contains("--plugin");
  }

  @Test
  void aLossOfYourOwnIsTrainedWith() throws IOException {
    Path run = folder.resolve("log");
    List<Object> words =
        training(run, "architecture=relu", "penalty=own:log:at=0.2", "penalty-weight=0.3");
    words.addAll(List.of("--plugin", jar));
    assertThat(run(words.toArray())).isEmpty();
    assertThat(Files.readString(run.resolve("run.json"))).contains("own:log:at=0.2");
    List<Object> wrong =
        training(folder.resolve("wrong"), "architecture=relu", "penalty=own:log:at=0");
    wrong.addAll(List.of("--plugin", jar));
    assertThat(run(wrong.toArray())).startsWith("2: ").contains("at is 0.0, need above 0");
  }
}
