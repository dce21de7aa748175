#!/bin/sh
# What the rigs need on this machine, made once and used by all of them. Needs root.
#   accounts.sh users NAME...   accounts with one random password, the clients' keys and their authorized_keys
#   accounts.sh sudoers         hawser-sudo (sudo asks for its password) and hawser-free (sudo does not)
#   accounts.sh router          hawser-router, who may talk to the daemons of FRRouting
#   accounts.sh pam             a PAM service of its own for sshd that asks two questions, one after the other
#   accounts.sh remove          takes all of it away again
# Everything is kept in /run/hawser-rigs, readable by root alone but for the public part.
set -eu
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export PATH
dir=/run/hawser-rigs
sudoers=/etc/sudoers.d/hawser-rigs
service=/etc/pam.d/hawser-rig-sshd

die() { echo "accounts.sh: $*" >&2; exit 1; }

# Test files run side by side, and useradd fails while another one holds /etc/passwd.
if [ "${HAWSER_RIGS_LOCKED:-}" != 1 ]; then
  HAWSER_RIGS_LOCKED=1 exec flock /run/lock/hawser-rigs "$0" "$@"
fi

# The password is random: accounts that stay behind on a developer's machine must not be a way in.
ground() {
  mkdir -p "$dir/made"
  if [ ! -s "$dir/password" ]; then
    (umask 077 && od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
  fi
  make_key ed25519 id_ed25519 ''
  make_key ecdsa id_ecdsa ''
  make_key rsa id_rsa ''
  make_key ed25519 id_ed25519_locked 'hawser passphrase'
  make_key rsa id_rsa_locked 'hawser passphrase'
  make_key ed25519 id_stranger ''
  cat "$dir/id_ed25519.pub" "$dir/id_ecdsa.pub" "$dir/id_rsa.pub" \
    "$dir/id_ed25519_locked.pub" "$dir/id_rsa_locked.pub" >"$dir/authorized_keys.new"
  chmod 644 "$dir/authorized_keys.new"
  mv "$dir/authorized_keys.new" "$dir/authorized_keys"
}

make_key() { # TYPE NAME PASSPHRASE
  [ -s "$dir/$2" ] || ssh-keygen -q -t "$1" -N "$3" -C "$2" -f "$dir/$2" </dev/null
}

# An account without a password is locked, and sshd refuses it even for keys when PAM is off.
# Dropbear reads no other key file than the one in the home directory.
user() {
  [ ! -e "$dir/made/$1" ] || ! id "$1" >/dev/null 2>&1 || return 0
  id "$1" >/dev/null 2>&1 || useradd -m -s /bin/sh "$1"
  printf '%s:%s\n' "$1" "$(cat "$dir/password")" | chpasswd
  home=$(getent passwd "$1" | cut -d: -f6)
  install -d -m 700 -o "$1" -g "$1" "$home/.ssh"
  install -m 600 -o "$1" -g "$1" "$dir/authorized_keys" "$home/.ssh/authorized_keys"
  : >"$dir/made/$1"
}

# No lecture and no memory of the last password: each sudo of a test behaves like the first.
write_sudoers() {
  umask 077
  cat >"$dir/sudoers" <<RULES
Defaults:hawser-sudo,hawser-free lecture=never, timestamp_timeout=0
hawser-sudo ALL=(ALL) ALL
hawser-free ALL=(ALL) NOPASSWD: ALL
RULES
  chmod 440 "$dir/sudoers"
  visudo -cqf "$dir/sudoers" || die "visudo refuses $dir/sudoers"
  mv -f "$dir/sudoers" "$sudoers"
}

# sshd takes the name of its PAM service from the name that it is started under, hence the link.
# pam_ftp only asks ("Password required for NAME.") and hands the answer on: the second pam_unix checks it.
write_pam() {
  cat >"$service" <<RULES
auth     requisite pam_unix.so
auth     optional  pam_ftp.so users=nobody
auth     requisite pam_unix.so use_first_pass
account  required  pam_unix.so
session  required  pam_permit.so
RULES
  ln -sfn /usr/sbin/sshd "$dir/hawser-rig-sshd"
}

remove() {
  rm -f "$sudoers" "$service"
  for made in "$dir"/made/*; do
    [ -e "$made" ] || continue
    userdel -r "${made##*/}" 2>/dev/null || :
  done
  rm -rf "$dir"
}

case ${1:-} in
  users) shift; ground; for name; do user "$name"; done; cat "$dir/password" ;;
  sudoers) ground; user hawser-sudo; user hawser-free; write_sudoers; cat "$dir/password" ;;
  router) ground; user hawser-router; usermod -aG frrvty hawser-router; cat "$dir/password" ;;
  pam) ground; write_pam ;;
  remove) remove ;;
  *) die "usage: accounts.sh users NAME... | sudoers | router | pam | remove" ;;
esac
