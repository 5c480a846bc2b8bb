"""Takes snapshots apart and puts them together, as docs/snapshots.md says, so that tests can make up others."""

from __future__ import annotations

import hashlib
import struct

__all__ = ["join", "split"]


def split(data: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Take a snapshot apart: the head, then (section, payload) of each block."""
    (length,) = struct.unpack_from("<I", data, 12)
    head, at = data[16 : 16 + length], 16 + length + 32
    found = []
    while at < len(data):
        section, size = struct.unpack_from("<BI", data, at)
        found.append((section, data[at + 37 : at + 37 + size]))
        at += 37 + size
    return head, found


def join(head: bytes, parts: list[tuple[int, bytes]], version: int = 1) -> bytes:
    """Put a snapshot together, with hashes that fit."""
    prelude = b"STEPDOWN" + struct.pack("<II", version, len(head)) + head
    chain = hashlib.sha256(prelude).digest()
    out = [prelude, chain]
    for section, payload in parts:
        start = struct.pack("<BI", section, len(payload))
        chain = hashlib.sha256(chain + start + payload).digest()
        out += [start, chain, payload]
    return b"".join(out)
