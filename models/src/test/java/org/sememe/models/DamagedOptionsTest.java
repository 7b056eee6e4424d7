package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** Options of every family with one value replaced by nonsense: one clear error, or a model. */
class DamagedOptionsTest {
  private static final long SEED = 20261126;
  private static final int CASES = 80;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> NONSENSE =
      List.of("null", "-1", "0", "3", "1073741824", "1e300", "\"x\"", "[]", "{}", "true");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyFamily() throws IOException {
    Torch.start(2);
    return Stream.concat(tests(false), tests(true));
  }

  private Stream<DynamicTest> tests(boolean encoders) throws IOException {
    return ModelCases.tests(encoders, temporary, (folder, values, facts) -> check(folder));
  }

  private static void check(Path folder) throws IOException {
    Path config = folder.resolve("config.json");
    ObjectNode whole = (ObjectNode) JSON.readTree(config.toFile());
    List<String> keys = new ArrayList<>();
    whole.fieldNames().forEachRemaining(keys::add);
    RandomStream random = RandomStream.of(SEED);
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      String key = keys.get(random.nextInt(keys.size()));
      JsonNode value = JSON.readTree(NONSENSE.get(random.nextInt(NONSENSE.size())));
      Files.writeString(config, whole.deepCopy().set(key, value).toString());
      try (Network opened = Models.openNetwork(folder);
          Forward run =
              opened.run(
                  TokenBatch.of(new int[Math.min(4, opened.info().contextLength())]),
                  HookPlan.builder().capture("blocks.0.hook_resid_post").build())) {
        assertThat(run.activation("blocks.0.hook_resid_post").numel()).isPositive();
      } catch (FormatException e) {
        refused++;
        assertThat(e.getMessage()).as("seed %d: %s = %s", SEED, key, value).contains("model");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ": " + key + " = " + value, e);
      }
    }
    assertThat(refused).isBetween(1, CASES - 1);
  }
}
