"""Asks for models by the id of a hub that this process serves itself, from folders.

    python hub.py ROOT    # ROOT/org/name is the repository of the model org/name

Prints for each line of JSON on the input, ``{"model": id, ...options}``, its answer or error, and what was
asked of the hub for it. ``{"hub": false}`` takes the hub away for good.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789" * 4
ROOT = Path(sys.argv[1])
ASKED: list[str] = []


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self.listing("/".join(parts[2:4]), parts[4:])
        else:  # org/name/resolve/revision/file
            self.file("/".join(parts[:2]), "/".join(parts[4:]))

    def listing(self, model: str, what: list[str]) -> None:
        files = sorted(path for path in (ROOT / model).rglob("*") if path.is_file())
        names = [str(path.relative_to(ROOT / model)) for path in files]
        ASKED.append(f"{model} listing")
        if not files:
            self.reply(b"{}", 404)
        elif what[:1] == ["tree"]:
            kinds = [
                {"type": "file", "path": name, "size": path.stat().st_size, "oid": digest(path)}
                for name, path in zip(names, files, strict=True)
            ]
            self.reply(json.dumps(kinds).encode())
        else:
            about = {"_id": "0" * 24, "id": model, "modelId": model, "sha": COMMIT, "private": False, "gated": False}
            about |= {"disabled": False, "tags": [], "downloads": 0, "likes": 0}
            self.reply(json.dumps(about | {"siblings": [{"rfilename": name} for name in names]}).encode())

    def file(self, model: str, name: str) -> None:
        path = ROOT / model / name
        if not path.is_file():
            self.reply(b"", 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return
        if self.command == "GET":
            ASKED.append(f"{model} {name}")
        self.reply(path.read_bytes(), 200, {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(path)}"'})

    def reply(self, data: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_OFFLINE": "0"}
    from limelight import as_predictor

    for line in sys.stdin:
        options = json.loads(line)
        if not options.pop("hub", True):
            server.shutdown()
            server.server_close()
            continue
        ASKED.clear()
        try:
            predictor = as_predictor(options.pop("model"), dtype="float32", device="cpu", **options)
            outcome: object = [predictor.name, predictor(["not a good film"]).tolist()]
            del predictor
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        print(json.dumps({"outcome": outcome, "asked": ASKED}), flush=True)


if __name__ == "__main__":
    main()
