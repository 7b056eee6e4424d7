package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.app.command.options.Count;
import picocli.CommandLine.TypeConversionException;

class CountTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0",
        "-3|-3",
        "1_000_000|1000000",
        "1,000,000|1000000",
        "240k|240000",
        "1M|1000000",
        "1.5M|1500000",
        "2g|2000000000",
        "9223372036854775807|9223372036854775807"
      })
  void readsWhatPeopleWrite(String text, long value) {
    assertThat(Count.parse(text)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "1.5", "1.0005k", "k", "1 000", "9223372036854775808", "10000000000g"})
  void refusesWhatIsNoWholeNumber(String text) {
    assertThatThrownBy(() -> Count.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483648", "3G", "-2147483649"})
  void refusesWhatIsTooLargeForAnInt(String text) {
    assertThatThrownBy(() -> Count.parseInt(text)).isInstanceOf(TypeConversionException.class);
  }
}
