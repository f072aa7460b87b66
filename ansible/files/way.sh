#!/bin/sh
# Prints the interface over which whoever runs this is connected, and the unit's address there.
set -eu
read -r client _ own _ <<END
${SSH_CONNECTION:-}
END
[ -z "$client" ] || echo "$(ip -o route get "$client" | sed -n 's/.* dev \([^ ]*\).*/\1/p') $own"
