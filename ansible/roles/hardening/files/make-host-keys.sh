#!/bin/sh
# Makes a unit's host keys anew.  Usage: make-host-keys.sh MARK   (MARK is written when they are there)
set -eu
rm -f /etc/ssh/ssh_host_* /etc/ssh/limen-host-keys-*
ssh-keygen -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key
sync
: > "$1"
