/**
 * Network namespaces that end with the process, and the exchange of the process's own program;
 * start at {@link io.dsr.linux.namespace.NetworkNamespace}.
 */
package io.dsr.linux.namespace;
