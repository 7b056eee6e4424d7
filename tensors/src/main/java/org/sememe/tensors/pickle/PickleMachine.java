package org.sememe.tensors.pickle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.pickle.PickleValue.Binary;
import org.sememe.tensors.pickle.PickleValue.Bool;
import org.sememe.tensors.pickle.PickleValue.Dict;
import org.sememe.tensors.pickle.PickleValue.Int;
import org.sememe.tensors.pickle.PickleValue.Items;
import org.sememe.tensors.pickle.PickleValue.Name;
import org.sememe.tensors.pickle.PickleValue.None;
import org.sememe.tensors.pickle.PickleValue.Real;
import org.sememe.tensors.pickle.PickleValue.Storage;
import org.sememe.tensors.pickle.PickleValue.Text;

/**
 * Runs one pickle of protocol 2 to 5. Each opcode takes constant memory besides the bytes that it
 * reads, so a pickle takes memory in proportion to its length; no opcode calls anything.
 */
final class PickleMachine {
  private static final int NEWEST_PROTOCOL = 5;
  private static final int PROTO = 0x80;

  /**
   * What a pickle gave.
   *
   * @param root the object
   * @param storages that it names, by key
   */
  record Pickle(PickleValue root, SequencedMap<String, Storage> storages) {}

  private static final None NONE = new None();
  private static final Bool TRUE = new Bool(true);
  private static final Bool FALSE = new Bool(false);
  private static final Binary EMPTY_BYTES = new Binary(ByteBuffer.allocate(0));
  private static final Items EMPTY_TUPLE = Items.tuple(List.of());

  private final PickleCursor cursor;
  private final Rebuilder rebuilder;
  private final List<PickleValue> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private PickleValue[] memo = new PickleValue[32];
  private int memorised;
  private long at;

  private PickleMachine(PickleCursor cursor, Rebuilder rebuilder) {
    this.cursor = cursor;
    this.rebuilder = rebuilder;
  }

  /**
   * Runs the pickle at the cursor and leaves the cursor behind its last byte.
   *
   * @param allowance for what its tensors take
   */
  static Pickle run(PickleCursor cursor, Allowance allowance) throws FormatException {
    Rebuilder rebuilder = new Rebuilder(cursor, allowance);
    return new Pickle(new PickleMachine(cursor, rebuilder).run(), rebuilder.storages());
  }

