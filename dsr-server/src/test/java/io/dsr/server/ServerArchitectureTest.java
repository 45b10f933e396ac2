package io.dsr.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom in this module: the commands the control socket, it the rules and the balancer.
 */
final class ServerArchitectureTest {

  private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void knowsTheRulesAndWhatTheBalancerExportsAlone() {
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
                        "io.dsr.rules..",
                        "io.dsr.server..")))
        .check(classes);
  }

  @Test
  void knowsNothingOfTheCommandsInTheControlSocket() {
    noClasses()
        .that()
        .resideInAPackage("io.dsr.server.control..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.dsr.server.command..", "picocli..")
        .check(classes);
  }

  @Test
  void servesNoChannelOfNetty() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty.channel..", "io.netty.buffer..")
        .check(classes);
  }

  @Test
  void hasNoCycles() {
    slices().matching("io.dsr.server.(*)..").should().beFreeOfCycles().check(classes);
  }
}
