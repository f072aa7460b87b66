#!/bin/sh
# Hook before the packages: an initramfs with the emulated disk and nothing else (emulation is slow at unpacking).
set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/dpkg/dpkg.cfg.d"
printf 'MODULES=list\nCOMPRESS=lz4\nFSTYPE=ext4\nRUNSIZE=10%%\n' > "$1/etc/initramfs-tools/conf.d/venue"
printf '%s\n' virtio_pci virtio_blk virtio_net ext4 crc32c > "$1/etc/initramfs-tools/modules"
printf 'path-exclude=/usr/share/%s/*\n' man locale doc > "$1/etc/dpkg/dpkg.cfg.d/venue"