  private PickleValue run() throws FormatException {
    if (cursor.u8("its first opcode") != PROTO) {
      throw cursor.problem(cursor.position() - 1, "no pickle of protocol 2 or newer");
    }
    int protocol = cursor.u8("the protocol");
    if (protocol < 2 || protocol > NEWEST_PROTOCOL) {
      throw cursor.problem("pickle protocol " + protocol + "; 2 to 5 are read");
    }
    while (true) {
      at = cursor.position();
      int opcode = cursor.u8("an opcode");
      if (opcode == '.') {
        PickleValue root = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw cursor.problem(at, "the pickle stops with more than one object");
        }
        return root;
      }
      if (!constant(opcode) && !container(opcode) && !stored(opcode)) {
        special(opcode);
      }
    }
  }

  /** Opcodes that push a number, a text or bytes. */
  private boolean constant(int opcode) throws FormatException {
    switch (opcode) {
      case 'N' -> push(NONE);
      case 0x88 -> push(TRUE);
      case 0x89 -> push(FALSE);
      case 'J' -> push(integer(cursor.int32("a number")));
      case 'K' -> push(integer(cursor.u8("a number")));
      case 'M' -> push(integer(cursor.u16("a number")));
      case 0x8a -> push(new Int(cursor.integer(cursor.u8("a number's length"), "a number")));
      case 0x8b -> push(new Int(cursor.integer(cursor.int32("a number's length"), "a number")));
      case 'G' -> push(new Real(cursor.real("a number")));
      case 'X' -> push(new Text(cursor.text(cursor.u32("a text's length"), "a text")));
      case 0x8c -> push(new Text(cursor.text(cursor.u8("a text's length"), "a text")));
      case 0x8d -> push(new Text(cursor.text(cursor.int64("a text's length"), "a text")));
      case 'U' -> push(new Text(cursor.text(cursor.u8("a text's length"), "a text")));
      case 'T' -> push(new Text(cursor.text(cursor.int32("a text's length"), "a text")));
      case 'C' -> push(bytes(cursor.u8("the length of bytes")));
      case 'B' -> push(bytes(cursor.u32("the length of bytes")));
      case 0x8e, 0x96 -> push(bytes(cursor.int64("the length of bytes")));
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Int integer(long value) {
    return new Int(BigInteger.valueOf(value));
  }

  private Binary bytes(long count) throws FormatException {
    return count == 0 ? EMPTY_BYTES : new Binary(ByteBuffer.wrap(cursor.bytes(count, "bytes")));
  }

  /** Opcodes that make or fill tuples, lists and dictionaries. */
  private boolean container(int opcode) throws FormatException {
    switch (opcode) {
      case ')' -> push(EMPTY_TUPLE);
      case ']' -> push(Items.list());
      case '}' -> push(new Dict(false));
      case 0x85, 0x86, 0x87 -> {
        PickleValue[] values = new PickleValue[opcode - 0x84];
        for (int i = values.length - 1; i >= 0; i--) {
          values[i] = pop();
        }
        push(Items.tuple(Arrays.asList(values)));
      }
      case 't' -> push(Items.tuple(popMark()));
      case 'l' -> {
        Items list = Items.list();
        list.add(popMark());
        push(list);
      }
      case 'd' -> {
        Dict dict = new Dict(false);
        put(dict, popMark());
        push(dict);
      }
      case 'a' -> {
        PickleValue value = pop();
        list().add(List.of(value));
      }
      case 'e' -> {
        List<PickleValue> values = popMark();
        list().add(values);
      }
      case 's' -> {
        PickleValue value = pop();
        PickleValue key = pop();
        put(dictionary(), List.of(key, value));
      }
      case 'u' -> {
        List<PickleValue> values = popMark();
        put(dictionary(), values);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private Items list() throws FormatException {
    if (top() instanceof Items items && !items.tuple()) {
      return items;
    }
    throw cursor.problem(at, "values for a list are added to " + top().kind());
  }

  private Dict dictionary() throws FormatException {
    if (top() instanceof Dict dict) {
      return dict;
    }
    throw cursor.problem(at, "entries of a dictionary are added to " + top().kind());
  }

  private void put(Dict dict, List<PickleValue> pairs) throws FormatException {
    if (pairs.size() % 2 != 0) {
      throw cursor.problem(at, "a dictionary's key has no value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      PickleValue key = pairs.get(i);
      switch (key) {
        case Text _, Int _, Bool _, None _ -> dict.put(key, pairs.get(i + 1));
        default -> throw cursor.problem(at, key.kind() + " is the key of a dictionary");
      }
    }
  }

  /** Opcodes of the stack and the memo. */
  private boolean stored(int opcode) throws FormatException {
    switch (opcode) {
      case '(' -> marks.add(stack.size());
      case '0' -> {
        // As in Python: with nothing above a mark, the mark itself goes.
        if (!marks.isEmpty() && marks.getLast() == stack.size()) {
          marks.removeLast();
        } else {
          pop();
        }
      }
      case '1' -> popMark();
      case '2' -> push(top());
      case 'q' -> memorise(cursor.u8("a memo's index"));
      case 'r' -> memorise(cursor.u32("a memo's index"));
      case 0x94 -> memorise(memorised);
      case 'h' -> push(recall(cursor.u8("a memo's index")));
      case 'j' -> push(recall(cursor.u32("a memo's index")));
      case 0x95 -> {
        long frame = cursor.int64("a frame's length");
        if (frame < 0 || frame > cursor.size() - cursor.position()) {
          throw cursor.problem(at, "a frame that is longer than the pickle");
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Picklers number what they keep: an index past the pickle's length is made up. */
  private void memorise(long index) throws FormatException {
    if (index >= cursor.size()) {
      throw cursor.problem(at, "memo index " + index + " in a pickle of " + cursor.size());
    }
    if (index >= memo.length) {
      long length = Math.min(cursor.size(), Math.max(index + 1, 2L * memo.length));
      memo = Arrays.copyOf(memo, Math.toIntExact(length));
    }
    int slot = Math.toIntExact(index);
    if (memo[slot] == null) {
      memorised++;
    }
    memo[slot] = top();
  }

  private PickleValue recall(long index) throws FormatException {
    return Optional.ofNullable(index < memo.length ? memo[Math.toIntExact(index)] : null)
        .orElseThrow(() -> cursor.problem(at, "memo index " + index + " was never stored"));
  }

  /** Opcodes that name classes and call functions. */
  private void special(int opcode) throws FormatException {
    switch (opcode) {
      case 'c' -> {
        String module = cursor.line("a module's name");
        push(global(module, cursor.line("a class's name")));
      }
      case 0x93 -> {
        PickleValue name = pop();
        PickleValue module = pop();
        if (!(module instanceof Text(String moduleText)) || !(name instanceof Text(String text))) {
          throw cursor.problem(at, "the name of a class is " + name.kind());
        }
        push(global(moduleText, text));
      }
      case 'R' -> {
        PickleValue arguments = pop();
        push(rebuilder.call(pop(), arguments));
      }
      case 'b' -> {
        PickleValue state = pop();
        // A module's state_dict() carries versions of its parts (_metadata); nothing needs them.
        if (!(top() instanceof Dict dict && dict.ordered() && state instanceof Dict)) {
          throw cursor.problem(at, "state is given to " + top().kind() + ", which has none");
        }
      }
      case 'Q' -> push(rebuilder.storage(pop()));
      case 'i' -> {
        String module = cursor.line("a module's name");
        throw refused(module + "." + cursor.line("a class's name"));
      }
      case 'o', 0x81, 0x92 ->
          throw cursor.problem(at, "it makes an object of a class, which is never done here");
      case 0x82, 0x83, 0x84 ->
          throw cursor.problem(at, "it makes an object by a registered number, which is refused");
      default ->
          throw cursor.problem(
              at, "opcode 0x%02x is not one that checkpoints need, or no opcode".formatted(opcode));
    }
  }

  private Name global(String module, String name) throws FormatException {
    String full = module + "." + name;
    if (!Globals.allows(full)) {
      throw refused(full);
    }
    return new Name(full);
  }

  private FormatException refused(String name) {
    return cursor.problem(
        at,
        "it asks for "
            + name
            + ", which is refused: only tensors and plain data are read;"
            + " save the state_dict() instead of the object");
  }

  private void push(PickleValue value) {
    stack.add(value);
  }

  private PickleValue top() throws FormatException {
    requireValue();
    return stack.getLast();
  }

  private PickleValue pop() throws FormatException {
    requireValue();
    return stack.removeLast();
  }

  private void requireValue() throws FormatException {
    if (stack.size() <= (marks.isEmpty() ? 0 : marks.getLast())) {
      throw cursor.problem(at, "an opcode needs more objects than there are");
    }
  }

  private List<PickleValue> popMark() throws FormatException {
    if (marks.isEmpty()) {
      throw cursor.problem(at, "an opcode needs a mark, and there is none");
    }
    List<PickleValue> above = stack.subList(marks.removeLast(), stack.size());
    List<PickleValue> values = new ArrayList<>(above);
    above.clear();
    return values;
  }
}
