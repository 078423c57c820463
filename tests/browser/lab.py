"""JupyterLab on a copy of the notebooks, and a notebook that is open in it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import json5
from playwright.sync_api import Locator, Page

from coursekit.workshop.building.chapter import ROOT

__all__ = ["Notebook", "environment", "serving"]

_RUN = """async (ids) => {
  const { content, sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  for (const id of ids) {
    content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === id);
    content.deselectAll();
    await jupyterapp.commands.execute('notebook:run-cell');
  }
}"""
# What a move asks for is drawn a moment after the kernel has read it: wait for the one, then for the other.
_SETTLE = """async () => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  for (const pause of [100, 20]) {
    await kernel.requestExecute({ code: '', silent: true }).done;
    await new Promise(done => setTimeout(done, pause));
  }
}"""
_SAYS = """async (code) => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  const asked = sessionContext.session.kernel.requestExecute({ code, store_history: false });
  let said = '';
  asked.onIOPub = message => { said += message.content.text ?? ''; };
  await asked.done;
  return said;
}"""
_SHUT_DOWN = "async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
_WIDGET = ".jp-Notebook .widget-vbox:has(> .widget-image)"


class Notebook:
    """A notebook in JupyterLab, with a kernel of its own.

    Attributes:
        page: what the browser shows.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
        page.wait_for_selector(".jp-Notebook .jp-Cell")

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells with their outputs, as they would be saved."""
        return self.page.evaluate("jupyterapp.shell.currentWidget.content.model.toJSON().cells")

    def run(self, ids: Sequence[str] | None = None) -> None:
        """Run cells, or all code, and wait until they are done."""
        if ids is None:
            ids = [cell["id"] for cell in self.cells() if cell["cell_type"] == "code"]
        self.page.evaluate(_RUN, list(ids))

    def says(self, code: str) -> str:
        """Run code that is in no cell; return what it prints."""
        return self.page.evaluate(_SAYS, code).strip()

    def settle(self) -> None:
        """Wait until a widget shows what its controls say."""
        self.page.evaluate(_SETTLE)

    def widgets(self) -> list[Locator]:
        """Return what has controls and a picture, from top to bottom."""
        return self.page.locator(_WIDGET).all()

    def shut_down(self) -> None:
        """End the kernel."""
        self.page.evaluate(_SHUT_DOWN)


def environment(folder: Path) -> dict[str, str]:
    """Return the caller's, without what it says to the course and to Jupyter, which write into a folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("COURSEKIT_", "JUPYTER"))}
    own = {
        "COURSEKIT_CACHE": "features",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return kept | {name: str(folder / place) for name, place in own.items()}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a copy of the notebooks, ``folder/the course``, which may be spoilt; yield "http://127.0.0.1:…"."""
    course, log = folder / "the course", folder / "log"
    # As `make lab` has them; only where this JupyterLab alone finds them.
    settings = folder / "config/labconfig/default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(json5.loads((ROOT / "jupyter/coursekit.json5").read_text("utf-8"))))
    for kind in ("notebooks", "exercises", "solutions"):
        shutil.copytree(ROOT / kind, course / kind, ignore=shutil.ignore_patterns("src"))
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"),
        f"--ServerApp.root_dir={course}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--ServerApp.tornado_settings={'websocket_max_message_size': 104857600}",  # likewise
        # Where these tests are killed, it ends by itself.
        *("--MappingKernelManager.cull_idle_timeout=600", "--ServerApp.shutdown_no_activity_timeout=600"),
    ]
    with log.open("w") as stream:
        server = subprocess.Popen(
            command, cwd=course, env=environment(folder), stderr=stream, start_new_session=True
        )
    try:
        yield _address(server, log)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(900):
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found[0]
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"JupyterLab did not answer:\n{log.read_text()}")
