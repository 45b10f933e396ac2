package io.dsr.core.flow;

import io.dsr.core.HashKey;

/**
 * The records of flows, laid out in one array of words: which bits mean what.
 *
 * <pre>
 * addresses   1 word (IPv4, source high) or 4 (IPv6, source, destination)
 * FLOW        upstream 16 | flags 3 | state 5 | source port 16 | destination port 16 | protocol 8
 * SERVER      slot 16 | generation 16 | resent 2 | seen again 1 | counted 1 | deadline 28
 * NUMBERS     newest acknowledgement 32 | newest end of sequence 32
 * </pre>
 *
 * <p>A freed record holds the number of the one freed before it in its first word. Event loop only.
 */
final class FlowRecords {

  /** Returned where there is no record left. */
  static final int NONE = -1;

  private static final int IPV4_ADDRESSES = 1;
  private static final int IPV6_ADDRESSES = 4;
  private static final int SERVER = 1;
  private static final int NUMBERS = 2;
  private static final int AFTER_ADDRESSES = 3;

  private static final long TRANSPORT = (1L << 40) - 1;
  private static final int STATE_SHIFT = 40;
  private static final long STATE_MASK = 0x1f;
  private static final long ACKNOWLEDGED = 1L << 45;
  private static final long SEQUENCED = 1L << 46;
  private static final long IN_USE = 1L << 47;
  private static final int UPSTREAM_SHIFT = 48;

  private static final int SLOT_SHIFT = 48;
  private static final int GENERATION_SHIFT = 32;
  private static final int ACKNOWLEDGEMENT_SHIFT = 32;
  private static final int RESENT_SHIFT = 30;
  private static final long RESENT_MASK = 0x3;
  private static final long SEEN_AGAIN = 1L << 29;
  private static final long COUNTED = 1L << 28;
  private static final long DEADLINE = COUNTED - 1;

  /** Shifts the sign of a difference of deadlines into the sign of an int. */
  private static final int DEADLINE_SHIFT = 4;

  private static final long LOW = 0xffff_ffffL;

  private final boolean ipv6;
  private final int capacity;
  private final int addresses;
  private final int stride;
  private final long[] words;

  /** The first record that was never used. */
  private int fresh;

  /** The record that was freed last, or NONE. */
  private int freed = NONE;

  /** Creates {@code capacity} records, none in use. */
  FlowRecords(boolean ipv6, int capacity) {
    this.ipv6 = ipv6;
    this.capacity = capacity;
    this.addresses = ipv6 ? IPV6_ADDRESSES : IPV4_ADDRESSES;
    this.stride = addresses + AFTER_ADDRESSES;
    this.words = new long[capacity * stride];
  }

  /** Returns how many bytes {@code capacity} records take. */
  static long bytes(boolean ipv6, int capacity) {
    int stride = (ipv6 ? IPV6_ADDRESSES : IPV4_ADDRESSES) + AFTER_ADDRESSES;
    return (long) capacity * stride * Long.BYTES;
  }

  /** Returns how many bytes this takes. */
  long bytes() {
    return (long) words.length * Long.BYTES;
  }

  boolean isIpv6() {
    return ipv6;
  }

  /** Returns the first word of a record, in use or not. */
  long first(int record) {
    return words[record * stride];
  }

  /** Returns a record to be written, or {@link #NONE}. */
  int take() {
    if (freed == NONE) {
      return fresh < capacity ? fresh++ : NONE;
    }
    int record = freed;
    freed = (int) words[record * stride];
    return record;
  }

  /** Takes a record back. */
  void free(int record) {
    words[record * stride] = freed;
    words[flow(record)] = 0;
    freed = record;
  }

