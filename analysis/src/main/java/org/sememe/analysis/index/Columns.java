package org.sememe.analysis.index;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Lists in the columns of an answer. */
final class Columns {
  private Columns() {}

  static List<Number> numbers(ResultSet row, String column) throws SQLException {
    List<Number> numbers = new ArrayList<>();
    for (Object value : (Object[]) row.getArray(column).getArray()) {
      numbers.add((Number) value);
    }
    return numbers;
  }

  static List<String> texts(ResultSet row, String column) throws SQLException {
    List<String> texts = new ArrayList<>();
    for (Object value : (Object[]) row.getArray(column).getArray()) {
      texts.add((String) value);
    }
    return texts;
  }
}
