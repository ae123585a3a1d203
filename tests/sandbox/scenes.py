"""The drawings themselves: a coast with its lighthouse, a loaf, a map, a night train, and a few more."""

import math
from collections.abc import Callable
from functools import lru_cache

from .pictures import Canvas, Colour, mixed

HORIZON = 0.62
INK: Colour = (38, 43, 51)
PAPER: Colour = (244, 238, 225)

SKIES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((247, 178, 122), (253, 232, 205), (58, 92, 119)),
    ((96, 150, 186), (226, 238, 240), (40, 98, 112)),
    ((70, 62, 110), (240, 148, 120), (44, 52, 88)),
    ((28, 40, 70), (120, 140, 170), (18, 30, 52)),
)


@lru_cache(maxsize=96)
def picture_bytes(scene: str, seed: str, width: int, height: int) -> bytes:
    """A PNG of exactly this size; an unknown scene is drawn as a pattern."""
    canvas = Canvas(width, height, f"{scene} {seed}")
    SCENES.get(scene, pattern)(canvas)
    return canvas.png()


def rolling(canvas: Canvas, name: str, level: float, rise: float) -> Callable[[float], float]:
    """A skyline made of three waves."""
    phases = [canvas.chance(f"{name} {wave}", 0, 2 * math.pi) for wave in range(3)]

    def height_at(x: float) -> float:
        waves = (math.sin(x * 3.1 + phases[0]), math.sin(x * 7.3 + phases[1]) / 2, math.sin(x * 17 + phases[2]) / 7)
        return level - rise * sum(waves)

    return height_at


def coast(canvas: Canvas) -> None:
    """Sky, sun, sea with its light, headlands, a lighthouse on the nearest."""
    high, low, sea = SKIES[int(canvas.chance("sky", 0, len(SKIES)))]
    canvas.gradient(0, HORIZON, high, low)
    sun_x, sun_y = canvas.chance("sun x", 0.25, 0.6) * canvas.aspect, canvas.chance("sun y", 0.3, 0.55)
    canvas.disc(sun_x, sun_y, 0.1, mixed(low, (255, 244, 214), 0.6))
    canvas.disc(sun_x, sun_y, 0.075, (255, 246, 222))
    canvas.gradient(HORIZON, 1, mixed(sea, low, 0.35), sea)
    for stripe in range(22):
        depth = HORIZON + 0.015 + 0.36 * (stripe / 22) ** 1.4
        half = canvas.chance(f"glint {stripe}", 0.02, 0.12)
        shift = canvas.chance(f"shift {stripe}", -0.06, 0.06)
        canvas.rectangle(sun_x - half + shift, depth, 2 * half, 0.005, mixed(sea, (255, 240, 205), 0.55))
    for layer, (level, rise) in enumerate(((0.66, 0.05), (0.76, 0.06))):
        skyline = rolling(canvas, f"land {layer}", level, rise)
        start = canvas.chance(f"start {layer}", 0.45, 0.7) * canvas.aspect

        def headland(x: float, line: Callable[[float], float] = skyline, start: float = start) -> float:
            return max(line(x), 1.02 - (x - start) * 1.6) if x > start else 1.02

        canvas.ridge(headland, mixed(sea, INK, 0.35 + 0.4 * layer))
    lighthouse(canvas, canvas.aspect * 0.86, 0.72)


def lighthouse(canvas: Canvas, x: float, foot: float) -> None:
    top, half = foot - 0.34, 0.034
    canvas.polygon([(x - half, foot), (x - half * 0.6, top), (x + half * 0.6, top), (x + half, foot)], (238, 232, 220))
    for band in range(1, 4, 2):
        upper, lower = top + 0.085 * band, top + 0.085 * (band + 1)
        wide = [half * (0.6 + 0.4 * (level - top) / 0.34) for level in (upper, lower)]
        points = [(x - wide[0], upper), (x + wide[0], upper), (x + wide[1], lower), (x - wide[1], lower)]
        canvas.polygon(points, (178, 58, 48))
    canvas.rectangle(x - half * 0.8, top - 0.008, half * 1.6, 0.012, INK)
    canvas.rectangle(x - half * 0.45, top - 0.05, half * 0.9, 0.044, (255, 226, 140))
    canvas.polygon([(x - half * 0.6, top - 0.048), (x, top - 0.085), (x + half * 0.6, top - 0.048)], INK)


