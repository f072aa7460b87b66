#!/bin/sh
# A laptop leaves its network: leave.sh LAPTOP
pid=/run/venue/$1/wpa.pid
[ ! -e "$pid" ] || { kill "$(cat "$pid")" && while [ -e "$pid" ]; do sleep 0.1; done; }
ip -n "$1" addr flush dev wlan0
rm -rf "/run/venue/$1.lease" "/run/venue/$1"
