package org.sememe.diffusion.pictures;

import java.util.ArrayList;
import java.util.List;

/**
 * Pictures with the names of their classes, and what each shows.
 *
 * @param set the pictures, whose labels count the classes
 * @param classes their names; empty where they have none but their numbers
 * @param captions one a picture; empty where there are none
 */
public record NamedPictures(PictureSet set, List<String> classes, List<String> captions) {
  public NamedPictures {
    classes = List.copyOf(classes);
    captions = List.copyOf(captions);
    if (!captions.isEmpty() && captions.size() != set.count()) {
      throw new IllegalArgumentException(
          captions.size() + " captions of " + set.count() + " pictures");
    }
    if (!classes.isEmpty() && classes.size() < set.classes()) {
      throw new IllegalArgumentException(
          classes.size() + " names of " + set.classes() + " classes");
    }
  }

  /** Pictures of which nothing is known but their labels. */
  public static NamedPictures of(PictureSet set) {
    return new NamedPictures(set, List.of(), List.of());
  }

  /** The same in another size, as {@link PictureSet#resized}. */
  public NamedPictures resized(int side) {
    return new NamedPictures(set.resized(side), classes, captions);
  }

  /** Some of them, in that order. */
  public NamedPictures select(int[] chosen) {
    List<String> theirs = new ArrayList<>();
    if (!captions.isEmpty()) {
      for (int i : chosen) {
        theirs.add(captions.get(i));
      }
    }
    return new NamedPictures(set.select(chosen), classes, theirs);
  }
}
