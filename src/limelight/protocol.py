"""What the kernel and the page say to each other; `js/src/protocol.js` says the same.

A request is ``{id, kind, msg}`` and is always answered with
``{id, kind: "<kind>-response", response}`` or ``{id, kind: "<kind>-error", error}``.
Messages are for verbs only: whatever a view shows is state.
"""

from __future__ import annotations

from typing import Any

SCHEMA = "limelight/2"
KINDS = ("explain", "cancel", "poll", "export")
STATUSES = ("loading", "ready", "running", "done", "stopped", "failed")


def response(request: dict[str, Any], value: object) -> dict[str, Any]:
    return {"id": request.get("id"), "kind": f"{request.get('kind')}-response", "response": value}


def failure(request: dict[str, Any], error: str) -> dict[str, Any]:
    return {"id": request.get("id"), "kind": f"{request.get('kind')}-error", "error": error}
