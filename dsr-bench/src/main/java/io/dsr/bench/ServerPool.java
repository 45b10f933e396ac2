package io.dsr.bench;

import io.dsr.core.HashKey;
import io.dsr.core.Servers;
import java.net.InetAddress;

/** Servers of weights 1 to 4 with a load that does not change, for pickers by themselves. */
record ServerPool(int size) implements Servers {

  @Override
  public int slot(int position) {
    return position;
  }

  @Override
  public InetAddress address(int position) {
    return InetAddress.ofLiteral("10.1." + (position >> 8) + "." + (position & 0xff));
  }

  @Override
  public int weight(int position) {
    return 1 + (position & 3);
  }

  @Override
  public int configuredWeight(int position) {
    return weight(position);
  }

  @Override
  public int active(int position) {
    return (position * 31) & 0xff;
  }

  @Override
  public int inactive(int position) {
    return (position * 17) & 0xff;
  }

  @Override
  public HashKey hashKey() {
    return HashKey.PLACEMENT;
  }
}
