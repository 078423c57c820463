"""A page with every name of ``coursekit``: what it is, in a line, and where it is explained.

python -m tools.names        writes docs/names.md
"""

import inspect
import re

import coursekit
from coursekit.core.registry import METHODS
from tools import ROOT

__all__ = ["page"]

_INTRODUCTION = """# The names of coursekit

All that `import coursekit as ck` gives, by where it comes from. `help(ck.saliency)` says what it takes and
returns. `python -m tools.names` writes this page.
"""


def page() -> str:
    """Return the page, in Markdown.

    Raises:
        ValueError: nothing says what a public name is.
    """
    names = {name: getattr(coursekit, name) for name in coursekit.__all__}
    parts: dict[str, list[str]] = {}
    for name, value in names.items():
        parts.setdefault(_part(name, value), []).append(f"| `ck.{name}` | {_line(name, value)} |")
    tables = (
        "\n".join([f"## {part}", "", "| name | what it is |", "|---|---|", *rows])
        for part, rows in sorted(parts.items())
    )
    return "\n\n".join([_INTRODUCTION.strip(), *tables]) + "\n"


def _part(name: str, value: object) -> str:
    """The part of the package that a name comes from."""
    if callable(value):
        return inspect.unwrap(value).__module__.split(".")[1]
    if name != "COMPOSITES":
        raise ValueError(f"{name} is no function or class: say here where it comes from, and what it is")
    return "attribution"


def _line(name: str, value: object) -> str:
    text = inspect.getdoc(value) if callable(value) else "The composites of LRP: which rule for which layer."
    line = " ".join((text or "").split("\n\n")[0].split())
    line = re.sub(r"``([^`]*)``", r"`\1`", line.removeprefix("Return "))
    line = (line[:1].upper() + line[1:]).replace("|", "\\|")
    module, _, peer = METHODS[name].peer.partition(":") if name in METHODS else ("", "", "")
    return f"{line} In {module.split('.')[0]}: `{peer}`." if peer else line


if __name__ == "__main__":
    (ROOT / "docs" / "names.md").write_text(page(), encoding="utf-8")
