"""One-way time of UDP packets from the box to a laptop, on the one clock they share: latency.py LAPTOP COUNT TO...

Prints one JSON object: for each destination how many arrived and the median in ms.
"""

from __future__ import annotations

import json
import socket
import statistics
import struct
import subprocess
import sys
import time

PORT = 9100
RECEIVER = f"""
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", {PORT}))
s.settimeout(5)
print("ready", flush=True)
try:
    while True:
        sent, = struct.unpack("d", s.recv(64))
        print(1000 * (time.clock_gettime(time.CLOCK_MONOTONIC) - sent), flush=True)
except TimeoutError:
    pass
"""


def measure(laptop: str, to: str, count: int) -> dict[str, float]:
    command = ["ip", "netns", "exec", laptop, sys.executable, "-c", RECEIVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        receiver.stdout.readline()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for _ in range(count):
            sender.sendto(struct.pack("d", time.clock_gettime(time.CLOCK_MONOTONIC)), (to, PORT))
            time.sleep(0.053)
        times = [float(line) for line in receiver.stdout]
    return {"arrived": len(times), "median_ms": statistics.median(times) if times else float("inf")}


print(json.dumps({to: measure(sys.argv[1], to, int(sys.argv[2])) for to in sys.argv[3:]}))
