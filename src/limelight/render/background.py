"""A terminal's background: it is asked, since what is written on a colour has to be read."""

from __future__ import annotations

import os
import re
import select
import time

from limelight.render.theme import Colour

PATIENCE = 0.2  # seconds for a terminal to answer; all but the dumbest take a few milliseconds


def found() -> Colour | None:
    """The terminal's background: what it answers, else what the environment says, else None."""
    if answered := asked():
        return answered
    said = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return {"7": (255, 255, 255), "15": (255, 255, 255)}.get(said)


def asked() -> Colour | None:
    """Asks the terminal for its background (OSC 11), then what it is (DA1), which every terminal answers.

    The second answer says that no first one is to come, so that nothing has to be waited for.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return None
    try:
        device = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    reply = b""
    try:
        # a process in the background that sets its terminal is stopped by the system
        if os.tcgetpgrp(device) != os.getpgrp():
            return None
        before = termios.tcgetattr(device)
        try:
            tty.setcbreak(device)
            os.write(device, b"\x1b]11;?\x1b\\\x1b[c")
            until = time.monotonic() + PATIENCE
            while not re.search(rb"\x1b\[\?[\d;]*c", reply):
                if not select.select([device], [], [], max(0.0, until - time.monotonic()))[0]:
                    break
                reply += os.read(device, 256)
        finally:
            termios.tcsetattr(device, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return None
    finally:
        os.close(device)
    return colour_in(reply)


def colour_in(reply: bytes) -> Colour | None:
    """The colour in a terminal's answer to OSC 11, which gives each part in one to four hexadecimal digits."""
    found = re.search(rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})", reply)
    return found and tuple(round(255 * int(part, 16) / (16 ** len(part) - 1)) for part in found.groups())


def luminance(colour: Colour) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
