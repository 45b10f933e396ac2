package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.Scheduler;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SchedulerProviderTest {

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @BeforeEach
  void setUp() {
    Thread.currentThread().setContextClassLoader(new UsersClasses());
  }

  @AfterEach
  void tearDown() {
    Thread.currentThread().setContextClassLoader(before);
  }

  @Test
  void findsASchedulerOfTheUsers() {
    Scheduler first = Schedulers.named("first").orElseThrow();
    Scheduler last = Schedulers.named("first", List.of("last"));

    assertThat(Flows.picks(first.newPicker(TestServers.count(3)), 2)).containsOnly(0);
    assertThat(Flows.picks(last.newPicker(TestServers.count(3)), 2)).containsOnly(2);
  }

  @Test
  void replacesNoBuiltInName() {
    assertThat(Schedulers.named("rr")).contains(Schedulers.roundRobin());
    assertThat(Schedulers.named("rr", List.of())).isEqualTo(Schedulers.roundRobin());
  }

  @Test
  void listsTheUsersNamesBehindTheBuiltInOnes() {
    assertThat(Schedulers.names()).hasSize(20).doesNotHaveDuplicates().endsWith("first");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.named("second", List.of()))
        .withMessageEndingWith("mh-bounded, hrw-bounded, first)");
  }

  @Test
  void knowsNoneWhereNobodyProvidesAny() {
    Thread.currentThread().setContextClassLoader(before);

    assertThat(Schedulers.named("first")).isEmpty();
  }

  /** As a class path of a user's: his classes are in no named module. */
  private static final class UsersClasses extends ClassLoader {

    private static final String THEIRS = "com.example.";
    private static final String SERVICES = "META-INF/services/io.dsr.core.SchedulerProvider";

    UsersClasses() {
      super(SchedulerProviderTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.startsWith(THEIRS) ? theirs(name) : super.loadClass(name, resolve);
    }

    private Class<?> theirs(String name) throws ClassNotFoundException {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] octets = in.readAllBytes();
        return defineClass(name, octets, 0, octets.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      URL services = SchedulerProviderTest.class.getResource("/provider/" + SERVICES);
      return name.equals(SERVICES) && services != null
          ? Collections.enumeration(List.of(services))
          : super.getResources(name);
    }
  }
}
