"""Shapes as paths of a drawing."""

from __future__ import annotations

import math


def px(value: float) -> str:
    """A coordinate as a drawing writes it."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def hatch(x: float, y: float, width: float, height: float) -> str:
    """Slanted lines within a box, as a path: patterns need ids, and slide programs lose them."""
    found, step = [], 7.0
    at = step / 2
    while at < width + height:
        start, stop = max(0.0, at - width), min(at, height)
        found.append(f"M{px(x + at - start)} {px(y + start)}L{px(x + at - stop)} {px(y + stop)}")
        at += step
    return "".join(found)


def pill(x: float, y: float, width: float, radius: float, share: float) -> str:
    """The left ``share`` of a box with round ends, as a path."""
    end, middle = x + width * share, y + radius

    def half(depth: float) -> float:
        return math.sqrt(max(0.0, radius**2 - (radius - min(depth, radius)) ** 2))

    left, right = min(end, x + radius), max(x + radius, min(end, x + width - radius))
    rise, fall = half(end - x), half(x + width - end)
    arc = f"A{px(radius)} {px(radius)} 0 0 1"
    path = f"M{px(left)} {px(middle + rise)}{arc} {px(left)} {px(middle - rise)}"
    if end > x + radius:
        path += f"H{px(right)}"
        if end > right:
            path += f"{arc} {px(end)} {px(middle - fall)}V{px(middle + fall)}{arc} {px(right)} {px(middle + radius)}"
        else:
            path += f"V{px(middle + radius)}"
    return path + "Z"
