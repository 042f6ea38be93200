"""A server on loopback with a model of known probabilities, in five dialects, that can be made to misbehave."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.predictors.served.faults import spoilt

# What each word of the prompt adds to the log-odds of saying "yes", and takes off the improbability of the answer.
WEIGHTS = {"good": 1.5, "bad": -2.0, "dull": -1.0, "fine": 0.75, "France": 2.0, "capital": 1.0}
ANSWER = " Paris is fine."
END = 0
PIECE = re.compile(r" ?\w+|[^\w]|\s+")
FILL = 6  # other tokens that are told beside the own


class Vocabulary:
    """Ids of pieces, given out as they come."""

    def __init__(self):
        self.ids, self.pieces, self.lock = {"": END}, [""], threading.Lock()

    def id(self, piece):
        with self.lock:
            if piece not in self.ids:
                self.ids[piece] = len(self.pieces)
                self.pieces.append(piece)
            return self.ids[piece]

    def cut(self, text):
        return [self.id(piece) for piece in PIECE.findall(text)]

    def text(self, ids):
        return "".join(self.pieces[one] for one in ids)


def merit(text):
    """By how much the words of a prompt speak for the answer."""
    return sum(WEIGHTS.get(word, 0.0) for word in re.findall(r"\w+", text))


def yes(text):
    """The probability of "yes" after a prompt."""
    return 1 / (1 + math.exp(-merit(text)))


def log_probability(text, position):
    """Of the answer's token at a position: the first hangs on the prompt, the others follow by themselves."""
    return -math.log1p(math.exp(1.0 - merit(text))) if position == 0 else -0.05 * (position + 1)


