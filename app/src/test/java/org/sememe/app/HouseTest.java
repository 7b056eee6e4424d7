package org.sememe.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The house of ARCHITECTURE.md: who may use whom. */
@AnalyzeClasses(
    packages = "org.sememe",
    importOptions = {ImportOption.DoNotIncludeTests.class, HouseTest.WithoutTestJars.class})
class HouseTest {
  /** What a module lends to the tests of others comes in a jar of its own. */
  static final class WithoutTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule modulesUseOnlyModulesAbove =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("kernels")
          .definedBy("org.sememe.kernels..")
          .layer("tensors")
          .definedBy("org.sememe.tensors..")
          .layer("models")
          .definedBy("org.sememe.models..")
          .layer("sae")
          .definedBy("org.sememe.sae..")
          .layer("activations")
          .definedBy("org.sememe.activations..")
          .layer("training")
          .definedBy("org.sememe.training..")
          .layer("analysis")
          .definedBy("org.sememe.analysis..")
          .layer("diffusion")
          .definedBy("org.sememe.diffusion..")
          .layer("app")
          .definedBy("org.sememe.app..")
          .whereLayer("app")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("diffusion")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("analysis")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("training")
          .mayOnlyBeAccessedByLayers("diffusion", "app")
          .whereLayer("activations")
          .mayOnlyBeAccessedByLayers("training", "analysis", "app")
          .whereLayer("sae")
          .mayOnlyBeAccessedByLayers("training", "analysis", "app")
          .whereLayer("models")
          .mayOnlyBeAccessedByLayers("activations", "training", "analysis", "diffusion", "app")
          .whereLayer("kernels")
          .mayOnlyBeAccessedByLayers("models", "sae", "training", "analysis", "app");

  @ArchTest
  static final ArchRule kernelsNeedNothingButTheJdk =
      noClasses()
          .that()
          .resideInAPackage("org.sememe.kernels..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages("org.sememe.kernels..", "java..", "jdk.incubator.vector..");

  @ArchTest
  static final ArchRule onlyTheAppKnowsTheCommandLineAndTheServer =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.sememe.app..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "io.helidon..", "me.tongfei..");

  @ArchTest
  static final ArchRule theStudioKnowsNeitherModelsNorCommands =
      noClasses()
          .that()
          .resideInAPackage("org.sememe.app.studio..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.sememe.app.command..", "org.sememe.app.stages..", "org.sememe.models..");

  @ArchTest
  static final ArchRule noCyclesInTheApp =
      slices().matching("org.sememe.app.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule noStaticStateThatChanges = fields().that().areStatic().should().beFinal();
}
