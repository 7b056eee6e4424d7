package org.sememe.tensors.onnx;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.archive.Layout;
import org.sememe.tensors.archive.StoredTensor;
import org.sememe.tensors.protobuf.MessageCursor;

/**
 * The initialisers of a mapped ONNX model: its weights. The graph is not run.
 *
 * <p>Torch's exporter writes {@code x @ W^T} with a transposed copy of W under a name that says
 * nothing, {@code onnx::MatMul_787}; the node that takes it is called by the module's path, {@code
 * /encoder/layer.0/output/dense/MatMul}. Such a matrix has here the name and the orientation that
 * it has in torch: {@code encoder.layer.0.output.dense.weight}, {@code [out, in]}.
 *
 * <p>Left out: texts, values that are written one by one instead of as bytes, and those in files of
 * their own.
 *
 * <p>Source: onnx.proto3 of ONNX's IR version 11.
 */
public final class OnnxFile implements TensorSource {
  private static final String PRODUCT = "MatMul";
  private static final String UNNAMED = "onnx::";

  private final MappedFile file;
  private final SequencedMap<String, StoredTensor> tensors;

  private OnnxFile(MappedFile file, SequencedMap<String, StoredTensor> tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  /**
   * Opens a model.
   *
   * @throws FormatException if it is damaged or no ONNX model
   */
  public static OnnxFile open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new OnnxFile(file, model(file));
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  private static SequencedMap<String, StoredTensor> model(MappedFile file) throws FormatException {
    MessageCursor model = new MessageCursor(file.path(), file.memory(), 0);
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    boolean found = false;
    while (model.next()) {
      if (model.field() == 7) {
        graph(file.path(), model.message(), tensors);
        found = true;
      }
    }
    if (!found) {
      throw new FormatException(file.path(), 0, "no graph: this is no ONNX model");
    }
    return tensors;
  }

  private static void graph(
      Path file, MessageCursor graph, SequencedMap<String, StoredTensor> tensors)
      throws FormatException {
    Map<String, String> factors = new HashMap<>();
    List<OnnxTensor> initialisers = new ArrayList<>();
    while (graph.next()) {
      if (graph.field() == 1) {
        node(graph.message(), factors);
      } else if (graph.field() == 5) {
        initialisers.add(OnnxTensor.read(file, graph.message()));
      }
    }
    for (OnnxTensor initialiser : initialisers) {
      if (initialiser.tensor().isPresent()) {
        StoredTensor stored = initialiser.tensor().get();
        String name = initialiser.name();
        if (factors.containsKey(name) && stored.layout().shape().size() == 2) {
          name = factors.get(name);
          stored = transposed(stored);
        }
        if (tensors.putIfAbsent(name, stored) != null) {
          throw new FormatException(
              file, stored.source().offset(), "initialiser \"" + name + "\" occurs twice");
        }
      }
    }
  }

  /** Notes the second factor of a product under the name of the module that multiplies. */
  private static void node(MessageCursor node, Map<String, String> factors) throws FormatException {
    List<String> inputs = new ArrayList<>();
    String name = "";
    String type = "";
    while (node.next()) {
      switch (node.field()) {
        case 1 -> inputs.add(node.text());
        case 3 -> name = node.text();
        case 4 -> type = node.text();
        default -> {}
      }
    }
    if (type.equals(PRODUCT)
        && inputs.size() == 2
        && inputs.get(1).startsWith(UNNAMED)
        && name.matches("/.+/" + PRODUCT)) {
      String module = name.substring(1, name.length() - PRODUCT.length());
      factors.put(inputs.get(1), module.replace('/', '.') + "weight");
    }
  }

  /** The same values with the two sizes exchanged. */
  private static StoredTensor transposed(StoredTensor stored) {
    Layout layout = Layout.columnMajor(stored.layout().shape().reversed());
    return new StoredTensor(stored.type(), layout, stored.order(), stored.source());
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(tensors.sequencedKeySet());
  }

  @Override
  public TensorInfo info(String name) {
    return stored(name).info(name);
  }

  @Override
  public boolean readable(String name) {
    return stored(name).type().scalarType().isPresent();
  }

  @Override
  public Tensor tensor(String name) {
    return stored(name).read();
  }

  private StoredTensor stored(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(path() + ": no initialiser \"" + name + "\"");
    }
    return tensor;
  }

  @Override
  public void close() {
    file.close();
  }
}
