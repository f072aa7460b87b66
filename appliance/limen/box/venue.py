"""What a provisioned box calls its things: deploy/ and ansible/ lay them out; a test holds them to it."""

from __future__ import annotations

from typing import Final

# Paths from the root of a box, without the slash in front: a test's root is another one.
PROGRAM: Final = "opt/limen"
SETTINGS: Final = "etc/limen"
CONFIG_FILE: Final = f"{SETTINGS}/limen.yaml"
STATE: Final = "var/lib/limen"
LEASES: Final = "run/limen-dhcp"  # dnsmasq's, a file for each of its instances
WIFI_LEASES: Final = "wifi.leases"
ASSOCIATED: Final = "run/limen-stations"  # an empty file for each station, named after its MAC

WIFI: Final = "wlan0"
WIFI_ADDRESS: Final = "192.168.4.1"
FIREWALL: Final = ("inet", "limen")  # nftables' family and table

DAEMON: Final = "limen.service"
USER: Final = "limen"  # the daemon's, with a group of the same name
BLUETOOTH: Final = "bluetooth.service"
DHCP: Final = "limen-dhcp@wifi.service"
HOSTAPD: Final = "hostapd@{}.service"  # of an interface
ADDRESSES: Final = "systemd-networkd.service"
RULES: Final = "nftables.service"
DATA: Final = "limen-data.service"
MASKED_TIMERS: Final = ("apt-daily.timer", "apt-daily-upgrade.timer")
