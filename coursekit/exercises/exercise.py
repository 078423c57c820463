"""What an exercise is made of. A chapter declares its own with these; the grading reads nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from coursekit.exercises.draws import Draws, Key, generator
from coursekit.exercises.nets import Net
from coursekit.exercises.settings import standard_settings

__all__ = ["Case", "Exercise", "Mistake", "Property", "Value", "is_ours", "mistake", "module_file"]

Value = Tensor | Net | float | str
"""What a case may hold: data that JSON and safetensors can carry."""

Arguments = Mapping[str, Any]
_PACKAGE = Path(__file__).parents[1]


def is_ours(module: str) -> bool:
    """Return whether a module, by its full name, belongs to this package."""
    return f"{module}.".startswith(f"{_PACKAGE.name}.")


def module_file(module: str) -> Path | None:
    """Return the file of one of this package's modules, or the folder of a package; None if there is none.

    Args:
        module: its full name. Nothing is imported.
    """
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    file = path.with_suffix(".py")
    return file if file.is_file() else path if (path / "__init__.py").is_file() else None


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Attributes:
        name: what is special about it, as feedback says it ("a batch of three").
        arguments: what the function gets, by parameter, in order.
    """

    name: str
    arguments: Mapping[str, Value]

    def build(self) -> dict[str, Any]:
        """Return the arguments ready for a call: tensors copied, nets built."""
        return {name: _fresh(value) for name, value in self.arguments.items()}


def _fresh(value: Value) -> Any:
    if isinstance(value, Net):
        return value.build()
    return value.clone() if isinstance(value, Tensor) else value


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer.

    Attributes:
        name: what it is, to follow "it looks like" ("the probability instead of the score").
        function: a working implementation of it, called as the student's function is.
        advice: what to do about it, in a sentence or two.
    """

    name: str
    function: Callable[..., Tensor]
    advice: str

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return what the function gives, so that other wrong answers can build on this one."""
        return self.function(*args, **kwargs)


def mistake(name: str, advice: str) -> Callable[[Callable[..., Tensor]], Mistake]:
    """Return a decorator that makes a wrong answer of a function, its advice beside it.

    Args:
        name: what it is, to follow "it looks like".
        advice: what to do about it, in a sentence or two.
    """
    return lambda function: Mistake(name, function, advice)


@dataclass(frozen=True)
class Property:
    """Something that holds of every right answer, and that can be told without knowing it.

    It explains what is wrong with a wrong answer, and earns nothing: often a constant has it too.

    Attributes:
        holds: (the student's value, the case's arguments) → whether it does. The value is finite and of the
            right shape.
        advice: what is wrong where it does not hold, and what to look at.
    """

    holds: Callable[[Tensor, Arguments], bool]
    advice: str


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes:
        name: the function's name.
        points: what it is worth.
        minutes: how long it takes.
        reference: the right answer.
        draw: draws the cases, each with the generator of its own that it gets for the case's name.
        mistakes: the known wrong answers; no two of them give the same values on the cases.
        properties: what can be said about a wrong answer that is none of them.
        hidden: modules that hold the answer; the sandbox does not show them to the student's code. One of
            this package that does not exist is a ``ValueError``: it was moved, and the answer would show.
        tolerance: largest difference from the reference, in units of the reference's largest absolute value.
    """

    name: str
    points: float
    minutes: int
    reference: Callable[..., Tensor]
    draw: Callable[[Draws], list[Case]]
    mistakes: tuple[Mistake, ...]
    properties: tuple[Property, ...] = ()
    hidden: tuple[str, ...] = ()
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        for module in self.hidden:
            if is_ours(module) and not module_file(module):
                raise ValueError(
                    f"exercise {self.name}: {module} is to be hidden, and there is no such module; give the"
                    " name of the one that holds the answer"
                )

    def cases(self, key: Key) -> list[Case]:
        """Draw the cases.

        Args:
            key: the public one for a student's check, a secret one for the grade.

        Returns:
            The cases: the same for the same key, whatever torch's settings and random state.

        Raises:
            ValueError: the key has fewer than 32 bytes.
        """
        with standard_settings():
            return self.draw(partial(generator, key, self.name))

    def agree(self, value: Tensor, wanted: Tensor) -> bool:
        """Return whether two results are the same within the tolerance."""
        if value.shape != wanted.shape:
            return False
        return bool((value - wanted).abs().max() <= self.tolerance * wanted.abs().max())
