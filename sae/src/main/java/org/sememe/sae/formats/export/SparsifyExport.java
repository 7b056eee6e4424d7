package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** sparsify: topk and groupmax, of one width, with or without a skip connection. */
final class SparsifyExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    if (from.outputs() != from.width()) {
      throw new NotExpressibleException(
          from.format(),
          "outputs of width " + from.outputs() + " from inputs of " + from.width(),
          "it knows one width");
    }
    int k =
        switch (from.sparsity()) {
          case Sparsity.TopK(int active) -> active;
          case Sparsity.GroupMax(int active) -> active;
          default -> throw from.noSparsity("topk and groupmax");
        };
    boolean transcode = from.facts().kind() == Kind.TRANSCODER;
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("encoder.weight", from.encoder().contiguous());
    weights.put("encoder.bias", from.encoderBias(!transcode).contiguous());
    weights.put("W_dec", from.decoder().contiguous());
    weights.put("b_dec", from.decoderBias().contiguous());
    from.skip().ifPresent(skip -> weights.put("W_skip", skip.t().contiguous()));
    Path place = folder.resolve(from.hook().isEmpty() ? "sae" : from.hook());
    Files.createDirectories(place);
    SafetensorsWriter.write(place.resolve("sae.safetensors"), weights, Map.of());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("activation", from.sparsity().key());
    fields.put("expansion_factor", Math.max(1, from.latents() / from.width()));
    fields.put("normalize_decoder", false);
    fields.put("num_latents", from.latents());
    fields.put("k", k);
    fields.put("multi_topk", false);
    fields.put("skip_connection", from.skip().isPresent());
    fields.put("transcode", transcode);
    fields.put("d_in", from.width());
    Layout.json(place.resolve("cfg.json"), fields);
  }
}
