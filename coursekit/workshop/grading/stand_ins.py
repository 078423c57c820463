"""What stands in, in a submission's process, for what a sandbox refuses and an honest notebook may use.

Only this process sees any of it, and it opens nothing: what is replaced here would fail, hang or wait.
"""

import builtins
import concurrent.futures
import getpass
import io
import locale
import mmap
import multiprocessing.pool
import os
import pdb
import socket
import sys
from collections.abc import Callable
from functools import partial, wraps
from multiprocessing.reduction import ForkingPickler
from types import ModuleType
from typing import Any

import IPython
import matplotlib
import torch
from IPython.core import debugger
from matplotlib import pyplot
from torch.utils.data import DataLoader

__all__ = ["put_stand_ins"]


def put_stand_ins() -> None:
    """Put all of them in place."""
    sys.argv[1:] = []  # they are the fork server's, which no cell's parser knows
    _replace(builtins, input=_no_text)
    _replace(getpass, getpass=_no_text)
    _replace(pdb, set_trace=_nothing)
    _replace(debugger, set_trace=_nothing)
    _replace(pdb.Pdb, set_trace=_nothing)
    _replace(IPython, embed=_nothing)
    _replace(os, getloadavg=lambda: (0.0, 0.0, 0.0), cpu_count=lambda: _CPUS)
    _replace(locale, setlocale=_as_it_is(locale.setlocale))
    _replace(mmap, mmap=_PrivateMap)
    _replace(torch, set_num_threads=_at_most(torch.set_num_threads, _CPUS))
    for pool, most in _POOLS.items():
        _replace(pool, __init__=_with_few_workers(pool.__init__, most))
    _replace(socket, socketpair=_pair_or_pipe(socket.socketpair))
    draw_here = _always(pyplot.switch_backend, "agg")
    _replace(pyplot, switch_backend=draw_here)
    _replace(matplotlib, use=draw_here)
    _replace(DataLoader, __init__=_without_workers(DataLoader.__init__))
    # Cells that wait for something inside of a running loop ask for this; here none runs around a cell.
    sys.modules["nest_asyncio"] = ModuleType("nest_asyncio")
    _replace(sys.modules["nest_asyncio"], apply=_nothing)
    for kind in (torch.Tensor, torch.nn.Parameter):
        ForkingPickler.register(kind, _by_value)


def _replace(owner: object, **functions: Callable[..., Any]) -> None:
    for name, function in functions.items():
        setattr(owner, name, function)


def _no_text(*_: object, **__: object) -> str:
    """Return what nobody types, since nobody is there."""
    return ""


def _always(function: Callable[..., Any], argument: object) -> Callable[..., Any]:
    return lambda *_, **__: function(argument)


def _nothing(*_: object, **__: object) -> None:
    """Do nothing, whatever it is called with."""


_CPUS, _THREADS = 2, 32
"""As many as a submission's limits allow at once, however many this machine has, or a notebook asks for. Of
processes each counts with all the memory that it shares with the others."""


_POOLS: dict[Any, int] = {
    concurrent.futures.ThreadPoolExecutor: _THREADS,
    concurrent.futures.ProcessPoolExecutor: _CPUS,
    multiprocessing.pool.Pool: _CPUS,  # and a pool of threads, which is one
}


def _at_most(function: Callable[[int], None], most: int) -> Callable[[int], None]:
    return lambda number: function(min(number, most))


def _with_few_workers(make: Callable[..., None], most: int) -> Callable[..., None]:
    """Let a pool do the same work with fewer workers: the limit on threads and processes ends a cell."""

    @wraps(make)
    def init(self: object, workers: int | None = None, *args: Any, **kwargs: Any) -> None:
        name = next((name for name in ("max_workers", "processes") if name in kwargs), None)
        asked = kwargs.pop(name) if name else workers
        make(self, most if asked is None else min(asked, most), *args, **kwargs)

    return init


def _as_it_is(set_locale: Callable[..., str]) -> Callable[..., str]:
    """Leave the language as it is where this machine lacks the one that is asked for."""

    @wraps(set_locale)
    def setlocale(category: int, name: Any = None) -> str:
        try:
            return set_locale(category, name)
        except locale.Error:
            return set_locale(category)

    return setlocale


class _PrivateMap(mmap.mmap):
    """Memory that is its process's own where it would be shared, which no limit would count."""

    def __new__(cls, fileno: int, length: int, *args: Any, **kwargs: Any) -> "_PrivateMap":
        if fileno == -1 and not args and "prot" not in kwargs:
            kwargs["flags"] = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        return super().__new__(cls, fileno, length, *args, **kwargs)


def _without_workers(make: Callable[..., None]) -> Callable[..., None]:
    """Let a ``DataLoader`` load in its own process: tensors go from one to another through sockets."""

    @wraps(make)
    def init(self: DataLoader, *args: Any, **kwargs: Any) -> None:
        found = dict(zip(_DATA_LOADER, args, strict=False)) | kwargs
        make(self, **found | _NO_WORKERS)

    return init


_DATA_LOADER = (
    *("dataset", "batch_size", "shuffle", "sampler", "batch_sampler", "num_workers", "collate_fn"),
    *("pin_memory", "drop_last", "timeout", "worker_init_fn", "multiprocessing_context", "generator"),
)
"""A ``DataLoader``'s parameters, in their order."""
_NO_WORKERS = {
    "num_workers": 0,
    "timeout": 0,
    "multiprocessing_context": None,
    "prefetch_factor": None,
    "persistent_workers": False,
}


def _by_value(tensor: torch.Tensor) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
    """How a tensor is sent to another process: as its numbers, not as memory that both share."""
    saved = io.BytesIO()
    torch.save(tensor, saved)
    return _restored, (saved.getvalue(),)


def _restored(saved: bytes) -> torch.Tensor:
    return torch.load(io.BytesIO(saved))


def _pair_or_pipe(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return two ends of a pipe where no sockets are allowed: asyncio wakes its loop with a pair of them."""

    @wraps(make)
    def socketpair(*args: Any, **kwargs: Any) -> Any:
        try:
            return make(*args, **kwargs)
        except PermissionError:
            return tuple(map(_PipeEnd, os.pipe()))

    return socketpair


class _PipeEnd:
    """One end of a pipe with the methods of a socket: the first of a pair reads, the second writes."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.recv = partial(os.read, number)
        self.send = partial(os.write, number)

    def fileno(self) -> int:
        return self._number

    def setblocking(self, blocking: bool) -> None:
        os.set_blocking(self._number, blocking)

    def close(self) -> None:
        os.close(self._number)
