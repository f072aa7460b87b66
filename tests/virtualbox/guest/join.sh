#!/bin/sh
# A laptop joins a network: join.sh LAPTOP SSID PSK [SECONDS].  Exit 1: no association, 2: no address.
# It looks on channels 1, 6, 11 and 36 to 48 only: a scan of all takes ten seconds more.
set -u
laptop=$1 ssid=$2 psk=$3 patience=${4:-60}
at="ip netns exec $laptop"
sh /opt/venue/leave.sh "$laptop"
mkdir -p /run/venue/$laptop
umask 077
cat > /run/venue/$laptop/wpa.conf <<W
ctrl_interface=/run/venue/$laptop/ctrl
network={
  ssid="$ssid"
  psk="$psk"
  key_mgmt=WPA-PSK
  scan_freq=2412 2437 2462 5180 5200 5220 5240
}
W
$at ip link set wlan0 up
$at wpa_supplicant -B -i wlan0 -D nl80211 -c /run/venue/$laptop/wpa.conf -P /run/venue/$laptop/wpa.pid \
  -f /run/venue/$laptop/wpa.log > /dev/null || exit 1
end=$(($(date +%s) + patience))
until $at wpa_cli -p /run/venue/$laptop/ctrl -i wlan0 status 2>/dev/null | grep -q '^wpa_state=COMPLETED'; do
  [ "$(date +%s)" -lt $end ] || { echo "not associated with $ssid after $patience s" >&2; exit 1; }
  sleep 0.2
done
LAPTOP=$laptop $at busybox udhcpc -i wlan0 -q -f -n -t 30 -T 2 -s /opt/venue/dhcp.sh > /run/venue/$laptop/dhcp.log 2>&1 ||
  { echo "no address from DHCP on $ssid" >&2; exit 2; }
cat "/run/venue/$laptop.lease"
