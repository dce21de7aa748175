#!/bin/bash
# frr.sh DIRECTORY PORT: FRRouting as a router that can be configured without harm, in the foreground.
# The daemons run in a network namespace of their own, with eth0 203.0.113.1/24; a relay carries telnet into it.
# DIRECTORY holds run/zebra.conf and run/staticd.conf. The relay listens last: then all is ready.
set -eu
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
run=$1/run port=$2
chown -R frr:frr "$run" # the daemons drop to that user, who writes its sockets there
rm -f "$run"/*.vty "$run"/*.pid "$run"/zserv.api

daemon() { # NAME NAMESPACE-COMMAND...
  local name=$1
  shift
  "$@" "/usr/lib/frr/$name" -f "$run/$name.conf" -i "$run/$name.pid" -z "$run/zserv.api" --vty_socket "$run" \
    --log stdout -A 127.0.0.1 -P "$([ "$name" = zebra ] && echo 2601 || echo 0)" &
  until [ -S "$run/$name.vty" ]; do
    kill -0 $! # it has died where that fails
    sleep 0.01
  done
}

# shellcheck disable=SC2016
daemon zebra unshare -n sh -euc '
  ip link set lo up
  ip link add eth0 type veth peer name eth1
  ip addr add 203.0.113.1/24 dev eth0
  ip link set eth0 up
  ip link set eth1 up
  exec "$@"' sh
router=$!
daemon staticd nsenter -t $router -n

# -t: once one side has closed, close the other at once.
socat -t 0.02 "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr,backlog=128" \
  "EXEC:nsenter -t $router -n socat -t 0.02 - TCP\\:127.0.0.1\\:2601,nofork" &
wait -n
