/**
 * Says all that can be told of a machine, in one go and few processes: what Linux has in `/proc` (proc(5)), else what
 * sysctl(8) of the BSDs and macOS tells. It is heard by `askMachine`, and understood by `readFacts`.
 */
export const FACTS_SCRIPT = `LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin
say sysname "$(uname -s)"
say release "$(uname -r)"
say version "$(uname -v)"
say machine "$(uname -m)"
say hostname "$(uname -n)"
say home "$HOME"
say tmpdir "\${TMPDIR:-\${TMP:-\${TEMP:-/tmp}}}"
uid=$(id -u)
say account "$(getent passwd "$uid" 2>/dev/null || grep "^[^:]*:[^:]*:$uid:" /etc/passwd || id -P 2>/dev/null)"
say user "$(id -u):$(id -g):$(id -un 2>/dev/null)"
say parallel "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)"
say ticks "$(getconf CLK_TCK 2>/dev/null)"
if [ -r /proc/meminfo ]; then
  say memory "$(grep -E '^Mem(Total|Free|Available):' /proc/meminfo)"
  { IFS= read -r line </proc/uptime; } 2>/dev/null && say uptime "$line"
  { IFS= read -r line </proc/loadavg; } 2>/dev/null && say load "$line"
  say models "$(grep -E '^(processor|model name|cpu model|cpu MHz)' /proc/cpuinfo)"
  say times "$(grep '^cpu[0-9]' /proc/stat)"
  speeds=
  for f in /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq; do
    { IFS= read -r line <"$f"; } 2>/dev/null && speeds="$speeds$f $line
"
  done
  say speeds "$speeds"
elif command -v sysctl >/dev/null 2>&1; then
  for n in hw.memsize hw.physmem hw.pagesize hw.ncpu hw.model machdep.cpu.brand_string hw.cpufrequency kern.boottime \\
    vm.loadavg vm.stats.vm.v_free_count kern.cp_times; do
    v=$(sysctl -n "$n" 2>/dev/null) && say "$n" "$v"
  done
  say vm_stat "$(vm_stat 2>/dev/null)"
  say now "$(date +%s)"
fi
`;
