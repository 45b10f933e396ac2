package io.dsr.lab.embed;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The jars that a program gets with {@code dsr-netty}, as the build has packaged them. */
final class PackagedJars {

  private static final List<String> OURS = List.of("dsr-core", "dsr-linux", "dsr-netty");
  private static final List<String> OTHERS =
      List.of("netty-", "caffeine-", "slf4j-api-", "jspecify-");

  private PackagedJars() {}

  /**
   * Returns them.
   *
   * @throws IllegalStateException if one is not there; it says which, and how to make it
   */
  static List<Path> find() {
    List<Path> jars = new ArrayList<>();
    for (String module : OURS) {
      jars.add(packaged(module));
    }
    for (String prefix : OTHERS) {
      List<Path> found = onClassPath(prefix);
      if (found.isEmpty()) {
        throw new IllegalStateException("class path of the test: no " + prefix + "*.jar");
      }
      jars.addAll(found);
    }
    return jars;
  }

  /** Returns them as one path, for a command line. */
  static String join(List<Path> parts) {
    return String.join(File.pathSeparator, parts.stream().map(Path::toString).toList());
  }

  private static Path packaged(String module) {
    Path target = Path.of("..", module, "target").toAbsolutePath().normalize();
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        List<Path> found =
            files.filter(file -> isJarOf(module, file.getFileName().toString())).toList();
        if (found.size() == 1) {
          return found.getFirst();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new IllegalStateException(
        target + ": expected one " + module + "-VERSION.jar, which 'mvn package' makes");
  }

  private static boolean isJarOf(String module, String name) {
    return name.startsWith(module + "-")
        && name.endsWith(".jar")
        && Stream.of("-sources", "-javadoc", "-tests").noneMatch(kind -> name.contains(kind));
  }

  private static List<Path> onClassPath(String prefix) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(file -> file.getFileName().toString().startsWith(prefix))
        .filter(Files::isRegularFile)
        .distinct()
        .toList();
  }
}
