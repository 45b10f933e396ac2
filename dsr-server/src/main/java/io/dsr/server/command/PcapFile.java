package io.dsr.server.command;

import io.dsr.core.frame.PcapReader;
import io.dsr.server.control.ControlException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Takes one Ethernet frame out of a capture file. */
final class PcapFile {

  private PcapFile() {}

  /**
   * Returns a frame.
   *
   * @param index 1 for the first
   */
  static byte[] frame(Path file, int index) throws ControlException {
    if (index < 1) {
      throw ControlException.usage("--index: " + index + " (expected: 1 or more)");
    }
    try (var reader = new PcapReader(new BufferedInputStream(Files.newInputStream(file)))) {
      while (reader.count() < index) {
        if (!reader.next()) {
          throw ControlException.usage(
              "--index: "
                  + file
                  + " ends after frame "
                  + reader.count()
                  + " (expected: a frame of the file)");
        }
      }
      return reader.frame();
    } catch (NoSuchFileException e) {
      throw ControlException.usage(
          "--pcap: " + file + " does not exist (expected: a capture file)");
    } catch (PcapReader.NoCaptureException e) {
      throw ControlException.usage("--pcap: " + file + " " + e.getMessage());
    } catch (IOException e) {
      throw ControlException.failed("--pcap: " + file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
