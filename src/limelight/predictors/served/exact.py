"""Servers that score a given answer: llama.cpp's and vLLM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from limelight.errors import PredictionError
from limelight.predictors.prompting import Messages
from limelight.predictors.served.client import Ask, Body
from limelight.predictors.served.refusals import Malformed
from limelight.predictors.served.servers import OTHERS, Exact, Ids, Token, log_of, told

FEW = 48  # tokens that are written to see how an answer ends
MANY, ALL = 2000, 1 << 24  # of the vocabulary, which are asked for where one of them is looked for


class LlamaCpp(Exact):
    """llama.cpp's own: a grammar of token ids forces the answer, and what it tells are the unforced probabilities."""

    title = "llama.cpp"
    first = 8  # it says the same for a while, and something else once its slots hold other prompts
    generation: ClassVar[Mapping[str, str]] = {
        "temperature": "temperature",
        "top_k": "top_k",
        "top_p": "top_p",
        "min_p": "min_p",
        "repetition_penalty": "repeat_penalty",
        "seed": "seed",
    }
    drawn: ClassVar[Mapping[str, float]] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}

    start = ""  # what an empty prompt is, where nothing is put before every text

    def __init__(self, model: str, templated: bool = True) -> None:
        super().__init__(model, templated)
        self._pieces: dict[int, bytes] = {}

    async def prompt(self, ask: Ask, given: str | Messages) -> str:
        if isinstance(given, str):
            return given or self.start
        made = (await ask("//apply-template", {"messages": given}, None)).get("prompt")
        if not isinstance(made, str):
            raise Malformed("made no prompt of a chat")
        return made

    async def weighed(self, text: str, ask: Ask) -> int:
        prompt = await self.prompt(ask, [{"role": "user", "content": text}] if self.templated else text)
        answer = await ask("//tokenize", {"content": prompt, "add_special": True, "parse_special": True}, None)
        return len(_ids(answer))

    async def cut(self, ask: Ask, text: str) -> list[Token]:
        found = await ask("//tokenize", {"content": text, "with_pieces": True, "add_special": False}, None)
        try:
            tokens = [Token(int(one["id"]), _bytes(one["piece"])) for one in found["tokens"]]
        except (KeyError, TypeError, ValueError):
            raise Malformed("cut no text into tokens") from None
        # the vocabularies of some put a blank in front
        if (said := b"".join(one.piece for one in tokens)) != text.encode():
            if said.removeprefix(b" ") != text.encode():
                raise Malformed("cut a text into tokens of another")
            tokens[0] = replace(tokens[0], piece=tokens[0].piece.removeprefix(b" "))
        self._pieces.update((one.id, one.piece) for one in tokens)
        return tokens

    async def pieces(self, ask: Ask, tokens: Sequence[Token]) -> list[Token]:
        # the token that ends an answer comes last, and has no bytes
        tokens = list(tokens[:-1] if tokens and not tokens[-1].piece else tokens)
        text = b"".join(one.piece for one in tokens).decode("utf-8", "replace")
        # tokens that are parts of a character are told with the last of them only
        return tokens if text.isascii() else await self.cut(ask, text.rstrip("\ufffd"))

    def _body(self, prompt: Any, most: int, others: int) -> Body:
        wanted = {"prompt": prompt, "n_predict": most, "n_probs": others + 1, "cache_prompt": True}
        return {**wanted, "return_tokens": True, "post_sampling_probs": False}

    async def scored(self, ask: Ask, prompt: Any, ids: Ids, ended: bool, others: int = 0) -> list[Token]:
        found: list[Token] = []
        whole = [_is_whole(self._pieces.get(one, b"a")) for one in ids]
        at = 0
        while at < len(ids) or (ended and len(found) == at):
            before = [prompt, *ids[:at]] if at else prompt
            if at < len(ids) and not whole[at]:
                found.append(await self._among(ask, before, ids[at], others))
                at += 1
                continue
            stop = next((later for later in range(at, len(ids)) if not whole[later]), len(ids))
            found += await self._forced(ask, before, ids[at:stop], ended and stop == len(ids), others)
            at = stop
        return found

    async def _forced(self, ask: Ask, prompt: Any, ids: Ids, ended: bool, others: int) -> list[Token]:
        """Tokens of whole characters, and the end: a grammar lets nothing else pass."""
        most = len(ids) + ended
        grammar = "root ::= " + (" ".join(f"<[{one}]>" for one in ids) or '""')
        tokens, _ = self.heard(await self._completed(ask, prompt, most, others, grammar))
        if len(tokens) != most or tuple(one.id for one in tokens)[: len(ids)] != ids:
            raise Malformed("scored another answer than the one that was given")
        return tokens

    async def _among(self, ask: Ask, prompt: Any, own: int, others: int) -> Token:
        """A part of a character, which no grammar lets pass: looked for among what is likely."""
        for many in (MANY, ALL):
            (first, *_), _ = self.heard(await self._completed(ask, prompt, 1, many, 'root ::= "a"'))
            told = sorted((first, *first.others), key=lambda one: -log_of(one))
            for one in told:
                if one.id == own:
                    return replace(one, others=tuple(other for other in told if other.id != own)[:others])
        raise Malformed("told no log-probability of a token that is a part of a character")

    async def _completed(self, ask: Ask, prompt: Any, most: int, others: int, grammar: str) -> Any:
        body = self._body(prompt, most, others) | {"grammar": grammar, "temperature": 0}
        answer = await ask("//completion", body, most)
        if not answer.get("completion_probabilities"):
            raise Malformed("told no log-probabilities")
        if answer.get("truncated"):
            raise PredictionError(
                "the server left out a part of the prompt, which is longer than its context. limelight never cuts a "
                "prompt; shorten it, or start the server with a larger context (-c)."
            )
        return answer

    def writing(self, prompt: Any, options: Mapping[str, Any], most: int) -> tuple[str, Body]:
        return "//completion", {**self._body(prompt, most, OTHERS), **self.wanted(options), "stream": True}

    def heard(self, event: Any) -> tuple[list[Token], bool | None]:
        ended = {"eos": True, "word": True}.get(str(event.get("stop_type")), False) if event.get("stop") else None
        return [_token(one, "logprob") for one in event.get("completion_probabilities") or []], ended


