package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.ftpserver.DataConnectionConfigurationFactory;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.ftplet.UserManager;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.PropertiesUserManagerFactory;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.ConcurrentLoginPermission;
import org.apache.ftpserver.usermanager.impl.WritePermission;

/**
 * An FTP server on each server of a lab, for both VIPs, with a directory of its own.
 *
 * <p>Each has its own passive ports, so that a data connection that meets another server than its
 * control connection is refused there.
 */
final class FtpServers implements AutoCloseable {

  static final String LOGIN = "lab:secret";

  static {
    // Else every command of every client is logged.
    System.setProperty("org.slf4j.simpleLogger.log.org.apache.ftpserver", "warn");
  }

  private static final int FIRST_PASSIVE = 20_000;
  private static final int PASSIVE_PORTS = 1_000;

  private final List<FtpServer> servers = new ArrayList<>();

  private FtpServers() {}

  /** Starts them, with directories below {@code root}. */
  static FtpServers start(List<Host> hosts, Path root) throws Exception {
    var servers = new FtpServers();
    boolean success = false;
    try {
      for (Host host : hosts) {
        Path home = Files.createDirectory(root.resolve(host.name()));
        FtpServer server = server(home, FIRST_PASSIVE + PASSIVE_PORTS * servers.servers.size());
        servers.servers.add(server);
        // Its threads begin where their parents are, and so do the sockets that they open.
        host.namespace().run(server::start);
      }
      success = true;
      return servers;
    } finally {
      if (!success) {
        servers.close();
      }
    }
  }

  private static FtpServer server(Path home, int firstPassive) throws FtpException, IOException {
    var factory = new FtpServerFactory();
    factory.setUserManager(users(home));
    String ports = firstPassive + "-" + (firstPassive + PASSIVE_PORTS / 2 - 1);
    String ports6 = (firstPassive + PASSIVE_PORTS / 2) + "-" + (firstPassive + PASSIVE_PORTS - 1);
    factory.addListener("default", listener(Lab.VIP, ports));
    factory.addListener("ipv6", listener(Lab.VIP6, ports6));
    return factory.createServer();
  }

  private static UserManager users(Path home) throws FtpException {
    UserManager users = new PropertiesUserManagerFactory().createUserManager();
    var user = new BaseUser();
    user.setName(LOGIN.substring(0, LOGIN.indexOf(':')));
    user.setPassword(LOGIN.substring(LOGIN.indexOf(':') + 1));
    user.setHomeDirectory(home.toString());
    user.setAuthorities(List.of(new WritePermission(), new ConcurrentLoginPermission(0, 0)));
    users.save(user);
    return users;
  }

  private static Listener listener(InetAddress vip, String passivePorts) {
    var data = new DataConnectionConfigurationFactory();
    data.setPassiveAddress(vip.getHostAddress());
    data.setPassiveExternalAddress(vip.getHostAddress());
    data.setPassivePorts(passivePorts);
    var listener = new ListenerFactory();
    listener.setServerAddress(vip.getHostAddress());
    listener.setPort(21);
    listener.setDataConnectionConfiguration(data.createDataConnectionConfiguration());
    return listener.createListener();
  }

  @Override
  public void close() {
    servers.forEach(FtpServer::stop);
  }
}
