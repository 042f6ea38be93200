"""What one asks of a corpus: where words act otherwise, which texts go by few words, which are unlike the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from limelight.corpus import files
from limelight.corpus.tables import Tables

if TYPE_CHECKING:
    import pandas

Where = Mapping[str, str]


class Questions(Tables):
    """A corpus that answers questions in one call."""

    def apart(self, one: Where | Tables, other: Where | Tables | None = None, *, least: int = 5) -> pandas.DataFrame:
        """Words that act differently in two slices of the texts, or in two corpora.

        Args:
            one: values of the columns that were named by ``slices``, such as ``{"source": "film"}``; or another
                corpus, such as one of another model.
            other: the same of what it is set against; None for this corpus as a whole.
            least: number of texts of each in which a word must stand.

        Returns:
            A frame with the columns ``word``, ``target``, ``one``, ``other``, ``difference``, its standard error
            ``se``, and ``sure``, the difference in standard errors; what is surest first. Of hundreds of words some are
            beyond 3 by chance.

        Raises:
            InputError: there is no such column or value.
        """
        first, second = (self._words_of(each, least) for each in (one, self if other is None else other))
        both = first.merge(second, on=["word", "target"], suffixes=("_one", "_other"))
        difference = both.effect_one - both.effect_other
        error = np.hypot(both.se_one, both.se_other)
        found = both[["word", "target"]].assign(
            one=both.effect_one,
            other=both.effect_other,
            difference=difference,
            se=error,
            sure=(difference / error).abs(),
        )
        return found.sort_values(["sure", "word"], ascending=[False, True]).reset_index(drop=True)

    def _words_of(self, which: Where | Tables, least: int) -> pandas.DataFrame:
        if isinstance(which, Tables):
            return which.words(least=least)
        return self.words(where=which, least=least)

    def shortcuts(self, *, most: int = 20) -> pandas.DataFrame:
        """Texts whose answer goes by few words: one word has most of all effect, on the class that is predicted.

        Args:
            most: number of texts.

        Returns:
            A frame with the columns ``id``, ``target``, the predicted one, ``word``, the strongest, its ``effect``
            there, drawn to the word's mean as far as it is noise, its ``share`` of all effects of the text's words in
            size, and the fields of the text; the largest shares times effects first.
        """
        rows = []
        for own in self._predicted():
            size = own.likely.abs()
            strongest = own.loc[size.groupby(own.id).idxmax()].set_index("id")
            share = strongest.likely.abs() / size.groupby(own.id).sum()
            rows.append(strongest[["target", "word", "likely"]].assign(share=share))
        found = _joined(rows, ["target", "word", "likely", "share"])
        found = found.rename(columns={"likely": "effect"}).reset_index()
        order = (found.share * found.effect.abs()).sort_values(ascending=False, kind="stable").index
        return self._with_texts(found.loc[order].head(most))

    def unlike(self, *, most: int = 20, words: int = 4) -> pandas.DataFrame:
        """Texts whose explanation is unlike the others: their words do not do what they do elsewhere.

        Args:
            most: number of texts.
            words: number of words that a text must have.

        Returns:
            A frame with the columns ``id``, ``target``, the predicted one, ``unlike``, the mean square of how far each
            word's effect is from its mean, in units of noise and of what is usual of the word, and the fields of the
            text; the most unlike first. About 1 is usual.
        """
        rows = []
        for own in self._predicted():
            usual = own.se**2 + own.context**2 + own.error**2
            away = ((own.effect - own["mean"]) ** 2 / usual.clip(lower=1e-300)).groupby(own.id)
            targets = own.groupby("id").target.first()
            rows.append(targets.to_frame().assign(unlike=away.mean())[away.size() >= words])
        found = _joined(rows, ["target", "unlike"]).reset_index()
        return self._with_texts(found.sort_values(["unlike", "id"], ascending=[False, True]).head(most))

    def _with_texts(self, found: pandas.DataFrame) -> pandas.DataFrame:
        texts = self.texts(ids=found.id.tolist())[["id", *self.fields]]
        return found.merge(texts, on="id", how="left").reset_index(drop=True)

    def _predicted(self) -> Iterator[pandas.DataFrame]:
        """Of each shard what words do to the target that is predicted, with what they do in general."""
        general = self.words()[["word", "target", "effect", "se", "context"]]
        general = general.rename(columns={"effect": "mean", "se": "error"})
        for path in files.parts(self.out, files.EFFECTS).values():
            texts = files.read_table(self.out / files.TEXTS / path.name, ["id", "targets", "prediction"]).to_pandas()
            texts = texts[texts.prediction.notna()]
            predicted = [row.targets[int(np.argmax(row.prediction))] for row in texts.itertuples()]
            chosen = texts[["id"]].assign(target=predicted)
            own = files.read_table(path).to_pandas().merge(chosen, on=["id", "target"])
            own = own.merge(general, on=["word", "target"])
            share = own.context**2 / (own.context**2 + own.se.astype(float) ** 2).clip(lower=1e-300)
            yield own.assign(likely=own["mean"] + (own.effect - own["mean"]) * share)


def _joined(frames: list[pandas.DataFrame], columns: list[str]) -> pandas.DataFrame:
    """Frames of all shards, by id."""
    import pandas

    empty = pandas.DataFrame({name: [] for name in columns}, index=pandas.Index([], name="id"))
    return pandas.concat(frames) if frames else empty
