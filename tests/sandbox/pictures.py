"""Draws pictures without any library: rows of palette numbers, filled span by span, packed as PNG."""

import math
import struct
import zlib
from collections.abc import Callable, Sequence

from .ids import digest_number

Colour = tuple[int, int, int]
Point = tuple[float, float]

PALETTE_SIZE = 256


class Canvas:
    """A drawing in unit coordinates: x from 0 to `aspect`, y from 0 (top) to 1, whatever its size in pixels."""

    def __init__(self, width: int, height: int, seed: str) -> None:
        self.width, self.height = width, height
        self.aspect = width / height
        self._seed = seed
        self._rows = [bytearray(width) for _ in range(height)]
        self._palette: list[Colour] = []
        self._clear = b""

    def chance(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number that depends on the seed and the name only."""
        return low + (high - low) * digest_number(f"{self._seed} {name}", 32) / 2**32

    def colour(self, colour: Colour) -> int:
        """The palette number of a colour; when the palette is full, the nearest there is."""
        if colour in self._palette:
            return self._palette.index(colour)
        if len(self._palette) < PALETTE_SIZE:
            self._palette.append(colour)
            return len(self._palette) - 1
        distances = [sum((a - b) ** 2 for a, b in zip(colour, known, strict=True)) for known in self._palette]
        return distances.index(min(distances))

    def clear(self) -> None:
        """Makes the whole canvas transparent; to be called first."""
        self._palette, self._clear = [(255, 255, 255)], b"\0"

    def gradient(self, top: float, bottom: float, start: Colour, end: Colour, *, steps: int = 56) -> None:
        """Horizontal bands from one colour to another."""
        first, last = self._row(top), self._row(bottom)
        bands = max(1, min(steps, last - first))
        for y in range(first, last):
            band = (y - first) * bands // max(1, last - first)
            tone = self.colour(mixed(start, end, band / max(1, bands - 1)))
            self._rows[y][:] = bytes([tone]) * self.width

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        tone = self.colour(colour)
        for row in range(self._row(y), max(self._row(y) + 1, self._row(y + height))):
            self._span(row, x, x + width, tone)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        tone = self.colour(colour)
        for row in range(self._row(y - radius), self._row(y + radius) + 1):
            rise = (row + 0.5) / self.height - y
            if abs(rise) < radius:
                half = math.sqrt(radius * radius - rise * rise)
                self._span(row, x - half, x + half, tone)

    def ring(self, x: float, y: float, radius: float, colour: Colour, *, inside: Colour, thickness: float) -> None:
        self.disc(x, y, radius, colour)
        self.disc(x, y, radius - thickness, inside)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Any closed outline, filled by the even-odd rule."""
        tone = self.colour(colour)
        heights = [y for _, y in points]
        edges = list(zip(points, [*points[1:], points[0]], strict=True))
        for row in range(self._row(min(heights)), self._row(max(heights)) + 1):
            level = (row + 0.5) / self.height
            crossings = sorted(
                x1 + (level - y1) * (x2 - x1) / (y2 - y1)
                for (x1, y1), (x2, y2) in edges
                if (y1 > level) != (y2 > level)
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=False):
                self._span(row, left, right, tone)

    def ridge(self, height_at: Callable[[float], float], colour: Colour, *, steps: int = 160) -> None:
        """Land from a skyline down to the lower edge."""
        line = [(x, height_at(x)) for x in (self.aspect * step / steps for step in range(steps + 1))]
        self.polygon([*line, (self.aspect, 1.01), (0, 1.01)], colour)

    def line(self, start: Point, end: Point, thickness: float, colour: Colour) -> None:
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        dx, dy = (y2 - y1) / length * thickness / 2, (x1 - x2) / length * thickness / 2
        self.polygon([(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)], colour)

    def png(self) -> bytes:
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        palette = b"".join(bytes(colour) for colour in self._palette)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 4)
        transparency = chunk(b"tRNS", self._clear) if self._clear else b""
        before = chunk(b"IHDR", header) + chunk(b"PLTE", palette) + transparency
        return b"\x89PNG\r\n\x1a\n" + before + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")

    def _row(self, y: float) -> int:
        return min(self.height, max(0, round(y * self.height)))

    def _span(self, row: int, left: float, right: float, tone: int) -> None:
        if 0 <= row < self.height:
            start = max(0, round(left * self.height))
            end = min(self.width, round(right * self.height))
            if end > start:
                self._rows[row][start:end] = bytes([tone]) * (end - start)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 is the one colour, 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
