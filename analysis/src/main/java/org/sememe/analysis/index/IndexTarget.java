package org.sememe.analysis.index;

import java.nio.file.Path;

/**
 * Where an index goes, and what it is made of.
 *
 * @param file the index; replaced whole
 * @param stamp says what it was made of; {@link FeatureIndex#stamp} gives it back
 * @param parts a folder for encoded rows: a build that was stopped goes on from there, and one with
 *     more rows adds to them. It may be deleted at any time but during a build
 * @param dictionary says which dictionary it is: encoded rows of another one are not used
 */
public record IndexTarget(Path file, String stamp, Path parts, String dictionary) {}
