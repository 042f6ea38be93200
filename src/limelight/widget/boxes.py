"""Containers of ipywidgets: where one is shown, what is in it is shown to those who see no widgets, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def shown_in_boxes(kind: type, picture: Callable[[Any], None]) -> None:
    """Has every container that IPython displays show a picture of each widget of a kind in it, below itself.

    A display printer, since it follows what captures and redirects outputs: see
    docs/decisions.md. Outside IPython nothing is displayed, and nothing is done.

    Args:
        kind: of the widgets that have a picture.
        picture: displays that of one.
    """
    from IPython.core.getipython import get_ipython
    from ipywidgets import Box

    shell = get_ipython()
    if shell is None:
        return
    printers = shell.display_formatter.ipython_display_formatter
    before = printers.type_printers.get(Box)
    if getattr(before, "shows", None) is kind:
        return

    def display(box: Any) -> None:
        inside = list(within(box, kind))
        if not inside:
            if before is None:
                raise NotImplementedError  # IPython goes on as if nobody had been asked
            before(box)
            return
        _display_alone(box, before)
        for widget in inside:
            picture(widget)

    display.shows = kind  # type: ignore[attr-defined]
    printers.for_type(Box, display)


def replace_in(box: Any, widget: Any) -> None:
    """Puts a widget into a container in place of those in it, which are closed."""
    for before in box.children:
        before.close()
    box.children = [widget]


def within(box: Any, kind: type) -> Iterator[Any]:
    """Widgets of a kind inside a container, each once, at any depth; a container may hold itself."""
    seen: set[int] = set()
    waiting = [box]
    while waiting:
        widget = waiting.pop()
        if id(widget) in seen:
            continue
        seen.add(id(widget))
        if isinstance(widget, kind):
            yield widget
        waiting += reversed(getattr(widget, "children", ()))


def _display_alone(box: Any, before: Callable[[Any], object] | None) -> None:
    """Displays a container as it is displayed otherwise."""
    from IPython.display import display

    own = getattr(box, "_ipython_display_", None)
    if own is not None:
        own()
    elif before is not None:
        before(box)
    else:
        bundle = box._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        display(data, metadata=metadata, raw=True)
