/** On which CPUs threads run, and for how long at a time. */
package io.dsr.linux.cpu;
