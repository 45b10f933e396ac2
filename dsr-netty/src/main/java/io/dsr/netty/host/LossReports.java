package io.dsr.netty.host;

import io.dsr.core.BalancerEvent.FramesLost;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.Loss;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which losses are told when: the first at once, and then, while they go on, those of some seconds
 * together. No frame is left out, or told twice. One thread.
 */
final class LossReports {

  /** How many looks, of which there is one a second, a reason is quiet after it was told. */
  static final int QUIET_LOOKS = 10;

  private final List<Map<Loss, Told>> interfaces = new ArrayList<>();

  /** What was told of one reason. */
  private static final class Told {

    private long frames;
    private int quiet;
  }

  /** Reports what comes to these counts from now on. */
  LossReports(List<InterfaceStatistics> before) {
    count(before);
    interfaces.forEach(losses -> losses.values().forEach(told -> told.quiet = 0));
  }

  /** Returns what is to be told of counts; to be called once a second. */
  List<FramesLost> count(List<InterfaceStatistics> now) {
    List<FramesLost> lost = new ArrayList<>();
    for (int number = 0; number < now.size(); number++) {
      if (number == interfaces.size()) {
        interfaces.add(new EnumMap<>(Loss.class));
      }
      InterfaceStatistics counts = now.get(number);
      Map<Loss, Told> losses = interfaces.get(number);
      counts
          .losses()
          .forEach((reason, frames) -> {
            Told told = losses.computeIfAbsent(reason, any -> new Told());
            if (told.quiet > 0) {
              told.quiet--;
            }
            if (frames > told.frames && told.quiet == 0) {
              lost.add(new FramesLost(counts.name(), reason, frames - told.frames));
              told.frames = frames;
              told.quiet = QUIET_LOOKS;
            }
          });
    }
    return lost;
  }
}
