package io.dsr.linux.suppression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class GuardedSetTest {

  private final List<String> log = new ArrayList<>();
  private final GuardedSet guarded = new GuardedSet(1);

  @Test
  void addsBeforeItRemovesAndLeavesWhatStays() throws Exception {
    replace(Set.of("192.0.2.1", "192.0.2.2"));
    log.clear();

    replace(Set.of("192.0.2.2", "192.0.2.3"));

    assertThat(log).containsExactly("+3", "-1");
  }

  @Test
  void removesNothingIfAnAdditionFails() throws Exception {
    replace(Set.of("192.0.2.1"));
    log.clear();

    assertThatThrownBy(() ->
            guarded.replace(
                Mechanism.addresses(Set.of("192.0.2.9")),
                addresses -> {
                  throw new LinuxException("add", Errno.ENOMEM);
                },
                addresses -> log.add("-")))
        .isInstanceOf(LinuxException.class);
    assertThat(log).isEmpty();

    replace(Set.of("192.0.2.9"));
    assertThat(log).containsExactly("+9", "-1");
  }

  @Test
  void forgetsWhatAFailedCallHadAddedOnceTheNextDoesNotWantIt() throws Exception {
    GuardedSet.Change second =
        addresses -> {
          if (log.size() == 1) {
            throw new LinuxException("add", Errno.ENOMEM);
          }
          log.add("+" + addresses.getFirst().octets()[3]);
        };
    assertThatThrownBy(() ->
            guarded.replace(Mechanism.addresses(Set.of("192.0.2.1", "192.0.2.2")), second, second))
        .isInstanceOf(LinuxException.class);
    String added = log.removeFirst();

    replace(Set.of());

    assertThat(log).containsExactly(added.replace('+', '-'));
  }

  private void replace(Set<String> texts) throws Exception {
    guarded.replace(
        Mechanism.addresses(texts),
        addresses -> addresses.forEach(address -> log.add("+" + address.octets()[3])),
        addresses -> addresses.forEach(address -> log.add("-" + address.octets()[3])));
  }
}
