"""What answers a station: ports.py HOST UDP_PORT...

Knocks on every TCP port with a SYN of its own and on the UDP ports named, and prints one JSON object: which TCP
ports are open, which refuse, and which UDP ports say that nobody is there. What is silent is in no list.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time

SOURCE = 40001
SYN, RST, ACK = 2, 4, 16
BURST = 64  # what the radio's queue holds with ease
ICMP_UNREACHABLE = 3
LAST_WORDS_S = 5.0


def folded(number: int) -> int:
    while number >> 16:
        number = (number & 0xFFFF) + (number >> 16)
    return number


def syn(source: bytes, target: bytes, port: int) -> bytes:
    """A TCP header with its checksum, which covers the addresses too."""
    head = struct.pack("!HHIIBBHHH", SOURCE, port, port, 0, 5 << 4, SYN, 1024, 0, 0)
    words = struct.unpack("!16H", source + target + struct.pack("!HH", socket.IPPROTO_TCP, len(head)) + head)
    return head[:16] + struct.pack("!HH", 0xFFFF ^ folded(sum(words)), 0)


def scan(host: str, udp_ports: list[int]) -> dict[str, list[int]]:
    tcp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.connect((host, 9))
    source, target = (socket.inet_aton(name) for name in (udp.getsockname()[0], host))
    udp.close()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found: dict[str, set[int]] = {"open": set(), "refused": set(), "unreachable": set()}

    def hear(patience: float) -> None:
        while ready := select.select([tcp, icmp], [], [], patience)[0]:
            for each in ready:
                packet = each.recv(2048)
                said = packet[(packet[0] & 15) * 4 :]
                if packet[12:16] != target:
                    continue
                if each is icmp:
                    if said[0] == ICMP_UNREACHABLE:
                        inner = said[8:]
                        found["unreachable"].add(struct.unpack_from("!H", inner, (inner[0] & 15) * 4 + 2)[0])
                    continue
                port, to, flags = struct.unpack_from("!HH", said)[0], struct.unpack_from("!H", said, 2)[0], said[13]
                if to == SOURCE and flags & (SYN | ACK) == SYN | ACK:
                    found["open"].add(port)
                elif to == SOURCE and flags & RST:
                    found["refused"].add(port)

    for number, port in enumerate(range(1, 1 << 16)):
        tcp.sendto(syn(source, target, port), (host, 0))
        if number % BURST == 0:
            time.sleep(0.005)
            hear(0)
    for port in udp_ports:
        udp.sendto(b"\0\0\0\0", (host, port))
        hear(0.01)
    hear(LAST_WORDS_S)
    return {what: sorted(ports) for what, ports in found.items()}


print(json.dumps(scan(sys.argv[1], [int(port) for port in sys.argv[2:]])))
