/*
 * Attaches one program of balancer.bpf.o, says "ready", and holds it until standard input ends.
 *
 *   kernel_balancer OBJECTS xdp|xdp-flows|tc IN_IF OUT_IF SERVERS
 */
#include "maglev.h"
#include "program.h"

int main(int count, char **arguments) {
  if (count != 6 || atoi(arguments[5]) < 1 || atoi(arguments[5]) > MAXIMUM_SERVERS) {
    fail("usage: kernel_balancer OBJECTS xdp|xdp-flows|tc IN_IF OUT_IF SERVERS");
  }
  const char *kind = arguments[2];
  die_with_parent();
  struct bpf_object *object = load_object(arguments[1], "balancer.bpf.o");
  struct settings *settings = variables(object);
  settings->in = interface_index(arguments[3]);
  settings->out = interface_index(arguments[4]);
  hardware_address(arguments[4], settings->mac);
  fill_table(settings->table, atoi(arguments[5]));
  if (!strcmp(kind, "tc")) {
    attach_tc(program_fd(object, "tc_stateless"), arguments[3]);
  } else {
    const char *name = !strcmp(kind, "xdp") ? "xdp_stateless" : "xdp_flows";
    attach_xdp(program_fd(object, name), arguments[3]);
  }
  say_ready();
  while (getchar() != EOF) {
  }
  return 0;
}
