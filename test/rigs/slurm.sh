#!/bin/bash
# slurm.sh DIRECTORY: a Slurm of one machine (munged, slurmctld, slurmd), in the foreground, as DIRECTORY/slurm.conf says.
# Its machine is called "compute". It has processes of its own, so that all jobs end with it, and a meaning of its own for
# its name, so that nothing is listened on but loopback. DIRECTORY/ready is there once jobs can start. While there is
# DIRECTORY/down, slurmctld that has ended is not started again.
set -eu
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
directory=$1
[ "${2:-}" = inside ] ||
  exec unshare --mount --uts --pid --fork --mount-proc --kill-child "$0" "$directory" inside
hostname compute
printf '127.0.0.1 localhost compute\n' >"$directory/hosts"
mount --bind "$directory/hosts" /etc/hosts
export SLURM_CONF=$directory/slurm.conf

# Each message of Slurm carries a credential of munge's.
cd "$directory"
install -d -o munge -g munge -m 711 munge
install -d -o slurm -g slurm -m 755 state
install -d -m 755 spool
[ -s munge/key ] || (umask 077 && head -c 128 /dev/urandom >munge/key && chown munge:munge munge/key)
setpriv --reuid=munge --regid=munge --init-groups munged --foreground --num-threads=2 --key-file="$directory/munge/key" \
  --seed-file="$directory/munge/seed" --log-file="$directory/munge/log" --pid-file="$directory/munge/pid" \
  --socket="$directory/munge/socket" --force &
until [ -S munge/socket ]; do
  kill -0 $! # it has died where that fails
  sleep 0.01
done
controller() {
  while :; do
    [ -e down ] || slurmctld -D || :
    sleep 0.05
  done
}
controller &
slurmd -D -N node1 &
until [ "$(sinfo -h -t idle,mix,alloc -o %D 2>/dev/null)" = 1 ]; do
  kill -0 $!
  sleep 0.02
done
: >ready
wait -n
