"""Magics whose code counts, without what they print: timings are taken once, and shown to nobody."""

import ast
import subprocess
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class
from IPython.core.magics import ExecutionMagics, ScriptMagics
from IPython.utils.capture import capture_output

__all__ = ["NOT_PYTHON", "QuietMagics", "is_python"]

NOT_PYTHON = (
    *("cython", "html", "HTML", "javascript", "js", "latex", "markdown", "perl", "pypy", "python", "python2"),
    *("python3", "R", "ruby", "script", "sql", "svg", "SVG"),
)
"""Magics of cells that hold another language, or a program of its own; some could be taken for Python."""
_TIMEIT_OPTIONS = "n:r:tcp:qov:"


@magics_class
class QuietMagics(Magics):
    """What stands in for IPython's own magics of the same names."""

    shell: Any  # which has more than IPython's: see shell.py

    @line_cell_magic
    def time(self, line: str, cell: str | None = None) -> Any:
        """Run the code; return the value of its last expression."""
        return self._run_line(line) if cell is None else self.shell.run_inner(cell)

    @line_cell_magic
    def prun(self, line: str, cell: str | None = None) -> None:
        """Run the code, and profile nothing."""
        _, statement = self._options(line, "D:l:rs:T:q")
        self._run_line(statement)
        if cell is not None:
            self.shell.run_inner(cell)

    @line_cell_magic
    def timeit(self, line: str, cell: str | None = None) -> Any:
        """Run the code once: with ``-o`` as IPython does, to return the timing, else in the notebook."""
        options, statement = self._options(line, _TIMEIT_OPTIONS)
        if "o" in options:
            return ExecutionMagics(self.shell).timeit(f"-n1 -r1 -q -o {statement}", cell)
        self._run_line(statement)
        if cell is not None:
            self.shell.run_inner(cell)
        return None

    @line_magic
    def aimport(self, line: str) -> None:
        """Import the modules on the line; ``-name`` is one that autoreload is to leave alone."""
        for name in line.replace(",", " ").split():
            if not name.startswith("-"):
                self.shell.run_inner(f"import {name.lstrip('+')}")

    @cell_magic
    def capture(self, line: str, cell: str) -> None:
        """Run the cell, and keep what it prints and displays under the name on the line, if there is one."""
        wanted = _parsed(ExecutionMagics.capture, line)
        with capture_output(not wanted.no_stdout, not wanted.no_stderr, not wanted.no_display) as captured:
            try:
                self.shell.run_inner(cell)
            finally:
                if wanted.output:
                    self.shell.user_ns[wanted.output] = captured

    @cell_magic
    def bash(self, line: str, cell: str) -> None:
        """Run the commands; ``--out`` and ``--err`` name variables for what they print."""
        self._run_script("bash", line, cell)

    @cell_magic
    def sh(self, line: str, cell: str) -> None:
        """Run the commands, as ``bash`` does."""
        self._run_script("sh", line, cell)

    def _run_script(self, program: str, line: str, cell: str) -> None:
        wanted = _parsed(ScriptMagics.shebang, line)
        done = subprocess.run(
            program, input=cell, capture_output=True, text=True, errors="replace", check=False
        )
        for name, printed in ((wanted.out, done.stdout), (wanted.err, done.stderr)):
            if name:
                self.shell.user_ns[name] = printed

    def _options(self, line: str, known: str) -> tuple[dict[str, str], str]:
        try:
            options, rest = self.parse_options(line, known, posix=False, strict=False, preserve_non_opts=True)
        except UsageError:
            return {}, ""
        return dict(options), rest

    def _run_line(self, source: str) -> Any:
        # What is no Python does nothing: the rest of the cell is worth more than a timing.
        return self.shell.run_inner(source) if is_python(self.shell, source) else None


def _parsed(magic: Any, line: str) -> Any:
    return magic.parser.parse_argstring(line)


def is_python(shell: Any, source: str) -> bool:
    """Return whether a kernel can read the code, magics and commands in it included.

    Args:
        shell: IPython's.
        source: the code.
    """
    try:
        ast.parse(shell.transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
