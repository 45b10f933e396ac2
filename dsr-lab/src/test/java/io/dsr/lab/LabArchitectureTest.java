package io.dsr.lab;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who may know whom in this module: the lab what others export, and no program. */
final class LabArchitectureTest {

  private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void knowsWhatOthersExportAlone() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.dsr..")
                .and(
                    resideOutsideOfPackages(
                        "io.dsr.core",
                        "io.dsr.core.frame",
                        "io.dsr.core.scheduler",
                        "io.dsr.netty",
                        "io.dsr.netty.channel",
                        "io.dsr.netty.handler",
                        "io.dsr.linux..",
                        "io.dsr.rules",
                        "io.dsr.lab..")))
        .check(classes);
  }

  @Test
  void hasNoCycles() {
    slices().matching("io.dsr.(lab..)").should().beFreeOfCycles().check(classes);
  }
}
