"""What pictures say, in the languages that limelight speaks: the words of ``js/src/captions.js``, where it has them.

Tests compare the two. What a picture shares with no screen, such as LaTeX's head, is English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from limelight.errors import InputError, listing
from limelight.protocol import LANGUAGES
from limelight.text.units import UNITS

_TAG = re.compile(rf"({'|'.join(LANGUAGES)})(-[a-z0-9]{{1,8}})*", re.IGNORECASE | re.ASCII)


class Relation(NamedTuple):
    """How a sentence on words that count together is made: what stands before, between and after their names."""

    before: str
    between: str
    two: str  # after two names
    many: str  # after three or more


class English:
    """Numbers come written; a target or a scale by its name."""

    lang = "en"
    note, word, comma = "Note:", "word", ", "
    raises, lowers, doubtful = "raises", "lowers", "not distinguishable from 0"
    together, stops, empty = "together", "the model stops reading here", "(empty)"
    maskers = {"delete": "deleted", "mask": "masked"}
    ends = {
        # the widget has no such words: it may still be at work
        "prediction": "stopped before any weight was estimated",
        "answering": "stopped while the answer was being written",
        "draft": "stopped at a draft",
        "partial": "stopped early",
        "exact": "every thinned text asked: exact",
    }
    sums = {
        "": "",
        "weights": "+ Σ weights ",
        "pairs": "+ Σ weights and pairs ",
        "terms": "+ Σ weights and terms ",
    }
    relations = {
        "either": Relation("", ", ", ": either is enough", ": any is enough"),
        "need": Relation("", " + ", " need each other", ": each needs the others"),
        "turns": Relation("", " turns ", "", ""),
        "more": Relation("", " + ", " count more", " count more"),
        "less": Relation("", " + ", " count less", " count less"),
    }

    def quantity(self, scale: str, target: str) -> str:
        """What scores and weights are measured in, for one target."""
        named = {"probability": f"P({target})", "attention": "what the model looks at", "value": target}
        return named.get(scale, f"{scale} of {target}")

    def effect(self, scale: str, target: str) -> str:
        """What weights say, as a caption."""
        return (
            "share of what the model looks at" if scale == "attention" else f"effect on {self.quantity(scale, target)}"
        )

    def full_colour(self, most: str) -> str:
        """What the full colour stands for."""
        return f"full colour ±{most}"

    def more_classes(self, left: str) -> str:
        """How many targets have no room."""
        return f"and {left} more classes"

    def sum(self, what: str, base: str, terms: str, total: str, score: str) -> str:
        """How the weights add up; ``terms`` is one of ``sums``."""
        return f"{what} ≈ {base} base {self.sums[terms]}= {total}, model {score}"

    def missed(self, much: str) -> str:
        """By how much the weights miss what they should sum to."""
        return f"misses its sum by {much}"

    def little(self, fit: str) -> str:
        """That the weights, whose fit is so, say little of the model."""
        return f"{fit}: these weights explain little of the model here"

    def within(self, word: str, field: str) -> str:
        """A word that several fields have."""
        return f"{word} ({field})"

    def count_together(self, terms: str) -> str:
        """What counts together, and by how much."""
        return f"{self.together}: {terms}"

    def removal(self, unit: str | Mapping[str, str], masker: str) -> str:
        """What was taken out, of one unit or of one by the name of each field, and how."""
        return f"{_units(self, unit)} {self.maskers.get(masker, masker)}".strip()

    def evaluations(self, count: int) -> str:
        """How often the model was asked."""
        return f"{count:,} evaluation{'' if count == 1 else 's'}"

    def method(self, _name: str, title: str) -> str:
        """A method's name for readers."""
        return title


class Chinese(English):
    """The same in simplified Chinese."""

    lang = "zh-CN"
    note, word, comma = "注意：", "词语", "、"
    raises, lowers, doubtful = "提高", "降低", "与 0 无法区分"
    together, stops, empty = "共同作用", "模型只读到这里", "（空）"
    maskers = {"delete": "删除", "mask": "遮蔽"}
    ends = {
        "prediction": "在估计出任何权重之前停止",
        "answering": "在写出回答时停止",
        "draft": "停在草稿",
        "partial": "提前停止",
        "exact": "所有删减文本均已询问：精确",
    }
    sums = {"": "", "weights": "+ Σ 权重 ", "pairs": "+ Σ 权重与词对 ", "terms": "+ Σ 权重与词组 "}
    relations = {
        "either": Relation("", "、", "：有其一即可", "：有其一即可"),
        "need": Relation("", " + ", "：缺一不可", "：缺一不可"),
        "turns": Relation("“", "”反转“", "”", "”"),
        "more": Relation("", " + ", "：合起来更强", "：合起来更强"),
        "less": Relation("", " + ", "：合起来更弱", "：合起来更弱"),
    }
    scales = {"log-odds": "对数几率", "log-probability": "对数概率"}
    methods = {
        "interactions": "词与词间作用",
        "lime": "LIME",
        "shapley": "Shapley 值",
        "occlusion": "遮挡法",
        "integrated_gradients": "积分梯度",
        "gradient_x_input": "梯度 × 输入",
        "attention_rollout": "注意力展开",
    }

    def quantity(self, scale: str, target: str) -> str:
        named = {"probability": f"P({target})", "attention": "模型的注意力", "value": target}
        return named.get(scale, f"{target} 的 {self.scales.get(scale, scale)}")

    def effect(self, scale: str, target: str) -> str:
        return "占模型注意力的份额" if scale == "attention" else f"对 {self.quantity(scale, target)} 的影响"

    def full_colour(self, most: str) -> str:
        return f"最深色 ±{most}"

    def more_classes(self, left: str) -> str:
        return f"另有 {left} 个类别"

    def sum(self, what: str, base: str, terms: str, total: str, score: str) -> str:
        return f"{what} ≈ 基准值 {base} {self.sums[terms]}= {total}，模型 {score}"

    def missed(self, much: str) -> str:
        return f"与应有的总和相差 {much}"

    def little(self, fit: str) -> str:
        return f"{fit}：这些权重在这里几乎解释不了模型"

    def within(self, word: str, field: str) -> str:
        return f"{word}（{field}）"

    def count_together(self, terms: str) -> str:
        return f"{self.together}：{terms}"

    def removal(self, unit: str | Mapping[str, str], masker: str) -> str:
        return self.maskers.get(masker, masker) + _units(self, unit)

    def evaluations(self, count: int) -> str:
        return f"{count:,} 次评估"

    def method(self, name: str, title: str) -> str:
        return self.methods.get(name, title)


def _units(say: English, unit: str | Mapping[str, str]) -> str:
    names = [unit] if isinstance(unit, str) else dict.fromkeys(unit.values())
    return say.comma.join(UNITS[name].titles[say.lang.split("-")[0]] if name in UNITS else name for name in names)


CAPTIONS: dict[str, English] = {"en": English(), "zh": Chinese()}


def captions(lang: str = "") -> English:
    """The captions of a language; of English where none is named, since Python knows no reader's.

    Raises:
        InputError: as ``check_language``.
    """
    return CAPTIONS[(check_language(lang) or "en").split("-")[0].lower()]


def check_language(lang: object) -> str:
    """Returns a language tag if there are captions in that language; "" stands for the reader's own.

    Raises:
        InputError: it is no tag, or of another language.
    """
    if isinstance(lang, str) and (not lang or _TAG.fullmatch(lang)):
        return lang
    raise InputError(
        f"lang is {lang!r}. limelight has captions in {listing(LANGUAGES)}, also with a region such as 'zh-CN'; "
        "leave lang out to take the browser's."
    )
