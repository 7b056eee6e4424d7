package org.sememe.app.stages;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.InputRows;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Applies a dictionary to activations in a file.
 *
 * @param terminal where progress is shown
 */
public record EncodeStage(Terminal terminal) {
  private static final int ROWS_AT_ONCE = 4096;
  private static final int DENSE_ROWS_AT_ONCE = 512;
  private static final String INPUT = "x";
  private static final String TARGET = "y";
  private static final String RECON = "recon";

  /**
   * What was done.
   *
   * @param rows encoded
   * @param fvu of the target, if there is one: {@code y}, or the input where that is what is
   *     reconstructed
   */
  public record Encoded(long rows, OptionalDouble fvu) {}

  /**
   * Reads {@code x [n, ...]} from a safetensors file, and {@code y} of the reconstruction's shape
   * if it is there, and writes another one, whole or not at all: {@code recon [n, ...]}, and {@code
   * latents [n, F]} or else {@code indices} (int64) and {@code values}, both {@code [n, k]}. Where
   * sites have latents of their own, they stand before F and k. Values beyond a row's active
   * latents are 0.
   */
  public Encoded run(Dictionary dictionary, Path input, Path output, boolean dense)
      throws IOException {
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(input)) {
      Tensor x = finite(file, INPUT);
      Optional<Tensor> target = target(dictionary, file, x);
      InputRows rows = rows(dictionary, input, x);
      SequencedMap<String, Tensor> results =
          dictionary.sae().isPresent()
              ? sparse(dictionary.sae().get(), rows, dense)
              : general(dictionary, input, x, dense);
      Tensor recon = results.get(RECON);
      if (target.isPresent() && !shape(target.get()).equals(shape(recon))) {
        throw new IOException(
            input
                + ": \"y\" is "
                + shape(target.get())
                + ", and the reconstruction "
                + shape(recon));
      }
      SafetensorsWriter.write(output, results, Map.of());
      return new Encoded(
          rows.values().size(0), target.map(t -> fvu(recon, t)).orElse(OptionalDouble.empty()));
    }
  }

  /** What is reconstructed: {@code y}, or the input where that is it. */
  private static Optional<Tensor> target(Dictionary dictionary, SafetensorsFile file, Tensor x)
      throws IOException {
    if (file.names().contains(TARGET)) {
      return Optional.of(finite(file, TARGET));
    }
    return switch (dictionary.facts().kind()) {
      case AUTOENCODER, CROSSCODER, TEMPORAL -> Optional.of(x);
      case TRANSCODER, CROSS_LAYER_TRANSCODER -> Optional.empty();
    };
  }

  private static List<Long> shape(Tensor tensor) {
    return Arrays.stream(TensorMemory.shape(tensor)).boxed().toList();
  }

  private static InputRows rows(Dictionary dictionary, Path input, Tensor x) throws IOException {
    try {
      return InputRows.of(x, dictionary.facts().input().values());
    } catch (IllegalArgumentException e) {
      throw new IOException(input + ": " + e.getMessage(), e);
    }
  }

  private static Tensor finite(SafetensorsFile file, String name) throws IOException {
    if (!file.names().contains(name)) {
      throw new IOException(
          file.path() + ": no tensor \"" + name + "\"; the file holds " + file.names());
    }
    Tensor values = file.floats(name);
    if (!values.isfinite().all().item_bool()) {
      throw new IOException(
          file.path() + ": \"" + name + "\" holds a NaN or an infinity; leave such rows out");
    }
    return values;
  }

  /** Never the matrix of all latents but where it is asked for. */
  private SequencedMap<String, Tensor> sparse(Sae sae, InputRows rows, boolean dense) {
    int width = sae.config().width();
    Tensor x = rows.values();
    long n = x.size(0);
    MemorySegment input = TensorMemory.segment(x);
    Tensor recon = TensorMemory.empty(ScalarType.Float, n, width);
    MemorySegment output = TensorMemory.segment(recon);
    List<Tensor> indices = new ArrayList<>();
    List<Tensor> values = new ArrayList<>();
    long rowBytes = (long) width * Float.BYTES;
    try (Encoder encoder = new Encoder(sae, Math.clamp(n, 1, ROWS_AT_ONCE));
        Progress progress = terminal.progress("encode", Unit.ROWS, n)) {
      for (long row = 0; row < n; row += ROWS_AT_ONCE) {
        int count = (int) Math.min(ROWS_AT_ONCE, n - row);
        SparseCodes codes = encoder.encode(input.asSlice(row * rowBytes, count * rowBytes), count);
        encoder.decode(codes, output.asSlice(row * rowBytes, count * rowBytes));
        indices.add(codes.indexTensor().to(ScalarType.Long));
        values.add(codes.valueTensor());
        progress.update(row + count);
      }
    }
    SequencedMap<String, Tensor> results = new LinkedHashMap<>();
    Tensor allIndices = joined(indices, ScalarType.Long);
    Tensor allValues = joined(values, ScalarType.Float);
    if (dense) {
      long latents = sae.config().latents();
      Tensor all = torch.zeros(n, latents).scatter_add_(1, allIndices, allValues);
      results.put("latents", rows.restored(all, latents));
    } else {
      results.put("indices", rows.restored(allIndices, allIndices.size(1)));
      results.put("values", rows.restored(allValues, allValues.size(1)));
    }
    results.put(RECON, rows.restoredAlike(recon));
    return results;
  }

  /** Any dictionary, by all its latents; at once where rows depend on one another. */
  private SequencedMap<String, Tensor> general(
      Dictionary dictionary, Path input, Tensor x, boolean dense) throws IOException {
    long n = x.size(0);
    long step = dictionary.rowsAlone() ? DENSE_ROWS_AT_ONCE : Math.max(1, n);
    List<Tensor> latents = new ArrayList<>();
    List<Tensor> indices = new ArrayList<>();
    List<Tensor> recons = new ArrayList<>();
    try (Progress progress = terminal.progress("encode", Unit.ROWS, n)) {
      for (long first = 0; first == 0 || first < n; first += step) {
        Tensor part = x.narrow(0, first, Math.min(step, n - first));
        Tensor found = dictionary.encode(part);
        recons.add(dictionary.decode(found, part));
        if (dense) {
          latents.add(found);
        } else {
          int k = Math.max(1, (int) found.ne(new Scalar(0)).sum(-1).max().item_long());
          Tensor strongest = torch.topk(found.abs(), k).get1();
          indices.add(strongest);
          latents.add(found.gather(-1, strongest));
        }
        progress.update(first + part.size(0));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(input + ": " + e.getMessage(), e);
    }
    SequencedMap<String, Tensor> results = new LinkedHashMap<>();
    if (dense) {
      results.put("latents", joined(latents, ScalarType.Float));
    } else {
      results.put("indices", joined(indices, ScalarType.Long));
      results.put("values", joined(latents, ScalarType.Float));
    }
    results.put(RECON, joined(recons, ScalarType.Float));
    return results;
  }

  /** The pieces below one another, with zeros at the right of narrower ones. */
  private static Tensor joined(List<Tensor> pieces, ScalarType type) {
    if (pieces.isEmpty()) {
      return TensorMemory.empty(type, 0, 0);
    }
    long widest = pieces.stream().mapToLong(piece -> piece.size(-1)).max().orElseThrow();
    TensorVector padded = new TensorVector();
    for (Tensor piece : pieces) {
      padded.push_back(
          torch.constant_pad_nd(piece, new long[] {0, widest - piece.size(-1)}, new Scalar(0)));
    }
    return torch.cat(padded, 0).contiguous();
  }

  /** Fraction of variance unexplained; empty where the target does not vary. */
  private static OptionalDouble fvu(Tensor recon, Tensor target) {
    Tensor wide = target.to(ScalarType.Double);
    double error = wide.sub(recon).square().sum().item_double();
    double n = Math.max(1, wide.size(0));
    double spread = wide.sub(wide.sum(0).div(new Scalar(n))).square().sum().item_double();
    return spread > 0 ? OptionalDouble.of(error / spread) : OptionalDouble.empty();
  }
}
