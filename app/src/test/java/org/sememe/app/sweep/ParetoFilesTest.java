package org.sememe.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.plot.PlotScale;
import org.sememe.tensors.testing.Damage;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ParetoFilesTest {
  @TempDir private Path folder;

  private final Sweep sweep = SyntheticSweep.sweep();

  @Test
  void aSweepIsReadAsItWasWritten() throws IOException {
    sweep.write(folder);
    assertThat(Sweep.read(folder)).isEqualTo(sweep);
    assertThatThrownBy(() -> Sweep.read(folder.resolve("none")))
        .hasMessageContaining("no sweep there");
  }

  @Test
  void aDamagedSweepIsRefusedOrRead() throws Exception {
    sweep.with(sweep.members().subList(0, 2)).write(folder);
    Damage.checkInPlace(folder.resolve(Sweep.FILE), file -> Sweep.read(folder));
  }

  @Test
  void meansAreOfTheMeasuredMembersAndTheFrontIsNotBeaten() {
    List<RecipeMean> means = sweep.recipes();
    assertThat(means).hasSize(8);
    RecipeMean first = means.getFirst();
    List<SweepMember> same =
        sweep.members().stream()
            .filter(m -> m.recipe().equals(first.recipe()) && m.scores().isPresent())
            .toList();
    assertThat(first.members()).isEqualTo(same.size()).isEqualTo(2);
    assertThat(first.fvu())
        .isCloseTo(
            same.stream().mapToDouble(m -> m.scores().orElseThrow().fvu()).sum() / same.size(),
            within(1e-12));
    for (RecipeMean mean : means) {
      boolean beaten =
          means.stream().anyMatch(o -> o != mean && o.l0() <= mean.l0() && o.fvu() <= mean.fvu());
      assertThat(mean.front()).as(mean.recipe()).isNotEqualTo(beaten);
    }
    assertThat(means.stream().filter(RecipeMean::front).map(RecipeMean::series).distinct())
        .containsExactly("batchtopk");
  }

  @Test
  void theTableHoldsEachMeasuredMemberInFull() {
    List<List<String>> lines =
        ParetoCsv.text(sweep).lines().map(line -> Arrays.asList(line.split(",", -1))).toList();
    assertThat(lines).hasSize(sweep.members().size()); // a head, and one member failed
    int fvu = lines.getFirst().indexOf("fvu");
    SweepMember last = sweep.members().getLast();
    assertThat(lines.getLast().getFirst()).isEqualTo(last.name());
    assertThat(Double.parseDouble(lines.getLast().get(fvu)))
        .isEqualTo(last.scores().orElseThrow().fvu());
    assertThat(lines).allMatch(line -> line.size() == lines.getFirst().size());
  }

  @Test
  void thePlotHasAMarkForEachMeasureAndNoSmallText() throws Exception {
    String text = ParetoSvg.text(sweep);
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    NodeList paths = svg.getElementsByTagName("path");
    long marks =
        IntStream.range(0, paths.getLength())
            .mapToObj(i -> (Element) paths.item(i))
            .filter(path -> path.getAttribute("class").equals("mark"))
            .count();
    long measured = sweep.members().stream().filter(m -> m.scores().isPresent()).count();
    assertThat(marks).isEqualTo(2 * measured + 2); // two panels, two curves in the legend
    assertThat(text).contains("prefers-color-scheme:dark", "n = 23,456", "7,890 predicted tokens");
    assertThat(text).doesNotContain("NaN");
    Files.createDirectories(Path.of("target", "studio"));
    Files.writeString(Path.of("target", "studio", "pareto.svg"), text);
  }

  @Test
  void scalesHoldTheirValuesAndHaveTicks() {
    for (double[] range :
        new double[][] {{16, 128}, {31.9, 32.1}, {0.4, 0.5}, {1, 5000}, {45, 58}}) {
      PlotScale x = PlotScale.powers(2, range[0], range[1], 10, 110);
      PlotScale y = PlotScale.linear(range[0], range[1], 110, 10);
      for (PlotScale scale : List.of(x, y)) {
        assertThat(scale.at(range[0])).isBetween(10.0, 110.0);
        assertThat(scale.at(range[1])).isBetween(10.0, 110.0);
        assertThat(scale.ticks()).hasSizeBetween(2, 9);
        assertThat(scale.ticks().stream().map(scale::label)).doesNotHaveDuplicates();
      }
      assertThat(x.at(range[1])).isGreaterThanOrEqualTo(x.at(range[0]));
      assertThat(y.at(range[1])).isLessThanOrEqualTo(y.at(range[0]));
    }
    PlotScale flat = PlotScale.linear(0.2, 0.2, 0, 100);
    assertThat(flat.at(0.2)).isCloseTo(50, within(1e-9));
  }
}
