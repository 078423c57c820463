"""The random numbers that cases are drawn with: a generator for each case, out of a key of any length.

``manual_seed`` uses 32 bits of its seed. Whoever saw a few numbers of a case could search for these, and
compute all the others. So a generator's whole state, the 624 words of a Mersenne twister, is filled with
SHAKE-256 of the key and the names. Where the words lie is that of ``CPUGeneratorImplStateLegacy`` in torch's
sources: torch keeps it, since it reads the states in old checkpoints. It is checked before it is used.
NumPy's generators take long keys by themselves, but NumPy promises of no version that it draws what the last
one did (NEP 19), and cases are drawn with functions that only torch has.

The twister is linear: 624 of its outputs give all others. So no two cases share one, and what leaks of one
case tells nothing of another.
"""

import struct
from collections.abc import Callable
from functools import cache
from hashlib import shake_256

import torch
from torch import Tensor

__all__ = ["Draws", "Key", "generator"]

Key = int | bytes
"""Where an exercise's cases come from: a number that everyone may know, or a secret of 32 bytes or more."""

Draws = Callable[[str], torch.Generator]
"""Gives a case's own generator, by the case's name."""

MIN_BYTES = 32

_WORDS = 624
_HEADER = 24
_STATE_BYTES = 5056
# Of MT19937 for its usual seed, in the paper of Matsumoto & Nishimura 1998.
_USUAL_SEED = 5489
_FIRST_WORDS = [5489, 1301868182, 2938499221]


def generator(key: Key, *names: str) -> torch.Generator:
    """Return a generator on the CPU whose whole state comes from a key and names.

    Args:
        key: a number, or at least 32 bytes, all of which count.
        names: what it is for, such as an exercise and a case. Other names give an unrelated generator.

    Returns:
        The generator; the same key and names give the same numbers.

    Raises:
        TypeError: the key is neither.
        ValueError: it has fewer than 32 bytes.
        RuntimeError: this version of torch keeps the state of a generator in another way.
    """
    digest = shake_256(_message(key, names)).digest(4 * _WORDS)
    words = torch.tensor(struct.unpack(f"<{_WORDS}I", digest), dtype=torch.int64, device="cpu")
    state = _seeded_state().clone()
    _words(state).copy_(words)
    drawn = torch.Generator("cpu")
    drawn.set_state(state)
    return drawn


def _message(key: Key, names: tuple[str, ...]) -> bytes:
    """Key and names as bytes, each with its length before it: no two of them read alike."""
    parts = [type(key).__name__.encode(), _key_bytes(key), *(name.encode() for name in names)]
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _key_bytes(key: Key) -> bytes:
    if isinstance(key, int):
        return str(key).encode()
    if not isinstance(key, bytes):
        raise TypeError(f"a key is a number or bytes, got {type(key).__name__}")
    if len(key) < MIN_BYTES:
        raise ValueError(f"a secret key has at least {MIN_BYTES} bytes, got {len(key)}: it could be guessed")
    return key


@cache
def _seeded_state() -> Tensor:
    """The state of a generator that has drawn nothing yet, when it is laid out as is expected."""
    usual = torch.Generator("cpu")
    usual.manual_seed(_USUAL_SEED)
    state = usual.get_state()
    whole = state.numel() == _STATE_BYTES
    # How many words are left, a flag that there are any, and the place of the next.
    if not whole or [*_counters(state), *_words(state)[:3].tolist()] != [1, 1, 0, 0, *_FIRST_WORDS]:
        raise RuntimeError(
            f"torch {torch.__version__} keeps the state of a generator in another way than"
            f" CPUGeneratorImplStateLegacy ({state.numel()} bytes, wanted {_STATE_BYTES}, with the words of"
            f" MT19937 from byte {_HEADER} on): bring coursekit/exercises/draws.py up to date"
        )
    return state


def _counters(state: Tensor) -> list[int]:
    return state[8:_HEADER].view(torch.int32).tolist()


def _words(state: Tensor) -> Tensor:
    return state[_HEADER : _HEADER + 8 * _WORDS].view(torch.int64)
