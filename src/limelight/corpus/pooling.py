"""Mean effects of words from a few masks a text: answers of all texts are pooled.

The mean answer of a text's masks with a word, less that of those without it, is an unbiased estimate
of what the word does there: the mean of the same difference over all subsets of the other words (its
Banzhaf value). From a few masks it is noisy, since the other words act too. So what these do in
general is first estimated by a ridge regression over *other* texts, and subtracted: whatever that
regression says, the estimate stays unbiased, since signs of different words are uncorrelated.

Sources: Owen, "Monte Carlo theory, methods and examples", chapter 8 (control variates);
Chernozhukov et al., "Double/debiased machine learning", 2018 (cross-fitting); Smyth, "Linear models
and empirical Bayes methods", 2004 (variances of words in few texts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.special import ndtr, stdtrit

from limelight.arrays import Floats, Indices

FOLDS = 5  # a text's control comes from the texts of the other folds
ROUNDS = 4  # of conjugate gradients, each a pass over all texts; twice as many change an error's third digit
PRIOR = 4.0  # texts that what is known of all words counts for in the variance of one word
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sheet:
    """Answers about some texts.

    Attributes:
        ids: ``(T,)`` of the texts.
        folds: ``(T,)``, below ``FOLDS``.
        owner: ``(N,)``: of each feature the position of its text; ascending.
        vocabulary: ``(U,)`` distinct words' positions among all words, ascending.
        words: ``(N,)``: of each feature the position of its word in ``vocabulary``.
        signs: ``(N, m)``: 1 where the feature is in the text of a mask, else -1.
        answers: ``(T, m, k)`` to the masks; NaN throughout where a text has no such target.
    """

    ids: Indices
    folds: Indices
    owner: Indices
    vocabulary: Indices
    words: Indices
    signs: np.ndarray
    answers: Floats

    @cached_property
    def design(self) -> sparse.csr_array:
        """``(T * m, U)``: the signs of each word in each mask, added up where it stands more than once."""
        masks = self.signs.shape[1]
        rows = (self.owner[:, None] * masks + np.arange(masks)).reshape(-1)
        columns = self.words.repeat(masks)
        shape = len(self.ids) * masks, len(self.vocabulary)
        return sparse.coo_array((self.signs.reshape(-1).astype(float), (rows, columns)), shape=shape).tocsr()

    @cached_property
    def present(self) -> Floats:
        """``(T, k)``: 1 where a text has a target, else 0."""
        there: Floats = (~np.isnan(self.answers[:, 0])).astype(float)
        return there

    @cached_property
    def deviations(self) -> Floats:
        """``(T, m, k)``: twice what each answer is above the text's mean; 0 where there is no target."""
        apart: Floats = np.nan_to_num(2 * (self.answers - self.answers.mean(axis=1, keepdims=True)))
        return apart

    @cached_property
    def counted(self) -> Floats:
        """``(T * m, FOLDS * k)``: 1 where an answer counts in a fold's regression, that of the other folds' texts."""
        others = (self.folds[:, None] != np.arange(FOLDS)).astype(float)
        one: Floats = (others[:, :, None] * self.present[:, None]).reshape(len(others), -1)
        return one.repeat(self.signs.shape[1], axis=0)


Sheets = Callable[[], Iterable[Sheet]]


