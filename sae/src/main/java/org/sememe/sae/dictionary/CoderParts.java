package org.sememe.sae.dictionary;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.fold.RowNormalisation;

/**
 * What a {@link SparseCoder} is put together of. Tensors are float32.
 *
 * @param rows what is done to each row first
 * @param undone whether that is undone in the output
 * @param encoding from the row to scores
 * @param importance what scores are multiplied by while latents are selected, {@code [F]} or {@code
 *     [sites, F]}; empty for 1
 * @param selection which scores are active
 * @param decoding from latents to the output
 * @param skip added to the output: {@code x skip}, {@code [inputs, outputs]}, of the row as it came
 */
public record CoderParts(
    RowNormalisation rows,
    boolean undone,
    Encoding encoding,
    Optional<Tensor> importance,
    Selection selection,
    Decoding decoding,
    Optional<Tensor> skip) {
  /** Without normalisation, importance and skip. */
  public CoderParts(Encoding encoding, Selection selection, Decoding decoding) {
    this(
        RowNormalisation.NONE,
        false,
        encoding,
        Optional.empty(),
        selection,
        decoding,
        Optional.empty());
  }

  /** This with rows normalised first. */
  public CoderParts normalised(RowNormalisation normalisation, boolean outputToo) {
    return new CoderParts(
        normalisation, outputToo, encoding, importance, selection, decoding, skip);
  }

  /** This with scores weighted while latents are selected. */
  public CoderParts weighted(Tensor weights) {
    return new CoderParts(rows, undone, encoding, Optional.of(weights), selection, decoding, skip);
  }

  /** This with a linear part beside the latents, if there is one. */
  public CoderParts skipping(Optional<Tensor> linear) {
    return new CoderParts(rows, undone, encoding, importance, selection, decoding, linear);
  }

  /** All tensors. */
  Stream<Tensor> tensors() {
    return Stream.of(
            encoding.tensors(),
            importance.stream(),
            selection.tensors(),
            decoding.tensors(),
            skip.stream())
        .flatMap(part -> part);
  }
}
