/** The kernel's door. */
package io.dsr.linux;
