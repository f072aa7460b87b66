"""Who bears a name on this network, asked as laptops ask: name.py NAME.local OWN_ADDRESS

Prints the address that answers, or nobody.
"""

from __future__ import annotations

import socket
import struct
import sys

GROUP = ("224.0.0.251", 5353)
A, IN = 1, 1
TRIES = 10


def ask(name: str, own: str) -> str:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", A, IN)
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(3)
    asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
    for _ in range(TRIES):
        asker.sendto(question, GROUP)
        try:
            answer = asker.recv(2048)
        except TimeoutError:
            continue
        # The record's last four bytes are the address; one answer to one question has nothing behind it.
        return socket.inet_ntoa(answer[-4:])
    return "nobody"


print(ask(sys.argv[1], sys.argv[2]))
