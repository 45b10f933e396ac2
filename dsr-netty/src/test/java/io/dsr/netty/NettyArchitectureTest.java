package io.dsr.netty;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who may know whom in this module: root, host, handlers, channel, kernel; no arrow up. */
final class NettyArchitectureTest {

  private static final String ROOT = "io.dsr.netty";
  private static final String HOST = "io.dsr.netty.host..";
  private static final String HANDLERS = "io.dsr.netty.handler..";
  private static final String CHANNEL = "io.dsr.netty.channel..";

  private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void knowsNothingOfTheDecisionInTheChannel() {
    noClasses()
        .that()
        .resideInAPackage(CHANNEL)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, HOST, HANDLERS, "io.dsr.core..")
        .check(classes);
  }

  @Test
  void knowsNothingOfTheBalancerInTheHandlers() {
    noClasses()
        .that()
        .resideInAPackage(HANDLERS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, HOST, "io.dsr.linux..")
        .check(classes);
  }

  @Test
  void knowsNothingOfTheBalancerOnTheHost() {
    noClasses()
        .that()
        .resideInAPackage(HOST)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, "io.dsr.core.inspect..", "io.dsr.core.snapshot..")
        .check(classes);
  }

  @Test
  void hasNoCycles() {
    slices().matching("io.dsr.netty.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void makesSystemCallsOnlyThroughTheKernelsDoor() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .check(classes);
  }
}
