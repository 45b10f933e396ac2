package io.dsr.server.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

final class LogStreamTest {

  private static final String TIME = "2026-11-30T00:10:00.042Z ";

  @Test
  void writesTheTimeInFrontOfEachLine() {
    var told = new ByteArrayOutputStream();
    PrintStream log =
        LogStream.of(
            told, InstantSource.fixed(Instant.parse(TIME.strip())), ZoneId.of("UTC").normalized());

    log.println("one");
    log.print("t");
    log.println("wo");
    log.print("three\nfour\n\n");

    assertThat(told.toString(UTF_8))
        .isEqualTo(
            TIME + "one\n" + TIME + "two\n" + TIME + "three\n" + TIME + "four\n" + TIME + "\n");
  }
}