  /** Rewrites a record: its key, server and state; no numbers, no upstream, no deadline. */
  void write(int record, FlowKey key, int state, int slot, int generation) {
    int at = record * stride;
    if (ipv6) {
      words[at] = key.sourceHigh();
      words[at + 1] = key.sourceLow();
      words[at + 2] = key.destinationHigh();
      words[at + 3] = key.destinationLow();
    } else {
      words[at] = key.addressWord();
    }
    int flow = at + addresses;
    words[flow] = key.transportWord() | ((long) state << STATE_SHIFT) | IN_USE;
    words[flow + SERVER] = ((long) slot << SLOT_SHIFT) | ((long) generation << GENERATION_SHIFT);
    words[flow + NUMBERS] = 0;
  }

  /** Returns whether the record, which is in use, is that of a flow. */
  boolean isOf(int record, FlowKey key) {
    int at = record * stride;
    if ((words[at + addresses] & TRANSPORT) != key.transportWord()) {
      return false;
    }
    if (!ipv6) {
      return words[at] == key.addressWord();
    }
    return words[at + 1] == key.sourceLow()
        && words[at] == key.sourceHigh()
        && words[at + 3] == key.destinationLow()
        && words[at + 2] == key.destinationHigh();
  }

  /** Returns the hash that the index knows a flow by. */
  int hash(FlowKey key, HashKey tableKey) {
    long hash =
        ipv6
            ? tableKey.quickHash(
                key.sourceHigh(),
                key.sourceLow(),
                key.destinationHigh(),
                key.destinationLow(),
                key.transportWord())
            : tableKey.quickHash(key.addressWord(), key.transportWord());
    return (int) (hash >>> 32);
  }

  /** Returns the hash that the index knows a record by. */
  int hash(int record, HashKey tableKey) {
    int at = record * stride;
    long transport = words[at + addresses] & TRANSPORT;
    long hash =
        ipv6
            ? tableKey.quickHash(words[at], words[at + 1], words[at + 2], words[at + 3], transport)
            : tableKey.quickHash(words[at], transport);
    return (int) (hash >>> 32);
  }

  void key(int record, FlowKey into) {
    int at = record * stride;
    long transport = words[at + addresses] & TRANSPORT;
    int sourcePort = (int) (transport >>> 24);
    int destinationPort = (int) (transport >>> 8) & 0xffff;
    int protocol = (int) transport & 0xff;
    if (ipv6) {
      into.ipv6(words[at], words[at + 1], words[at + 2], words[at + 3])
          .transport(sourcePort, destinationPort, protocol);
    } else {
      int source = (int) (words[at] >>> 32);
      into.ipv4(source, (int) words[at], sourcePort, destinationPort, protocol);
    }
  }

  boolean inUse(int record) {
    return (words[flow(record)] & IN_USE) != 0;
  }

  int state(int record) {
    return (int) ((words[flow(record)] >>> STATE_SHIFT) & STATE_MASK);
  }

  void state(int record, int code) {
    int at = flow(record);
    words[at] = (words[at] & ~(STATE_MASK << STATE_SHIFT)) | ((long) code << STATE_SHIFT);
  }

  int upstream(int record) {
    return (int) (words[flow(record)] >>> UPSTREAM_SHIFT);
  }

  void upstream(int record, int index) {
    int at = flow(record);
    words[at] = (words[at] & (-1L >>> 16)) | ((long) index << UPSTREAM_SHIFT);
  }

  int slot(int record) {
    return (int) (words[flow(record) + SERVER] >>> SLOT_SHIFT);
  }

  int generation(int record) {
    return (int) (words[flow(record) + SERVER] >>> GENERATION_SHIFT) & 0xffff;
  }

  /**
   * Returns the tick at which the record is forgotten; as a whole one, for only its low bits are
   * kept, near {@code now}.
   */
  int deadline(int record, int now) {
    int kept = (int) words[flow(record) + SERVER];
    return now + (((kept - now) << DEADLINE_SHIFT) >> DEADLINE_SHIFT);
  }

  /**
   * Returns the word that holds server, deadline and marks, for {@link #touch}, {@link #slotOf} and
   * {@link #isSteady}: read once where a frame needs all of them.
   */
  long server(int record) {
    return words[flow(record) + SERVER];
  }

  /** Returns the slot in a word that {@link #server} has returned. */
  static int slotOf(long server) {
    return (int) (server >>> SLOT_SHIFT);
  }

