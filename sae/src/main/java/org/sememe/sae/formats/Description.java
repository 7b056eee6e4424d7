package org.sememe.sae.formats;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Sites;
import org.sememe.tensors.FormatException;

/** Facts as a reader finds them, one after another. */
final class Description {
  private final Checkpoint checkpoint;
  private final String library;
  private final String architecture;
  private Kind kind = Kind.AUTOENCODER;
  private String model = "";
  private List<String> hooksIn = List.of();
  private List<String> hooksOut = List.of();
  private String normalisation = "none";
  private boolean folded = true;
  private OptionalDouble averageK = OptionalDouble.empty();
  private final List<String> notes = new ArrayList<>();

  Description(Checkpoint checkpoint, String library, String architecture) {
    this.checkpoint = checkpoint;
    this.library = library;
    this.architecture = architecture;
  }

  Description kind(Kind known) {
    kind = known;
    return this;
  }

  /** The model; an option names it where the files do not. */
  Description model(String known, LoadOptions options) {
    model = known.isBlank() ? options.text(LoadOptions.MODEL).orElse("") : known;
    return this;
  }

  Description hooks(List<String> in, List<String> out) {
    hooksIn = in.stream().filter(name -> !name.isBlank()).toList();
    hooksOut = out.stream().filter(name -> !name.isBlank()).toList();
    return this;
  }

  /** The hook point of an autoencoder; an option names it where the files do not. */
  Description hook(String known, LoadOptions options) {
    String name = known.isBlank() ? options.text(LoadOptions.HOOK).orElse("") : known;
    return hooks(List.of(name), List.of(name));
  }

  /** A normalisation that is in the weights. */
  Description folded(String name) {
    normalisation = name;
    folded = true;
    return this;
  }

  /** A normalisation that is applied to each row. */
  Description perRow(String name) {
    normalisation = name;
    folded = false;
    return this;
  }

  /** How many latents of a row training aimed at, where a threshold decides now. */
  Description averageK(double k) {
    averageK = OptionalDouble.of(k);
    return this;
  }

  Description note(String note) {
    notes.add(note);
    return this;
  }

  /** The facts of a dictionary of rows of these shapes. */
  DictionaryFacts facts(
      long latents, List<Long> in, List<Long> out, String sparsity, OptionalDouble k) {
    return new DictionaryFacts(
        library,
        architecture,
        kind,
        model,
        new Sites(hooksIn, in),
        new Sites(hooksOut, out),
        latents,
        sparsity,
        k.isPresent() ? k : averageK,
        normalisation,
        folded,
        checkpoint.read(),
        notes);
  }

  /** The facts of an autoencoder. */
  DictionaryFacts facts(SaeConfig config) {
    List<Long> row = List.of((long) config.width());
    OptionalDouble k =
        config.sparsity().fixedK().isPresent()
            ? OptionalDouble.of(config.sparsity().fixedK().getAsInt())
            : averageK;
    return facts(config.latents(), row, row, config.sparsity().key(), k);
  }

  /** The file of weights, for messages. */
  Path file() {
    return checkpoint.file();
  }

  /**
   * A number of active latents, if there are as many.
   *
   * @throws FormatException if there are fewer
   */
  int atMost(int k, int latents) throws FormatException {
    if (k < 1 || k > latents) {
      throw new FormatException(file(), 0, "k is " + k + " of only " + latents + " latents");
    }
    return k;
  }

  /** The hook point of one site; empty if not known. */
  String hook() {
    return hooksIn.isEmpty() ? "" : hooksIn.getFirst();
  }

  String model() {
    return model;
  }

  String library() {
    return library;
  }

  String architecture() {
    return architecture;
  }

  /** An autoencoder's configuration of an architecture, for rows as they come. */
  SaeConfig config(int width, int latents, Sparsity sparsity, boolean subtractDecoderBias) {
    return new SaeConfig(
        width,
        latents,
        sparsity,
        subtractDecoderBias,
        hook(),
        model,
        1,
        Map.of("library", library, "library_architecture", architecture));
  }
}
