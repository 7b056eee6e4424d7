package org.sememe.models.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.io.IOException;

/** The filter {@code tojson} with Python's spaces, and without escapes for HTML. */
final class PythonJson implements Filter {
  private final ObjectWriter writer = new ObjectMapper().writer(new Spaces());

  @Override
  public String getName() {
    return "tojson";
  }

  @Override
  public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
    if (arguments.length > 0) {
      throw new ChatTemplate.TemplateRefusal("it wants JSON in a form that is not known");
    }
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new ChatTemplate.TemplateRefusal("no JSON for " + e.getOriginalMessage());
    }
  }

  private static final class Spaces extends MinimalPrettyPrinter {
    private static final long serialVersionUID = 1;

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw(": ");
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
      out.writeRaw(", ");
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw(", ");
    }
  }
}
