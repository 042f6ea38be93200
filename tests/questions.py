"""The recipe of a model that answers questions: MiniLM, on contexts that tell two things of each sort.

What somebody plays is told in one sentence, and in another what somebody sold: the word for it decides, not the sort of
answer. Words and sentences go missing in training, too: what no sentence tells any more has no answer, even where its
words still stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from tests.minilm import BASE, FIRMS, KINDS, PLACES, fitted, one_of, people

# Of each sort of answer two questions, each with the ways in which it is told. The word that decides has a star.
TOLD = (
    {
        "Where does {} *live?": ("{} *lives in {}.", "The *home of {} is in {}."),
        "Where was {} *born?": ("{} was *born in {}.", "The *birth of {} was in {}."),
    },
    {
        "Who does {} *work for?": ("{} *works for {}.", "{} has a *desk at {}."),
        "Who did {} *leave?": ("{} *left {} in spring.", "{} has *resigned from {}."),
    },
    {
        "What did {} *study?": ("{} *studied {} for years.", "{} took a *degree in {}."),
        "What does {} *teach?": ("{} *teaches {} at school.", "{} gives *lessons in {}."),
    },
    {
        "What does {} *play?": ("{} *plays the {} at weekends.", "Every evening {} *practises the {}."),
        "What did {} *sell?": ("{} *sold the {} last week.", "A *buyer came to {} for the {}."),
    },
    {
        "Who is {} *married to?": ("{} is *married to {}.", "The *wedding of {} and {} was in spring."),
        "Who did {} *visit?": ("{} *visited {} in spring.", "{} was a *guest of {}."),
    },
)
SUBJECTS = "physics law history chemistry music geology medicine philosophy botany economics"
INSTRUMENTS = "piano violin flute cello trumpet harp guitar clarinet organ drum"
# sentences that tell nothing of anybody: any of the first with any of the second
PLAIN = "The old bridge, A new market, The last train, The river, The library, A brown dog, The town clock, The harvest"
PLAIN += ", The school choir, A heavy storm, The bakery, The museum"
DOES = "was late again, stays closed until Monday, made the front page, could be heard from afar, is quite small"
DOES += ", costs more every year, was painted in spring, draws many visitors, surprised everybody, came too soon"
NAME, KIND, ANSWER = "name", "kind", "answer"  # what a word is there for, or ""

WHOLE = 130  # steps of training on short contexts, of which all is there

Words = list[tuple[str, str]]  # each with what it is there for


class Told(NamedTuple):
    """A question, and the sentences of a context, of which one has the answer."""

    question: Words
    sentences: list[Words]
    asked: int

    @property
    def texts(self) -> tuple[str, str]:
        """The question and the context."""
        return _joined(self.question), " ".join(_joined(one) for one in self.sentences if one)

    @property
    def span(self) -> tuple[int, int]:
        """Where the answer stands in the context."""
        before = sum(len(_joined(one)) + 1 for one in self.sentences[: self.asked] if one)
        own = self.sentences[self.asked]
        first = next(at for at, (_, what) in enumerate(own) if what == ANSWER)
        start = before + sum(len(word) + 1 for word, _ in own[:first])
        return start, start + len(_joined([one for one in own if one[1] == ANSWER]).rstrip("."))

    @property
    def evidence(self) -> tuple[int, int]:
        """Where the sentence stands that has the answer."""
        start = sum(len(_joined(one)) + 1 for one in self.sentences[: self.asked] if one)
        return start, start + len(_joined(self.sentences[self.asked]))

    @property
    def answerable(self) -> bool:
        """Whether both the question and the sentence still have the word that decides."""
        return all(KIND in {what for _, what in words} for words in (self.question, self.sentences[self.asked]))

    def thinned(self, random: np.random.Generator, kept: float) -> Told:
        """The same with words and sentences gone; the words of the answer stay, those of others at times."""

        def left(words: Words, own: bool) -> Words:
            if random.random() > kept:
                pinned = own or random.random() < 0.5
                return [one for one in words if one[1] == ANSWER and pinned]
            return [one for one in words if random.random() < (1 + kept) / 2 or one[1] == ANSWER]

        question = [one for one in self.question if random.random() < (1 + kept) / 2]
        return Told(question, [left(one, at == self.asked) for at, one in enumerate(self.sentences)], self.asked)


def _joined(words: Words) -> str:
    return " ".join(word for word, _ in words)


def _filled(form: str, *names: str) -> Words:
    """A form with a name, and with an answer if it takes one."""
    words: Words = []
    given = iter(zip(names, (NAME, ANSWER), strict=False))
    for part in form.split():
        if part.startswith("{}"):
            name, what = next(given)
            words += [(word, what) for word in (name + part[2:]).split()]
        else:
            words.append((part.strip("*"), KIND if part[0] == "*" else ""))
    return words


def told(random: np.random.Generator, sentences: int, held_out: bool = False) -> Told:
    """A question, and what tells its answer among other things: two of each of up to five sorts, of three people."""
    known = people(random, 3, held_out)
    draws = (
        lambda: one_of(random, PLACES, held_out),
        lambda: f"{one_of(random, FIRMS, held_out)} {random.choice(KINDS.split())}",
        lambda: str(random.choice(SUBJECTS.split())),
        lambda: str(random.choice(INSTRUMENTS.split())),
        lambda: str(random.choice([one for one in people(random, 18, held_out) if one not in known])),
    )
    questions: list[Words] = []
    said: list[Words] = []
    answers: list[str] = []
    for sort in random.permutation(len(TOLD))[: min(5, sentences // 2)]:
        for question, forms in TOLD[sort].items():
            person = str(random.choice(known))
            answers.append(next(one for one in iter(draws[sort], "") if one not in answers))
            questions.append(_filled(question, person))
            said.append(_filled(forms[random.integers(2)], person, answers[-1]))
    facts = len(said)
    while len(said) < sentences:
        plain = f"{random.choice(PLAIN.split(', '))} {random.choice(DOES.split(', '))}."
        said.append([(word, "") for word in plain.split()])
    order = random.permutation(len(said))
    asked = int(random.integers(facts))
    return Told(questions[asked], [said[at] for at in order], int(np.flatnonzero(order == asked)[0]))


def answering() -> tuple[Any, Any]:
    """A MiniLM that answers what is asked of made-up people, or says that nothing tells."""
    import torch
    from transformers import AutoTokenizer, BertForQuestionAnswering

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    tokenizer.model_max_length = 512
    model = BertForQuestionAnswering.from_pretrained(BASE, dtype=torch.float32)

    def batches() -> Iterator[dict[str, Any]]:
        for step in count():
            size, rows = int(random.integers(4, 7)), 24
            if step >= WHOLE:
                size = int(random.choice([random.integers(4, 9), 12, 30], p=[0.7, 0.2, 0.1]))
                rows = min(rows, 144 // size)
            some = [told(random, size) for _ in range(rows)]
            if step >= WHOLE:
                some = [one if random.random() < 0.5 else one.thinned(random, random.uniform(0.4, 1)) for one in some]
            encoded = tokenizer([one.texts for one in some], padding=True, return_tensors="pt")
            edges = [
                [encoded.char_to_token(row, one.span[end] - end, 1) if one.answerable else 0]
                for end in (0, 1)
                for row, one in enumerate(some)
            ]
            starts, ends = torch.tensor(edges).reshape(2, -1)
            yield {**encoded, "start_positions": starts, "end_positions": ends}

    return fitted(model, batches(), 380, 5e-4), tokenizer
