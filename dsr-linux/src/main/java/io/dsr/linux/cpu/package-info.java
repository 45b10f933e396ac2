/** On which CPUs threads run. */
package io.dsr.linux.cpu;
