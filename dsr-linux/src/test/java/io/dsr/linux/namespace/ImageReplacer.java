package io.dsr.linux.namespace;

import java.io.FileInputStream;
import java.util.List;
import java.util.Map;

/** A program for {@link ProcessImageTest}: becomes its arguments. */
final class ImageReplacer {

  /** Is open when the image is replaced. */
  static final String OPEN_FILE = "/etc/passwd";

  private ImageReplacer() {}

  public static void main(String[] arguments) throws Exception {
    try (var open = new FileInputStream(OPEN_FILE)) {
      if (open.read() >= 0) {
        ProcessImage.replace(List.of(arguments), Map.of("DSR_ADDED", "by replace"));
      }
    }
  }
}
