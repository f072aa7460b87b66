#!/bin/sh
# Masks units; prints those that were not masked before (with look: that are not).
# Usage: mask-units.sh mask|look UNIT...
set -eu
verb=$1
shift
for unit; do
  [ "$(readlink "/etc/systemd/system/$unit")" = /dev/null ] && continue
  echo "$unit"
  [ "$verb" = look ] || ln -sfn /dev/null "/etc/systemd/system/$unit"
done
