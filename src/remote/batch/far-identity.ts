import type { FarOwner } from './far-record.js';

/*
 * `hawser_look PID` tells of a process whether it is there (zombies are gone), in `hawser_began` when it began, and in
 * `hawser_group` its process group: `-` where the machine does not tell. Linux has them in /proc (proc(5), stat: after the
 * name come state, parent, group, …, the 20th is the start), others in ps(1); `lstart` is no POSIX, but the BSDs have it.
 *
 * `hawser_alive HOST BOOT PID START` says in `hawser_is` whether that process still runs: `yes`, `no`, or `unknown`.
 */
export const IDENTITY = `hawser_host=$(uname -n | tr -c 'A-Za-z0-9._\\n-' _)
hawser_boot=
{ IFS= read -r hawser_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null ||
  hawser_boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null)
hawser_boot=\${hawser_boot:--}
hawser_look() {
  hawser_began=- hawser_group=-
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  if [ -r "/proc/$$/stat" ]; then
    hawser_stat=
    { IFS= read -r hawser_stat <"/proc/$1/stat"; } 2>/dev/null
    set -- \${hawser_stat##*) }
    case \${1-} in '' | Z | X) return 1 ;; esac
    hawser_group=$3 hawser_began=\${20}
    return 0
  fi
  kill -0 "$1" 2>/dev/null || return 1
  set -- $(LC_ALL=C TZ=UTC0 ps -o state= -o pgid= -o lstart= -p "$1" 2>/dev/null)
  case \${1-} in Z*) return 1 ;; '') return 0 ;; esac
  hawser_group=$2
  shift 2
  hawser_began=$(printf %s "$*" | tr -c A-Za-z0-9 _)
}
hawser_alive() {
  hawser_is=unknown
  [ "$1" = "$hawser_host" ] || return 0
  case $2:$hawser_boot in
    -:* | *:-) ;;
    *) [ "$2" = "$hawser_boot" ] || { hawser_is=no; return 0; } ;;
  esac
  hawser_look "$3" || { hawser_is=no; return 0; }
  case $4:$hawser_began in -:* | *:-) return 0 ;; esac
  if [ "$4" = "$hawser_began" ]; then hawser_is=yes; else hawser_is=no; fi
}
`;

/** `hawser_put FILE TEXT` writes a file of one line, for its owner alone: as a whole or not at all. */
export const PUT = `hawser_put() {
  (umask 077; printf '%s\\n' "$2" >|"$1.draft") 2>/dev/null && mv -f -- "$1.draft" "$1"
}
`;

/**
 * `hawser_own DIRECTORY` is true of a directory that is this user's, no link, and that nobody else may write to: what lies
 * in another one may be another user's text, that must not be run.
 */
export const OWN = `hawser_own() {
  set -- $(LC_ALL=C ls -ldn -- "$1" 2>/dev/null)
  case \${1-} in d????-??-*) [ "$3" = "$(id -u)" ] ;; *) return 1 ;; esac
}
`;

/**
 * `hawser_detach COMMAND…` becomes a command in a session of its own, that no end of this one reaches: neither its
 * terminal's, nor that of a command of hawser, which is known by its mark in the environment (sshd with a ForceCommand has
 * the mark in there a second time, in the command that was asked for). To be run in the background.
 */
export const DETACH = `hawser_detach() {
  unset HAWSER_RUN SSH_ORIGINAL_COMMAND HAWSER_JOB_ID HAWSER_TOKEN
  if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
  if command -v perl >/dev/null 2>&1; then exec perl -e 'use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV' "$@"; fi
  exec nohup "$@"
}
`;

/** A process from the words `host boot pid start`; `undefined` for what is none. */
export function parseOwner(words: readonly string[]): FarOwner | undefined {
  const [host, boot, pid, start] = words;
  if (!host || !boot || !start || pid === undefined || !/^[1-9]\d{0,9}$/.test(pid)) return undefined;
  return { host, boot, pid: Number(pid), start };
}
