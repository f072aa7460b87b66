#!/bin/sh
# udhcpc's hook in a laptop: takes what the box's DHCP server says, and writes it down for the tests.
case $1 in bound | renew) ;; *) exit 0 ;; esac
ip addr flush dev "$interface"
ip addr add "$ip/$mask" broadcast "${broadcast:-+}" dev "$interface"
[ -z "${router:-}" ] || ip route replace default via "${router%% *}" dev "$interface"
printf '{"ip": "%s", "mask": "%s", "broadcast": "%s", "router": "%s", "dns": "%s", "lease": "%s"}\n' \
  "$ip" "$mask" "${broadcast:-}" "${router:-}" "${dns:-}" "${lease:-}" > "/run/venue/$LAPTOP.lease"
