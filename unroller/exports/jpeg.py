"""JPEG files as they were compressed, without anything but the picture: compressing them again would only harm them."""

import struct

import regex

START, END, SCAN = 0xD8, 0xD9, 0xDA
FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive, which every reader of files knows."""
TABLES = frozenset({0xC4, 0xDB, 0xDD})
ADOBE = 0xEE
SAID = frozenset({*range(0xE0, 0xF0), 0xFE})
"""What cameras and programs write beside a picture: the place, the owner, a small copy of what was cut away."""
MARK = regex.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends compressed data."""
HEADER = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
SAMPLINGS = (b"\x11", b"\x21", b"\x12", b"\x22")


def stripped(body: bytes) -> bytes | None:
    """The same picture with the barest of headers; None for a file that is not of the most usual kind."""
    if body[:2] != bytes([0xFF, START]):
        return None
    kept = [HEADER]
    position, has_frame = 2, False
    while position + 4 <= len(body):
        opening, kind = body[position], body[position + 1]
        if opening != 0xFF:
            return None
        if kind == END:
            break
        end = position + 2 + struct.unpack_from(">H", body, position + 2)[0]
        if kind in FRAMES and not has_frame and _is_usual(body[position + 4 : end]):
            has_frame = True
        elif kind == SCAN and has_frame:
            mark = MARK.search(body, end)
            end = mark.start() if mark else len(body)
        elif kind not in TABLES and (kind not in SAID or _has_other_colors(kind, body[position + 4 : end])):
            return None
        kept += [] if kind in SAID else [body[position:end]]
        position = end
    whole = has_frame and body[position : position + 2] == bytes([0xFF, END])
    return b"".join([*kept, bytes([0xFF, END])]) if whole else None


def _is_usual(frame: bytes) -> bool:
    """Eight bits, in shades of gray or in brightness and two colors, which are no finer than the brightness."""
    if len(frame) < 6 or frame[0] != 8:
        return False
    parts = [frame[start : start + 3] for start in range(6, len(frame), 3)]
    if len(parts) != frame[5] or [part[0] for part in parts] not in ([1], [1, 2, 3]):
        return False
    return parts[0][1:2] in SAMPLINGS and all(part[1] == 0x11 for part in parts[1:])


def _has_other_colors(kind: int, said: bytes) -> bool:
    """Whether a program of Adobe's wrote red, green and blue, which our header would belie."""
    return kind == ADOBE and said.startswith(b"Adobe") and said[11:12] != b"\x01"
