package org.sememe.app.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run's {@code metrics.jsonl}, which another process may be writing. Only whole lines are read;
 * one that is no JSON object is passed over. Stateless.
 *
 * @param path it need not be there
 */
public record MetricsFile(Path path) {
  private static final int MOST_BYTES = 16 << 20;
  private static final int TAIL_BYTES = 64 << 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Lines of the file.
   *
   * @param lines in their order
   * @param end the byte after the last of them
   */
  public record Lines(List<JsonNode> lines, long end) {
    public Lines {
      lines = List.copyOf(lines);
    }
  }

  /**
   * The whole lines from a byte on, of the next 16 MB.
   *
   * @param from the end of what was read before; the start of the file where it is shorter than
   *     that now, because a run that goes on takes lines beyond its checkpoint out
   * @throws IOException if it is there and cannot be read
   */
  public Lines read(long from) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(path)) {
      long size = channel.size();
      long begin = from > size ? 0 : from;
      channel.position(begin);
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MOST_BYTES, size - begin));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      return parse(bytes.array(), bytes.position(), begin);
    } catch (NoSuchFileException e) {
      return new Lines(List.of(), 0);
    }
  }

  private static Lines parse(byte[] bytes, int length, long begin) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        try {
          JsonNode line = JSON.readTree(bytes, start, i - start);
          if (line.isObject()) {
            lines.add(line);
          }
        } catch (JsonProcessingException damaged) {
          // What is written later can still be shown.
        }
        start = i + 1;
      }
    }
    return new Lines(lines, begin + start);
  }

  /** The last line with a loss, of the file's last 64 kB. */
  public Optional<JsonNode> last() throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    List<JsonNode> tail = read(Math.max(0, Files.size(path) - TAIL_BYTES)).lines();
    return tail.reversed().stream().filter(line -> line.hasNonNull("loss")).findFirst();
  }

  /**
   * All lines, thinned evenly; the first, the last and those that hold warnings are kept.
   *
   * @param most how many, about
   */
  public Lines overview(int most) throws IOException {
    List<JsonNode> all = new ArrayList<>();
    Lines part = read(0);
    while (!part.lines().isEmpty()) {
      all.addAll(part.lines());
      part = read(part.end());
    }
    int stride = Math.max(1, Math.ceilDiv(all.size(), most));
    List<JsonNode> kept = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean last = i == all.size() - 1;
      if (last || i % stride == 0 || all.get(i).has("warnings")) {
        kept.add(all.get(i));
      }
    }
    return new Lines(kept, part.end());
  }
}
