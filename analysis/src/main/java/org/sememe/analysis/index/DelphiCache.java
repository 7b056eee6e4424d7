package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;

/**
 * What the latents of a hook point do on a text, as EleutherAI's delphi keeps it: a folder {@code
 * latents/HOOK} of {@code START_END.safetensors}, a file for each range of latents, each with
 * {@code locations [n, 3]} (sequence, position, latent less START), {@code activations [n]} and
 * {@code tokens [sequences, length]}. The files are mapped, and checked when they are read. Not
 * thread-safe.
 */
public final class DelphiCache implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("(\\d{1,9})_(\\d{1,9})\\.safetensors");

  private final Path folder;
  private final List<Shard> shards = new ArrayList<>();

  /** A file and the latents in it, the last included. */
  private record Shard(SafetensorsFile file, int first, int last) {
    TensorInfo info(String name, int dimensions) throws IOException {
      if (!file.names().contains(name)) {
        throw new FormatException(
            file.path(),
            0,
            "holds no tensor '" + name + "', as a delphi cache does (with its tokens saved)");
      }
      TensorInfo info = file.info(name);
      if (info.shape().size() != dimensions) {
        throw damaged(name, "has the shape " + info.shape());
      }
      return info;
    }

    FormatException damaged(String name, String what) {
      return new FormatException(file.path(), file.info(name).offset(), name + " " + what);
    }
  }

  private DelphiCache(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens a folder of one hook point.
   *
   * @throws IOException if it holds no such files, or their ranges or tokens do not agree
   */
  public static DelphiCache open(Path folder) throws IOException {
    DelphiCache cache = new DelphiCache(folder);
    try {
      cache.open();
      return cache;
    } catch (IOException | RuntimeException problem) {
      cache.close();
      throw problem;
    }
  }

  private void open() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Matcher range = NAME.matcher(file.getFileName().toString());
        if (range.matches()) {
          shards.add(
              new Shard(
                  SafetensorsFile.open(file),
                  Integer.parseInt(range.group(1)),
                  Integer.parseInt(range.group(2))));
        }
      }
    }
    if (shards.isEmpty()) {
      throw new IOException(
          folder
              + ": holds no START_END.safetensors: name the folder latents/HOOK of a delphi run");
    }
    shards.sort(Comparator.comparingInt(Shard::first));
    int before = -1;
    for (Shard shard : shards) {
      if (shard.first <= before || shard.last < shard.first) {
        throw new IOException(shard.file.path() + ": its range of latents overlaps another file's");
      }
      before = shard.last;
      shard.info("tokens", 2);
      if (shard.file.bytes("tokens").mismatch(shards.getFirst().file.bytes("tokens")) != -1
          || !shard.file.info("tokens").shape().equals(tokens().shape())) {
        throw shard.damaged("tokens", "are not those of " + shards.getFirst().file.path());
      }
    }
    if (tokens().values() >= Integer.MAX_VALUE) {
      throw shards.getFirst().damaged("tokens", "are 2^31 or more");
    }
  }

  private TensorInfo tokens() {
    return shards.getFirst().file.info("tokens");
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** Says what is in it: the SHA-256 of its files' own. */
  public String sha256() throws IOException {
    StringBuilder all = new StringBuilder();
    for (Shard shard : shards) {
      all.append(shard.file.path().getFileName()).append(' ');
      all.append(Sha256.of(shard.file.path())).append('\n');
    }
    return Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Number of sequences. */
  int sequences() {
    return Math.toIntExact(tokens().shape().getFirst());
  }

  /** Tokens in each. */
  int length() {
    return Math.toIntExact(tokens().shape().getLast());
  }

  /**
   * A sequence's token ids.
   *
   * @param vocabulary number of token ids
   * @throws IOException if one is out of range
   */
  int[] tokens(int sequence, int vocabulary) throws IOException {
    Shard shard = shards.getFirst();
    Whole ids = Whole.of(shard, "tokens");
    int[] tokens = new int[length()];
    for (int i = 0; i < tokens.length; i++) {
      long token = ids.at((long) sequence * tokens.length + i);
      if (token < 0 || token >= vocabulary) {
        throw shard.damaged(
            "tokens", "hold " + token + ", and the model has " + vocabulary + ": is it another's?");
      }
      tokens[i] = (int) token;
    }
    return tokens;
  }

  /**
   * What fires on the first sequences: a row a token, in order; in memory of the arena's.
   *
   * @param latents number of latents
   * @throws IOException if a file is damaged, or has activations that are not above 0
   */
  FiredRows rows(int sequences, int latents, Arena arena) throws IOException {
    int[] counts = new int[sequences * length()];
    long all = 0;
    for (Shard shard : shards) {
      if (shard.last >= latents) {
        throw new IOException(
            shard.file.path() + ": is of more latents than the dictionary's " + latents);
      }
      all += each(shard, sequences, (row, latent, value) -> counts[row]++);
    }
    MemorySegment active = arena.allocate(ValueLayout.JAVA_INT, counts.length);
    long[] next = new long[counts.length];
    long at = 0;
    for (int row = 0; row < counts.length; row++) {
      active.setAtIndex(ValueLayout.JAVA_INT, row, counts[row]);
      next[row] = at;
      at += counts[row];
    }
    MemorySegment fired = arena.allocate(ValueLayout.JAVA_INT, all);
    MemorySegment activations = arena.allocate(ValueLayout.JAVA_FLOAT, all);
    for (Shard shard : shards) {
      each(
          shard,
          sequences,
          (row, latent, value) -> {
            fired.setAtIndex(ValueLayout.JAVA_INT, next[row], latent);
            activations.setAtIndex(ValueLayout.JAVA_FLOAT, next[row]++, value);
          });
    }
    FiredRows rows = new FiredRows(active, fired, activations);
    refuseTwice(rows, latents);
    return rows;
  }

  /** A latent that fires twice on a token would be counted twice everywhere. */
  private void refuseTwice(FiredRows rows, int latents) throws IOException {
    int[] last = new int[latents];
    Arrays.fill(last, -1);
    long at = 0;
    for (int row = 0; row < rows.rows(); row++) {
      for (long end = at + rows.active(row); at < end; at++) {
        if (last[rows.latent(at)] == row) {
          throw new IOException(
              folder + ": latent " + rows.latent(at) + " is twice on one token: cache it again");
        }
        last[rows.latent(at)] = row;
      }
    }
  }

  private interface Firing {
    void at(int row, int latent, float value);
  }

  /** Goes through a file's firings in the first sequences; how many there are. */
  private long each(Shard shard, int sequences, Firing firing) throws IOException {
    long count = shard.info("activations", 1).values();
    if (!shard.info("locations", 2).shape().equals(List.of(count, 3L))) {
      throw shard.damaged("locations", "are " + shard.file.info("locations").shape());
    }
    Whole places = Whole.of(shard, "locations");
    MemorySegment values = shard.file.bytes("activations");
    TensorType type = shard.file.info("activations").type();
    long found = 0;
    for (long i = 0; i < count; i++) {
      long sequence = places.at(3 * i);
      long position = places.at(3 * i + 1);
      long latent = places.at(3 * i + 2);
      if (sequence < 0
          || sequence >= sequences()
          || position < 0
          || position >= length()
          || latent < 0
          || latent > shard.last - shard.first) {
        throw shard.damaged(
            "locations", "name (%d, %d, %d) at %d".formatted(sequence, position, latent, i));
      }
      float value =
          switch (type) {
            case F16 ->
                Float.float16ToFloat(values.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
            case BF16 ->
                Float.intBitsToFloat(
                    values.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << Short.SIZE);
            case F32 -> values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            default -> throw shard.damaged("activations", "are of type " + type);
          };
      if (!(value > 0) || Float.isInfinite(value)) {
        throw shard.damaged(
            "activations", "hold " + value + ", and an index holds finite ones above 0");
      }
      if (sequence < sequences) {
        firing.at((int) (sequence * length() + position), (int) (shard.first + latent), value);
        found++;
      }
    }
    return found;
  }

  /** A tensor of whole numbers of any width. */
  private record Whole(MemorySegment bytes, TensorType type) {
    static Whole of(Shard shard, String name) throws IOException {
      TensorType type = shard.file.info(name).type();
      return switch (type) {
        case U16, I32, U32, I64 -> new Whole(shard.file.bytes(name), type);
        default -> throw shard.damaged(name, "are of type " + type + ", not whole numbers");
      };
    }

    long at(long i) {
      return switch (type) {
        case U16 -> Short.toUnsignedLong(bytes.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
        case I32 -> bytes.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
        case U32 -> Integer.toUnsignedLong(bytes.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i));
        default -> bytes.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
      };
    }
  }

  /** Closes the files. */
  @Override
  public void close() {
    shards.forEach(shard -> shard.file.close());
  }
}
