package io.dsr.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know whom in this module. */
final class CoreArchitectureTest {

  private static final String CORE = "io.dsr.core";
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.dsr.(core..)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesKnowOnlyThoseBelowThem() {
    mayKnow("", List.of());
    mayKnow(".frame", List.of());
    mayKnow(".scheduler", List.of(""));
    mayKnow(".membership", List.of(""));
    mayKnow(".persistence", List.of(""));
    mayKnow(".admission", List.of(""));
    mayKnow(".flow", List.of("", ".membership"));
    mayKnow(
        ".datapath",
        List.of("", ".frame", ".scheduler", ".membership", ".persistence", ".admission", ".flow"));
    mayKnow(
        ".control",
        List.of(
            "", ".scheduler", ".membership", ".persistence", ".admission", ".flow", ".datapath"));
    mayKnow(
        ".inspect", List.of("", ".membership", ".persistence", ".admission", ".flow", ".datapath"));
    mayKnow(
        ".simulation",
        List.of("", ".frame", ".membership", ".persistence", ".datapath", ".control", ".inspect"));
    mayKnow(".snapshot", List.of("", ".flow", ".persistence"));
  }

  @Test
  void hasNoSocketsNoThreadsAndNoClock() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.net\\.(\\w*Socket\\w*|URL\\w*|http\\..*)"
                + "|java\\.lang\\.(Thread\\w*|ProcessBuilder)"
                + "|java\\.util\\.(Timer|concurrent\\.(locks\\..*|Exec\\w+|Thread\\w+))"
                + "|java\\.time\\.(Clock|Instant)")
        .check(CLASSES);
    // A Path is a name, and files are a snapshot's alone.
    noClasses()
        .that()
        .resideOutsideOfPackage(CORE + ".snapshot")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.nio\\.channels\\..*|java\\.io\\.File.*|java\\.nio\\.file\\.(?!Path$).*")
        .check(CLASSES);
    noClasses().should().callMethod(System.class, "currentTimeMillis").check(CLASSES);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Ticker.class.getName())
        .should()
        .callMethod(System.class, "nanoTime")
        .check(CLASSES);
  }

  @Test
  void knowsNettyForItsBuffersAlone() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.netty..").and(resideOutsideOfPackages("io.netty.buffer")))
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackages(
            CORE + ".frame",
            CORE + ".datapath",
            CORE + ".inspect",
            CORE + ".snapshot",
            CORE + ".simulation")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(CLASSES);
  }

  @Test
  void keepsCaffeineInThePersistence() {
    noClasses()
        .that()
        .resideOutsideOfPackage(CORE + ".persistence")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.github.benmanes..")
        .check(CLASSES);
  }

  private static void mayKnow(String name, List<String> below) {
    String[] allowed =
        Stream.concat(below.stream(), Stream.of(name))
            .map(known -> CORE + known)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(CORE + name)
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage(CORE + "..").negate().or(resideInAnyPackage(allowed)))
        .check(CLASSES);
  }
}
