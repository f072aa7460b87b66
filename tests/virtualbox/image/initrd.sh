#!/bin/sh
# The emulator's boot loader: an initramfs of busybox, e2fsck and the four modules that Debian's kernel needs to see
# its disk. Debian's own runs udev twice, which costs a third of a boot under emulation; it stays on the disk unused.
# Usage: initrd.sh CHROOT OUT
set -eu
R=$1
out=$2
kernel=$(ls "$R/lib/modules")
tiny=$R/tmp/initrd
mkdir -p "$tiny/bin" "$tiny/modules" "$tiny/dev" "$tiny/proc" "$tiny/sys" "$tiny/run" "$tiny/root"

# Programs, with the libraries that the loader names for them.
for program in /bin/busybox /sbin/e2fsck; do
  cp "$R$program" "$tiny/bin/"
  chroot "$R" ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$tiny$(dirname "$library")"
    cp -L "$R$library" "$tiny$library"
  done
done

# Modules in the order they must be loaded in, each once.
for module in virtio_pci virtio_blk virtio_net ext4 crc32c; do
  chroot "$R" modprobe --set-version "$kernel" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
  name=$(basename "$module" .xz)
  case $module in
    *.xz) chroot "$R" busybox xz -dc "$module" > "$tiny/modules/$name" ;;
    *) cp "$R$module" "$tiny/modules/$name" ;;
  esac
  echo "$name" >> "$tiny/modules/order"
done

cat > "$tiny/init" <<'I'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755,nosuid,nodev,size=10% run /run
while read -r module; do insmod "/modules/$module"; done < /modules/order
until [ -b /dev/vda ]; do sleep 0.05; done
# The management port, so that logging in need not wait for a network manager.
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
# As Debian's does: repair what can be repaired unasked; more than that (4 and up) wants a person, so it is left off.
status=0
e2fsck -p /dev/vda || status=$?
[ "$status" -lt 4 ] || { echo "initrd: e2fsck -p /dev/vda ended with $status"; poweroff -f; }
[ "$status" -lt 2 ] || reboot -f
mount -t ext4 -o noatime /dev/vda /root
for folder in dev proc sys run; do mount --move "/$folder" "/root/$folder"; done
exec switch_root /root /sbin/init
I
chmod 755 "$tiny/init"
chroot "$R" sh -c 'cd /tmp/initrd && find . | sort | cpio -o -H newc -R 0:0 --quiet | lz4 -lc' > "$out"
rm -rf "$tiny"
