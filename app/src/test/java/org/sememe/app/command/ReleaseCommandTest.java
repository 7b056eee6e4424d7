package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The catalogue of dictionaries by the commands; nothing is fetched. */
class ReleaseCommandTest {
  @Test
  void listed() throws IOException {
    JsonNode all = Sememe.json("pull", "--dictionaries").path("releases");
    JsonNode gpt2 = Sememe.json("pull", "--dictionaries", "GPT2-small").path("releases");
    assertThat(gpt2.size()).isBetween(1, all.size() - 1);
    assertThat(gpt2.findValuesAsText("release")).contains("gpt2-small-res-jb");
    JsonNode none = Sememe.json("pull", "--dictionaries", "no such thing").path("releases");
    assertThat(none).isEmpty();
  }

  @Test
  void toldOf() throws IOException {
    JsonNode release = Sememe.json("info", "gpt2-small-res-jb");
    assertThat(release.path("model").asText()).isEqualTo("gpt2-small");
    assertThat(release.path("address").asText()).startsWith("hf:");
    assertThat(release.path("ids")).hasSize(release.path("dictionaries").asInt());
    Sememe said = Sememe.run("info", "gpt2-small-res-jb");
    assertThat(said.out() + said.err()).contains("gpt2-small-res-jb/blocks.{0-11}.hook_resid_pre");
  }

  @Test
  void missed() {
    Sememe near = Sememe.run("info", "gpt2-small-res-jc");
    assertThat(near.exitCode()).isNotZero();
    assertThat(near.errLines()).hasSize(1);
    assertThat(near.err()).contains("gpt2-small-res-jb");
    Sememe encode =
        Sememe.run("encode", "gpt2-small-res-jc", "--input", "x", "--out", "no/such/folder/y");
    assertThat(encode.err()).contains("the catalogue has gpt2-small-res-jb");
    Sememe inside = Sememe.run("info", "gpt2-small-res-jb/blocks.8.hook_resid_pro");
    assertThat(inside.exitCode()).isNotZero();
    assertThat(inside.errLines()).hasSize(1);
    assertThat(inside.err()).contains("there is blocks.8.hook_resid_pre");
  }
}
