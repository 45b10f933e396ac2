/** Who took this client before. */
package io.dsr.core.persistence;
