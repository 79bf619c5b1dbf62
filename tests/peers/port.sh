#!/bin/bash
# port.sh start|stop|clean DIR - no peer at all: keeps a free port for the owner itself.
# sets: PORT
. "$(dirname "$0")/lib.sh"

do_start() {
	alloc_port PORT
	put_env PORT
}

do_stop() { :; }

main "$@"
