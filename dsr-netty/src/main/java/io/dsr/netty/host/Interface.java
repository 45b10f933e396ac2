package io.dsr.netty.host;

/**
 * An interface of a balancer.
 *
 * @param name as the kernel calls it
 * @param facesClients whether VIPs are answered for on it; if not, real servers alone are there
 */
public record Interface(String name, boolean facesClients) {}
