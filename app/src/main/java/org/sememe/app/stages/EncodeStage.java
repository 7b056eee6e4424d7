package org.sememe.app.stages;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /**
   * Reads {@code x [n, d]} from a safetensors file and writes another one, whole or not at all:
   * {@code recon [n, d]}, and {@code latents [n, F]} or else {@code indices} (int64) and {@code
   * values}, both {@code [n, k]}. Values beyond a row's active latents are 0.
   *
   * @return the number of rows
   */
  public long run(Sae sae, Path input, Path output, boolean dense) throws IOException {
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(input)) {
      Tensor x = rows(file, input, sae.config().width());
      SequencedMap<String, Tensor> results = encode(sae, x, dense);
      SafetensorsWriter.write(output, results, Map.of());
      return x.size(0);
    }
  }

  private static Tensor rows(SafetensorsFile file, Path input, int width) throws IOException {
    if (!file.names().contains("x")) {
      throw new IOException(input + ": no tensor \"x\"; the file holds " + file.names());
    }
    List<Long> shape = file.info("x").shape();
    if (shape.size() != 2 || shape.get(1) != width) {
      throw new IOException(
          input + ": \"x\" is " + shape + ", and the dictionary needs [n, " + width + "]");
    }
    Tensor x = file.floats("x");
    if (!x.isfinite().all().item_bool()) {
      throw new IOException(input + ": \"x\" holds a NaN or an infinity; leave such rows out");
    }
    return x;
  }

  private SequencedMap<String, Tensor> encode(Sae sae, Tensor x, boolean dense) {
    int width = sae.config().width();
    long n = x.size(0);
    MemorySegment input = TensorMemory.segment(x);
    Tensor recon = TensorMemory.empty(ScalarType.Float, n, width);
    MemorySegment output = TensorMemory.segment(recon);
    List<Tensor> indices = new ArrayList<>();
    List<Tensor> values = new ArrayList<>();
    long rowBytes = (long) width * Float.BYTES;
    try (Encoder encoder = new Encoder(sae, (int) Math.clamp(n, 1, ROWS_AT_ONCE));
        Progress progress = terminal.progress("encode", Unit.ROWS, n)) {
      for (long row = 0; row < n; row += ROWS_AT_ONCE) {
        int rows = (int) Math.min(ROWS_AT_ONCE, n - row);
        SparseCodes codes = encoder.encode(input.asSlice(row * rowBytes, rows * rowBytes), rows);
        encoder.decode(codes, output.asSlice(row * rowBytes, rows * rowBytes));
        indices.add(
            TensorMemory.copy(codes.indices(), ScalarType.Int, rows, codes.k())
                .to(ScalarType.Long));
        values.add(TensorMemory.copy(codes.values(), ScalarType.Float, rows, codes.k()));
        progress.update(row + rows);
      }
    }
    SequencedMap<String, Tensor> results = new LinkedHashMap<>();
    Tensor allIndices = joined(indices, ScalarType.Long);
    Tensor allValues = joined(values, ScalarType.Float);
    if (dense) {
      Tensor latents = torch.zeros(n, sae.config().latents());
      results.put("latents", latents.scatter_add_(1, allIndices, allValues));
    } else {
      results.put("indices", allIndices);
      results.put("values", allValues);
    }
    results.put("recon", recon);
    return results;
  }

  /** The pieces below one another, with zeros at the right of narrower ones. */
  private static Tensor joined(List<Tensor> pieces, ScalarType type) {
    if (pieces.isEmpty()) {
      return TensorMemory.empty(type, 0, 0);
    }
    long widest = pieces.stream().mapToLong(piece -> piece.size(1)).max().orElseThrow();
    TensorVector padded = new TensorVector();
    for (Tensor piece : pieces) {
      padded.push_back(
          torch.constant_pad_nd(piece, new long[] {0, widest - piece.size(1)}, new Scalar(0)));
    }
    return torch.cat(padded, 0);
  }
}
