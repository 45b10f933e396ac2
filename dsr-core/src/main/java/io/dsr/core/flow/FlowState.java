package io.dsr.core.flow;

import io.dsr.core.Protocol;

/**
 * The states of flows of every protocol as one code of five bits: those of {@link TcpState} from 0
 * on, one for UDP and one for other protocols, those of {@link SctpState} from 16 on.
 */
final class FlowState {

  /** How many codes there is room for. */
  static final int CODES = 32;

  static final int UDP = 11;
  static final int OTHER = 12;
  static final int SCTP = 16;

  private static final int SCTP_STATES = 14;
  private static final int TCP_NUMBER = Protocol.TCP.number();
  private static final int UDP_NUMBER = Protocol.UDP.number();
  private static final int SCTP_NUMBER = Protocol.SCTP.number();

  private FlowState() {}

  /** Returns the code in which a flow begins. */
  static int initial(int protocol) {
    if (protocol == TCP_NUMBER) {
      return TcpState.NONE.code();
    }
    if (protocol == UDP_NUMBER) {
      return UDP;
    }
    return protocol == SCTP_NUMBER ? SCTP + SctpState.NONE.code() : OTHER;
  }

  static boolean isTcp(int code) {
    return code < UDP;
  }

  static boolean isSctp(int code) {
    return code >= SCTP && code < SCTP + SCTP_STATES;
  }

  /** Returns whether a flow in that state is load on its server. */
  static boolean isActive(int code) {
    if (isTcp(code)) {
      return TcpState.ofCode(code).isActive();
    }
    return isSctp(code) ? SctpState.ofCode(code - SCTP).isActive() : code == UDP || code == OTHER;
  }

  /** Returns whether a flow in that state has had nothing but the client's part of a handshake. */
  static boolean isOpening(int code) {
    if (isTcp(code)) {
      return switch (TcpState.ofCode(code)) {
        case NONE, SYN_SENT, SYN_RECEIVED, SYN_ACK -> true;
        default -> false;
      };
    }
    return isSctp(code)
        && switch (SctpState.ofCode(code - SCTP)) {
          case NONE, INIT1, INIT, COOKIE_SENT, COOKIE_REPLIED, COOKIE_WAIT -> true;
          default -> false;
        };
  }

  /** Returns whether that is the state of an association that has ended. */
  static boolean isOverAssociation(int code) {
    return isSctp(code)
        && switch (SctpState.ofCode(code - SCTP)) {
          case REJECTED, CLOSED -> true;
          default -> false;
        };
  }

  /** Returns the name of a state, as {@code ipvsadm -Lc} writes it. */
  static String name(int code) {
    if (isTcp(code)) {
      return TcpState.ofCode(code).name();
    }
    if (isSctp(code)) {
      return SctpState.ofCode(code - SCTP).name();
    }
    return code == UDP ? "UDP" : "OTHER";
  }

  /** Returns the code of a name that {@link #name} has given, or -1. */
  static int ofName(String name, int protocol) {
    int from = protocol == SCTP_NUMBER ? SCTP : 0;
    int to = protocol == SCTP_NUMBER ? SCTP + SCTP_STATES : OTHER + 1;
    for (int code = from; code < to; code++) {
      if (name(code).equals(name)) {
        return code;
      }
    }
    return -1;
  }
}
