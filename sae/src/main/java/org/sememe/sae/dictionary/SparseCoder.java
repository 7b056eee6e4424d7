package org.sememe.sae.dictionary;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.fold.RowNormalisation;

/**
 * A dictionary of any number of input and output sites: encoding, selection, decoding. Computes the
 * whole matrix of scores; where an {@code Sae} can say the same, that is the faster one.
 */
public final class SparseCoder implements Dictionary {
  private final DictionaryFacts facts;
  private final CoderParts parts;

  /**
   * A dictionary of these parts, whose tensors it takes over.
   *
   * @throws IllegalArgumentException if they do not fit the facts; then all stay the caller's
   */
  public SparseCoder(DictionaryFacts facts, CoderParts parts) {
    if (parts.encoding().inputs() != facts.input().values()
        || parts.decoding().size() != facts.output().values()) {
      throw new IllegalArgumentException(
          "weights of %d inputs and %d outputs, where rows are %s and %s"
              .formatted(
                  parts.encoding().inputs(),
                  parts.decoding().size(),
                  facts.input().shape(),
                  facts.output().shape()));
    }
    this.facts = facts;
    this.parts = parts;
    parts.tensors().forEach(Tensor::retainReference);
  }

  @Override
  public DictionaryFacts facts() {
    return facts;
  }

  /** What it is put together of; not to be changed. */
  public CoderParts parts() {
    return parts;
  }

  @Override
  public Tensor encode(Tensor x) {
    InputRows rows = rows(x);
    Tensor input = rows.values();
    if (parts.rows() != RowNormalisation.NONE) {
      input = rows.frames(parts.rows()).in(input);
    }
    Tensor latents = select(parts.encoding().scores(input));
    return latents.size(1) == 1
        ? rows.restored(latents, facts.latents())
        : rows.restored(latents, latents.size(1), facts.latents());
  }

  private Tensor select(Tensor scores) {
    if (parts.importance().isEmpty()) {
      return parts.selection().apply(scores);
    }
    Tensor importance = parts.importance().get();
    Tensor selected = parts.selection().apply(scores.mul(importance));
    return selected.div(torch.clamp_min(importance, new Scalar(Float.MIN_NORMAL)));
  }

  @Override
  public Tensor decode(Tensor latents, Tensor x) {
    InputRows rows = rows(x);
    Tensor codes = latents.reshape(rows.values().size(0), -1, facts.latents());
    Tensor output = parts.decoding().outputs(codes);
    if (parts.undone()) {
      output = rows.frames(parts.rows()).out(output);
    }
    if (parts.skip().isPresent()) {
      output = output.add(rows.values().matmul(parts.skip().get()));
    }
    boolean same = facts.input().shape().equals(facts.output().shape());
    return same ? rows.restoredAlike(output) : rows.restored(output, outputShape());
  }

  private long[] outputShape() {
    return facts.output().shape().stream().mapToLong(Long::longValue).toArray();
  }

  private InputRows rows(Tensor x) {
    return InputRows.of(x, facts.input().values());
  }

  @Override
  public boolean rowsAlone() {
    return parts.selection().rowsAlone();
  }

  @Override
  public void close() {
    parts.tensors().forEach(Tensor::close);
  }
}
