package org.sememe.sae.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sememe.tensors.FormatException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;

/**
 * Configuration files in YAML as plain data: maps, lists, texts, numbers. Nothing is constructed
 * from a tag and nothing repeated by an alias; both are refused.
 */
final class YamlFile {
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_DEPTH = 50;
  private static final String TUPLE = "tag:yaml.org,2002:python/tuple";
  private static final Pattern WHOLE = Pattern.compile("[-+]?\\d{1,18}");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Path file;
  private final Iterator<Event> events;

  private YamlFile(Path file, Iterator<Event> events) {
    this.file = file;
    this.events = events;
  }

  /**
   * Reads a file whose outermost value is a map.
   *
   * @throws FormatException if it is not YAML of plain data, or no map
   */
  static JsonNode read(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw new FormatException(file, 0, "a configuration of over " + MOST_BYTES + " bytes");
    }
    try {
      LoaderOptions options = new LoaderOptions();
      options.setNestingDepthLimit(MOST_DEPTH);
      Yaml yaml = new Yaml(new SafeConstructor(options));
      Iterator<Event> events = yaml.parse(new StringReader(Files.readString(file))).iterator();
      YamlFile reader = new YamlFile(file, events);
      events.next(); // the stream starts
      if (!events.next().is(Event.ID.DocumentStart)) {
        throw new FormatException(file, 0, "empty, where a map is expected");
      }
      JsonNode value = reader.value(events.next(), 0);
      if (!value.isObject()) {
        throw new FormatException(file, 0, "not a YAML map");
      }
      return value;
    } catch (CharacterCodingException e) {
      throw new FormatException(file, 0, "not UTF-8 text");
    } catch (MarkedYAMLException e) {
      throw new FormatException(file, at(e.getProblemMark()), "not YAML: " + e.getProblem());
    } catch (YAMLException e) {
      throw new FormatException(file, 0, "not YAML: " + e.getMessage());
    }
  }

  private static long at(Mark mark) {
    return mark == null ? 0 : mark.getIndex();
  }

  private JsonNode value(Event event, int depth) throws FormatException {
    if (depth > MOST_DEPTH) {
      throw refused(event, "nested over " + MOST_DEPTH + " deep");
    }
    if (event instanceof AliasEvent || (event instanceof NodeEvent e && e.getAnchor() != null)) {
      throw refused(event, "an anchor or alias, which is not expanded here");
    }
    return switch (event) {
      case MappingStartEvent map -> {
        requireNoTag(map, Optional.ofNullable(map.getTag()));
        ObjectNode fields = NODES.objectNode();
        for (Event key = events.next(); !key.is(Event.ID.MappingEnd); key = events.next()) {
          JsonNode name = value(key, depth + 1);
          if (!name.isValueNode() || fields.has(name.asText())) {
            throw refused(key, "a key that is no text, or there twice");
          }
          fields.set(name.asText(), value(events.next(), depth + 1));
        }
        yield fields;
      }
      case SequenceStartEvent list -> {
        requireNoTag(list, Optional.ofNullable(list.getTag()).filter(tag -> !tag.equals(TUPLE)));
        ArrayNode items = NODES.arrayNode();
        for (Event item = events.next(); !item.is(Event.ID.SequenceEnd); item = events.next()) {
          items.add(value(item, depth + 1));
        }
        yield items;
      }
      case ScalarEvent scalar -> {
        requireNoTag(scalar, Optional.ofNullable(scalar.getTag()));
        yield scalar.isPlain() ? plain(scalar.getValue()) : NODES.textNode(scalar.getValue());
      }
      default -> throw refused(event, "not plain data");
    };
  }

  private void requireNoTag(Event event, Optional<String> tag) throws FormatException {
    if (tag.isPresent()) {
      throw refused(event, "the tag " + tag.get() + ", where plain data is expected");
    }
  }

  private static JsonNode plain(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NODES.nullNode();
      case "true", "True", "TRUE" -> NODES.booleanNode(true);
      case "false", "False", "FALSE" -> NODES.booleanNode(false);
      default -> {
        if (WHOLE.matcher(text).matches()) {
          yield NODES.numberNode(Long.parseLong(text));
        }
        yield NUMBER.matcher(text).matches()
            ? NODES.numberNode(Double.parseDouble(text))
            : NODES.textNode(text);
      }
    };
  }

  private FormatException refused(Event event, String problem) {
    return new FormatException(file, at(event.getStartMark()), problem);
  }
}
