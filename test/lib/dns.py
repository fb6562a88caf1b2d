#!/usr/bin/env python3
"""dns.py ADDRESS:PORT NAME [SECONDS]: the IPv4 addresses of NAME, one a line, sorted; exit code 1 when there are none.

With SECONDS it asks until there is one, at most so long, and adds the wall time of that answer in milliseconds as a last line.
"""

import socket
import struct
import sys
import time


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def skip_name(packet, at):
    while packet[at]:
        if packet[at] & 0xC0:
            return at + 2
        at += packet[at] + 1
    return at + 1


def addresses(packet):
    at = skip_name(packet, 12) + 4
    found = []
    for _ in range(struct.unpack(">H", packet[6:8])[0]):
        at = skip_name(packet, at)
        kind, _, _, length = struct.unpack(">HHIH", packet[at:at + 10])
        at += 10 + length
        if kind == 1:
            found.append(socket.inet_ntoa(packet[at - length:at]))
    return sorted(found)


def ask(server, name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.sendto(question(name), server)
        return addresses(client.recv(4096))


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    limit = time.monotonic() + float(sys.argv[3]) if len(sys.argv) > 3 else None
    found = ask((host, int(port)), sys.argv[2])
    while not found and limit and time.monotonic() < limit:
        time.sleep(0.005)
        found = ask((host, int(port)), sys.argv[2])
    print(*found, sep="\n")
    if found and limit:
        print(int(time.time() * 1000))
    return 0 if found else 1


sys.exit(main())
