/** Which flow is this, which server has it, and how long it is remembered. */
package io.dsr.core.connection;
