"""IPython's shell, as the kernel of a notebook has it, where nobody looks at the output.

It keeps what cells rely on: ``await`` outside of functions, ``_``, ``In`` and ``Out``, ``!commands``, magics.
What would be drawn or printed is not. A statement that fails does not keep what its cell defines behind it
from being defined: it may have worked at home, where nothing is hidden.
"""

import ast
import tempfile
from types import ModuleType
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

from coursekit.workshop.grading.defining import only_defines
from coursekit.workshop.grading.magics import NOT_PYTHON, QuietMagics, is_python

__all__ = ["KernelShell", "make_shell"]

_LINE_MAGICS = (
    *("aimport", "cd", "env", "prun", "pwd", "pylab", "run", "set_env", "sx", "system", "time", "timeit"),
    *("who", "who_ls", "whos"),
)
_CELL_MAGICS = ("!", "bash", "capture", "file", "prun", "sh", "sx", "system", "time", "timeit", "writefile")
"""Magics that do what they do in a kernel. Others may need what is not there, and cost no cell."""


class KernelShell(InteractiveShell):
    """The shell that runs the cells of one notebook.

    Attributes:
        number: of the cell that runs, among the notebook's code cells, from 1.
        kernel: stands for the kernel's own object, and ignores all that is done with it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.number = 0
        self.kernel = _Kernel()
        self._depth = 0
        self._given_magics: dict[str, dict[str, Any]] = {}
        super().__init__(*args, **kwargs)
        formatter: Any = self.display_formatter
        formatter.active_types = ["text/plain"]

    def run_notebook_cell(self, number: int, source: str) -> BaseException | None:
        """Run a cell of the notebook.

        Args:
            number: the cell's place, from 1. ``In`` and ``Out`` count by it, so that they are as in a kernel
                that ran all cells.
            source: the cell's text.

        Returns:
            What stopped the cell; None when it ran to its end.
        """
        self.number = self.execution_count = number
        history: Any = self.history_manager
        for inputs in (history.input_hist_parsed, history.input_hist_raw):
            inputs += [""] * (number - len(inputs))
        return self.run_cell(source, store_history=True).error

    def run_cell(self, *args: Any, **kwargs: Any) -> Any:
        """Run a cell, or what a magic's cell holds; the result's ``error`` says what stopped it."""
        self._depth += 1
        try:
            result = super().run_cell(*args, **kwargs)
        finally:
            self._depth -= 1
        result.error = result.error_before_exec or result.error_in_exec
        return result

    def run_inner(self, source: str) -> Any:
        """Run the code of a magic's line or cell; return the value of its last expression, if it has one."""
        result = self.run_cell(source)
        if result.error is not None:
            raise result.error
        return result.result

    @property
    def cell_name(self) -> str:
        """The name of the code that runs, in the place of a file's."""
        return f"<cell {self.number}>" if self._depth < 2 else f"<cell {self.number}, inner>"

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> bool:
        """Run statements one by one; behind one that fails, only those that define something."""
        first: BaseException | None = None
        for node in nodelist:
            if first is not None and not only_defines(node):
                continue
            mode = interactivity if node is nodelist[-1] else "none"
            if await super().run_ast_nodes([node], cell_name, mode, compiler, result):
                if not isinstance(result.error_in_exec, Exception):
                    return True  # by exit(), or since the time is over
                first = first or result.error_in_exec
                result.error_in_exec = None
        result.error_in_exec = first
        return first is not None

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a magic that matters to the cells, or is of their own; all others do nothing."""
        aliases: Any = self.alias_manager
        if magic_name in _LINE_MAGICS or aliases.is_alias(magic_name) or self._is_own("line", magic_name):
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        return None

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a magic that matters, or is the notebook's own; of others the cell's code, if it is Python."""
        if magic_name in _CELL_MAGICS or self._is_own("cell", magic_name):
            return super().run_cell_magic(magic_name, line, cell)
        if magic_name in NOT_PYTHON or not is_python(self, cell):
            return None
        return self.run_inner(cell)

    def keep_given_magics(self) -> None:
        """Take the magics of this moment for those that are given; cells define what comes later."""
        self._given_magics = {kind: dict(magics) for kind, magics in self._magics().items()}

    def _is_own(self, kind: str, name: str) -> bool:
        magic = self._magics()[kind].get(name)
        return magic is not None and magic is not self._given_magics[kind].get(name)

    def _magics(self) -> dict[str, dict[str, Any]]:
        manager: Any = self.magics_manager
        return manager.magics

    # IPython's own opens a terminal for each command.
    system = InteractiveShell.system_raw

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Return what a command prints. It gets no input, and no terminal."""
        found = super().getoutput(cmd, split=split, depth=depth + 1)
        return SList(found) if split else found

    @property
    def input_transformers_post(self) -> list[Any]:
        """An empty list, whatever is put into it: one cell does not rewrite the answers in others."""
        return []

    @input_transformers_post.setter
    def input_transformers_post(self, value: object) -> None:
        pass

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """Return the code as it is: see ``input_transformers_post``."""
        return node

    def magic(self, line: str) -> Any:
        """Run a line magic, as older versions of IPython did by this name."""
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def ask_exit(self) -> None:
        """Go on: the cells behind ``exit()`` may hold answers."""

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:
        """Leave plots where they are: they are drawn and discarded."""
        return "inline", "agg"

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Print nothing: the error is in the result."""

    showsyntaxerror = showindentationerror = showtraceback


class _CellCompiler(CachingCompiler):
    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        shell: Any = InteractiveShell.instance()
        return shell.cell_name


class _Unseen(DisplayHook):
    """Keeps the value of a cell's last line in ``_`` and ``Out``, and shows it to nobody."""

    def write_output_prompt(self) -> None:
        pass

    def compute_format_data(self, result: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    def finish_displayhook(self) -> None:
        self._is_active = False


class _NoOp:
    """Ignores every attribute access and call."""

    def __getattr__(self, name: str) -> "_NoOp":
        return self

    def __call__(self, *args: object, **kwargs: object) -> "_NoOp":
        return self


class _Kernel(_NoOp):
    def get_parent(self, *args: object) -> dict[str, Any]:
        """The message that asks for this cell, of which widgets read the number."""
        return {"header": {"msg_id": ""}}


def make_shell(module: ModuleType) -> KernelShell:
    """Return the shell of this process, which ``get_ipython()`` returns from now on.

    Args:
        module: what cells define is defined there.
    """
    settings = Config()
    settings.HistoryManager.enabled = False  # it would be a database in the home folder
    with tempfile.TemporaryDirectory() as folder:
        shell = KernelShell.instance(
            ipython_dir=folder,
            user_module=module,
            user_ns=vars(module),
            config=settings,
            displayhook_class=_Unseen,
            compiler_class=_CellCompiler,
        )
    shell.register_magics(QuietMagics)
    shell.keep_given_magics()
    return shell
