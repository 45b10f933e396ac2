/** Views over frames in memory: one class a protocol, no copies, no allocation, no trust. */
package io.dsr.core.frame;