class Vllm(Exact):
    """vLLM's own: it tells the log-probabilities of a prompt, of which the answer is the end."""

    title = "vLLM"
    repeats = 3  # it says the same each time
    generation: ClassVar[Mapping[str, str]] = {
        "temperature": "temperature",
        "top_k": "top_k",
        "top_p": "top_p",
        "min_p": "min_p",
        "repetition_penalty": "repetition_penalty",
        "seed": "seed",
    }
    end: int | None = None  # the token that ends an answer, once one was seen

    async def prompt(self, ask: Ask, given: str | Messages) -> list[int]:
        what = {"prompt": given} if isinstance(given, str) else {"messages": given, "add_generation_prompt": True}
        ids = _ids(await ask("//tokenize", {"model": self.model, **what}, None))
        if ids:
            return ids
        # an empty prompt is none: an answer begins where another text has ended
        return [self.end] if self.end is not None else await self.prompt(ask, "\n")

    async def learn_end(self, ask: Ask, prompt: Sequence[int]) -> None:
        """Has it write a few words, to see by which token it ends them."""
        body = {"model": self.model, "prompt": list(prompt), "max_tokens": FEW, "temperature": 0}
        self.heard(await ask("/completions", {**body, "return_token_ids": True}, FEW))

    async def weighed(self, text: str, ask: Ask) -> int:
        return len(await self.prompt(ask, [{"role": "user", "content": text}] if self.templated else text))

    async def cut(self, ask: Ask, text: str) -> list[Token]:
        body = {"model": self.model, "prompt": text, "add_special_tokens": False}
        ids = _ids(await ask("//tokenize", body, None))
        return await self.pieces(ask, [Token(one, b"") for one in ids])

    async def pieces(self, ask: Ask, tokens: Sequence[Token]) -> list[Token]:
        # as the text grows by each: the last part of a character has all its bytes
        ids, found, before = [one.id for one in tokens], [], b""
        for count in range(1, len(ids) + 1):
            text = (await ask("//detokenize", {"model": self.model, "tokens": list(ids[:count])}, None)).get("prompt")
            if not isinstance(text, str):
                raise Malformed("made no text of tokens")
            whole = text.rstrip("\ufffd").encode()
            piece = whole[len(before) :] if whole.startswith(before) else b""
            found.append(Token(ids[count - 1], piece))
            before += piece
        return found

    async def scored(self, ask: Ask, prompt: Any, ids: Ids, ended: bool, others: int = 0) -> list[Token]:
        ends = () if not ended or self.end is None else (self.end,)
        whole = [*prompt, *ids, *ends]
        many = others + 1 if others else 0  # the own may be among them
        body = {"model": self.model, "prompt": whole, "max_tokens": 1, "temperature": 0, "prompt_logprobs": many}
        answer = await ask("/completions", body, 1)
        try:
            rows = answer["choices"][0]["prompt_logprobs"][len(prompt) :]
            tokens = [_ranked(row, one) for row, one in zip(rows, (*ids, *ends), strict=True)]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            raise Malformed("told no log-probabilities of its prompt") from None
        return tokens

    def writing(self, prompt: Any, options: Mapping[str, Any], most: int) -> tuple[str, Body]:
        body = {"model": self.model, "prompt": prompt, "max_tokens": most, "stream": True, "return_token_ids": True}
        return "/completions", body | self.wanted(options) | {"stream_options": {"include_usage": True}}

    def heard(self, event: Any) -> tuple[list[Token], bool | None]:
        choice = (event.get("choices") or [{}])[0]
        ids, why = list(choice.get("token_ids") or []), choice.get("finish_reason")
        ended = None if why is None else why == "stop"
        if ended and ids:
            self.end = int(ids.pop())
        text = str(choice.get("text") or "").encode()
        return [Token(int(one), text if not at else b"") for at, one in enumerate(ids)], ended


def _is_whole(piece: bytes) -> bool:
    """Whether a token is made of whole characters."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _token(one: Any, name: str) -> Token:
    try:
        own = int(one["id"])
        others = tuple(
            Token(int(other["id"]), _bytes(other.get("bytes") or []), told(other[name]))
            for other in one.get("top_logprobs") or []
            if int(other["id"]) != own
        )
        return Token(own, _bytes(one.get("bytes") or []), told(one[name]), others)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("told tokens without their log-probabilities") from None


def _ranked(row: Mapping[str, Any], own: int) -> Token:
    """A token of ``prompt_logprobs``, with what else was likely there."""
    tokens = {int(one): Token(int(one), str(v["decoded_token"]).encode(), told(v["logprob"])) for one, v in row.items()}
    others = sorted((one for one in tokens.values() if one.id != own), key=lambda one: -(one.log or 0))
    return replace(tokens[own], others=tuple(others))


def _bytes(piece: Any) -> bytes:
    return piece.encode() if isinstance(piece, str) else bytes(piece)


def _ids(answer: Any) -> list[int]:
    try:
        return [int(one) for one in answer["tokens"]]
    except (KeyError, TypeError, ValueError):
        raise Malformed("cut no text into tokens") from None
