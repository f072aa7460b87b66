#!/bin/sh
# Prints the country whose rules the radio obeys, and the first of the channels 36 to 48 on which an access point may
# begin at once there, or "none".  Usage: radio.sh set|look COUNTRY
set -u
verb=$1 country=$2
obeyed() { iw reg get 2> /dev/null | sed -n 's/^country \(..\):.*/\1/p' | head -n 1; }
# The kernel takes a moment; a country that it does not know it passes over without a word.
obey() { iw reg set "$country" 2> /dev/null && for _ in 1 2 3 4 5; do
  [ "$(obeyed)" != "$country" ] || { sleep 1; return 0; }
  sleep 1
done; return 1; }

# Where the database was installed after the kernel had looked for it, it has to look again.
if [ "$verb" = set ] && [ "$(obeyed)" != "$country" ]; then obey || { iw reg reload 2> /dev/null; obey; }; fi
obeyed | grep . || echo none
phy=$(cat "${LIMEN_NET:-/sys/class/net}/wlan0/phy80211/name" 2> /dev/null)
# 36 to 48 at 5180 to 5240 MHz; "no IR" forbids to speak first, as an access point does.
iw phy ${phy:+"$phy" info} 2> /dev/null | awk '
  / 5(18|20|22|24)0(\.0)? MHz \[/ && !/disabled|no IR|passive|radar/ && !n { n = $0; gsub(/.*\[|\].*/, "", n) }
  END { print n ? n : "none" }'
