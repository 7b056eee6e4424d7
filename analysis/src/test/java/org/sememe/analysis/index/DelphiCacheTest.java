package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cache as delphi writes it, made byte by byte, and the index of it. */
class DelphiCacheTest {
  private static final int SEQUENCES = 30;
  private static final int LENGTH = 12;
  private static final int[][] RANGES = {{0, 15}, {16, TinyIndex.LATENTS - 1}};

  @TempDir private static Path folder;
  private static TinyIndex tiny;
  private static final int[][] TOKENS = new int[SEQUENCES][LENGTH];

  /** Activations that float16 and bfloat16 hold exactly; 0 where nothing fires. */
  private static final float[][][] FIRED = new float[TinyIndex.LATENTS][SEQUENCES][LENGTH];

  @TempDir private Path cache;

  @BeforeAll
  static void draw() throws IOException {
    tiny = new TinyIndex(folder);
    Random random = new Random(1);
    for (int[] sequence : TOKENS) {
      Arrays.setAll(sequence, i -> 5 + random.nextInt(30));
    }
    for (int latent = 0; latent < FIRED.length; latent++) {
      for (float[] sequence : FIRED[latent]) {
        for (int i = 0; i < LENGTH; i++) {
          boolean fires = latent != 7 && random.nextInt(10) == 0;
          sequence[i] = fires ? 0.25f * (1 + random.nextInt(60)) : 0;
        }
      }
    }
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  /** A tensor of a file that is written: its type, its shape and its bytes. */
  private record Part(String name, String type, List<Integer> shape, byte[] bytes) {}

  private static void write(Path file, List<Part> parts) throws IOException {
    StringBuilder header = new StringBuilder("{");
    int at = 0;
    for (Part part : parts) {
      header.append(
          "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  at == 0 ? "" : ",",
                  part.name,
                  part.type,
                  part.shape,
                  at,
                  at + part.bytes.length));
      at += part.bytes.length;
    }
    byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + at).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    parts.forEach(part -> bytes.put(part.bytes));
    Files.write(file, bytes.array());
  }

  private static byte[] whole(String type, List<Integer> numbers) {
    int width = type.equals("U16") ? 2 : type.equals("I64") ? 8 : 4;
    ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      switch (width) {
        case 2 -> bytes.putShort((short) number);
        case 8 -> bytes.putLong(number);
        default -> bytes.putInt(number);
      }
    }
    return bytes.array();
  }

  private static byte[] floats(String type, List<Float> numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.size() * (type.equals("F32") ? 4 : 2))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      switch (type) {
        case "F16" -> bytes.putShort(Float.floatToFloat16(number));
        case "BF16" -> bytes.putShort((short) (Float.floatToIntBits(number) >> 16));
        default -> bytes.putFloat(number);
      }
    }
    return bytes.array();
  }

  private static List<Part> parts(int[] range, String whole, String real) {
    List<int[]> fired = new ArrayList<>();
    for (int latent = range[0]; latent <= range[1]; latent++) {
      for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        for (int i = 0; i < LENGTH; i++) {
          if (FIRED[latent][sequence][i] > 0) {
            fired.add(new int[] {sequence, i, latent - range[0]});
          }
        }
      }
    }
    Collections.shuffle(fired, new Random(2)); // no order is promised
    List<Integer> places = new ArrayList<>();
    List<Float> values = new ArrayList<>();
    for (int[] at : fired) {
      places.addAll(List.of(at[0], at[1], at[2]));
      values.add(FIRED[range[0] + at[2]][at[0]][at[1]]);
    }
    List<Integer> tokens = Arrays.stream(TOKENS).flatMapToInt(Arrays::stream).boxed().toList();
    return List.of(
        new Part("locations", whole, List.of(fired.size(), 3), whole(whole, places)),
        new Part("activations", real, List.of(fired.size()), floats(real, values)),
        new Part("tokens", "I64", List.of(SEQUENCES, LENGTH), whole("I64", tokens)));
  }

  @BeforeEach
  void write() throws IOException {
    write("U16", "F16");
  }

  private void write(String whole, String real) throws IOException {
    for (int[] range : RANGES) {
      write(shard(range), parts(range, whole, real));
    }
    Files.writeString(cache.resolve("config.json"), "{}");
  }

  private Path shard(int[] range) {
    return cache.resolve(range[0] + "_" + range[1] + ".safetensors");
  }

  private FeatureIndex built(long rows) throws IOException {
    Path file = cache.resolve("index.duckdb");
    try (DelphiCache opened = DelphiCache.open(cache)) {
      FeatureIndexBuilder.build(
          tiny.sae(),
          opened,
          tiny.model(),
          TinyIndex.TOKENIZER,
          new IndexTarget(file, "a", cache.resolve("parts"), "b"),
          IndexOptions.defaults().withRows(rows),
          IndexListener.none());
    }
    return FeatureIndex.open(file);
  }

  @ParameterizedTest
  @CsvSource({"U16,F16", "U32,F32", "I64,BF16", "I32,F16"})
  void anIndexSaysWhatTheCacheSays(String whole, String real) throws IOException {
    write(whole, real);
    try (FeatureIndex index = built(1_000_000)) {
      assertThat(index.summary().tokens()).isEqualTo((long) SEQUENCES * LENGTH);
      assertThat(index.summary().latents()).isEqualTo(TinyIndex.LATENTS);
      for (int latent = 0; latent < TinyIndex.LATENTS; latent++) {
        FeatureDetail feature = index.feature(latent).orElseThrow();
        int active = 0;
        float most = 0;
        for (float[] sequence : FIRED[latent]) {
          for (float value : sequence) {
            active += value > 0 ? 1 : 0;
            most = Math.max(most, value);
          }
        }
        assertThat(feature.activeTokens()).isEqualTo(active);
        assertThat(feature.maxActivation()).isEqualTo(most);
        assertThat(feature.density()).isEqualTo((double) active / (SEQUENCES * LENGTH));
        for (FeatureExample example : feature.examples()) {
          assertThat(isInTheCache(latent, example)).as("latent " + latent).isTrue();
        }
      }
      assertThat(index.feature(7).orElseThrow().dead()).isTrue();
    }
  }

  /** Whether an example's tokens and activations stand together in a sequence. */
  private static boolean isInTheCache(int latent, FeatureExample example) {
    int count = example.tokens().size();
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
      for (int from = 0; from + count <= LENGTH; from++) {
        boolean same = true;
        for (int i = 0; i < count && same; i++) {
          same =
              example.tokens().get(i).equals(TinyIndex.TOKENIZER.token(TOKENS[sequence][from + i]))
                  && example.activations()[i] == FIRED[latent][sequence][from + i];
        }
        if (same) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void onlyTheFirstSequencesAreIndexedIfFewerRowsAreWanted() throws IOException {
    try (FeatureIndex index = built(2 * LENGTH + 1)) {
      assertThat(index.summary().tokens()).isEqualTo(3 * LENGTH);
      assertThat(index.summary().contexts()).isEqualTo(3);
    }
  }

  @Test
  void theEndsOfTheAxisAreExact() throws IOException {
    try (FeatureIndex index = built(1_000_000)) {
      FeatureDetail feature = index.feature(3).orElseThrow();
      assertThat(feature.histogram().counts().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(feature.activeTokens());
      assertThat(feature.intervals().getLast().high())
          .isCloseTo(feature.maxActivation(), within(1e-6));
    }
  }

  @Test
  void whatDoesNotAgreeIsSaid() throws IOException {
    refused(parts -> parts.set(2, tokens(parts, List.of(SEQUENCES, LENGTH), 3)), "tokens");
    refused(parts -> parts.remove(2), "'tokens'");
    refused(
        parts -> parts.set(1, new Part("activations", "F16", List.of(1), new byte[2])),
        "locations");
    refused(
        parts ->
            parts.set(
                1,
                new Part(
                    "activations", "F16", parts.get(1).shape, new byte[parts.get(1).bytes.length])),
        "above 0");
    refused(
        parts -> {
          byte[] places = parts.get(0).bytes.clone();
          System.arraycopy(places, 0, places, 6, 6);
          parts.set(0, new Part("locations", "U16", parts.get(0).shape, places));
        },
        "twice");
    refused(
        parts -> {
          byte[] places = parts.get(0).bytes.clone();
          places[4] = 17; // a latent of another file
          parts.set(0, new Part("locations", "U16", parts.get(0).shape, places));
        },
        "locations");
    Files.move(shard(RANGES[1]), cache.resolve("16_99999.safetensors"));
    assertThatThrownBy(() -> built(1_000)).hasMessageContaining("more latents");
    Files.move(cache.resolve("16_99999.safetensors"), cache.resolve("9_20.safetensors"));
    assertThatThrownBy(() -> built(1_000)).hasMessageContaining("overlaps");
    Path none = Files.createDirectories(cache.resolve("none"));
    assertThatThrownBy(() -> DelphiCache.open(none)).hasMessageContaining("latents/HOOK");
  }

  private static Part tokens(List<Part> parts, List<Integer> shape, int change) {
    byte[] bytes = parts.get(2).bytes.clone();
    bytes[8 * change]++;
    return new Part("tokens", "I64", shape, bytes);
  }

  private interface Change {
    void of(List<Part> parts);
  }

  private void refused(Change change, String said) throws IOException {
    List<Part> parts = new ArrayList<>(parts(RANGES[0], "U16", "F16"));
    change.of(parts);
    write(shard(RANGES[0]), parts);
    assertThatThrownBy(() -> built(1_000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(said)
        .hasMessageContaining(cache.toString());
    write();
  }

  /** A damaged file is read as another cache would be, or refused in one line that names it. */
  @Test
  void aDamagedFileIsOneClearLine() throws IOException {
    byte[] whole = Files.readAllBytes(shard(RANGES[0]));
    int refused = 0;
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      byte[] bytes = whole.clone();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        int most = random.nextBoolean() ? 300 : bytes.length; // the header, or anywhere
        bytes[random.nextInt(most)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length) : bytes.length;
      Files.write(shard(RANGES[0]), Arrays.copyOf(bytes, length));
      try (DelphiCache opened = DelphiCache.open(cache);
          Arena arena = Arena.ofConfined()) {
        FiredRows rows = opened.rows(opened.sequences(), TinyIndex.LATENTS, arena);
        assertThat(rows.agree(TinyIndex.LATENTS)).as("seed " + seed).isTrue();
      } catch (IOException problem) {
        refused++;
        assertThat(problem.getMessage())
            .as("seed " + seed)
            .contains(cache.toString())
            .doesNotContain("\n");
      }
    }
    assertThat(refused).isBetween(200, 499);
  }
}
