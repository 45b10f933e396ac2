package io.dsr.examples;

/** Skeleton. */
public final class Main {

  private Main() {}

  /** Runs. */
  public static void main(String[] arguments) {
    System.exit(2);
  }
}
