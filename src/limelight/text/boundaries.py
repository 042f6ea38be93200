"""The default boundaries of UAX #29, as patterns that read a text forwards once.

``\\X`` and ``(?w)\\b`` of ``regex`` decide each position by looking back: in a row of
flags, to its beginning, which takes quadratic time. Here each match is one stretch
between two boundaries, nothing in it is given back, and matches follow each other
without a gap. Characters and their properties are those of ``regex``; rules are
those of Unicode 18 (https://www.unicode.org/reports/tr29/), by their names there.
"""

from __future__ import annotations

import regex


def _compile(pattern: str, property_name: str, names: dict[str, str]) -> regex.Pattern:
    """Compiles a pattern in which ``<A B>`` stands for characters with one of these values of a property."""

    def characters(m: regex.Match) -> str:
        return "[" + "".join(rf"\p{{{property_name}={names.get(name, name)}}}" for name in m[1].split()) + "]"

    pattern = regex.sub(r"<(\w[\w ]*)>", characters, pattern)
    return regex.compile(pattern.replace("PICTOGRAPH", r"\p{Extended_Pictographic}"), regex.VERBOSE | regex.DOTALL)


_WORD_BREAK = {
    "Letter": "ALetter",
    "Hebrew": "Hebrew_Letter",
    "Digit": "Numeric",
    "Joiner": "ExtendNumLet",
    "Quote": "Single_Quote",
    "Quotes": "Double_Quote",
    "Space": "WSegSpace",
    "Flag": "Regional_Indicator",
}
# WB4: what stands after a character and belongs to it.
_MARKS = "<Extend Format ZWJ>*+"
# In a word each part allows what may follow it (WB5 to WB13b). The last one allows nothing: what
# follows is not joined, or by one more rule only (WB7a, a Hebrew letter before an apostrophe).
_WORD = rf"""
(?=<Hebrew Letter Digit Katakana Joiner>)
(?: <Letter>++ {_MARKS} (?: <MidLetter MidNumLet Quote> {_MARKS} (?=<Letter Hebrew>) | (?!<Katakana>) )
  | <Digit>++ {_MARKS} (?: <MidNum MidNumLet Quote> {_MARKS} (?=<Digit>) | (?!<Katakana>) )
  | <Hebrew>++ {_MARKS} (?: <MidLetter MidNumLet Quote> {_MARKS} (?=<Letter Hebrew>)
                          | <Quotes> {_MARKS} (?=<Hebrew>)
                          | (?!<Katakana Quote>) )
  | <Katakana>++ {_MARKS} (?!<Letter Hebrew Digit>)
  | <Joiner>++ {_MARKS}
)*+
(?: <Hebrew>++ {_MARKS} (?:<Quote> {_MARKS})?+ | (?:<Letter>++|<Digit>++|<Katakana>++) {_MARKS} )?+
"""
# Spaces (WB3d), flags (WB15 and WB16), and anything else alone.
_STRETCH = rf"(?>{_WORD} | <Space>++ {_MARKS} | <Flag> {_MARKS} (?:<Flag> {_MARKS})?+ | . {_MARKS})"
# WB3 to WB3c: line breaks stand alone, and a pictograph is joined to what ends in a joiner.
WORD_SEGMENT = _compile(
    rf"\r\n | <CR LF Newline> | {_STRETCH} (?: (?<=<ZWJ>)(?=PICTOGRAPH) {_STRETCH} )*+", "Word_Break", _WORD_BREAK
)

# GB9 and GB9a: what belongs to the character before it.
_AFTER = "<Extend ZWJ SpacingMark>*+"
# GB6 to GB8, GB11, GB12 and GB13: syllables of Hangul, pictographs that are joined, flags, and anything else.
_CHARACTER = rf"""
(?> <L>*+ (?: <LVT> <T>*+ | <LV V> <V>*+ <T>*+ ) | <L>++ | <T>++
  | PICTOGRAPH (?: <Extend>*+ <ZWJ> PICTOGRAPH )*+
  | <Flag>{{1,2}}+
  | [^\p{{GCB=CR}}\p{{GCB=LF}}\p{{GCB=Control}}] )
{_AFTER}
"""
# GB9c: a consonant is joined to a linker before it.
_CONSONANT = rf"(?=\p{{InCB=Consonant}}) (?<=\p{{InCB=Linker}}\p{{InCB=Extend}}*) . {_AFTER}"
# GB3 to GB5, and GB9b: line breaks and controls stand alone, and some signs go before others.
GRAPHEME = _compile(
    rf"\r\n | <CR LF Control> | (?> <Prepend>*+ {_CHARACTER} | <Prepend>++ ) (?: {_CONSONANT} )*+",
    "Grapheme_Cluster_Break",
    {"Flag": "Regional_Indicator"},
)
