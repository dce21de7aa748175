#!/bin/bash
# keep.sh LOG COMMAND...: runs a server until stdin closes, then ends it and everything it started.
# Whoever started this holds the other end of stdin, so the server cannot outlive it, not even when it was killed.
# Prints the server's process id. Exits by itself when the server does.
log=$1
shift
exec 3<&0

"$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
echo "$server"
exec >&- 2>&-
cat <&3 >/dev/null &
lifeline=$!
wait -n

# A session of sshd runs as another user in a session of its own: only its ancestry tells whose it is.
family=$(ps -eo pid=,ppid= | awk -v root="$server" '
  { children[$2] = children[$2] " " $1 }
  END {
    n = split(root, queue, " ")
    for (i = 1; i <= n; i++) {
      print queue[i]
      m = split(children[queue[i]], more, " ")
      for (j = 1; j <= m; j++) queue[++n] = more[j]
    }
  }')
kill -KILL $family $lifeline 2>/dev/null
wait "$server"
