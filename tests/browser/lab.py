"""A Jupyter server of our own: JupyterLab, and the hosts that come with it as extensions."""

from __future__ import annotations

import json
import re
import secrets
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

from tests.browser.server import Server, answers

FOLDERS = ("config", "runtime", "data", "settings", "workspaces", "ipython")


class Lab(Server):
    """Starts JupyterLab with nothing of the user's own settings; Notebook 7 and Voila live in it too."""

    def __init__(self, base: Path) -> None:
        self.root, self.token = base / "root", secrets.token_hex(16)
        self.root.mkdir()
        paths = {name: base / name for name in FOLDERS}
        for path in paths.values():
            path.mkdir()
        env = {f"JUPYTER_{name.upper()}_DIR": str(paths[name]) for name in ("config", "runtime", "data")}
        env |= {f"JUPYTERLAB_{name.upper()}_DIR": str(paths[name]) for name in ("settings", "workspaces")}
        env |= {"IPYTHONDIR": str(paths["ipython"])}
        # the news popup would ask the network and cover the toolbar
        (paths["config"] / "labconfig").mkdir()
        off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (paths["config"] / "labconfig" / "page_config.json").write_text(json.dumps(off))
        self._overrides = paths["settings"] / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        command = ["jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += ["--ServerApp.port=0", f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"]
        command += ["--ServerApp.terminals_enabled=False", "--LabApp.extension_manager=readonly"]
        super().__init__(command, env, base / "log.txt", lambda: self._found(paths["runtime"]))

    def _found(self, runtime: Path) -> str | None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                url = json.loads(file.read_text())["url"]
            except ValueError:  # still being written
                continue
            if answers(f"{url}api/status?token={self.token}"):
                return url
        return None

    def theme(self, name: str) -> None:
        """``"JupyterLab Light"`` or ``"JupyterLab Dark"``, for pages opened from now on."""
        self._overrides.parent.mkdir(parents=True, exist_ok=True)
        self._overrides.write_text(json.dumps({"theme": name}))

    def write(self, name: str, cells: list[str]) -> str:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}},
        )
        nbformat.write(notebook, self.root / name)
        return name

    def open(self, page, notebook: str) -> None:
        # a workspace of its own: the default one brings back the tabs of earlier tests
        page.goto(f"{self.url}lab/workspaces/{secrets.token_hex(4)}/tree/{notebook}?token={self.token}")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=90_000)
        # the notebook's own indicator says idle before there is a kernel
        page.locator("#jp-main-statusbar", has_text="Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)

    def open_notebook(self, page, notebook: str) -> None:
        """The same in Notebook 7, which has no status bar: the server says when there is a kernel."""
        page.goto(f"{self.url}notebooks/{notebook}?token={self.token}")
        page.locator(".jp-Cell").first.wait_for(timeout=90_000)
        for _ in range(450):
            if any(s["path"] == notebook and s["kernel"]["execution_state"] == "idle" for s in self._api("sessions")):
                return
            page.wait_for_timeout(200)
        raise AssertionError(f"{notebook} got no kernel")

    def run_all(self, page) -> None:
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def run(self, page, code: str):
        """Types code into a new last cell and runs it; returns its output."""
        cells = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
        cells.last.locator(".cm-content").click()
        page.keyboard.press("Escape")
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")
        return cells.last.locator(".jp-OutputArea-output")

    def restart(self, page) -> None:
        page.get_by_role("menuitem", name="Kernel", exact=True).click()
        page.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
        page.locator(".jp-Dialog .jp-mod-accept").click()

    def end_kernels(self) -> None:
        for session in self._api("sessions"):
            for last in (False, False, True):
                try:
                    self._api(f"sessions/{session['id']}", "DELETE")
                    break
                except urllib.error.HTTPError:
                    # a kernel that is being restarted cannot be ended yet
                    if last:
                        raise
                    time.sleep(2)

    def _api(self, path: str, method: str = "GET"):
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")
