#!/bin/sh
# Finds the data partition or makes it. Prints "found DEVICE" or "made DEVICE" (with look: what it would make).
# Usage: make-data.sh make|look LEAST_MIB [DEVICE]
# It never touches a device that holds anything.
set -eu
verb=$1 least=$2 device=${3:-}
fail() { echo "$*" >&2; exit 1; }
# A file system or a table of partitions; blkid says 2 where it knows nothing, 8 where it knows too much.
holds() { blkid -p -o value -s TYPE -s PTTYPE "$1" 2>/dev/null || [ $? -eq 2 ] || echo several; }
format() { [ "$verb" = look ] || mke2fs -q -F -t ext4 -L limen-data "$1" > /dev/null; echo "made $1"; exit 0; }

if [ -z "$device" ]; then
  # Laid out before: the name in the file is what the box itself goes by, whatever is left of the file system.
  [ -r /etc/limen/data-device ] && read -r device < /etc/limen/data-device && [ -b "$device" ] && { echo "found $device"; exit 0; }
  device=$(blkid -L limen-data || true)
fi
if [ -n "$device" ]; then
  [ -b "$device" ] || fail "storage_data_device: $device is not there; see lsblk on the unit"
  case $(holds "$device") in
    ext4) [ "$(blkid -p -o value -s LABEL "$device")" = limen-data ] && { echo "found $device"; exit 0; } ;;
    '') format "$device" ;;
  esac
  fail "storage_data_device: $device holds something else; name another device, or wipe it with wipefs"
fi

root=$(findmnt --noheadings --output SOURCE /)
disk=$(lsblk --noheadings --output PKNAME "$root" | head -n 1)
[ -n "$disk" ] || fail "no data partition, and the root is not on a partition: name a device in storage_data_device"
# Sectors of 512 bytes behind the last partition. Of what is free sfdisk lists Start, End, Sectors, Size, whatever --output.
end=$(sfdisk --list-free --quiet "/dev/$disk" | awk 'NR > 1 {start = $1; sectors = $3} END {print start + 0, sectors + 0}')
start=${end% *} sectors=${end#* }
[ "$sectors" -ge $((least * 2048)) ] ||
  fail "no data partition, and less than $least MiB free behind the root: lay out the card with firmware/prepare-card before its first boot"
if [ "$verb" = look ]; then echo "made /dev/$disk-new"; exit 0; fi
echo "start=$start, type=L" | sfdisk --quiet --append --force --no-reread "/dev/$disk" > /dev/null
partx --update "/dev/$disk"
udevadm settle
format "/dev/$(lsblk --noheadings --list --output NAME,TYPE "/dev/$disk" | awk '$2 == "part" {last = $1} END {print last}')"
