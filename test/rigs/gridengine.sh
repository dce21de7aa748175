#!/bin/bash
# gridengine.sh DIRECTORY: a Grid Engine of one machine (qmaster, execd), in the foreground. Its daemons listen on all
# addresses and take no machine whose name means loopback: so it has a network and a name of its own, "gehost".
# DIRECTORY/ready is there once jobs can start.
set -eu
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
directory=$1
[ "${2:-}" = inside ] || exec unshare --net --uts --mount "$0" "$directory" inside
programs=/usr/lib/gridengine defaults=/usr/share/gridengine
root=$directory/root
export SGE_ROOT=$root SGE_CELL=default SGE_QMASTER_PORT=6444 SGE_EXECD_PORT=6445 SGE_ND=1

trap 'kill -KILL $(jobs -p)' EXIT

hostname gehost
ip link set lo up
ip link add eth0 type veth peer name eth1
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
printf '127.0.0.1 localhost\n203.0.113.1 gehost\n' >"$directory/hosts"
mount --bind "$directory/hosts" /etc/hosts

until_ok() { # COMMAND...
  until "$@" >/dev/null 2>&1; do
    kill -0 "$daemon" # it has died where that fails
    sleep 0.05
  done
}

# What an installation makes: a spool, and the first configuration. Times are short, since tests wait for them.
cd "$directory"
for folder in "" /default /default/common /spooldb /qmaster /qmaster/job_scripts /execd; do
  install -d -o sgeadmin -g sgeadmin -m 755 "$root$folder"
done
for link in bin lib util utilbin; do ln -s "/var/lib/gridengine/$link" "$root/$link"; done
sed "s|^spooling_params .*|spooling_params $root/spooldb|; s|^qmaster_spool_dir .*|qmaster_spool_dir $root/qmaster|" \
  $defaults/default-bootstrap >"$root/default/common/bootstrap"
echo gehost >"$root/default/common/act_qmaster"
chown sgeadmin:sgeadmin "$root"/default/common/*
sed "s|^execd_spool_dir .*|execd_spool_dir $root/execd|; s|^load_report_time .*|load_report_time 00:00:01|
  s|flush_time=[0-9:]*|flush_time=00:00:01 accounting_flush_time=00:00:00|" $defaults/default-configuration >configuration
resources=$defaults/util/resources
while read -r step; do
  # shellcheck disable=SC2086
  setpriv --reuid=sgeadmin --regid=sgeadmin --init-groups "$programs"/$step
done <<STEPS
spoolinit berkeleydb libspoolb $root/spooldb init
spooldefaults configuration $directory/configuration
spooldefaults complexes $resources/centry
spooldefaults usersets $resources/usersets
spooldefaults managers sgeadmin root
STEPS

sge_qmaster &
daemon=$!
until_ok qconf -sh
qconf -as gehost
{
  echo 'hostname gehost'
  printf '%s NONE\n' load_scaling complex_values user_lists xuser_lists projects xprojects usage_scaling report_variables
} >exechost
qconf -Ae exechost
# A queue wants all of its settings at once: qconf has them, for an editor, which has to leave the file with a later time.
cat >editor <<'EDITOR'
#!/bin/sh
sed -i 's/^hostlist .*/hostlist gehost/; s/^pe_list .*/pe_list smp/; s/^slots .*/slots 16/; s/^load_thresholds .*/load_thresholds NONE/' "$1"
touch -d '+10 seconds' "$1"
EDITOR
chmod 755 editor
printf '%s\n' 'pe_name smp' 'slots 16' 'user_lists NONE' 'xuser_lists NONE' 'start_proc_args /bin/true' \
  'stop_proc_args /bin/true' 'allocation_rule $pe_slots' 'control_slaves FALSE' 'job_is_first_task TRUE' \
  'urgency_slots min' 'accounting_summary FALSE' 'qsort_args NONE' >smp
qconf -Ap smp
EDITOR=$directory/editor qconf -aq all.q
qconf -ssconf | sed 's/^\(schedule_interval\) .*/\1 0:0:1/; s/^\(flush_[a-z]*_sec\) .*/\1 1/' >scheduler
qconf -Msconf scheduler
sge_execd &
daemon=$!
until_ok sh -c 'qstat -f | grep -q "all.q@gehost .*lx-[^ ]* *$"'
: >ready
wait -n
