import org.jspecify.annotations.NullMarked;

/**
 * Services as text: the ipvsadm line language, and other balancers' configurations turned to it.
 */
@NullMarked
module io.dsr.rules {
  requires transitive io.dsr.core;
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;

  exports io.dsr.rules;
  exports io.dsr.rules.convert;
}
