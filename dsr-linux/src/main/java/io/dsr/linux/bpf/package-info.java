/**
 * bpf(2) without a library: an assembler of instructions, and maps, programs and links as file
 * descriptors that take what they stand for with them when they are closed.
 *
 * <p>Nothing here is exported. Start at {@link io.dsr.linux.bpf.BpfProgram}.
 */
package io.dsr.linux.bpf;
