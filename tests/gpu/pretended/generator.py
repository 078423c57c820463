"""Random numbers of the pretended device: for one seed, another stream than the CPU's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_PLAIN = torch.Generator
_OTHER = 0x5DEECE66D


class _AnyGenerator(type(_PLAIN)):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _PLAIN)


class Generator(_PLAIN, metaclass=_AnyGenerator):
    """Stands for `torch.Generator`: makes plain ones for the CPU."""

    def __new__(cls, device: Any = "cpu") -> Any:
        return _PLAIN() if torch.device(device).type == "cpu" else _PLAIN.__new__(cls)

    def __init__(self, device: Any = "cpu") -> None:
        self.manual_seed(_PLAIN.initial_seed(self))

    @property
    def device(self) -> torch.device:
        """Where it draws."""
        return torch.device("cuda:0")

    def manual_seed(self, seed: int) -> "Generator":
        """Start again, from a seed."""
        self._seed = seed
        super().manual_seed(seed ^ _OTHER)
        return self

    def initial_seed(self) -> int:
        """The seed that it was given."""
        return self._seed

    def seed(self) -> int:
        """Start again, from a seed of chance."""
        return self.manual_seed(_PLAIN().seed()).initial_seed()


class Current:
    """The device's own generator, which draws where none is given; and the kind of one that is."""

    default = Generator("cuda")
    given: str | None = None


@contextmanager
def given(generator: torch.Generator) -> Iterator[None]:
    """Remember that the call in the block brings a generator: C++ forgets of which kind it is."""
    before, Current.given = Current.given, generator.device.type
    try:
        yield
    finally:
        Current.given = before


def check(device: str) -> None:
    """Raise, as torch does, where the generator that is given is of another device."""
    if Current.given not in (None, device):
        raise RuntimeError(f"Expected a '{device}' device type for generator but found '{Current.given}'")


@contextmanager
def drawing(device: str) -> Iterator[None]:
    """Let what is drawn in the block without a generator come from the device's own."""
    check(device)
    if Current.given or device == "cpu":
        yield
        return
    cpu = torch.get_rng_state()
    torch.set_rng_state(Current.default.get_state())
    try:
        yield
    finally:
        Current.default.set_state(torch.get_rng_state())
        torch.set_rng_state(cpu)
