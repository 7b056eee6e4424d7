package org.sememe.tensors.pickle;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sememe.tensors.TensorType;

/** The classes, functions and dtypes that a pickle may name; all others are refused. */
final class Globals {
  static final String ORDERED_DICT = "collections.OrderedDict";
  static final String TENSOR = "torch._utils._rebuild_tensor";
  static final String TENSOR_2 = "torch._utils._rebuild_tensor_v2";
  static final String TENSOR_3 = "torch._utils._rebuild_tensor_v3";
  static final String PARAMETER = "torch._utils._rebuild_parameter";
  static final String ENCODE = "_codecs.encode";
  static final String BYTES = "builtins.bytes";
  static final String BYTES_2 = "__builtin__.bytes";
  static final String SIZE = "torch.Size";
  static final String DEVICE = "torch.device";

  private static final Set<String> FUNCTIONS =
      Set.of(
          ORDERED_DICT,
          TENSOR,
          TENSOR_2,
          TENSOR_3,
          PARAMETER,
          ENCODE,
          BYTES,
          BYTES_2,
          SIZE,
          DEVICE);

  private static final Map<String, TensorType> STORAGES =
      Map.ofEntries(
          Map.entry("torch.DoubleStorage", TensorType.F64),
          Map.entry("torch.FloatStorage", TensorType.F32),
          Map.entry("torch.HalfStorage", TensorType.F16),
          Map.entry("torch.BFloat16Storage", TensorType.BF16),
          Map.entry("torch.LongStorage", TensorType.I64),
          Map.entry("torch.IntStorage", TensorType.I32),
          Map.entry("torch.ShortStorage", TensorType.I16),
          Map.entry("torch.CharStorage", TensorType.I8),
          Map.entry("torch.ByteStorage", TensorType.U8),
          Map.entry("torch.BoolStorage", TensorType.BOOL),
          Map.entry("torch.ComplexFloatStorage", TensorType.C64),
          Map.entry("torch.storage.UntypedStorage", TensorType.U8));

  private static final Map<String, TensorType> DTYPES =
      Map.ofEntries(
          Map.entry("torch.float64", TensorType.F64),
          Map.entry("torch.float32", TensorType.F32),
          Map.entry("torch.float16", TensorType.F16),
          Map.entry("torch.bfloat16", TensorType.BF16),
          Map.entry("torch.int64", TensorType.I64),
          Map.entry("torch.int32", TensorType.I32),
          Map.entry("torch.int16", TensorType.I16),
          Map.entry("torch.int8", TensorType.I8),
          Map.entry("torch.uint8", TensorType.U8),
          Map.entry("torch.uint16", TensorType.U16),
          Map.entry("torch.uint32", TensorType.U32),
          Map.entry("torch.uint64", TensorType.U64),
          Map.entry("torch.bool", TensorType.BOOL),
          Map.entry("torch.float8_e4m3fn", TensorType.F8_E4M3),
          Map.entry("torch.float8_e5m2", TensorType.F8_E5M2),
          Map.entry("torch.float8_e8m0fnu", TensorType.F8_E8M0),
          Map.entry("torch.complex64", TensorType.C64));

  private Globals() {}

  static boolean allows(String name) {
    return FUNCTIONS.contains(name) || STORAGES.containsKey(name) || DTYPES.containsKey(name);
  }

  static Optional<TensorType> storage(String name) {
    return Optional.ofNullable(STORAGES.get(name));
  }

  static Optional<TensorType> dtype(String name) {
    return Optional.ofNullable(DTYPES.get(name));
  }
}
