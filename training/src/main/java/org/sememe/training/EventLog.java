package org.sememe.training;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Scalars as TensorBoard reads them: records of protocol buffers ({@code Event} of tensorflow's
 * event.proto), each framed by its length and masked CRC-32C sums. A run that goes on writes a
 * further file, which begins with a session's start, so that what an interrupted one had written
 * beyond its checkpoint is passed over.
 */
final class EventLog implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;
  private static final long SESSION_START = 1;
  private static final int CRC_MASK = 0xA282EAD8;

  private final OutputStream out;

  /** A new file in {@code folder}, for the steps after {@code done}. */
  EventLog(Path folder, long done) throws IOException {
    Files.createDirectories(folder);
    long millis = System.currentTimeMillis();
    String name =
        "events.out.tfevents.%010d.sememe.%d.%d"
            .formatted(millis / 1000, ProcessHandle.current().pid(), millis % 1000);
    this.out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(name)));
    Message version = new Message();
    version.text(3, "brain.Event:2");
    record(version, 0);
    Message session = new Message();
    session.varint(1, SESSION_START);
    Message start = new Message();
    start.message(7, session);
    record(start, done);
    out.flush();
  }

  /** Writes a step's values. */
  void write(Map<String, Double> scalars, long step) throws IOException {
    Message summary = new Message();
    for (Map.Entry<String, Double> scalar : scalars.entrySet()) {
      Message value = new Message();
      value.text(1, scalar.getKey());
      value.float32(2, scalar.getValue().floatValue());
      summary.message(1, value);
    }
    Message event = new Message();
    event.message(5, summary);
    record(event, step);
    out.flush();
  }

  private void record(Message event, long step) throws IOException {
    Message whole = new Message();
    whole.float64(1, System.currentTimeMillis() / 1e3);
    whole.varint(2, step);
    whole.bytes.writeBytes(event.bytes.toByteArray());
    byte[] data = whole.bytes.toByteArray();
    byte[] length = little(Long.BYTES).putLong(data.length).array();
    out.write(length);
    out.write(little(Integer.BYTES).putInt(maskedCrc(length)).array());
    out.write(data);
    out.write(little(Integer.BYTES).putInt(maskedCrc(data)).array());
  }

  private static int maskedCrc(byte[] data) {
    CRC32C sum = new CRC32C();
    sum.update(data);
    return Integer.rotateRight((int) sum.getValue(), 15) + CRC_MASK;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** A protocol buffers message that grows field by field. */
  private static final class Message {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void varint(int field, long value) {
      key(field, VARINT);
      raw(value);
    }

    void float64(int field, double value) {
      key(field, FIXED_64);
      bytes.writeBytes(little(Double.BYTES).putDouble(value).array());
    }

    void float32(int field, float value) {
      key(field, FIXED_32);
      bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
    }

    void text(int field, String text) {
      block(field, text.getBytes(StandardCharsets.UTF_8));
    }

    void message(int field, Message message) {
      block(field, message.bytes.toByteArray());
    }

    private void block(int field, byte[] content) {
      key(field, BYTES);
      raw(content.length);
      bytes.writeBytes(content);
    }

    private void key(int field, int wireType) {
      raw((long) field << 3 | wireType);
    }

    private void raw(long value) {
      long left = value;
      while ((left & ~0x7FL) != 0) {
        bytes.write((int) (left & 0x7F | 0x80));
        left >>>= 7;
      }
      bytes.write((int) left);
    }
  }
}
