/**
 * Who took this client before: begin at {@code PersistenceTable}; {@code Pins} are what the
 * operator has decided himself.
 */
package io.dsr.core.persistence;
