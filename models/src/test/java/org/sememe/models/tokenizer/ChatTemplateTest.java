package org.sememe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.time.Year;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
  private static final List<ChatMessage> HELLO = List.of(new ChatMessage("user", "hello"));

  private static String render(String template) {
    return new ChatTemplate(template, Map.of("bos_token", "<s>", "eos_token", "</s>"))
        .render(HELLO, true);
  }

  /**
   * Texts made by Jinja 3.1.6 with trim_blocks and lstrip_blocks, as the model's library runs it.
   */
  @TestFactory
  Stream<DynamicTest> sameAsJinja() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream file = ChatTemplateTest.class.getResourceAsStream("chat-templates.json")) {
      for (JsonNode one : new ObjectMapper().readTree(file)) {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : one.path("messages")) {
          messages.add(
              new ChatMessage(message.path("role").asText(), message.path("content").asText()));
        }
        ChatTemplate template =
            new ChatTemplate(
                one.path("template").asText(), Map.of("bos_token", "<s>", "eos_token", "</s>"));
        boolean prompt = one.path("add_generation_prompt").asBoolean();
        tests.add(
            DynamicTest.dynamicTest(
                one.path("name").asText(),
                () ->
                    assertThat(template.render(messages, prompt))
                        .isEqualTo(one.path("text").asText())));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  @Test
  void messagesAreNeverRunNorEscaped() {
    String hostile = "{{ 7 * 7 }} {% raw %} <b>&amp;\"'</b> {# x #} \u0000";
    String text =
        new ChatTemplate("{{ messages[0].content }}", Map.of())
            .render(List.of(new ChatMessage("user", hostile)), false);
    assertThat(text).isEqualTo(hostile);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          {{ raise_exception('no tools') }}                        ~ refuses these messages: no tools
          {% for m in messages %}{{ raise_exception('x') }}{% endfor %} ~ refuses these messages: x
          {{ 'a' | nosuch }}                                       ~ filter nosuch
          {{ 'a' is nosuch }}                                      ~ exptest nosuch
          {{ nosuch() }}                                           ~ nosuch
          {{ 'a'.nosuch() }}                                       ~ nosuch
          {% for m in messages if m %}{% endfor %}                 ~ loop with a condition
          {% for m in messages %}{% else %}{% endfor %}            ~ else for a loop
          {% if true %}                                            ~ endif
          {{ 'a                                                    ~ no end
          {% include 'a' %}                                        ~ include
          {% import 'a' as b %}                                    ~ import
          {{ '{{ 1 }}' | render }}                                 ~ render
          """)
  void whatItCannotDoIsSaid(String template, String reason) {
    assertThatThrownBy(() -> render(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  /** A template from a file reaches no Java object: it gets nothing, or is refused. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass() }}",
        "{{ ''.class }}",
        "{{ ''['class'] }}",
        "{{ messages.getClass().forName('java.lang.Runtime') }}",
        "{{ ____int3rpr3t3r____ }}",
        "{{ ____int3rpr3t3r____.config }}",
        "{{ ____int3rpr3t3r____.getConfig().getObjectMapper() }}",
        "{{ messages['____int3rpr3t3r____'].config }}",
        "{% for config in [____int3rpr3t3r____] %}{{ config.config.objectMapper }}{% endfor %}",
        "{% for config, x in [____int3rpr3t3r____] %}{{ config }}{{ config.objectMapper }}{% endfor %}",
        "{{ [____int3rpr3t3r____] | map(attribute='config') | join }}",
        "{{ ____int3rpr3t3r____ | attr('config') }}",
        "{{ [____int3rpr3t3r____] | selectattr('config') | list | length }}",
        "{{ ____int3rpr3t3r____ | tojson }}",
        "{{ messages.wait() }}",
        "{{ range.class }}",
        "{{ loop.getClass() }}",
        "{% for m in messages %}{{ loop.class }}{{ loop.getClass() }}{% endfor %}",
      })
  void javaIsOutOfReach(String template) {
    String got;
    try {
      got = render(template);
    } catch (IllegalArgumentException e) {
      got = "";
    }
    assertThat(got).doesNotContain("com.", "org.", "java", "class ", "@");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}"
            + "{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% set x = b %}{% endfor %}{% endfor %}",
        "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{% set x = ['aaaaaaaaaaaaaaaaaaaa'] %}{% for i in range(60) %}"
            + "{% set ns = namespace(x='a') %}{{ x ~ x }}{% endfor %}{{ range(999999999) | length }}"
            + "{% set n = namespace(v='aaaaaaaaaaaaaaaaaaaa') %}"
            + "{% for i in range(60) %}{% set n.v = n.v ~ n.v %}{% endfor %}",
      })
  @Timeout(60)
  void workIsBounded(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void datesAndTokens() {
    assertThat(render("{{ bos_token }}{{ strftime_now('%Y') }}{{ eos_token }}{{ pad_token }}"))
        .isEqualTo("<s>" + Year.now() + "</s>");
  }
}
