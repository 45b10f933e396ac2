package io.dsr.linux.namespace;

import java.time.Duration;

/**
 * A program for {@link NetworkNamespaceIT}: makes a namespace, says which, and waits to be killed.
 */
final class NamespaceHolder {

  private static final Duration LONGEST_LIFE = Duration.ofMinutes(1);

  private NamespaceHolder() {}

  public static void main(String[] arguments) throws Exception {
    try (var namespace = NetworkNamespace.create("held")) {
      System.out.println(namespace.identity());
      Thread.sleep(LONGEST_LIFE);
    }
  }
}
