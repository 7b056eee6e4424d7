package org.sememe.tensors.pickle;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.pickle.PickleValue.Bool;
import org.sememe.tensors.pickle.PickleValue.Dict;
import org.sememe.tensors.pickle.PickleValue.Int;
import org.sememe.tensors.pickle.PickleValue.Items;
import org.sememe.tensors.pickle.PickleValue.TensorValue;
import org.sememe.tensors.pickle.PickleValue.Text;

/**
 * Names the tensors of an object by the path to them, joined by dots. A hostile object may be as
 * deep as its pickle is long, or share its parts so often that walking every path would never end:
 * depth is limited, and only parts with tensors are walked, within an allowance.
 */
final class TensorNames {
  private static final int MOST_SHOWN = 200;
  private static final int MOST_DEPTH = 200;
  private static final long NAME_FLOOR = 1L << 20;
  private static final long NAME_LIMIT = 64L << 20;
  private static final long NAME_FACTOR = 4;
  private static final int NAME_OVERHEAD = 64;

  private final MappedFile file;
  private final Allowance names;
  private final Allowance contents;
  private final Set<PickleValue> withTensors = Collections.newSetFromMap(new IdentityHashMap<>());
  private final LinkedHashMap<String, TensorValue> found = new LinkedHashMap<>();

  private TensorNames(MappedFile file, long pickleBytes) {
    this.file = file;
    this.names = new Allowance(file, Math.min(NAME_LIMIT, NAME_FLOOR + NAME_FACTOR * pickleBytes));
    this.contents = Allowance.forContents(file);
  }

  static LinkedHashMap<String, TensorValue> of(MappedFile file, TorchContents contents)
      throws FormatException {
    TensorNames names = new TensorNames(file, contents.pickleBytes());
    names.mark(contents.root());
    names.name(contents.root(), "");
    return names.found;
  }

  /** A container whose parts are being looked at. */
  private record Open(PickleValue container, Iterator<PickleValue> parts) {}

  private static Iterator<PickleValue> parts(PickleValue value) {
    return switch (value) {
      case Dict dict -> dict.entries().values().iterator();
      case Items items -> items.values().iterator();
      default -> Collections.emptyIterator();
    };
  }

  private static boolean container(PickleValue value) {
    return value instanceof Dict || value instanceof Items;
  }

  /** Finds the containers with tensors somewhere inside, each looked at once; refuses cycles. */
  private void mark(PickleValue root) throws FormatException {
    if (!container(root)) {
      return;
    }
    Map<PickleValue, Boolean> closed = new IdentityHashMap<>(); // false while still open
    Deque<Open> open = new ArrayDeque<>();
    open.push(new Open(root, parts(root)));
    closed.put(root, false);
    while (!open.isEmpty()) {
      Open current = open.peek();
      if (!current.parts().hasNext()) {
        open.pop();
        closed.put(current.container(), true);
        if (!open.isEmpty() && withTensors.contains(current.container())) {
          withTensors.add(open.peek().container());
        }
        continue;
      }
      PickleValue part = current.parts().next();
      if (part instanceof TensorValue) {
        withTensors.add(current.container());
      } else if (container(part)) {
        Boolean state = closed.putIfAbsent(part, false);
        if (state == null) {
          if (open.size() == MOST_DEPTH) {
            throw problem(
                "the object is more than " + MOST_DEPTH + " containers deep; not a checkpoint");
          }
          open.push(new Open(part, parts(part)));
        } else if (!state) {
          throw problem(part.kind() + " holds itself; not a checkpoint");
        } else if (withTensors.contains(part)) {
          withTensors.add(current.container());
        }
      }
    }
  }

  private void name(PickleValue value, String path) throws FormatException {
    names.take(1, 0, "the object's depth of parts");
    if (value instanceof TensorValue tensor) {
      names.take(path.length() + NAME_OVERHEAD, 0, "tensor name \"" + shown(path) + "\"");
      contents.take(
          tensor.layout().values() * tensor.type().blockBytes(),
          0,
          "tensor \"" + shown(path) + "\"");
      if (found.putIfAbsent(path, tensor) != null) {
        throw problem("two tensors are named \"" + shown(path) + "\"");
      }
      return;
    }
    if (!withTensors.contains(value)) {
      return;
    }
    String start = path.isEmpty() ? "" : path + ".";
    names.take(start.length(), 0, "tensor names under \"" + shown(path) + "\"");
    if (value instanceof Dict dict) {
      for (Map.Entry<PickleValue, PickleValue> entry : dict.entries().entrySet()) {
        descend(entry.getValue(), start, text(entry.getKey()));
      }
    } else if (value instanceof Items items) {
      int index = 0;
      for (PickleValue item : items.values()) {
        descend(item, start, Integer.toString(index++));
      }
    }
  }

  /** Makes a path only where one is needed: what holds no tensor is passed over. */
  private void descend(PickleValue value, String start, String key) throws FormatException {
    names.take(1, 0, "the number of the object's parts");
    if (value instanceof TensorValue || withTensors.contains(value)) {
      names.take(key.length(), 0, "tensor names under \"" + shown(start) + "\"");
      name(value, start + key);
    }
  }

  private static String text(PickleValue key) {
    return switch (key) {
      case Text(String value) -> value;
      case Int(var value) -> value.toString();
      case Bool(boolean value) -> Boolean.toString(value);
      default -> "None";
    };
  }

  private static String shown(String path) {
    return path.length() <= MOST_SHOWN ? path : path.substring(0, MOST_SHOWN) + "...";
  }

  private FormatException problem(String problem) {
    return new FormatException(file.path(), 0, problem);
  }
}
