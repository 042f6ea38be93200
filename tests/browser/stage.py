"""A host of our own: the real bundle in a page, over a real widget in this process, and messages in between.

It keeps what Colab and VS Code are known to demand. The page is a sandboxed frame of an opaque origin, where
storage, cookies and the parent raise. What a thread of the kernel sends is dropped: only what is sent while the
page's own message is handled, or by the main thread, arrives.
"""

from __future__ import annotations

import json
import threading
from html import escape

from limelight import Explainer

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>stage</title>
<style>
body { margin: 8px; background: #fff; }
@media (prefers-color-scheme: dark) { body { background: #111; } }
</style>
<style>%(style)s</style>
<main></main>
<script type="module">
const state = %(state)s, listeners = [], changed = new Set();
const fire = (event, ...args) => listeners.filter((one) => one.event === event).forEach((one) => one.callback(...args));
const put = (values) => {
  Object.assign(state, values);
  Object.keys(values).forEach((name) => fire(`change:${name}`));
};
const deliver = (messages) => {
  for (const { method, state, content } of messages) method === "update" ? put(state) : fire("msg:custom", content);
};
const tell = async (message) => deliver(await toKernel(message));
const model = {
  get: (name) => state[name],
  set: (name, value) => { if (state[name] !== value) { changed.add(name); put({ [name]: value }); } },
  save_changes() {
    tell({ method: "update", state: Object.fromEntries([...changed].map((name) => [name, state[name]])) });
    changed.clear();
  },
  send(content) {
    if (stage.gone) throw new Error("Cannot send");
    tell({ method: "custom", content });
  },
  on: (event, callback) => listeners.push({ event, callback }),
  off: (event, callback) => {
    const at = listeners.findIndex((one) => one.event === event && one.callback === callback);
    if (at >= 0) listeners.splice(at, 1);
  },
};
const source = new Blob([%(source)s], { type: "text/javascript" });
const widget = (await import(URL.createObjectURL(source))).default;
const views = [];
globalThis.stage = {
  deliver, listeners, fire, views, gone: false,
  open: async () => {
    const el = document.querySelector("main").appendChild(document.createElement("div"));
    views.push({ el, close: await widget.render({ model, el }) });
  },
  close: (at) => {
    views[at].close();
    views[at].el.remove();
    views[at] = null;
  },
};
stage.open();
</script>
</html>"""


class Stage:
    """Shows ``Explainer(*args, **options)`` in a page.

    Attributes:
        widget: the kernel's side.
        frame: the page's side, a Playwright frame.
        deaf: set it, and the kernel answers nothing any more.
    """

    def __init__(self, page, *args, **options) -> None:
        stage, self._main, self._sent, self.deaf = self, threading.current_thread(), [], False

        class Staged(Explainer):
            def _send(self, message, buffers=None):
                stage._hear(message)

        self.widget = Staged(*args, **options)
        page.expose_binding("toKernel", lambda _, message: self._handle(message))
        ours = {"_fields", "_menu"}  # other names with an underscore are ipywidgets' own, and large
        wanted = {name: value for name, value in self.widget.get_state().items() if name[0] != "_" or name in ours}
        fill = {"state": _script(wanted), "source": _script(str(self.widget._esm)), "style": str(self.widget._css)}
        inner = escape(PAGE % fill, quote=True)
        style = "border:0;width:100%;height:99vh"
        page.set_content(
            f'<!doctype html><html lang="en"><title>host</title><body style="margin:0">'
            f'<iframe title="output" sandbox="allow-scripts" style="{style}" srcdoc="{inner}"></iframe></body></html>'
        )
        self.frame = page.frames[1]
        self.frame.get_by_test_id("limelight").wait_for()

    def _hear(self, message) -> None:
        if threading.current_thread() is self._main:
            self._sent.append(message)

    def _handle(self, message) -> list:
        if self.deaf:
            return []
        if message["method"] == "update":
            self.widget.set_state(message["state"])
        else:
            self.widget._handle_custom_msg(message["content"], [])
        sent, self._sent = self._sent, []
        return sent

    def run(self, **traits) -> None:
        """Sets traits as a cell does, on the main thread, and lets the page have what that sends."""
        for name, value in traits.items():
            setattr(self.widget, name, value)
        sent, self._sent = self._sent, []
        self.frame.evaluate("messages => stage.deliver(messages)", sent)

    def close(self) -> None:
        self.widget.close()


def _script(value: object) -> str:
    """JSON that stands inside a script element."""
    return json.dumps(value).replace("<", "\\u003c")
