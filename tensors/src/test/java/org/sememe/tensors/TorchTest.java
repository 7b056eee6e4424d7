package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.openblas.presets.openblas_nolapack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TorchTest {
  @BeforeEach
  @AfterEach
  void start() {
    Torch.start(2);
  }

  @Test
  void bothPoolsGetTheNumberOfThreads() {
    for (int threads : new int[] {1, 3, 2}) {
      Torch.threads(threads);
      assertThat(Torch.threads()).isEqualTo(threads);
      assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(threads);
    }
    Torch.start(1);
    assertThat(Torch.threads()).isEqualTo(1);
  }

  @Test
  void fewerThanOneThreadIsRefusedAndChangesNothing() {
    for (int threads : new int[] {0, -1}) {
      assertThatThrownBy(() -> Torch.threads(threads))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("threads must be at least 1, not " + threads);
      assertThatThrownBy(() -> Torch.start(threads)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Torch.threads()).isEqualTo(2);
  }
}
