package io.dsr.core.persistence;

import org.jspecify.annotations.Nullable;

/**
 * The key under which a client is stored: 56 bytes, made once for each client that is remembered.
 *
 * @param hash a keyed hash of the rest, so that nobody can send many clients that collide
 */
record ClientKey(
    long sourceHigh,
    long sourceLow,
    long destinationHigh,
    long destinationLow,
    long transport,
    int hash)
    implements ClientKeyParts {

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientKeyParts parts && ClientKeyParts.same(this, parts);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