def hills(canvas: Canvas) -> None:
    """Ranges that grow paler with distance."""
    high, low, deep = SKIES[int(canvas.chance("sky", 0, len(SKIES)))]
    canvas.gradient(0, 1, high, low)
    canvas.disc(canvas.chance("sun", 0.2, 0.8) * canvas.aspect, 0.3, 0.07, mixed(low, (255, 250, 235), 0.7))
    for layer in range(6):
        skyline = rolling(canvas, f"range {layer}", 0.45 + 0.1 * layer, 0.07)
        canvas.ridge(skyline, mixed(low, deep, 0.25 + 0.15 * layer))


def bread(canvas: Canvas) -> None:
    """A loaf on a board: crust, flour, and the cut that opened in the oven."""
    canvas.gradient(0, 1, (214, 200, 180), (188, 168, 142))
    middle = canvas.aspect / 2
    canvas.polygon([(0.06, 0.86), (canvas.aspect - 0.06, 0.86), (canvas.aspect, 1.01), (0, 1.01)], (120, 84, 52))
    crust: Colour = (166, 98, 46)
    for shrink in range(14):
        share = shrink / 13
        canvas.disc(middle, 0.52, 0.4 - 0.012 * shrink, mixed(mixed(crust, INK, 0.35), crust, share))
    for cut in range(3):
        across = (cut - 1) * 0.17
        for width, tone in ((0.05, (226, 190, 136)), (0.03, (240, 218, 176)), (0.008, (206, 156, 98))):
            canvas.polygon(leaf(middle + across, 0.52, length=0.5 - 1.3 * abs(across), width=width), tone)
    for grain in range(130):
        angle, reach = canvas.chance(f"angle {grain}", 0, 2 * math.pi), canvas.chance(f"reach {grain}") ** 0.6 * 0.37
        x, y = middle + reach * math.cos(angle), 0.52 + reach * math.sin(angle)
        canvas.disc(x, y, canvas.chance(f"grain {grain}", 0.002, 0.006), (240, 228, 206))


def leaf(x: float, y: float, *, length: float, width: float) -> list[tuple[float, float]]:
    """A slanting cut: pointed at both ends, widest in the middle."""
    points = [(step / 24, math.cos(step / 24 * math.pi) * width) for step in range(-12, 13)]
    outline = points + [(along, -off) for along, off in reversed(points)]
    return [(x + along * length * 0.42 + off, y - along * length * 0.9 + off * 0.47) for along, off in outline]


def chart(canvas: Canvas) -> None:
    """A map: contour lines around two summits, a river, a grid, and one place marked."""
    canvas.gradient(0, 1, PAPER, (236, 228, 208), steps=8)
    for summit in range(2):
        x, y = canvas.chance(f"x {summit}", 0.2, 0.8) * canvas.aspect, canvas.chance(f"y {summit}", 0.25, 0.7)
        for level in range(9, 0, -1):
            tone = mixed((205, 190, 150), (150, 172, 128), level / 9)
            canvas.polygon(blob(canvas, f"hill {summit}", x, y, 0.035 * level + 0.004), mixed(tone, INK, 0.3))
            canvas.polygon(blob(canvas, f"hill {summit}", x, y, 0.035 * level), tone)
    for step in range(60):
        x = canvas.aspect * step / 60
        bend = 0.5 + 0.16 * math.sin(x * 4 + canvas.chance("river", 0, 6))
        following = 0.5 + 0.16 * math.sin((x + canvas.aspect / 60) * 4 + canvas.chance("river", 0, 6))
        canvas.line((x, bend), (x + canvas.aspect / 58, following), 0.014, (110, 158, 186))
    for number in range(1, int(canvas.aspect * 6) + 1):
        canvas.rectangle(number / 6, 0, 0.0015, 1, (200, 190, 170))
    for number in range(1, 6):
        canvas.rectangle(0, number / 6, canvas.aspect, 0.0015, (200, 190, 170))
    canvas.disc(canvas.chance("place", 0.3, 0.7) * canvas.aspect, 0.5, 0.016, (178, 58, 48))


