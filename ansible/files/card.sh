#!/bin/sh
# Opens the card for writing, or closes it again; says who holds open what cannot be closed.
# Usage: card.sh rw|ro [WHERE...]
set -u
verb=$1
shift
[ $# -gt 0 ] || set -- / /boot/firmware /boot

# A file that is open for writing, or was deleted and is still open or mapped (as by a program that was updated).
holders() {
  device=$(stat --format %d "$1")
  find /proc/[0-9]*/fd /proc/[0-9]*/map_files -type l -lname '/*' \
    \( -path '*/fd/*' -perm -200 -o -lname '* (deleted)' \) -printf '%p %l\n' 2> /dev/null |
  while read -r link file; do
    [ "$(stat --dereference --format %d "$link" 2> /dev/null)" = "$device" ] || continue
    process=${link#/proc/}
    echo "$(cat "/proc/${process%%/*}/comm") holds $file"
  done | sort -u
}

status=0
for where; do
  mountpoint -q "$where" || continue
  for again in 1 1 0; do
    said=$(mount -o "remount,$verb" "$where" 2>&1) && continue 2
    [ "$again" = 0 ] || sleep 1
  done
  echo "$said" >&2
  [ "$verb" = rw ] || holders "$where" >&2
  status=1
done
sync
exit $status