def controls(sheets: Sheets, words: int, targets: int, rounds: int = ROUNDS) -> Floats:
    """What words do in general, for each fold as the texts of the others have it.

    A ridge regression by conjugate gradients; the penalty is that of a prior under which the words
    of a text explain half of its variance: as many answers as a text has words on the average.

    Args:
        sheets: gives the answers anew, in the same order, as often as it is called.
        words: number of words, V.
        targets: number of targets, k.
        rounds: passes over the sheets, beside the first.

    Returns:
        ``(FOLDS, V, k)``.
    """
    counts, right = np.zeros((words, FOLDS * targets)), np.zeros((words, FOLDS * targets))
    features = texts = 0
    for sheet in sheets():
        features, texts = features + len(sheet.owner), texts + len(sheet.ids)
        counts[sheet.vocabulary] += abs(sheet.design).T @ sheet.counted
        spread = np.tile(sheet.deviations.reshape(-1, targets), FOLDS)
        right[sheet.vocabulary] += sheet.design.T @ (spread * sheet.counted)
    penalty = max(1.0, features / max(1, texts))
    scale = 1 / (counts + penalty)
    found, residual = np.zeros_like(right), right.copy()
    step = scale * residual
    before = (residual * step).sum(axis=0)
    for _ in range(rounds):
        product = penalty * step
        for sheet in sheets():
            passed = (sheet.design @ step[sheet.vocabulary]) * sheet.counted
            product[sheet.vocabulary] += sheet.design.T @ passed
        length = _ratio(before, (step * product).sum(axis=0))
        found += length * step
        residual -= length * product
        scaled = scale * residual
        after = (residual * scaled).sum(axis=0)
        step = scaled + _ratio(after, before) * step
        before = after
    return found.reshape(words, FOLDS, targets).transpose(1, 0, 2)


