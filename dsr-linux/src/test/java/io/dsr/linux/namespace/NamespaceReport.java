package io.dsr.linux.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program for {@link NetworkNamespaceIT}: makes a namespace with a veth pair and lists it. */
final class NamespaceReport {

  private NamespaceReport() {}

  public static void main(String[] arguments) throws Exception {
    try (var namespace = NetworkNamespace.create("report")) {
      var made =
          ChildProgram.await(
              namespace.processBuilder(
                  List.of(
                      "ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")));
      List<String> links = namespace.call(NamespaceReport::interfaces);
      System.out.println(made.output() + "links: " + links);
    }
  }

  /** Returns the interfaces of this thread's namespace, which NetworkInterface would not. */
  static List<String> interfaces() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream()
        .filter(line -> line.contains(":"))
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .sorted()
        .toList();
  }
}
