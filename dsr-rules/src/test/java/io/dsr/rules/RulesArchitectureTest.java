package io.dsr.rules;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who may know whom in this module: rules know the core, as everybody may, and no wire. */
final class RulesArchitectureTest {

  private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void knowsWhatTheCoreExportsAlone() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.dsr..")
                .and(
                    resideOutsideOfPackages(
                        "io.dsr.core",
                        "io.dsr.core.frame",
                        "io.dsr.core.scheduler",
                        "io.dsr.rules..")))
        .check(classes);
  }

  @Test
  void knowsNoNetty() {
    noClasses().should().dependOnClassesThat().resideInAnyPackage("io.netty..").check(classes);
  }

  @Test
  void knowsNothingOfTheConvertersInTheLanguage() {
    noClasses()
        .that()
        .resideInAPackage("io.dsr.rules")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.dsr.rules.convert..")
        .check(classes);
  }

  @Test
  void hasNoCycles() {
    slices().matching("io.dsr.(rules..)").should().beFreeOfCycles().check(classes);
  }
}
