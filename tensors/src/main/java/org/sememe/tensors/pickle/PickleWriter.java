package org.sememe.tensors.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/** One pickle, of protocol 2, of a state dict. Tensors are named by their place in a list. */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Tensor> storages;

  /** A pickle whose tensors are added to {@code storages}. */
  PickleWriter(List<Tensor> storages) {
    this.storages = storages;
  }

  byte[] pickled(Map<String, ?> values) {
    out.write(0x80);
    out.write(2);
    map(values);
    out.write('.');
    return out.toByteArray();
  }

  private void map(Map<?, ?> values) {
    emptyOrderedDict();
    out.write('(');
    values.forEach(
        (key, value) -> {
          value(key);
          value(value);
        });
    out.write('u');
  }

  private void emptyOrderedDict() {
    global("collections", "OrderedDict");
    out.write(')');
    out.write('R');
  }

  private void value(Object value) {
    switch (value) {
      case String text -> text(text);
      case Integer whole -> whole(whole);
      case Long whole -> whole(whole);
      case Double number -> {
        out.write('G');
        out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(number).array());
      }
      case Boolean truth -> out.write(truth ? 0x88 : 0x89);
      case Map<?, ?> map -> map(map);
      case Tensor tensor -> tensor(tensor);
      default -> throw new IllegalArgumentException("a value of " + value.getClass());
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write('X');
    little(Integer.BYTES, bytes.length);
    out.writeBytes(bytes);
  }

  private void whole(long number) {
    if (number == (int) number) {
      out.write('J');
      little(Integer.BYTES, number);
    } else {
      out.write(0x8a);
      out.write(Long.BYTES);
      little(Long.BYTES, number);
    }
  }

  private void little(int bytes, long number) {
    byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
    out.write(all, 0, bytes);
  }

  private void global(String module, String name) {
    out.write('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void tensor(Tensor tensor) {
    long[] shape = TensorMemory.shape(tensor);
    if (!tensor.is_contiguous() || !tensor.is_cpu()) {
      throw new IllegalArgumentException("a tensor that is not contiguous on the CPU");
    }
    global("torch._utils", "_rebuild_tensor_v2");
    out.write('(');
    out.write('(');
    text("storage");
    global("torch", storage(tensor.scalar_type().intern()));
    text(Integer.toString(storages.size()));
    text("cpu");
    whole(tensor.numel());
    out.write('t');
    out.write('Q');
    whole(0);
    tuple(shape);
    tuple(strides(shape));
    out.write(0x89); // needs no gradient
    emptyOrderedDict(); // no backward hooks
    out.write('t');
    out.write('R');
    storages.add(tensor);
  }

  private static long[] strides(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= shape[i];
    }
    return strides;
  }

  private void tuple(long[] values) {
    out.write('(');
    for (long value : values) {
      whole(value);
    }
    out.write('t');
  }

  private static String storage(ScalarType type) {
    return switch (type) {
      case Float -> "FloatStorage";
      case Double -> "DoubleStorage";
      case Half -> "HalfStorage";
      case BFloat16 -> "BFloat16Storage";
      case Long -> "LongStorage";
      case Int -> "IntStorage";
      case Byte -> "ByteStorage";
      case Bool -> "BoolStorage";
      default -> throw new IllegalArgumentException("a tensor of type " + type);
    };
  }
}
