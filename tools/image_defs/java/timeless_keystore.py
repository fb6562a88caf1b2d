#!/usr/bin/env python3
"""Rewrites a Java keystore (JKS) of certificates so that it no longer tells when they were added.

    timeless_keystore.py FILE
"""

import hashlib
import io
import struct
import sys
from pathlib import Path

MAGIC, VERSION, CERTIFICATE = 0xFEEDFEED, 2, 2
# The password of every Debian cacerts.
PASSWORD = "changeit"


def read_text(file: io.BytesIO) -> bytes:
    """A text of Java's DataOutput: two bytes of length, then the text. Returned as it stands."""
    length = file.read(2)
    return length + file.read(struct.unpack(">H", length)[0])


def read_entries(data: bytes) -> list[tuple[bytes, bytes]]:
    """Alias, and type with content, of each certificate."""
    file = io.BytesIO(data)
    magic, version, count = struct.unpack(">III", file.read(12))
    if (magic, version) != (MAGIC, VERSION):
        sys.exit("this is no Java keystore of version 2")
    entries = []
    for _ in range(count):
        if struct.unpack(">I", file.read(4)) != (CERTIFICATE,):
            sys.exit("the keystore holds something else than certificates")
        alias = read_text(file)
        file.read(8)  # the time
        kind = read_text(file)
        length = file.read(4)
        entries.append((alias, kind + length + file.read(struct.unpack(">I", length)[0])))
    return entries


def sealed(content: bytes) -> bytes:
    """The content and its checksum, with the words that the format prescribes."""
    return content + hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + content).digest()


def main() -> None:
    path = Path(sys.argv[1])
    data = path.read_bytes()
    if sealed(data[:-20]) != data:
        sys.exit(f"{path} is damaged or has another password")
    entries = sorted(read_entries(data))
    content = struct.pack(">III", MAGIC, VERSION, len(entries))
    for alias, certificate in entries:
        content += struct.pack(">I", CERTIFICATE) + alias + struct.pack(">q", 0) + certificate
    path.write_bytes(sealed(content))


if __name__ == "__main__":
    main()
