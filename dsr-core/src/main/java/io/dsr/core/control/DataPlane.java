package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import java.io.IOException;
import java.util.Set;

/**
 * Where frames are forwarded: what {@link ServiceControl} brings from one state to the next.
 * Several may stand side by side, such as the host's packet sockets and a kernel fast path.
 *
 * <p>A change comes in three steps. All data planes prepare it; if one refuses, those that were
 * prepared before are told to {@link #retire} what the state in force does not need. Then all
 * commit. Once whoever forwards has come to the new state, all retire what only the old one needed.
 *
 * <p>Control thread.
 */
public interface DataPlane {

  /**
   * Takes of the host what the next state needs beside what is in force: silence, groups, filters,
   * neighbors, memory. May wait for event loops.
   *
   * @throws Exception if the host refuses, or the change cannot be; all is as it was then
   */
  void prepare(ServiceDiff change, ControlState next) throws Exception;

  /**
   * Makes sure, before their gates open, that nobody else on this host owns VIPs: two that forward
   * for one would forward each frame twice. May be called for VIPs that are owned already.
   *
   * @param owned all VIPs, and networks of VIPs, that are to be owned
   * @throws IOException if somebody does; nothing has changed then
   */
  default void claim(Set<IpPrefix> owned) throws IOException {}

  /**
   * Puts the next state in force, which has been prepared: one store for each event loop. Never
   * waits, never throws.
   */
  void commit(ServiceDiff change, ControlState next);

  /**
   * Lets go of what the state in force does not need, unless somebody still forwards by an older
   * one. Never waits, never throws.
   *
   * @return whether that is done; if not, this is called again later
   */
  boolean retire(ControlState inForce);
}
