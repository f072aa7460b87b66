#!/bin/sh
# Hook after the packages: makes the tree a box.
# Usage: customize.sh CHROOT   (environment: KEY, EXTRAS, WHEELS, VENUE_LIB, VARIANT, REQUIREMENTS)
set -eu
R=$1
kernel=$(ls "$R/lib/modules")
[ "$kernel" = "$(cat "$EXTRAS/kernel")" ] || { echo "gpio-sim is for another kernel: $(cat "$EXTRAS/kernel"), not $kernel" >&2; exit 1; }

echo box > "$R/etc/hostname"
printf '127.0.0.1 localhost box\n' > "$R/etc/hosts"
printf 'LABEL=root / ext4 defaults,noatime 0 1\n' > "$R/etc/fstab"
: > "$R/etc/machine-id"
install -m 700 -d "$R/root/.ssh"
install -m 600 "$KEY" "$R/root/.ssh/authorized_keys"

# The management port, in case somebody's network manager looks after all ports (the initramfs has set it up);
# everything a test asserts goes over the virtual radios instead.
cat > "$R/etc/systemd/network/10-eth0.network" <<N
[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
DNS=10.0.2.3
LinkLocalAddressing=no
IPv6AcceptRA=no
N
echo 'nameserver 10.0.2.3' > "$R/etc/resolv.conf"
# OpenSSH 9.8 punishes a host that polls the port without logging in, which is how a restore is awaited.
printf 'PerSourcePenalties no\nUseDNS no\n' > "$R/etc/ssh/sshd_config.d/venue.conf"

# Stand-ins for hardware: the GPIO chip's module, the gpio group of a Pi, libraries of the virtual bands.
install -D -m 644 "$EXTRAS/gpio-sim.ko" "$R/lib/modules/$kernel/extra/gpio-sim.ko"
chroot "$R" depmod "$kernel"
chroot "$R" groupadd -r gpio
echo 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"' > "$R/etc/udev/rules.d/60-gpio.rules"
mkdir -p "$R/opt/venue" "$R/opt/wheels"
cp -r "$VENUE_LIB" "$R/opt/venue/lib"
cp "$WHEELS"/*.whl "$R/opt/wheels/"

# What a Pi has not and emulation pays for.
printf 'blacklist %s\n' psmouse pcspkr i2c_i801 lpc_ich iTCO_wdt serio_raw evdev ahci vsock_loopback \
  vmw_vsock_vmci_transport efi_pstore drm ccp kvm_amd > "$R/etc/modprobe.d/venue.conf"
chroot "$R" systemctl -q enable ssh
chroot "$R" systemctl -q disable wpa_supplicant.service fstrim.timer e2scrub_all.timer 2>/dev/null || true
chroot "$R" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_reap.service \
  modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@configfs.service \
  sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  dev-hugepages.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service ldconfig.service \
  systemd-network-generator.service systemd-networkd-persistent-storage.service systemd-networkd-wait-online.service \
  systemd-udev-load-credentials.service systemd-journal-catalog-update.service systemd-pstore.service \
  getty@tty1.service serial-getty@ttyS0.service 2>/dev/null
# Generators of units for hardware and options that are not here; each is a process at every boot and reload.
mkdir -p "$R/etc/systemd/system-generators"
for what in getty gpt-auto hibernate-resume rc-local run ssh system-update sysv tpm2; do
  ln -s /dev/null "$R/etc/systemd/system-generators/systemd-$what-generator"
done
# Logging in would start a manager for the user, and wait for it.
chroot "$R" pam-auth-update --remove systemd --force 2>/dev/null

if [ "$VARIANT" = full ]; then
  # python3-systemd comes from Debian: its source needs a compiler and libsystemd's headers.
  chroot "$R" python3 -m venv --system-site-packages /opt/venv
  # shellcheck disable=SC2086  (a list)
  chroot "$R" /opt/venv/bin/pip install -q --no-index --find-links /opt/wheels $REQUIREMENTS
  chroot "$R" systemctl -q enable bluetooth
  chroot "$R" systemctl -q disable hostapd nftables systemd-networkd 2>/dev/null || true
else
  chroot "$R" systemctl -q enable systemd-networkd
fi

# No address of a package source stays in the image.
: > "$R/etc/apt/sources.list"
rm -rf "$R"/etc/apt/sources.list.d/* "$R"/etc/apt/apt.conf.d/99mmdebstrap "$R"/var/lib/apt/lists/* \
  "$R"/var/cache/apt/*.bin "$R"/var/cache/apt/archives/*.deb "$R"/var/log/apt "$R"/var/log/*.log