def _ratio(above: Floats, below: Floats) -> Floats:
    """A quotient that is 0 where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


@dataclass(frozen=True)
class General:
    """What estimates in single texts take as given.

    Attributes:
        effects: ``(FOLDS, V, k)``, see ``controls``.
        own: ``(k,)``: by how much an effect in a text differs from the general, squared, on the average.
        joint: ``(k,)``: what words do together brings into each column of the design, squared, on the average.
    """

    effects: Floats
    own: Floats
    joint: Floats


def general_of(sheets: Sheets, words: int, targets: int) -> General:
    """What words do in general, and how far from that they are in single texts.

    The columns of a text's design that more features follow vary more, by what features do on their own; what they do
    together goes into all alike.

    Args:
        sheets: gives the answers anew, in the same order, as often as it is called.
        words: number of words, V.
        targets: number of targets, k.
    """
    effects = controls(sheets, words, targets)
    columns, texts = 0, np.zeros(targets)
    apart, followed = np.zeros(targets), np.zeros(targets)
    slope, varied = np.zeros(targets), np.zeros(targets)
    for sheet in sheets():
        _, contrasts, followers = _contrasts(sheet, effects)
        squares = contrasts**2 * sheet.present[:, None]
        more = followers - followers.mean(axis=1, keepdims=True)
        apart += (more**2).sum(axis=1) @ sheet.present
        followed += followers.mean(axis=1) @ sheet.present
        slope += (more[:, :, None] * squares).sum(axis=(0, 1))
        varied += squares.mean(axis=1).sum(axis=0)
        texts += sheet.present.sum(axis=0)
        columns = followers.shape[1]
    most = _ratio(varied, followed)  # if all were of features on their own
    # of one column, or as many features to each, nothing tells them apart: then each is taken to be half
    own = np.where((apart > 0) & (columns > 1), np.clip(_ratio(slope, apart), 0, most), most / 2)
    return General(effects, own, _ratio(np.maximum(varied - own * followed, 0), texts))


def _contrasts(sheet: Sheet, effects: Floats) -> tuple[Floats, Floats, Floats]:
    """What is left of the answers when the general is taken away, by column of the design.

    Returns:
        that ``(T, m, k)``, its mean along each column ``(T, m - 1, k)``, and how many features follow it
        ``(T, m - 1)``.
    """
    texts, masks, targets = sheet.answers.shape
    own = effects[:, sheet.vocabulary]
    fitted = sheet.design @ own.transpose(1, 0, 2).reshape(len(sheet.vocabulary), -1)
    rest = sheet.deviations - fitted.reshape(texts, masks, FOLDS, targets)[np.arange(texts), :, sheet.folds]
    columns = _columns(masks)
    followers = np.zeros((texts, masks - 1))
    np.add.at(followers, sheet.owner, np.abs(sheet.signs @ columns) == masks)
    return rest, np.einsum("mc,tmk->tck", columns, rest) / masks, followers


def _columns(masks: int) -> Indices:
    """``(m, m - 1)`` of 1 and -1: the columns that features follow, see ``orthogonal_masks``."""
    rows = np.arange(masks)
    signs: Indices = 1 - 2 * (np.bitwise_count(rows[:, None] & rows[1:]) % 2).astype(int)
    return signs


def estimates(sheet: Sheet, general: General) -> tuple[Floats, Floats]:
    """What each feature does in its text, and the variance of that estimate.

    Args:
        sheet: answers about some texts.
        general: see ``general_of``; whatever it says, the effects are unbiased.

    Returns:
        effects ``(N, k)`` and variances ``(N, k)``; of no meaning where a text has no such target.
    """
    masks = sheet.signs.shape[1]
    rest, contrasts, followers = _contrasts(sheet, general.effects)
    signed = np.einsum("nm,nmk->nk", sheet.signs, rest[sheet.owner]) / masks
    own = general.effects[:, sheet.vocabulary]
    effects: Floats = signed + own[sheet.folds[sheet.owner], sheet.words]
    # what a text varies by is spread over its columns as it is over those of all texts
    column = np.argmax(np.abs(sheet.signs @ _columns(masks)), axis=1)
    others = followers[sheet.owner, column][:, None] - 1
    expected = followers.mean(axis=1)[:, None] * general.own + general.joint
    size = _ratio((contrasts**2).mean(axis=1), expected)
    variances: Floats = size[sheet.owner] * (others * general.own + general.joint)
    return effects, variances


@dataclass
class Totals:
    """Sums over texts, from which effects of words are had; those of several parts add up.

    Attributes:
        texts: ``(V, k)`` texts that hold the word and have the target.
        sums: ``(V, k)`` of its effects in them.
        squares: ``(V, k)`` of the squares of these.
        noise: ``(V, k)`` of the variances of these estimates.
    """

    texts: Floats
    sums: Floats
    squares: Floats
    noise: Floats

    @classmethod
    def empty(cls, words: int, targets: int) -> Totals:
        """Of no text."""
        return cls(*(np.zeros((words, targets)) for _ in range(4)))

    def add(self, sheet: Sheet, effects: Floats, variances: Floats) -> None:
        """Takes in the texts of a sheet, see ``estimates``."""
        owner, words, means, noise = by_text(sheet, effects, variances)
        there = sheet.present[owner]
        for total, values in zip(self._parts, (there, there * means, there * means**2, there * noise), strict=True):
            total[sheet.vocabulary] += _summed(words, values, len(sheet.vocabulary))

    @property
    def _parts(self) -> tuple[Floats, ...]:
        return self.texts, self.sums, self.squares, self.noise


def by_text(sheet: Sheet, effects: Floats, variances: Floats) -> tuple[Indices, Indices, Floats, Floats]:
    """The mean over places of a word in one text.

    Returns:
        of each word in each text the text's position, the word's in ``vocabulary``, its effect ``(n, k)`` and the
        variance of that estimate ``(n, k)``.
    """
    size = len(sheet.vocabulary)
    keys, inverse, places = np.unique(sheet.owner * size + sheet.words, return_inverse=True, return_counts=True)
    means = _summed(inverse, effects, len(keys)) / places[:, None]
    # features of one text share its noise: more places do not lessen it
    noise = _summed(inverse, variances, len(keys)) / places[:, None]
    return keys // size, keys % size, means, noise


def _summed(groups: Indices, values: Floats, size: int) -> Floats:
    """``(size, k)``: sums of the rows of each group."""
    return np.stack([np.bincount(groups, column, size) for column in values.T], axis=1)


@dataclass(frozen=True)
class Effects:
    """What words do.

    Attributes:
        texts: ``(V, k)`` texts that hold the word and have the target.
        means: ``(V, k)``.
        errors: ``(V, k)`` standard errors of the means, clustered by text.
        reach: ``(V, k)``: half of an interval, in standard errors.
        context: ``(V, k)`` standard deviation between texts beyond the noise of the estimates.
    """

    texts: Floats
    means: Floats
    errors: Floats
    reach: Floats
    context: Floats


def effects_of(totals: Totals) -> Effects:
    """Effects with their errors.

    The variance between the texts of a word is taken together with what is known of it before: the noise of its
    own estimates, and the mean variance between texts of all words beyond the noise.
    """
    n, freedom = np.maximum(totals.texts, 1), np.maximum(totals.texts - 1, 0)
    means, noise = totals.sums / n, totals.noise / n
    spread = np.maximum(totals.squares - n * means**2, 0)  # sum of squares about the mean
    beyond = np.where(freedom > 0, spread - freedom * noise, 0).sum(axis=0)
    common = np.maximum(beyond / np.maximum(freedom.sum(axis=0), 1), 0)
    variance = (PRIOR * (noise + common) + spread) / (PRIOR + freedom)
    return Effects(
        texts=totals.texts,
        means=means,
        errors=np.sqrt(variance / n),
        reach=stdtrit(PRIOR + freedom, 0.5 + CONFIDENCE / 2),
        context=np.sqrt(np.maximum(np.where(freedom > 0, _ratio(spread, freedom) - noise, 0), 0)),
    )


def likely(found: Effects, at: Indices, means: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """What words do in single texts, each drawn towards its mean as far as it is noise.

    Args:
        found: effects of all words.
        at: ``(n,)`` positions of words.
        means: ``(n, k)`` their effects in a text each.
        noise: ``(n, k)`` the variances of these.

    Returns:
        the likeliest effects ``(n, k)``, and the probability ``(n, k)`` that the word raises the score there.
    """
    prior, between = found.means[at], found.context[at] ** 2 + found.errors[at] ** 2
    share = _ratio(between, between + noise)
    middle: Floats = prior + share * (means - prior)
    spread = np.sqrt(between * (1 - share))
    raises: Floats = np.where(spread > 0, ndtr(_ratio(middle, spread)), (np.sign(middle) + 1) / 2)
    return middle, raises


@dataclass
class Extremes:
    """The texts in which each word acts most, as they come; the lower id first where two are alike.

    Attributes:
        ids: ``(V, k, most)``, -1 where there is none.
        values: ``(V, k, most)``, descending.
    """

    ids: Indices
    values: Floats

    @classmethod
    def empty(cls, words: int, targets: int, most: int) -> Extremes:
        """Of no text; ``most`` of them are kept."""
        shape = words, targets, most
        return cls(np.full(shape, -1), np.full(shape, -np.inf))

    def add(self, words: Indices, ids: Indices, values: Floats) -> None:
        """Takes in values ``(n, k)`` of words in texts, -inf where there is none; sheets come by ascending id."""
        most = self.ids.shape[2]
        for target, column in enumerate(values.T):
            order = np.lexsort((ids, -column, words))
            order = order[column[order] > -np.inf]
            if not len(order):
                continue
            begins = np.flatnonzero(np.r_[True, np.diff(words[order]) > 0])
            rank = np.arange(len(order)) - begins.repeat(np.diff(np.r_[begins, len(order)]))
            best, rank = order[rank < most], rank[rank < most]
            touched, row = np.unique(words[best], return_inverse=True)
            merged = np.full((2, len(touched), 2 * most), -np.inf)
            merged[:, :, :most] = self.values[touched, target], self.ids[touched, target]
            merged[:, row, most + rank] = column[best], ids[best]
            chosen = np.argsort(-merged[0], axis=1, kind="stable")[:, :most]
            self.values[touched, target], own = np.take_along_axis(merged, chosen[None], axis=2)
            self.ids[touched, target] = np.where(np.isfinite(own), own, -1).astype(int)
