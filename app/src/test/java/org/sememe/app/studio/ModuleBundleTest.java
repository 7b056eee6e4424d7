package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Modules as one; that the bundle of the pages runs is what every test of a page says. */
class ModuleBundleTest {
  private static final Path PAGES = Path.of("src", "main", "resources", "studio");

  private static String bundle(Map<String, String> modules) {
    return ModuleBundle.of("js/a.js", modules::get);
  }

  @Test
  void whatIsImportedStandsBeforeItAndOnce() {
    String bundle =
        bundle(
            Map.of(
                "js/a.js",
                "import { b } from './sub/b.js';\nimport {\n  x,\n  y as z,\n} from './c.js';\nb(x);\n",
                "js/sub/b.js",
                "import { x } from '../c.js';\nexport const b = () => x;\n",
                "js/c.js",
                "const own = 1;\nexport const x = own;\nexport async function* y() {}\n"));
    assertThat(bundle)
        .isEqualTo(
            """
            // js/c.js
            const m3_c = (() => {
            const own = 1;
            const x = own;
            async function* y() {}

            return {x, y};
            })();
            // js/sub/b.js
            const m2_b = (() => {
            const { x } = m3_c;
            const b = () => x;

            return {b};
            })();
            // js/a.js
            const m1_a = (() => {
            const { b } = m2_b;
            const {
              x,
              y: z,
            } = m3_c;
            b(x);

            return {};
            })();
            """);
  }

  @Test
  void aMinifiedModulesLastListIsItsExports() {
    assertThat(bundle(Map.of("js/a.js", "var a=1,e=2;export{a as html,e};\n")))
        .contains("var a=1,e=2;\nreturn {html: a,e};")
        .doesNotContain("export");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import './b.js';",
        "import * as b from './b.js';",
        "import b from './b.js';",
        "export default 3;",
        "export let b = 3;",
        "export * from './b.js';",
        "import { a } from './a.js';"
      })
  void whatCannotBeReadIsRefused(String line) {
    assertThatThrownBy(() -> bundle(Map.of("js/a.js", line + "\n", "js/b.js", "\n")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("js/a.js");
  }

  /** A module that no page reaches is dead. */
  @Test
  void everyModuleOfThePagesIsInTheirBundleOnce() throws IOException {
    String bundle = ModuleBundle.of("js/app.js", ModuleBundleTest::source);
    List<String> modules;
    try (Stream<Path> files = Files.walk(PAGES.resolve("js"))) {
      modules =
          files
              .filter(file -> file.toString().endsWith(".js"))
              .map(file -> PAGES.relativize(file).toString().replace('\\', '/'))
              .filter(name -> !name.equals("js/early-theme.js")) // a script: it runs before them
              .toList();
    }
    assertThat(modules).hasSizeGreaterThan(30);
    for (String module : modules) {
      assertThat(bundle.split("(?m)^// " + module + "$", -1)).as(module).hasSize(2);
    }
  }

  private static String source(String name) {
    try {
      return Files.readString(PAGES.resolve(name));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
