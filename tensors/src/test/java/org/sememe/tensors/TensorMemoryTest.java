package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.testing.LeakMeter;

class TensorMemoryTest {
  private static final float[] SIX = {1, 2, 3, 4, 5, 6};

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void aSegmentIsTheTensorsOwnMemory() {
    try (PointerScope scope = new PointerScope()) {
      Tensor tensor = TensorMemory.floats(SIX, 2, 3);
      MemorySegment memory = TensorMemory.segment(tensor);
      assertThat(memory.byteSize()).isEqualTo(24);
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, 4, 50);
      assertThat(TensorMemory.floats(tensor)).containsExactly(1, 2, 3, 4, 50, 6);
      Tensor secondRow = tensor.narrow(0, 1, 1);
      assertThat(TensorMemory.segment(secondRow).toArray(ValueLayout.JAVA_FLOAT))
          .containsExactly(4, 50, 6);
    }
  }

  @Test
  void aTensorOverMemoryIsThatMemory() {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, SIX);
      Tensor tensor = TensorMemory.tensor(memory, ScalarType.Float, 3, 2);
      assertThat(TensorMemory.shape(tensor)).containsExactly(3, 2);
      assertThat(TensorMemory.segment(tensor).address()).isEqualTo(memory.address());
      tensor.zero_();
      assertThat(memory.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
      Tensor part = TensorMemory.tensor(memory.asSlice(8), ScalarType.Float, 1);
      part.add_(TensorMemory.floats(new float[] {7}, 1));
      assertThat(memory.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 0, 7, 0, 0, 0);
      assertThat(TensorMemory.shape(TensorMemory.tensor(memory, ScalarType.Float))).isEmpty();
    }
  }

  @Test
  void memoryThatCannotBeATensorIsRefused() {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(24, 8);
      refuse("native memory", MemorySegment.ofArray(SIX), ScalarType.Float, 6);
      refuse("does not fit in 24", memory, ScalarType.Float, 7);
      refuse("multiple of the size", memory.asSlice(2), ScalarType.Float, 2);
      refuse("multiple of the size", memory.asSlice(4), ScalarType.Long, 1);
      refuse("a dimension of -1", memory, ScalarType.Float, -1);
      refuse("a dimension of -2", memory, ScalarType.Float, -2, -2);
      assertThatThrownBy(() -> TensorMemory.tensor(memory, ScalarType.Float, 1L << 62, 4))
          .isInstanceOf(ArithmeticException.class);
      assertThatThrownBy(() -> TensorMemory.copy(memory, ScalarType.Float, 5))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("24 bytes are not a tensor of 20");
    }
  }

  private static void refuse(String message, MemorySegment memory, ScalarType type, long... shape) {
    assertThatThrownBy(() -> TensorMemory.tensor(memory, type, shape))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void tensorsWithoutValuesHaveNoMemory() {
    try (PointerScope scope = new PointerScope()) {
      for (long[] shape : new long[][] {{0}, {0, 3}, {2, 0, 3}}) {
        for (Tensor tensor :
            new Tensor[] {
              TensorMemory.empty(ScalarType.Float, shape),
              TensorMemory.tensor(MemorySegment.NULL, ScalarType.Float, shape),
              TensorMemory.copy(MemorySegment.ofArray(new byte[0]), ScalarType.Float, shape)
            }) {
          assertThat(TensorMemory.shape(tensor)).isEqualTo(shape);
          assertThat(TensorMemory.segment(tensor).byteSize()).isZero();
          assertThat(TensorMemory.floats(tensor)).isEmpty();
        }
      }
    }
  }

  @Test
  void whatIsNotInOnePieceHasNoSegmentButCanBeCopied() {
    try (PointerScope scope = new PointerScope()) {
      Tensor turned = TensorMemory.floats(SIX, 2, 3).t();
      assertThatThrownBy(() -> TensorMemory.segment(turned))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("contiguous");
      assertThat(TensorMemory.floats(turned)).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(TensorMemory.longs(turned)).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(TensorMemory.doubles(turned)).containsExactly(1, 4, 2, 5, 3, 6);
    }
  }

  @Test
  void valuesOfEveryTypeAreWidened() {
    try (PointerScope scope = new PointerScope()) {
      for (TensorType type : TensorType.values()) {
        if (type.scalarType().isPresent() && type != TensorType.BOOL) {
          Tensor tensor = TensorMemory.floats(SIX, 6).to(type.scalarType().get());
          assertThat(TensorMemory.floats(tensor)).as("%s", type).isEqualTo(SIX);
          assertThat(TensorMemory.doubles(tensor)).containsExactly(1, 2, 3, 4, 5, 6);
          assertThat(TensorMemory.longs(tensor)).containsExactly(1, 2, 3, 4, 5, 6);
        }
      }
      Tensor longs = TensorMemory.longs(new long[] {Long.MAX_VALUE, Long.MIN_VALUE}, 2);
      assertThat(TensorMemory.longs(longs)).containsExactly(Long.MAX_VALUE, Long.MIN_VALUE);
      Tensor learned = TensorMemory.floats(SIX, 6).set_requires_grad(true);
      assertThat(TensorMemory.floats(learned)).isEqualTo(SIX);
    }
  }

  @Test
  void aCopyIsACopy() {
    try (PointerScope scope = new PointerScope()) {
      float[] values = SIX.clone();
      Tensor tensor = TensorMemory.floats(values, 6);
      values[0] = 100;
      TensorMemory.floats(tensor)[1] = 100;
      assertThat(TensorMemory.floats(tensor)).isEqualTo(SIX);
    }
  }

  /** Large in native memory, where a leak would show, and small on the heap, which grows anyway. */
  @Test
  void aThousandViewsAndCopiesLeaveNothingBehind() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, 100_000);
      LeakMeter.assertFlat(
          1_000,
          64L << 20,
          () -> {
            try (Tensor view = TensorMemory.tensor(memory, ScalarType.Float, 100, 1_000);
                Tensor copy = TensorMemory.copy(memory, ScalarType.Float, 100_000);
                Tensor empty = TensorMemory.empty(ScalarType.Long, 100_000);
                Tensor row = view.narrow(0, 1, 1);
                Tensor turned = row.t()) {
              assertThat(TensorMemory.segment(copy).byteSize()).isEqualTo(400_000);
              assertThat(TensorMemory.segment(empty).byteSize()).isEqualTo(800_000);
              assertThat(TensorMemory.floats(turned)).hasSize(1_000);
              assertThat(TensorMemory.doubles(turned)).hasSize(1_000);
              assertThat(TensorMemory.longs(turned)).hasSize(1_000);
            }
          });
    }
  }
}
