package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadmeTest {

  private static final Path README = Path.of("..", "README.md");
  private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```$");

  @TempDir private Path directory;

  @Test
  void compilesEveryBlockOfJavaInTheReadme() throws IOException {
    List<String> blocks = blocks();
    assertThat(blocks).as("blocks of java in the README").isNotEmpty();
    for (String block : blocks) {
      assertThat(complaints(program(block))).as("the compiler, about%n%s", block).isEmpty();
    }
  }

  @Test
  void hasTheCompilerRefuseWhatTheLibraryLacks() throws IOException {
    String broken = blocks().getFirst().replace(".networkInterface(", ".networkInterfaces(");
    assertThat(complaints(program(broken))).contains("networkInterfaces");
  }

  private static List<String> blocks() throws IOException {
    return JAVA.matcher(Files.readString(README)).results().map(found -> found.group(1)).toList();
  }

  /** Returns a class around the statements of a block, behind its imports. */
  private static String program(String block) {
    var parts =
        block.lines().collect(Collectors.partitioningBy(line -> line.startsWith("import ")));
    return String.join("\n", Objects.requireNonNull(parts.get(true)))
        + "\nfinal class Block {\n  static void run() throws Exception {\n"
        + String.join("\n", Objects.requireNonNull(parts.get(false)))
        + "\n  }\n}\n";
  }

  /** Returns what javac says, nothing if it compiles. */
  private String complaints(String program) throws IOException {
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    Path source = Files.writeString(directory.resolve("Block.java"), program);
    var said = new StringWriter();
    var out = new PrintWriter(said);
    int code =
        javac.run(
            out,
            out,
            "-proc:none",
            "-d",
            directory.toString(),
            "-classpath",
            classPath(),
            source.toString());
    return code == 0 ? "" : "failed:\n" + said;
  }

  /** Returns what this test runs with, modules too: as a reader's class path would have them. */
  private static String classPath() {
    return Stream.of("java.class.path", "jdk.module.path")
        .map(property -> System.getProperty(property, ""))
        .filter(path -> !path.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
