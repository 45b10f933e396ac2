/**
 * A network of namespaces inside this process, with real servers and clients in it, for the demo
 * and for end-to-end tests; start at {@link io.dsr.lab.Lab}.
 */
package io.dsr.lab;
