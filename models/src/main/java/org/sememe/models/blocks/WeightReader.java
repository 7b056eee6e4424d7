package org.sememe.models.blocks;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;

/**
 * Reads a model's weights from a file, widened to fp32, checking every shape first. What it returns
 * outlives all scopes and belongs to the caller; {@link #discard} frees all of it if the model is
 * given up half-way.
 */
public final class WeightReader {
  private final TensorSource source;
  private final List<UnaryOperator<String>> spellings;
  private final boolean biased;
  private final List<Tensor> kept = new ArrayList<>();

  /**
   * @param spellings ways to write a name, in the order in which they are tried
   * @param biased whether every matrix has to have a bias; otherwise those that the file has are
   *     read
   */
  public WeightReader(TensorSource source, List<UnaryOperator<String>> spellings, boolean biased) {
    this.source = source;
    this.spellings = List.copyOf(spellings);
    this.biased = biased;
  }

  /** The spellings of names that may lack their first part, as {@code transformer.}. */
  public static List<UnaryOperator<String>> withOrWithout(String prefix) {
    return List.of(
        name -> name, name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name);
  }

  /** The name of the bias beside a weight. */
  public static String bias(String weight) {
    return weight.substring(0, weight.length() - "weight".length()) + "bias";
  }

  /** Whether the file has a tensor of that name, in some spelling. */
  public boolean has(String name) {
    return find(name).isPresent();
  }

  private Optional<String> find(String name) {
    return spellings.stream().map(s -> s.apply(name)).filter(source.names()::contains).findFirst();
  }

  /**
   * A tensor.
   *
   * @throws FormatException if it is missing or of another shape
   */
  public Tensor tensor(String name, long... shape) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      return keep(read(name, shape));
    }
  }

  /**
   * A norm's weight and, where the file has one, bias, both of {@code width}.
   *
   * @param offset what is added to the weight: some families store its distance from 1
   * @param order brings the values into the order of the activations
   */
  public Norm norm(
      Norm.Kind kind,
      double eps,
      String name,
      int width,
      double offset,
      UnaryOperator<Tensor> order)
      throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor stored = read(name, width);
      Tensor weight = keep(order.apply(offset == 0 ? stored : stored.add(new Scalar(offset))));
      boolean has = needsBias(bias(name), kind == Norm.Kind.LAYER);
      return new Norm(
          kind,
          eps,
          weight,
          has ? Optional.of(keep(order.apply(read(bias(name), width)))) : Optional.empty());
    }
  }

  /** Some rows of a joined matrix. */
  public record Part(String weight, int rows) {}

  /**
   * The matrix {@code [rows of all parts, columns]} and its bias: zeros for a part without one, if
   * another has one.
   *
   * @param transposed whether the file keeps matrices as {@code [in, out]}
   * @param order brings the rows into the order of the activations
   */
  public Linear linear(int columns, boolean transposed, UnaryOperator<Tensor> order, Part... parts)
      throws IOException {
    try (PointerScope scope = new PointerScope()) {
      TensorVector weights = new TensorVector();
      TensorVector biases = new TensorVector();
      boolean any = false;
      for (Part part : parts) {
        weights.push_back(
            transposed
                ? read(part.weight(), columns, part.rows()).t()
                : read(part.weight(), part.rows(), columns));
        boolean has = needsBias(bias(part.weight()), biased);
        any |= has;
        biases.push_back(has ? read(bias(part.weight()), part.rows()) : zeros(part.rows()));
      }
      return new Linear(
          keep(order.apply(cat(weights)).contiguous()),
          any ? Optional.of(keep(order.apply(cat(biases)))) : Optional.empty());
    }
  }

  private boolean needsBias(String name, boolean required) {
    return required || has(name);
  }

  private Tensor read(String name, long... shape) throws IOException {
    String found =
        find(name).orElseThrow(() -> new FormatException(source.path(), 0, "no tensor " + name));
    TensorInfo info = source.info(found);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    if (!info.shape().equals(expected)) {
      throw new FormatException(
          source.path(),
          info.offset(),
          "tensor " + found + " is " + info.shape() + ", the model's options need " + expected);
    }
    return source.floats(found);
  }

  /** Lets a tensor outlive the scope it was made in. */
  private Tensor keep(Tensor tensor) {
    tensor.retainReference();
    kept.add(tensor);
    return tensor;
  }

  /** Frees everything that was read. */
  public void discard() {
    kept.forEach(Tensor::close);
    kept.clear();
  }
}
