package org.sememe.sae.design;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Users' own pieces of a design, by name. Immutable, thread-safe. */
public final class Pieces {
  private final SortedMap<String, CustomActivationProvider> activations;
  private final SortedMap<String, CustomPenaltyProvider> penalties;

  private Pieces(
      SortedMap<String, CustomActivationProvider> activations,
      SortedMap<String, CustomPenaltyProvider> penalties) {
    this.activations = activations;
    this.penalties = penalties;
  }

  /**
   * All that a class loader's jars offer.
   *
   * @throws IllegalArgumentException if two of a kind have the same name
   */
  public static Pieces of(ClassLoader loader) {
    return new Pieces(
        named(CustomActivationProvider.class, loader, CustomActivationProvider::name),
        named(CustomPenaltyProvider.class, loader, CustomPenaltyProvider::name));
  }

  /** All that the caller's context class loader finds: the class path and {@code --plugin}s. */
  public static Pieces here() {
    return of(Thread.currentThread().getContextClassLoader());
  }

  /**
   * An activation.
   *
   * @throws PieceException if there is none of this name, or it refuses an option
   */
  public Activation.Custom activation(OwnPiece piece) {
    CustomActivationProvider provider = provider("activation", activations, piece.name());
    return new Activation.Custom(made(piece, provider::create));
  }

  /**
   * A penalty.
   *
   * @throws PieceException if there is none of this name, or it refuses an option
   */
  public Penalty.Custom penalty(OwnPiece piece) {
    CustomPenaltyProvider provider = provider("penalty", penalties, piece.name());
    return new Penalty.Custom(piece, made(piece, provider::create));
  }

  private static <R> R made(OwnPiece piece, Function<Map<String, String>, R> create) {
    try {
      return create.apply(piece.options());
    } catch (IllegalArgumentException e) {
      throw new PieceException(piece, e);
    }
  }

  /** The names of the activations, sorted. */
  public SortedSet<String> activations() {
    return new TreeSet<>(activations.keySet());
  }

  /** The names of the penalties, sorted. */
  public SortedSet<String> penalties() {
    return new TreeSet<>(penalties.keySet());
  }

  private static <P> SortedMap<String, P> named(
      Class<P> kind, ClassLoader loader, Function<P, String> name) {
    SortedMap<String, P> found = new TreeMap<>();
    for (P provider : ServiceLoader.load(kind, loader)) {
      P other = found.put(name.apply(provider), provider);
      if (other != null) {
        throw new IllegalArgumentException(
            "%s and %s are both called %s: leave one jar out"
                .formatted(
                    other.getClass().getName(),
                    provider.getClass().getName(),
                    name.apply(provider)));
      }
    }
    return found;
  }

  private static <P> P provider(String kind, SortedMap<String, P> known, String name) {
    P provider = known.get(name);
    if (provider == null) {
      throw new PieceException(
          "no %s of your own is called %s: name its jar with --plugin (known: %s)"
              .formatted(kind, name, known.isEmpty() ? "none" : String.join(", ", known.keySet())));
    }
    return provider;
  }
}