  /** Returns whether the flow of that word counts as load, and its client repeats nothing. */
  static boolean isSteady(long server) {
    return (server & (COUNTED | (RESENT_MASK << RESENT_SHIFT))) == COUNTED;
  }

  /**
   * Sets the deadline, at most 2<sup>27</sup> - 1 ticks ahead; the flow has been seen again.
   *
   * @param server what {@link #server} has just returned
   */
  void touch(int record, long server, int tick) {
    words[flow(record) + SERVER] = (server & ~DEADLINE) | (tick & DEADLINE) | SEEN_AGAIN;
  }

  /** Sets the deadline of a flow whose first frame this is. */
  void begin(int record, int tick) {
    int at = flow(record) + SERVER;
    words[at] = (words[at] & ~DEADLINE) | (tick & DEADLINE);
  }

  /** Returns whether the flow has had a frame since the one it was written for. */
  boolean seenAgain(int record) {
    return (words[flow(record) + SERVER] & SEEN_AGAIN) != 0;
  }

  /** Returns whether the flow counts as load. */
  boolean counted(int record) {
    return (words[flow(record) + SERVER] & COUNTED) != 0;
  }

  void counted(int record, boolean yes) {
    int at = flow(record) + SERVER;
    words[at] = yes ? words[at] | COUNTED : words[at] & ~COUNTED;
  }

  /** Returns how often in a row the client has sent the same again, at most 3. */
  int resent(int record) {
    return (int) (words[flow(record) + SERVER] >>> RESENT_SHIFT) & (int) RESENT_MASK;
  }

  void resent(int record, int times) {
    int at = flow(record) + SERVER;
    words[at] =
        (words[at] & ~(RESENT_MASK << RESENT_SHIFT))
            | (Math.min(times, RESENT_MASK) << RESENT_SHIFT);
  }

  /** Copies all that is known of a record of {@code from}, of the same IP version. */
  void copy(int record, FlowRecords from, int other) {
    System.arraycopy(from.words, other * stride, words, record * stride, stride);
  }

  boolean hasAcknowledgement(int record) {
    return (words[flow(record)] & ACKNOWLEDGED) != 0;
  }

  int acknowledgement(int record) {
    return (int) (words[flow(record) + NUMBERS] >>> ACKNOWLEDGEMENT_SHIFT);
  }

  int sequenceEnd(int record) {
    return (int) words[flow(record) + NUMBERS];
  }

  /** Forgets the numbers of a connection that has gone, as another begins on its flow. */
  void clearNumbers(int record) {
    int at = flow(record);
    words[at] &= ~(ACKNOWLEDGED | SEQUENCED);
    words[at + NUMBERS] = 0;
  }

  /** Takes an end of sequence if there was none or it is newer, and returns whether it did. */
  boolean offerSequenceEnd(int record, int number) {
    int at = flow(record);
    long numbers = words[at + NUMBERS];
    if ((words[at] & SEQUENCED) == 0) {
      words[at] |= SEQUENCED;
    } else if (number - (int) numbers <= 0) {
      return false;
    }
    words[at + NUMBERS] = (numbers & ~LOW) | (number & LOW);
    return true;
  }

  /**
   * Takes an acknowledgement if there was none or it is newer.
   *
   * @return by how much it is newer, 0 if it is not, 1 for the first
   */
  int offerAcknowledgement(int record, int number) {
    int at = flow(record);
    long numbers = words[at + NUMBERS];
    int newer = number - (int) (numbers >>> ACKNOWLEDGEMENT_SHIFT);
    if ((words[at] & ACKNOWLEDGED) == 0) {
      words[at] |= ACKNOWLEDGED;
      newer = 1;
    } else if (newer <= 0) {
      return 0;
    }
    words[at + NUMBERS] = (numbers & LOW) | ((long) number << ACKNOWLEDGEMENT_SHIFT);
    return newer;
  }

  private int flow(int record) {
    return record * stride + addresses;
  }
}
