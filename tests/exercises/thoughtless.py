"""Answers that take no thought about the question: constants, the arguments handed back, noise."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from coursekit.exercises import Case
from coursekit.exercises.draws import generator

__all__ = ["thoughtless_answers"]

Thoughtless = Callable[[Case, Tensor], Tensor]
"""(a case, the right answer) → an answer that takes no more than the shape and the sum from that."""


def thoughtless_answers(public: Mapping[str, Tensor], cases: Sequence[Case]) -> dict[str, Thoughtless]:
    """Return the answers by name.

    Args:
        public: the right answers of the public cases, by the case's name.
        cases: of the exercise, for its parameters.
    """
    mean = torch.cat([value.flatten() for value in public.values()]).mean().item()
    constants = {"zeros": 0.0, "ones": 1.0, "halves": 0.5, "the mean of the public answers": mean}
    parameters = [name for name, value in cases[0].arguments.items() if isinstance(value, Tensor)]
    return {
        **{name: _constant(value) for name, value in constants.items()},
        **{f"{name} itself": _argument(name) for name in parameters},
        **{f"the mean of {name} over axis {i}": _average(name, i) for name in parameters for i in range(4)},
        "noise": _noise(torch.randn),
        "noise in [0, 1]": _noise(torch.rand),
        "a constant with the right sum": _right_sum,
        "the public answer of this case": lambda case, wanted: public[case.name],
    }


def _constant(value: float) -> Thoughtless:
    return lambda case, wanted: torch.full_like(wanted, value)


def _argument(name: str) -> Thoughtless:
    return lambda case, wanted: _tensor(case, name)


def _average(name: str, axis: int) -> Thoughtless:
    def average(case: Case, wanted: Tensor) -> Tensor:
        tensor = _tensor(case, name)
        return tensor.mean(axis) if axis < tensor.ndim else tensor

    return average


def _tensor(case: Case, name: str) -> Tensor:
    value = case.build()[name]
    assert isinstance(value, Tensor)
    return value.float()


def _noise(kind: Callable[..., Tensor]) -> Thoughtless:
    return lambda case, wanted: kind(wanted.shape, generator=generator(1, case.name))


def _right_sum(case: Case, wanted: Tensor) -> Tensor:
    """Of a single number it is the right answer itself, and takes all the thought: there it is 0."""
    return torch.full_like(wanted, wanted.mean().item() if wanted.numel() > 1 else 0)
