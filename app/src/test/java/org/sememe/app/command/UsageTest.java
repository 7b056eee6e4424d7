package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.app.Main;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Help pages, and what a wrong option or argument leads to. */
class UsageTest {
  /** Those that do something, with the words that lead to them. */
  static List<String> commands() {
    return leaves(Main.commandLine(), "").toList();
  }

  private static Stream<String> leaves(CommandLine command, String words) {
    Map<String, CommandLine> below = command.getSubcommands();
    return below.isEmpty()
        ? Stream.of(words.strip())
        : below.entrySet().stream().flatMap(e -> leaves(e.getValue(), words + " " + e.getKey()));
  }

  private static CommandLine leaf(String words) {
    CommandLine at = Main.commandLine();
    for (String word : words.split(" ")) {
      at = at.getSubcommands().get(word);
    }
    return at;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpHasAnExampleThatNamesTheCommand(String command) {
    Sememe help = Sememe.run((Object[]) (command + " --help").split(" "));

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).containsPattern("Examples?:\\R\\s+sememe " + command);
    assertThat(help.err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionIsExplained(String command) {
    CommandLine page = leaf(command);

    for (OptionSpec option : page.getCommandSpec().options()) {
      assertThat(String.join(" ", option.description())).as(option.longestName()).isNotBlank();
    }
    assertThat(page.getCommandSpec().optionsMap()).containsKeys("--json", "--debug", "--help");
  }

  @Test
  void noCommandIsWrongUsage() {
    Sememe run = Sememe.run();

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.errLines())
        .containsExactly("sememe: a command is missing", "See: sememe --help");
  }

  @Test
  void anUnknownOptionIsNamedAndHelpIsPointedTo() {
    Sememe run = Sememe.run("generate", "model", "--prompt", "x", "--gredy");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--gredy").contains("See: sememe generate --help");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aValueOutOfItsRangeIsWrongUsage() {
    Sememe run = Sememe.run("generate", "model", "--prompt", "x", "--top-p", "1.5");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.errLines().getFirst()).contains("topP is 1.5");
  }

  @Test
  void aMissingFileIsNamed() {
    Sememe run = Sememe.run("tokens", "model", "--text-file", "no/such/file.txt");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errLines()).containsExactly("sememe: no/such/file.txt: no such file or folder");
  }

  @Test
  void aStackTraceOnlyWithDebug() {
    Sememe run = Sememe.run("tokens", "model", "--text-file", "no/such/file.txt", "--debug");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("NoSuchFileException").contains("\tat ");
  }
}
