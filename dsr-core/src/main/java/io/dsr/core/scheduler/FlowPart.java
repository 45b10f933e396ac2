package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/** Which part of a flow decides about its server. */
enum FlowPart {
  /** The client's address. */
  SOURCE,
  /** The client's address and port. */
  SOURCE_AND_PORT,
  /** The address that the client asks for. */
  DESTINATION,
  /** Both addresses, both ports and the protocol. */
  TUPLE;

  static FlowPart source(boolean withPort) {
    return withPort ? SOURCE_AND_PORT : SOURCE;
  }

  long hash(FlowView flow) {
    return switch (this) {
      case SOURCE -> flow.sourceHash();
      case SOURCE_AND_PORT -> flow.sourcePortHash();
      case DESTINATION -> flow.destinationHash();
      case TUPLE -> flow.tupleHash();
    };
  }
}
