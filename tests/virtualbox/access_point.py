"""A plain access point in the box, by hostapd and dnsmasq, for tests of the air itself; Limen has its own."""

from __future__ import annotations

from typing import Final

from tests.virtualbox.box import Box
from tests.virtualbox.ssh import quote

SSID: Final = "venue"
PSK: Final = "a passphrase of the test"
ADDRESS: Final = "10.42.0.1"
BROADCAST: Final = "10.42.0.255"

_HOSTAPD: Final = f"""interface=wlan0
ssid={SSID}
country_code=US
hw_mode=g
channel=6
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase={PSK}
"""


def open_network(box: Box) -> None:
    """Bring it up on the box's radio, with DHCP."""
    box.put(_HOSTAPD.encode(), "/run/venue/hostapd.conf")
    box.run(f"ip addr replace {ADDRESS}/24 broadcast {BROADCAST} dev wlan0")
    box.run(quote("systemd-run", "-q", "--unit=venue-hostapd", "hostapd", "/run/venue/hostapd.conf"))
    dnsmasq = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=wlan0"]
    leases = ["--dhcp-leasefile=/run/venue/leases", "--dhcp-range=10.42.0.10,10.42.0.99,1h"]
    box.run(quote("systemd-run", "-q", "--unit=venue-dnsmasq", *dnsmasq, "--bind-dynamic", *leases))
    box.wait_for("access point", lambda: "type AP" in box.run("iw dev wlan0 info"))
