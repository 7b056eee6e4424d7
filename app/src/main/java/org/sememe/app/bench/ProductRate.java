package org.sememe.app.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.app.bench.ForwardProducts.Product;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.SoloThreads;
import org.sememe.tensors.TensorMemory;

/**
 * How fast the machine does a model's own products and nothing else, into memory that is there
 * already. Two ways: every thread its own rows, as a harvest does it, and all threads one product.
 * Owns its memory; one thread at a time.
 */
final class ProductRate implements AutoCloseable {
  private static final int ROWS = 1024;
  private static final double BILLION = 1e9;

  private final int passes;
  private final List<Tensor> weights = new ArrayList<>();
  private final List<Buffers> buffers = new ArrayList<>();

  /** What one thread reads and writes, for each shape. */
  private record Buffers(List<Tensor> x, List<Tensor> out) {}

  /**
   * Over the distinct products of a run.
   *
   * @param threads the most that work at once
   * @param passes how often each measurement does all of them
   */
  ProductRate(ForwardProducts products, int threads, int passes) {
    this.passes = passes;
    RandomStream random = RandomStream.of(0);
    List<Product> distinct = products.products().stream().distinct().toList();
    try (PointerScope scope = new PointerScope()) {
      distinct.forEach(shape -> weights.add(filled(random, shape.out(), shape.in())));
      for (int thread = 0; thread < threads; thread++) {
        List<Tensor> x = new ArrayList<>();
        List<Tensor> out = new ArrayList<>();
        for (Product shape : distinct) {
          x.add(filled(random, ROWS, shape.in()));
          out.add(filled(random, ROWS, shape.out()));
        }
        buffers.add(new Buffers(x, out));
      }
    }
  }

  private static Tensor filled(RandomStream random, int rows, int columns) {
    Tensor tensor = TensorMemory.empty(ScalarType.Float, rows, columns);
    random.fillNormal(TensorMemory.segment(tensor), 1);
    tensor.retainReference();
    return tensor;
  }

  /** GFLOP/s where each thread multiplies rows of its own. */
  double apart() {
    try (SoloThreads threads = new SoloThreads()) {
      long begin = System.nanoTime();
      List<Future<?>> pieces = new ArrayList<>();
      for (Buffers own : buffers) {
        pieces.add(
            threads.submit(
                () -> {
                  multiply(own);
                  return null;
                }));
      }
      for (Future<?> piece : pieces) {
        piece.get();
      }
      return rate(buffers.size(), begin);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while products were timed", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** GFLOP/s where all threads share each product. */
  double together() {
    long begin = System.nanoTime();
    buffers.forEach(this::multiply);
    return rate(buffers.size(), begin);
  }

  private double rate(int times, long begin) {
    double seconds = (System.nanoTime() - begin) / BILLION;
    double flop = weights.stream().mapToDouble(w -> 2.0 * ROWS * w.numel()).sum();
    return times * passes * flop / seconds / BILLION;
  }

  private void multiply(Buffers own) {
    for (int pass = 0; pass < passes; pass++) {
      try (PointerScope scope = new PointerScope()) {
        for (int i = 0; i < weights.size(); i++) {
          torch.mm_out(own.out().get(i), own.x().get(i), weights.get(i).t());
        }
      }
    }
  }

  @Override
  public void close() {
    weights.forEach(Tensor::close);
    for (Buffers own : buffers) {
      own.x().forEach(Tensor::close);
      own.out().forEach(Tensor::close);
    }
  }
}
