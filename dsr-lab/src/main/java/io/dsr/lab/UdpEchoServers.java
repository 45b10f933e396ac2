package io.dsr.lab;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A UDP server in each server's namespace, which answers each datagram with its own name, a space,
 * and the datagram.
 */
public final class UdpEchoServers implements AutoCloseable {

  private static final int MAXIMUM_DATAGRAM = 65_535;

  private final List<DatagramSocket> sockets = new ArrayList<>();

  private UdpEchoServers() {}

  /** Starts a server on each of {@code hosts}, bound to {@code address}, such as the VIP. */
  public static UdpEchoServers start(List<Host> hosts, InetAddress address, int port)
      throws IOException {
    var servers = new UdpEchoServers();
    boolean success = false;
    try {
      for (Host host : hosts) {
        servers.add(host, new InetSocketAddress(address, port));
      }
      success = true;
      return servers;
    } finally {
      if (!success) {
        servers.close();
      }
    }
  }

  /** Stops them. */
  @Override
  public void close() {
    sockets.forEach(DatagramSocket::close);
  }

  private void add(Host host, InetSocketAddress address) throws IOException {
    DatagramSocket socket = host.namespace().call(() -> new DatagramSocket(address));
    sockets.add(socket);
    Thread.ofPlatform()
        .daemon()
        .name(host.name() + "-udp")
        .start(() -> echo(socket, (host.name() + " ").getBytes(StandardCharsets.US_ASCII)));
  }

  private static void echo(DatagramSocket socket, byte[] prefix) {
    byte[] buffer = new byte[MAXIMUM_DATAGRAM];
    while (!socket.isClosed()) {
      try {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] answer = Arrays.copyOf(prefix, prefix.length + packet.getLength());
        System.arraycopy(buffer, 0, answer, prefix.length, packet.getLength());
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException ignored) {
        // Closed, or the client's port was: the next datagram is another's.

      }
    }
  }
}
