#!/bin/sh
# Makes a unit's host keys anew.  Usage: make-host-keys.sh MARK   (MARK is written when they are there)
set -eu
# With the power cut at any moment there is a key, else nobody could log in to mend it.
new=/etc/ssh/limen-new-keys
rm -rf "$new"
mkdir -m 700 "$new"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$new/ssh_host_ed25519_key"
sync
mv "$new/ssh_host_ed25519_key" "$new/ssh_host_ed25519_key.pub" /etc/ssh/
sync
find /etc/ssh -maxdepth 1 -name 'ssh_host_*' ! -name 'ssh_host_ed25519_key*' -delete
rm -rf "$new" /etc/ssh/limen-host-keys-*
: > "$1"
