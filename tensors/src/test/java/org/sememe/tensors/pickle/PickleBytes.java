package org.sememe.tensors.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes pickles opcode by opcode, and torch files around them. */
final class PickleBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleBytes() {
    ops("\u0080\u0002");
  }

  /** Opcodes and their bytes, a character each. */
  PickleBytes ops(String ops) {
    out.writeBytes(ops.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  PickleBytes text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ops("X").little(bytes.length).bytes(bytes);
  }

  PickleBytes number(int value) {
    return ops("J").little(value);
  }

  PickleBytes numbers(int... values) {
    ops("(");
    for (int value : values) {
      number(value);
    }
    return ops("t");
  }

  /** A whole float32 storage as a vector. */
  PickleBytes vector(String key, int values) {
    ops("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").ops("ctorch\nFloatStorage\n");
    text(key).text("cpu").number(values).ops("tQ").number(0).numbers(values).numbers(1);
    return ops("\u0089ccollections\nOrderedDict\n)RtR");
  }

  /** The index of what is kept, or got back, of 32 bits. */
  PickleBytes memo(String op, int index) {
    return ops(op).little(index);
  }

  private PickleBytes little(int value) {
    return bytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private PickleBytes bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  /** Writes a torch file with right checksums around a pickle. */
  static Path zip(Path file, byte[] pickle, Map<String, byte[]> members) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      put(zip, "archive/data.pkl", pickle);
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        put(zip, "archive/" + member.getKey(), member.getValue());
      }
    }
    return file;
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(bytes);
    zip.closeEntry();
  }
}
