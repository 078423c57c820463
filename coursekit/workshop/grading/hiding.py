"""What is left of modules that hold an answer: an import, or a use, that says why they are not there.

It only makes the error message helpful: the sandbox does not show the files of these modules anyway.
"""

from collections.abc import Iterable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from coursekit.exercises.exercise import is_ours

__all__ = ["HiddenModuleFinder"]


class HiddenModuleFinder:
    """A finder for ``sys.meta_path``, under which hidden modules cannot be imported.

    Whoever only asks whether they are there finds that they could be, as torch does of many packages. A part
    of a package that is not hidden itself, such as ``scipy.stats``, can be imported, since others do so for
    functions that hold no answer; what it is asked for fails when it is used.

    Args:
        names: of the hidden modules and packages.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what refuses a hidden module, or a part of one; None for others, to ask the next finder."""
        hidden = [one for one in self._names if f"{name}.".startswith(f"{one}.")]
        if not hidden:
            return None
        is_part = all("." in one and not is_ours(one) for one in hidden)
        return ModuleSpec(name, _EmptyLoader() if is_part else _RefusingLoader(), is_package=True)


class _RefusingLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        raise _refusal(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: no module comes so far."""


class _EmptyLoader(Loader):
    def exec_module(self, module: ModuleType) -> None:
        """Let the module have whatever it is asked for, which refuses to be used."""
        name = module.__name__
        vars(module)["__getattr__"] = lambda wanted: _stand_in(name, wanted)


class _Refusing(type):
    """The class of what stands in for functions and classes: a class too, since some are inherited from."""

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        raise _refusal(cls.__module__)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise _refusal(cls.__module__)


def _stand_in(module: str, name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Refusing(name, (), {"__module__": module})


def _refusal(name: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"{name} holds the answer to an exercise: it is not there when graded", name=name
    )
