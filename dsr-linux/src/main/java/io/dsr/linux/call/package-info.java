/** How every other package of this module makes a system call; nothing here is exported. */
package io.dsr.linux.call;
