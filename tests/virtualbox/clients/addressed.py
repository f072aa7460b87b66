"""To whom OSC is addressed that a station hears: addressed.py PORT SECONDS

Prints one JSON object: for each destination address of a datagram, how many came.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import Counter

IP_PKTINFO = 8  # <linux/in.h>


def listen(port: int, seconds: float) -> Counter[str]:
    heard: Counter[str] = Counter()
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    receiver.bind(("", port))
    receiver.settimeout(0.5)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            _, ancillary, _, _ = receiver.recvmsg(2048, 64)
        except TimeoutError:
            continue
        # struct in_pktinfo: interface, local address, destination.
        heard[socket.inet_ntoa(ancillary[0][2][8:12])] += 1
    return heard


print(json.dumps(listen(int(sys.argv[1]), float(sys.argv[2]))))