def blob(canvas: Canvas, name: str, x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """A closed line that is nearly a circle; of one name they never cross."""
    bulges = [canvas.chance(f"{name} {wave}", 0, 2 * math.pi) for wave in range(3)]
    points = []
    for step in range(64):
        angle = 2 * math.pi * step / 64
        swell = 1 + sum(math.sin(angle * (wave + 2) + bulges[wave]) / (5 + 2 * wave) for wave in range(3))
        points.append((x + radius * swell * math.cos(angle), y + radius * swell * math.sin(angle)))
    return points


def train(canvas: Canvas) -> None:
    """Night, a moon, hills, and carriages with lit windows."""
    canvas.gradient(0, 1, (16, 22, 44), (52, 66, 104))
    for star in range(90):
        x, y = canvas.chance(f"x {star}") * canvas.aspect, canvas.chance(f"y {star}", 0, 0.5)
        canvas.disc(x, y, canvas.chance(f"r {star}", 0.001, 0.003), (226, 230, 240))
    moon = canvas.chance("moon", 0.2, 0.8) * canvas.aspect
    canvas.disc(moon, 0.2, 0.06, (246, 240, 214))
    canvas.disc(moon + 0.025, 0.185, 0.052, (22, 29, 55))
    for layer in range(3):
        canvas.ridge(rolling(canvas, f"hill {layer}", 0.5 + 0.09 * layer, 0.05), mixed((40, 52, 86), INK, 0.4 * layer))
    canvas.rectangle(0, 0.8, canvas.aspect, 0.2, (22, 24, 30))
    for number in range(int(canvas.aspect / 0.46) + 2):
        left = number * 0.46 - 0.2
        canvas.rectangle(left, 0.66, 0.44, 0.13, (34, 62, 84))
        canvas.rectangle(left, 0.762, 0.44, 0.01, (206, 178, 96))
        for window in range(6):
            lit = canvas.chance(f"window {number} {window}") > 0.3
            canvas.rectangle(left + 0.03 + 0.067 * window, 0.687, 0.045, 0.05, (255, 222, 142) if lit else (24, 36, 52))
        for wheel in (0.08, 0.16, 0.3, 0.38):
            canvas.disc(left + wheel, 0.8, 0.018, (14, 15, 18))
    canvas.rectangle(0, 0.815, canvas.aspect, 0.006, (120, 116, 110))


def comb(canvas: Canvas) -> None:
    """Honeycomb, some cells capped, some with honey."""
    canvas.gradient(0, 1, (92, 54, 16), (62, 36, 12), steps=12)
    size = 0.075
    for row in range(int(1 / (size * 1.5)) + 2):
        for column in range(int(canvas.aspect / (size * 1.74)) + 2):
            x, y = (column + row % 2 / 2) * size * 1.74, row * size * 1.5
            full = canvas.chance(f"{row} {column}")
            canvas.polygon(hexagon(x, y, size * 0.94), (226, 158, 52))
            canvas.polygon(hexagon(x, y, size * 0.78), mixed((250, 202, 96), (150, 84, 20), full))
            canvas.disc(x - size * 0.25, y - size * 0.3, size * 0.13 * (1 - full), (255, 240, 200))


def hexagon(x: float, y: float, size: float) -> list[tuple[float, float]]:
    angles = (math.pi / 6 + math.pi / 3 * corner for corner in range(6))
    return [(x + size * math.cos(angle), y + size * math.sin(angle)) for angle in angles]


def letters(canvas: Canvas) -> None:
    """Parts of letters on paper, as on a type specimen."""
    canvas.gradient(0, 1, PAPER, (238, 230, 214), steps=6)
    accent: Colour = (178, 58, 48)
    for number in range(int(canvas.aspect / 0.34) + 1):
        x, kind = 0.08 + number * 0.34, int(canvas.chance(f"part {number}", 0, 4))
        tone = accent if canvas.chance(f"tone {number}") > 0.75 else INK
        if kind == 0:
            canvas.rectangle(x, 0.2, 0.07, 0.6, tone)
            canvas.rectangle(x - 0.04, 0.2, 0.15, 0.03, tone)
            canvas.rectangle(x - 0.04, 0.77, 0.15, 0.03, tone)
        elif kind == 1:
            canvas.ring(x + 0.1, 0.55, 0.15, tone, inside=PAPER, thickness=0.045)
        elif kind == 2:
            canvas.line((x, 0.8), (x + 0.12, 0.21), 0.03, tone)
            canvas.line((x + 0.12, 0.21), (x + 0.24, 0.8), 0.06, tone)
            canvas.rectangle(x + 0.05, 0.58, 0.13, 0.022, tone)
        else:
            canvas.ring(x + 0.09, 0.36, 0.1, tone, inside=PAPER, thickness=0.035)
            canvas.ring(x + 0.09, 0.64, 0.13, tone, inside=PAPER, thickness=0.04)
    for level in (0.2, 0.4, 0.8):
        canvas.rectangle(0, level, canvas.aspect, 0.0018, (206, 150, 140))


def avatar(canvas: Canvas) -> None:
    """Two hills and a disc in colours of one's own."""
    hue = canvas.chance("hue")
    back, front = toned(hue, 0.78), toned(hue + canvas.chance("turn", 0.3, 0.6), 0.45)
    canvas.gradient(0, 1, back, mixed(back, (255, 255, 255), 0.4))
    canvas.disc(
        canvas.chance("x", 0.3, 0.7), canvas.chance("y", 0.28, 0.45), canvas.chance("r", 0.14, 0.22), (255, 250, 238)
    )
    canvas.ridge(rolling(canvas, "back", 0.66, 0.08), mixed(front, back, 0.4))
    canvas.ridge(rolling(canvas, "front", 0.82, 0.07), front)


def toned(hue: float, light: float) -> Colour:
    """A muted colour of a hue between 0 and 1."""
    parts = (0.5 + 0.5 * math.cos(2 * math.pi * (hue + shift)) for shift in (0.0, 1 / 3, 2 / 3))
    red, green, blue = (round(255 * light * (0.55 + 0.45 * part)) for part in parts)
    return red, green, blue


def emoji(canvas: Canvas) -> None:
    """A round badge."""
    tone = toned(canvas.chance("hue"), 0.85)
    canvas.clear()
    canvas.ring(0.5, 0.5, 0.48, mixed(tone, INK, 0.5), inside=tone, thickness=0.06)
    canvas.disc(0.5, 0.5, canvas.chance("core", 0.12, 0.26), (255, 250, 238))


def pattern(canvas: Canvas) -> None:
    """Quilt squares."""
    canvas.gradient(0, 1, PAPER, PAPER, steps=1)
    size = 0.125
    for row in range(8):
        for column in range(int(canvas.aspect / size) + 1):
            x, y, name = column * size, row * size, f"{row} {column}"
            tone = toned(canvas.chance("hue") + canvas.chance(name, 0, 0.35), 0.8)
            canvas.polygon([(x, y), (x + size, y), (x, y + size)], tone)
            canvas.disc(x + size * 0.7, y + size * 0.7, size * 0.18, mixed(tone, INK, 0.4))


SCENES: dict[str, Callable[[Canvas], None]] = {
    "avatar": avatar,
    "bread": bread,
    "chart": chart,
    "coast": coast,
    "comb": comb,
    "emoji": emoji,
    "hills": hills,
    "letters": letters,
    "pattern": pattern,
    "train": train,
}
