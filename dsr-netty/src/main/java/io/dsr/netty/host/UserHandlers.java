package io.dsr.netty.host;

import io.dsr.netty.handler.ArpHandler;
import io.dsr.netty.handler.CaptureHandler;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.DiscardHandler;
import io.dsr.netty.handler.EchoHandler;
import io.dsr.netty.handler.NeighbourDiscoveryHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says which handlers of a pipeline are the embedding program's. */
final class UserHandlers {

  private static final Set<String> OWN =
      Set.of(
          CaptureHandler.NAME,
          DirectorHandler.NAME,
          ArpHandler.NAME,
          NeighbourDiscoveryHandler.NAME,
          EchoHandler.NAME,
          DiscardHandler.NAME);

  private UserHandlers() {}

  /** Returns the names of the handlers that are not the balancer's own. Any thread. */
  static List<String> names(ChannelPipeline pipeline) {
    List<String> names = new ArrayList<>(pipeline.toMap().keySet());
    names.removeAll(OWN);
    return names;
  }

  /**
   * Returns the name of the handler that threw, and its class: the one whose code is on top of the
   * stack. Empty if none is there.
   */
  static String thrower(ChannelPipeline pipeline, Throwable failure) {
    Map<String, ChannelHandler> handlers = pipeline.toMap();
    for (StackTraceElement frame : failure.getStackTrace()) {
      for (Map.Entry<String, ChannelHandler> each : handlers.entrySet()) {
        for (Class<?> type = each.getValue().getClass();
            type != null && type != Object.class;
            type = type.getSuperclass()) {
          if (type.getName().equals(frame.getClassName()) && !isNettys(type)) {
            return each.getKey() + " (" + each.getValue().getClass().getName() + ")";
          }
        }
      }
    }
    return "";
  }

  private static boolean isNettys(Class<?> type) {
    return type.getName().startsWith("io.netty.channel.");
  }
}
