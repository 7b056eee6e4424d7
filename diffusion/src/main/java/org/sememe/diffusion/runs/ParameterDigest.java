package org.sememe.diffusion.runs;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;

/** SHA-256 of parameters as they are in memory, names and values in their order. Stateless. */
public final class ParameterDigest {
  private ParameterDigest() {}

  /** In lower-case hexadecimal digits. */
  public static String of(SequencedMap<String, Tensor> parameters) {
    MessageDigest digest = Sha256.digest();
    parameters.forEach(
        (name, tensor) -> {
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update(TensorMemory.segment(tensor).asByteBuffer());
        });
    return HexFormat.of().formatHex(digest.digest());
  }
}
