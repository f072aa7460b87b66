#!/bin/sh
# Opens the card for writing, or closes it again.  Usage: card.sh rw|ro
set -u
for where in / /boot/firmware /boot; do
  mountpoint -q "$where" || continue
  # A file that is still open for writing keeps it open until the next boot, which closes it.
  mount -o "remount,$1" "$where" || [ "$1" = ro ]
done
sync
