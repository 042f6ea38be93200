"""Small BERTs that are trained in seconds on texts whose evidence is planted, so that what is right is known."""

from __future__ import annotations

import numpy as np

NAMES = ["washington", "jordan", "paris", "austin", "sydney", "carolina", "florence", "chester"]
SAID = {"PER": ["mr {}", "{} said", "{} laughed"], "LOC": ["in {}", "near {}", "from {}"]}
FILLERS = ["today", "then", "and", "again", "the", "old", "people", "there", "often", "with", "much", "noise"]
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def words_of() -> list[str]:
    """The vocabulary, a word a token."""
    evidence = [word for said in SAID.values() for one in said for word in one.split() if word != "{}"]
    return [*NAMES, *dict.fromkeys(evidence), *FILLERS, *"?.,"]


def tagged(random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Words and their labels: what stands beside a name says what it is, and a name alone is nothing."""
    words: list[str] = []
    labels: list[str] = []
    for _ in range(random.integers(0, 4)):
        kind = ("PER", "LOC", "")[random.integers(3)]
        for word in (SAID[kind][random.integers(3)] if kind else "{}").split():
            if word == "{}":
                size = 1 + int(random.random() < 0.3)
                words += list(random.choice(NAMES, size))
                labels += [f"B-{kind}", *[f"I-{kind}"] * (size - 1)] if kind else ["O"] * size
            else:
                words.append(word)
                labels.append("O")
        fill = random.integers(1, 5)
        words += list(random.choice(FILLERS, fill))
        labels += ["O"] * int(fill)
    words += list(random.choice(FILLERS, 2))
    return words, [*labels, "O", "O"]


def tokenizer_of(folder, words: list[str]):
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    fast = BertWordPieceTokenizer(str(folder / "vocab.txt"))
    return BertTokenizerFast(tokenizer_object=fast._tokenizer, model_max_length=64), len(pieces)


def small(vocabulary: int, **more):
    from transformers import BertConfig

    size = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    return BertConfig(**size, max_position_embeddings=64, vocab_size=vocabulary, hidden_dropout_prob=0.0, **more)


def fitted(model, batches, steps: int, rate: float = 2e-3) -> None:
    """Trains a model for so many steps; each batch gives the arguments of its own loss."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model computes no faster with more
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        model(**next(batches)).loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    torch.set_num_threads(threads)


def entities_model(folder):
    """A BERT that tells persons from places by what stands beside a name; and its tokenizer."""
    import torch
    from transformers import BertForTokenClassification

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer, size = tokenizer_of(folder, words_of())
    model = BertForTokenClassification(
        small(size, id2label=dict(enumerate(LABELS)), label2id={name: at for at, name in enumerate(LABELS)})
    )

    def batches():
        while True:
            texts = [tagged(random) for _ in range(48)]
            encoded = tokenizer([" ".join(words) for words, _ in texts], padding=True, return_tensors="pt")
            wanted = torch.full_like(encoded["input_ids"], -100)
            for row, (_, labels) in enumerate(texts):
                wanted[row, 1 : 1 + len(labels)] = torch.tensor([LABELS.index(label) for label in labels])
            yield {**encoded, "labels": wanted}

    fitted(model, batches(), 300)
    return model, tokenizer


ASKED = {"who is met": "meets", "what is eaten": "eats", "where is home": "in"}
PEOPLE = ["anna", "boris", "clara", "david", "emma", "felix"]
THINGS = ["bread", "kurt", "oslo", "rice", "laura", "cairo", "soup", "paula"]
BESIDE = ["often", "then", "today", "still"]


def answered(random: np.random.Generator) -> tuple[str, str, list[str]]:
    """A question, a context and its answers there: the verb before a thing says what it answers, and nothing else.

    A thing stands once; people and what stands beside them go missing at times, as when words are
    taken out.
    """
    kinds = list(random.choice(list(ASKED), random.integers(1, 4), replace=random.random() < 0.3))
    things = list(random.choice(THINGS, len(kinds), replace=False))
    asked = str(random.choice(kinds if random.random() < 0.85 else list(ASKED)))
    words: list[str] = []
    for kind, thing in zip(kinds, things, strict=True):
        words += [str(random.choice(own)) for own in (BESIDE, PEOPLE) if random.random() < 0.7]
        words += [ASKED[kind], str(thing), "."]
    # its last word says it all
    question = " ".join(word for word in asked.split() if word == asked.split()[-1] or random.random() < 0.9)
    return question, " ".join(words), [str(thing) for kind, thing in zip(kinds, things, strict=True) if kind == asked]


def answers_model(folder):
    """A BERT that finds what a question asks for by the verb before it, or says that nothing is; and its tokenizer."""
    import torch
    from transformers import BertForQuestionAnswering

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    words = [*" ".join([*ASKED, *ASKED.values()]).split(), *PEOPLE, *THINGS, *BESIDE, *"?.,"]
    tokenizer, size = tokenizer_of(folder, list(dict.fromkeys(words)))
    model = BertForQuestionAnswering(small(size, initializer_range=0.3))
    # waves: by these a model learns in seconds what it is to stand one word after another
    at, table = torch.arange(64)[:, None], model.bert.embeddings.position_embeddings.weight
    waves = at * 50.0 ** (-torch.arange(0, table.shape[1], 2) / table.shape[1])
    with torch.no_grad():
        table.copy_(0.5 * torch.stack([waves.sin(), waves.cos()], dim=-1).reshape(table.shape))

    def batches():
        while True:
            rows = [answered(random) for _ in range(48)]
            encoded = tokenizer(*map(list, list(zip(*rows, strict=True))[:2]), padding=True, return_tensors="pt")
            places = [
                encoded.char_to_token(row, f" {context}".index(f" {random.choice(answers)} "), 1) if answers else 0
                for row, (_, context, answers) in enumerate(rows)
            ]
            yield {**encoded, "start_positions": torch.tensor(places), "end_positions": torch.tensor(places)}

    fitted(model, batches(), 600, 3e-3)
    return model, tokenizer


PAIRS = "open closed, hot cold, wet dry, full empty, loud quiet, rich poor, early late, tall short"
OPPOSITES = [pair.split() for pair in PAIRS.split(", ")]
OPPOSITE = {one: two for pair in OPPOSITES for one, two in (pair, pair[::-1])}
SUBJECTS = "shop door house office river garden theatre bakery station museum kitchen market school bridge tower hotel"


def opposed(random: np.random.Generator, contradicts: bool) -> tuple[list[str], list[str]]:
    """Words of a premise and of a hypothesis, of which one of each are opposites, or none.

    Each says several things, all of the same kind whatever the label: neither text alone decides.
    """
    said, asked = int(random.integers(2, 5)), int(random.integers(2, 4))
    words = [str(random.choice(OPPOSITES[at])) for at in random.permutation(len(OPPOSITES))[: said + asked]]
    if contradicts:
        words[said + random.integers(asked)] = OPPOSITE[words[random.integers(said)]]
    subjects = random.permutation(SUBJECTS.split()).tolist()
    told = [f"the {subject} is {word}" for subject, word in zip(subjects, words, strict=False)]
    return " ".join(told[:said]).split(), " ".join(told[said:]).split()


def planted(premise: list[str], hypothesis: list[str]) -> tuple[str, str] | None:
    """The word of the premise and the one of the hypothesis that contradict each other, of what is left of both."""
    return next(((OPPOSITE[word], word) for word in hypothesis if OPPOSITE.get(word) in premise), None)


def thinned(random: np.random.Generator, kept: float, *texts: list[str]) -> list[list[str]]:
    """Texts of which so many words are left."""
    return [[word for word in words if random.random() < kept] for words in texts]


def opposites_model(folder):
    """A BERT that says whether a hypothesis contradicts its premise, by what is left of both; and its tokenizer."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer, size = tokenizer_of(folder, ["the", "is", *SUBJECTS.split(), *OPPOSITE])
    model = BertForSequenceClassification(
        small(
            size,
            id2label={0: "contradiction", 1: "neutral"},
            label2id={"contradiction": 0, "neutral": 1},
            initializer_range=0.1,
        )
    )

    def batches():
        while True:
            rows = [opposed(random, random.random() < 0.6) for _ in range(48)]
            rows = [thinned(random, 1 if random.random() < 0.3 else random.uniform(0.3, 1), *row) for row in rows]
            encoded = tokenizer(
                *([" ".join(row[at]) for row in rows] for at in (0, 1)), padding=True, return_tensors="pt"
            )
            yield {**encoded, "labels": torch.tensor([int(planted(*row) is None) for row in rows])}

    fitted(model, batches(), 800, 3e-3)
    return model, tokenizer