class Stub:
    """What the server does, and what was asked of it.

    Args:
        dialect: ``"llama"``, ``"vllm"``, ``"echo"``, ``"top"`` or ``"text"``.
        faults: names of what goes wrong, and how often: ``{"500": .1}``.
        latency: seconds before each answer.
        key: without which nothing is answered.
        several: whether it writes several answers at once.
        noise: standard deviation of each log-probability; drawn anew each time that the same is asked, and the same
            for one seed in whatever order several requests arrive.
        top: how many next tokens it tells.
        speak: what it says to a prompt.
        embed: the embedding of a text, where it has a model for that.
    """

    model = "stub-1"

    def __init__(
        self,
        dialect="llama",
        faults=None,
        latency=0.0,
        key="",
        several=True,
        noise=0.0,
        top=20,
        seed=0,
        answer=ANSWER,
        speak=None,
        embed=None,
    ):
        self.dialect, self.faults, self.latency, self.key = dialect, dict(faults or {}), latency, key
        self.several, self.noise, self.top, self.answer, self.speak = several, noise, top, answer, speak
        self.embed = embed
        self.words, self.random, self.lock = Vocabulary(), random.Random(seed), threading.Lock()
        self.seed, self.shakes = seed, Counter()
        self.requests, self.headers, self.times = [], [], []
        self.tokens = self.flying = self.most_flying = 0

    def fault(self):
        with self.lock:
            return next((name for name, share in self.faults.items() if self.random.random() < share), "")

    def chance(self):
        with self.lock:
            return self.random.random()

    def shaken(self, log, *asked):
        if not self.noise:
            return log
        with self.lock:
            self.shakes[asked] += 1
            own = random.Random(repr((self.seed, asked, self.shakes[asked])))
        return min(0.0, log + own.gauss(0, self.noise))

    # the interface

    def respond(self, path, body):
        """Status and JSON."""
        if path == "/v1/models":
            return 200, {"data": [{"id": self.model}]}
        if path == "/v1/chat/completions":
            return self.chat(body)
        if path == "/v1/embeddings" and self.embed:
            rows = [{"index": at, "embedding": self.embed(text)} for at, text in enumerate(body["input"])]
            count = self.spent(sum(len(self.words.cut(text)) for text in body["input"]), 0)["prompt_tokens"]
            return 200, {"data": rows[::-1], "usage": {"prompt_tokens": count, "total_tokens": count}}
        if self.dialect == "llama":
            if path == "/props":
                return 200, {"chat_template": "x", "total_slots": 8}
            if path == "/apply-template":
                return 200, {"prompt": self.rendered(body["messages"])}
            if path == "/tokenize":
                ids = self.words.cut(body["content"])
                pieces = [{"id": one, "piece": self.words.pieces[one]} for one in ids]
                return 200, {"tokens": pieces if body.get("with_pieces") else ids}
            if path == "/completion":
                return self.completion(body)
        if self.dialect == "vllm":
            if path == "/tokenize":
                text = body["prompt"] if "prompt" in body else self.rendered(body["messages"])
                return 200, {"tokens": self.words.cut(text)}
            if path == "/detokenize":
                return 200, {"prompt": self.words.text(body["tokens"])}
            if path == "/v1/completions":
                return self.echoed(body) if "prompt_logprobs" in body else self.written(body)
        if self.dialect == "echo" and path == "/v1/completions":
            return self.told_again(body) if body.get("echo") else self.written(body)
        return 404, {"error": {"message": f"no route {path}"}}

    def rendered(self, messages):
        return "".join(f"{one['role']}: {one['content']}\n" for one in messages) + "assistant:"

    def spent(self, prompt, written):
        with self.lock:
            self.tokens += prompt + written
        return {"prompt_tokens": prompt, "completion_tokens": written}

    def answer_ids(self):
        return [*self.words.cut(self.answer), END]

    def told(self, prompt, position, own, many):
        """The own token with its log-probability, and as many others."""
        said = self.words.pieces[own].strip().lower()
        if position == 0 and said in ("yes", "no"):
            log = self.shaken(math.log(yes(prompt) if said == "yes" else 1 - yes(prompt)), prompt, said)
            return log, [(own, log)]
        ids, log = self.answer_ids(), log_probability(prompt, position)
        expected = ids[position] if position < len(ids) else END
        log = self.shaken(log if own == expected else math.log1p(-math.exp(log)) - 4, prompt, position, own)
        rest = [self.words.id(f" other{at}") for at in range(many - 1)]
        return log, [(own, log)] + [(one, log - 3 - at) for at, one in enumerate(rest)]

    def completion(self, body):
        prompt = body["prompt"]
        forced = [int(one) for one in re.findall(r"\d+", body.get("grammar", ""))]
        ids = ([*forced, END] if forced else self.answer_ids())[: body["n_predict"]]
        rows = []
        for at, own in enumerate(ids):
            log, top = self.told(prompt, at, own, body["n_probs"])
            tops = [{"id": one, "bytes": list(self.words.pieces[one].encode()), "logprob": value} for one, value in top]
            rows.append({**tops[0], "logprob": log, "top_logprobs": tops})
        usage = self.spent(len(self.words.cut(prompt)), len(ids))
        ends = {"stop": True, "stop_type": "eos" if ids[-1] == END else "limit", "truncated": False}
        ends |= {"tokens_evaluated": usage["prompt_tokens"], "tokens_predicted": usage["completion_tokens"]}
        if body.get("stream"):
            return 200, [{"stop": False, "completion_probabilities": [row]} for row in rows] + [ends]
        return 200, {"completion_probabilities": rows, **ends}

    def echoed(self, body):
        whole = body["prompt"] if isinstance(body["prompt"], list) else self.words.cut(body["prompt"])
        text = self.words.text(whole)
        prompt, found, _ = text.partition("assistant:")
        start = len(self.words.cut(prompt + found)) if found else 1
        rows = [None] * start
        for at, own in enumerate(whole[start:]):
            _, top = self.told(prompt, at, own, max(1, body["prompt_logprobs"]))
            rows.append({str(one): {"logprob": log, "decoded_token": self.words.pieces[one]} for one, log in top})
        usage = self.spent(len(whole), 1)
        return 200, {"choices": [{"text": "", "prompt_logprobs": rows}], "usage": usage}

    def told_again(self, body):
        """The prompt and one token more, as OpenAI's older interface tells them: by texts, not by ids."""
        text = body["prompt"]
        prompt = text.removesuffix(self.answer) if text.endswith(self.answer) else text.rpartition(" ")[0]
        before, own = self.words.cut(prompt), self.words.cut(text[len(prompt) :])
        rows = [(one, -1.0, [(one, -1.0)]) for one in before]
        rows += [(one, *self.told(prompt, at, one, body["logprobs"])) for at, one in enumerate(own)]
        rows += [(self.words.id(" more"), -1.0, [(self.words.id(" more"), -1.0)])]
        pieces = [self.words.pieces[one] for one, *_ in rows]
        starts = [0, *itertools.accumulate(map(len, pieces))][:-1]
        tops = [{self.words.pieces[one]: log for one, log in top} for *_, top in rows]
        logprobs = {"tokens": pieces, "token_logprobs": [None, *(log for _, log, _ in rows[1:])]}
        logprobs |= {"top_logprobs": [None, *tops[1:]], "text_offset": starts}
        usage = self.spent(len(before) + len(own), 1)
        return 200, {"choices": [{"text": "".join(pieces), "logprobs": logprobs}], "usage": usage}

    def written(self, body):
        ids = self.answer_ids()[: body["max_tokens"]]
        events = [{"choices": [{"text": self.words.pieces[one], "token_ids": [one]}]} for one in ids]
        events[-1]["choices"][0]["finish_reason"] = "stop" if ids[-1] == END else "length"
        prompt = body["prompt"]
        usage = self.spent(len(self.words.cut(prompt) if isinstance(prompt, str) else prompt), len(ids))
        if not body.get("stream"):
            return 200, {"choices": [{**events[-1]["choices"][0], "token_ids": ids}], "usage": usage}
        return 200, [*events, {"choices": [], "usage": usage}]

    def chat(self, body):
        text = self.rendered(body["messages"])
        many = body.get("n", 1) if self.several else 1
        likely = yes(text)
        choices = []
        for _ in range(many):
            said = self.speak(text) if self.speak else "Yes" if self.chance() < likely else "no."
            choice = {"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
            if self.dialect == "top" and body.get("logprobs"):
                tops = [("Yes", 0.8 * likely), ("yes", 0.2 * likely), ("no", 1 - likely), ("maybe", 1e-9)]
                tops = sorted(tops, key=lambda one: -one[1])[: min(self.top, body["top_logprobs"])]
                tops = [(token, self.shaken(math.log(share), text, token)) for token, share in tops]
                content = [{"token": token, "logprob": log} for token, log in tops]
                choice["logprobs"] = {"content": [{**content[0], "top_logprobs": content}]}
            choices.append(choice)
        usage = self.spent(len(self.words.cut(text)), many * body.get("max_tokens", 1))
        return 200, {"choices": choices, "usage": usage}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        stub = self.server.stub
        size = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(size)) if size else {}
        with stub.lock:
            stub.requests.append((self.path, body))
            stub.times.append(time.monotonic())
            stub.headers.append(dict(self.headers))
            stub.flying += 1
            stub.most_flying = max(stub.most_flying, stub.flying)
        try:
            time.sleep(stub.latency)
            self.reply(stub, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with stub.lock:
                stub.flying -= 1

    def reply(self, stub, body):
        if stub.key and self.headers.get("authorization") != f"Bearer {stub.key}":
            said = f"Incorrect key provided: {self.headers.get('authorization')}"
            return self.send(401, json.dumps({"error": {"message": said}}))
        fault = stub.fault()
        if fault == "drop":
            self.close_connection = True
            return self.connection.close()
        if fault in ("delay", "hang"):
            time.sleep(0.2 if fault == "delay" else 0.8)  # beyond the patience of who asks
        if fault in ("429", "500", "503"):
            return self.send(int(fault), '{"error": {"message": "too much"}}', {"Retry-After": "0.05"})
        if fault == "tells":
            said = f"failed for {self.headers.get('authorization')}"
            return self.send(500, json.dumps({"error": {"message": said}}))
        if fault == "quota":
            return self.send(429, '{"error": {"code": "insufficient_quota", "message": "You exceeded it"}}')
        if fault == "html":
            return self.send(200, "<!doctype html><html><body>Sign in</body></html>")
        if fault == "filter":
            return self.send(400, '{"error": {"code": "content_filter", "message": "not that"}}')
        try:
            status, answer = stub.respond(self.path, body)
        except KeyError as missing:
            status, answer = 400, {"error": {"message": f"the body has no {missing}"}}
        if isinstance(answer, list):
            return self.stream(answer, fault)
        text = json.dumps(spoilt(answer, fault))
        self.send(status, text[: len(text) // 2] if fault == "truncate" else text)

    def stream(self, events, fault):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        if fault == "truncate":
            events = events[: len(events) // 2]
        for event in events:
            self.wfile.write(f"data: {json.dumps(spoilt(event, fault))}\n\n".encode())
            self.wfile.flush()
        if fault != "truncate":
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def send(self, status, text, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": len(text.encode()), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text.encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


def far(monkeypatch):
    """Has limelight take this machine for another."""
    from limelight.predictors.served.address import Address

    init = Address.__init__

    def remote(self, base_url):
        init(self, base_url)
        self.local = False

    monkeypatch.setattr(Address, "__init__", remote)


@contextmanager
def serving(stub):
    """The stub's address while it serves."""
    server = Server(("127.0.0.1", 0), Handler)
    server.stub = stub
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
