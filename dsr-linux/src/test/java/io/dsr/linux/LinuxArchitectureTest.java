package io.dsr.linux;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who may know whom in this module. */
final class LinuxArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void knowsNeitherNettyNorTheCore() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty..", "io.dsr.core..", "io.dsr.netty..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCallPackageMakesDowncallHandles() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.dsr.linux.call")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Linker.class, SymbolLookup.class)
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    // One slice a package; the root package, with no slice beneath it, is a slice as well.
    slices().matching("io.dsr.(linux..)").should().beFreeOfCycles().check(CLASSES);
  }
}
