"""Random texts of all that Unicode has, and of what other languages take for commands."""

from __future__ import annotations

import unicodedata
from random import Random

# First and last code point; a few scripts of every kind of writing, and what is no writing.
RANGES = {
    "ASCII": (0x20, 0x7E),
    "Latin": (0xA1, 0x24F),
    "phonetic": (0x250, 0x2AF),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x52F),
    "Armenian": (0x531, 0x58F),
    "Hebrew": (0x591, 0x5F4),
    "Arabic": (0x600, 0x6FF),
    "Syriac": (0x700, 0x74F),
    "Devanagari": (0x900, 0x97F),
    "Bengali": (0x980, 0x9FE),
    "Tamil": (0xB82, 0xBFA),
    "Sinhala": (0xD81, 0xDF4),
    "Thai": (0xE01, 0xE5B),
    "Lao": (0xE81, 0xEDF),
    "Tibetan": (0xF00, 0xFDA),
    "Burmese": (0x1000, 0x109F),
    "Georgian": (0x10A0, 0x10FF),
    "jamo": (0x1100, 0x11FF),
    "Ethiopic": (0x1200, 0x139F),
    "Cherokee": (0x13A0, 0x13FD),
    "Khmer": (0x1780, 0x17F9),
    "Mongolian": (0x1800, 0x18AA),
    "Vietnamese": (0x1E00, 0x1EFF),
    "punctuation": (0x2000, 0x206F),
    "signs": (0x2070, 0x23FF),
    "shapes": (0x2500, 0x27BF),
    "Japanese": (0x3000, 0x30FF),
    "Han": (0x4E00, 0x9FFF),
    "Yi": (0xA000, 0xA4C6),
    "Hangul": (0xAC00, 0xD7A3),
    "private": (0xE000, 0xE0FF),
    "Arabic forms": (0xFB50, 0xFEFC),
    "full width": (0xFF01, 0xFFEE),
    "marks": (0x300, 0x36F),
    "more marks": (0x1AB0, 0x1AFF),
    "controls": (0x00, 0x1F),
    "more controls": (0x7F, 0x9F),
    "variations": (0xFE00, 0xFE0F),
    "not characters": (0xFFF0, 0xFFFF),
    "cuneiform": (0x12000, 0x12399),
    "hieroglyphs": (0x13000, 0x1342E),
    "mathematics": (0x1D400, 0x1D7FF),
    "emoji": (0x1F300, 0x1FAFF),
    "flags": (0x1F1E6, 0x1F1FF),
    "rare Han": (0x20000, 0x2A6DF),
    "tags": (0xE0001, 0xE007F),
    "the last": (0x10FFF0, 0x10FFFF),
    "anything": (0x00, 0x10FFFF),
}
SPACES = [
    "\u0020",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\u2028",
    "\u2029",
    "\u0085",
    "\v\f",
]
ODD = [
    *("", " ", "\n\n", "?!", "...", "\ufeff", "\u200d", "\u0301", "\0", "\u202e", "\u2066\u2069", "\ufffe"),
    *("👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪🇫🇷🇨", "❤️", "1️⃣", "🧑🏽‍🚀", "ẍ̷̢͔́", "각", "कि", "ﷺ", "ﬁ", "ß", "İ", "ſ", "Ǆ"),
    *("<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "<!--", "]]>", "&lt;&amp;amp;", "<b>b</b>"),
    *("' onmouseover='x", '" style="x', "javascript:alert(1)", "{{7*7}}", "${7*7}", "%(text)s", "{text}", "%s%n"),
    *("\\input{/etc/passwd}", "$x^2$", "\\\\[2em]", "~#_^{}%&", "--- ``q'' ?`", "\\end{document}", "[b]", "\\"),
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\r>", "\b\b\b", "\x07"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a,b;c", 'say ""', "a\tb", "=HYPERLINK(\"x\")"),
    *("[MASK]", "[CLS] [SEP]", "[PAD]", "[UNK]", "##ing", "<s>", "</s>", "<mask>", "<|endoftext|>", "Ġ", "▁"),
    *("not a good film", "http://x.y/z?a=1&b=2#c", "user@example.org", "C:\\x\\y", "../../x", "1,234.5", "don't"),
    *("a" * 5000, "好" * 2000, "x" * 300 + " " + "y" * 300, "👍" * 300, "a\u0301\u0302" * 200, "!" * 999, "a b " * 300),
]  # fmt: skip


def assigned(point: int) -> bool:
    return unicodedata.category(chr(point)) not in ("Cn", "Cs")


def word(random: Random) -> str:
    """A word in one script; seldom of what stands for nothing."""
    first, last = RANGES[random.choice(list(RANGES))]
    points = [random.randint(first, last) for _ in range(random.randint(1, 8))]
    return "".join(chr(point) for point in points if assigned(point) or random.random() < 0.02)


def text(random: Random) -> str:
    """A text of a few words in any scripts, with odd things among them."""
    if random.random() < 0.1:
        return random.choice(ODD)
    pieces = []
    for _ in range(random.randint(1, 9)):
        pieces.append(word(random) if random.random() < 0.7 else random.choice(ODD[: -7 if len(pieces) else None]))
        pieces.append(random.choice(SPACES) if random.random() < 0.3 else " ")
    if random.random() < 0.03:
        pieces.append(chr(random.randint(0xD800, 0xDFFF)))
    return "".join(pieces)
