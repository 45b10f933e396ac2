package io.dsr.server.command;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes the time in front of each line, as the log of the libraries does. */
final class LogStream extends FilterOutputStream {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX ", Locale.ROOT);

  private final InstantSource clock;
  private final ZoneId zone;
  private boolean inLine;

  private LogStream(OutputStream out, InstantSource clock, ZoneId zone) {
    super(out);
    this.clock = clock;
    this.zone = zone;
  }

  /** Returns a stream of lines to {@code out}, each with the time at which it begins. */
  static PrintStream of(OutputStream out, InstantSource clock, ZoneId zone) {
    return new PrintStream(new LogStream(out, clock, zone), true, StandardCharsets.UTF_8);
  }

  /** Returns a stream of lines to standard error. */
  static PrintStream ofStandardError() {
    return of(System.err, InstantSource.system(), ZoneId.systemDefault());
  }

  @Override
  public void write(int octet) throws IOException {
    if (!inLine) {
      out.write(TIME.format(clock.instant().atZone(zone)).getBytes(StandardCharsets.UTF_8));
    }
    inLine = octet != '\n';
    out.write(octet);
  }

  @Override
  public void write(byte[] octets, int offset, int length) throws IOException {
    int from = offset;
    for (int at = offset; at < offset + length; at++) {
      if (octets[at] == '\n' || at == offset + length - 1) {
        write(octets[from]);
        out.write(octets, from + 1, at - from);
        inLine = octets[at] != '\n';
        from = at + 1;
      }
    }
  }
}
