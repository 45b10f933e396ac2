/** Who took this client before: begin at {@code PersistenceTable}. */
package io.dsr.core.persistence;
