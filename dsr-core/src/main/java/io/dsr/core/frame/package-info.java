/**
 * Views over frames in memory and emitters that write them: one class a protocol, no trust; views
 * neither copy nor allocate.
 */
package io.dsr.core.frame;
