/**
 * `hawser_bearing TEXT` prints the names of the files in /proc (proc(5), environ) of the processes that were started with it
 * in their environment. The grep of busybox sees nothing behind a NUL.
 */
export const BEARING: string = `hawser_bearing() {
  if [ -z "\${hawser_sees-}" ]; then
    if printf 'a\\000%s' "$1" | grep -qF "$1"; then hawser_sees=all; else hawser_sees=beginnings; fi
  fi
  if [ "$hawser_sees" = all ]; then
    grep -lsF "$1" /proc/[0-9]*/environ
  else
    for hawser_f in /proc/[0-9]*/environ; do
      { tr '\\000' '\\n' <"$hawser_f" | grep -qF "$1" && printf '%s\\n' "$hawser_f"; } 2>/dev/null
    done
  fi
}
`;
