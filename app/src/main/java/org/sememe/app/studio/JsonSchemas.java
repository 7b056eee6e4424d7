package org.sememe.app.studio;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * JSON schemas of what {@link JsonExchange} writes: a record is an object of its components in
 * snake_case, all required but those that may be absent. A record of its own name is described
 * once, among the components. Not thread-safe.
 */
final class JsonSchemas {
  private static final PropertyNamingStrategies.NamingBase NAMES =
      (PropertyNamingStrategies.NamingBase) PropertyNamingStrategies.SNAKE_CASE;

  private final Map<String, Object> named = new TreeMap<>();

  /** All records that were met, by name. */
  Map<String, Object> named() {
    return named;
  }

  /** The schema of a type; of a record, a reference to it. */
  Map<String, Object> of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      Class<?> raw = (Class<?>) generic.getRawType();
      if (raw == Optional.class) {
        return of(arguments[0]);
      }
      if (Collection.class.isAssignableFrom(raw)) {
        return Map.of("type", "array", "items", of(arguments[0]));
      }
      if (Map.class.isAssignableFrom(raw)) {
        return Map.of("type", "object", "additionalProperties", of(arguments[1]));
      }
      throw new IllegalArgumentException("no schema of " + type);
    }
    return of((Class<?>) type);
  }

  private Map<String, Object> of(Class<?> type) {
    if (type.isRecord()) {
      return record(type);
    }
    if (type.isArray()) {
      return Map.of("type", "array", "items", of(type.getComponentType()));
    }
    if (type.isEnum()) {
      return Map.of(
          "type",
          "string",
          "enum",
          Arrays.stream(type.getEnumConstants()).map(Object::toString).toList());
    }
    return switch (type.getName()) {
      case "int", "long", "java.lang.Integer", "java.lang.Long" -> Map.of("type", "integer");
      case "float", "double", "java.lang.Float", "java.lang.Double" -> Map.of("type", "number");
      case "boolean", "java.lang.Boolean" -> Map.of("type", "boolean");
      case "java.lang.String" -> Map.of("type", "string");
      case "java.util.OptionalInt", "java.util.OptionalLong" -> Map.of("type", "integer");
      case "java.util.OptionalDouble" -> Map.of("type", "number");
      default -> Map.of(); // any JSON: the file that it comes from says what
    };
  }

  private Map<String, Object> record(Class<?> type) {
    String name = name(type);
    if (!named.containsKey(name)) {
      named.put(name, Map.of()); // a record within itself finds its name taken
      Map<String, Object> properties = new LinkedHashMap<>();
      List<String> required = new ArrayList<>();
      for (RecordComponent component : type.getRecordComponents()) {
        String property = NAMES.translate(component.getName());
        properties.put(property, of(component.getGenericType()));
        if (!mayLack(component.getType())) {
          required.add(property);
        }
      }
      Map<String, Object> schema = new LinkedHashMap<>();
      schema.put("type", "object");
      schema.put("properties", properties);
      schema.put("required", required);
      named.put(name, schema);
    }
    return Map.of("$ref", "#/components/schemas/" + name);
  }

  private static boolean mayLack(Class<?> type) {
    return type == Optional.class
        || type == OptionalInt.class
        || type == OptionalLong.class
        || type == OptionalDouble.class;
  }

  /** A record within another is named with it: {@code FeatureDetail.Neighbour}. */
  private static String name(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return outer == null ? type.getSimpleName() : name(outer) + "." + type.getSimpleName();
  }
}
