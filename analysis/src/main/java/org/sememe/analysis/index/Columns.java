package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Values into a question, and lists out of the columns of its answer. */
final class Columns {
  private Columns() {}

  /** A statement with values in its places. The caller closes it. */
  static PreparedStatement prepared(Connection connection, String sql, List<?> values)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.size(); i++) {
      statement.setObject(i + 1, values.get(i));
    }
    return statement;
  }

  /** So many places, for {@code IN}. */
  static String places(int count) {
    return String.join(", ", Collections.nCopies(count, "?"));
  }

  static List<Number> numbers(ResultSet row, String column) throws SQLException {
    List<Number> numbers = new ArrayList<>();
    for (Object value : (Object[]) row.getArray(column).getArray()) {
      numbers.add((Number) value);
    }
    return numbers;
  }
}
