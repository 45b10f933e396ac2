package io.dsr.linux.namespace;

import java.util.List;
import java.util.Map;

/** A program for {@link ProcessImageTest}: becomes its arguments. */
final class ImageReplacer {

  private ImageReplacer() {}

  public static void main(String[] arguments) throws Exception {
    ProcessImage.replace(List.of(arguments), Map.of("DSR_ADDED", "by replace"));
  }
}
