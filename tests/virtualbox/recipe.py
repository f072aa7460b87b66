"""What the virtual box is made of: the one place that lists packages, wheels and machine options.

Measured on two cores without hardware acceleration; the reasons are why a line may not be "simplified" away.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

SUITE: Final = "trixie"
GUEST_PYTHON: Final = "3.13"
DISK_MB: Final = 3072
MEMORY_MB: Final = 768


class Variant(StrEnum):
    """FULL has what Limen stands on; BARE is a minimal Debian with sshd and Python, for provisioning."""

    FULL = "full"
    BARE = "bare"


# A Debian that boots, and what the stand-ins for the room need: the laptops' supplicant, DHCP client, receiver.
BASE_PACKAGES: Final = (
    *("linux-image-amd64", "initramfs-tools", "lz4", "kmod", "udev", "systemd", "systemd-sysv", "dbus"),
    *("login", "passwd", "procps", "e2fsprogs", "tzdata", "ca-certificates"),
    *("openssh-server", "python3", "iproute2"),
    *("wpasupplicant", "iw", "rfkill", "wireless-regdb", "busybox", "liblo-tools"),
)
# What Limen itself stands on.
BOX_PACKAGES: Final = ("bluez", "hostapd", "dnsmasq-base", "nftables", "polkitd", "python3-venv", "python3-systemd")
BUILDER_PACKAGES: Final = (
    *("gcc", "make", "swig", "xz-utils", "linux-headers-amd64", "linux-source"),
    *("python3-dev", "python3-setuptools", "python3-wheel"),
)

# Limen's own requirements are read from pyproject.toml; lgpio has no wheel and is built, see image/extras.sh.
LGPIO: Final = "lgpio==0.2.2.0"
# The virtual bands' own library; band/air.py corrects two things in exactly this version.
VENUE_WHEELS: Final = ("bumble==0.0.236",)
WHEEL_PLATFORMS: Final = tuple(
    f"{tag}_x86_64" for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34")
)

# TCG everywhere: one kind of machine for everybody, and a nested KVM may open and then fail inside the kernel.
# Nehalem boots in half the time of `max` under TCG. i6300esb is the hardware watchdog.
MACHINE: Final = (
    *("-name", "limen-box", "-M", "q35", "-cpu", "Nehalem", "-m", str(MEMORY_MB)),
    *("-nodefaults", "-no-user-config", "-display", "none"),
    *("-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset"),
)
# Its processor. HURRIED does what the host has time for, and what the box's clock says of it is the host's affair.
# COUNTED has a clock that moves with its instructions, 2 ns each, however long the host takes: what it is seen to
# take is the program's own. One core of 500 million instructions a second is meant to be no faster than the
# slowest Pi that Limen is for; it has neither a Pi's caches nor its card.
HURRIED: Final = ("-accel", "tcg,thread=multi,tb-size=512", "-smp", "2")
COUNTED: Final = ("-accel", "tcg,thread=single,tb-size=512", "-smp", "1", "-icount", "shift=1")
KERNEL_LINE: Final = "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off panic=5 quiet"
