"""One thread at a time may hook, patch, switch or copy a net: the others wait for their turn.

What another thread puts through the net without asking flows as ever; only the mode is the same for all.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from torch import nn

from coursekit.core.refusals import check_net

__all__ = ["exclusive", "here", "holding"]

P = ParamSpec("P")
T = TypeVar("T")
_turn = threading.Condition()
_holders: dict[nn.Module, list[threading.Thread]] = {}
"""Who holds a layer, once for each block: the layers of nets that are held, and of no others."""


@contextmanager
def holding(model: nn.Module) -> Iterator[None]:
    """Let no other thread hold the net, nor any net that shares a layer with it, during the block.

    The same thread may hold it again, within the block or in a generator that it left open. All layers are
    taken at once or none, so that two threads that want nets with a layer in common do not wait for each
    other; those that each hold a net and want the other's do. A thread that has ended holds nothing.

    Args:
        model: the net.

    Yields:
        None, once no other thread holds the net.
    """
    thread, layers = threading.current_thread(), list(model.modules())
    with _turn:
        while _held_by_others(layers, thread):
            _turn.wait(1)  # and look again: nobody tells of a thread that ended with a generator left open
        for layer in layers:
            _holders.setdefault(layer, []).append(thread)
    try:
        yield
    finally:
        with _turn:
            for layer in layers:
                _let_go(layer, thread)
            _turn.notify_all()


def _held_by_others(layers: list[nn.Module], thread: threading.Thread) -> bool:
    holders = (holder for layer in layers for holder in _holders.get(layer, ()))
    return any(holder is not thread and holder.is_alive() for holder in holders)


def _let_go(layer: nn.Module, thread: threading.Thread) -> None:
    _holders[layer].remove(thread)
    if not _holders[layer]:
        del _holders[layer]


def _holds(model: object) -> bool:
    """Whether this thread holds what it gives as a net."""
    return isinstance(model, nn.Module) and threading.current_thread() in _holders.get(model, ())


def exclusive(
    change: Callable[Concatenate[nn.Module, P], Iterator[T]],
) -> Callable[Concatenate[nn.Module, P], AbstractContextManager[T]]:
    """Make a context manager of a generator that changes a net; it holds the net during the block.

    Args:
        change: a function that takes the net first, and yields once.

    Returns:
        A function that takes what ``change`` takes. It returns a context manager, whose value is what
        ``change`` yields, and raises ``TypeError`` or ``ValueError`` for what ``check_net`` refuses.
    """
    changed = contextmanager(change)

    @contextmanager
    @wraps(change)
    def held(model: nn.Module, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        if not _holds(model):  # else it has been looked at
            check_net(model)
        with holding(model), changed(model, *args, **kwargs) as value:
            yield value

    return held


def here(hook: Callable[P, T], elsewhere: Callable[P, T | None] | None = None) -> Callable[P, T | None]:
    """Let a hook act in this thread alone.

    Args:
        hook: called in the thread that calls ``here``.
        elsewhere: called in any other thread, with the same arguments; None for nothing.

    Returns:
        The hook to register. In another thread it returns None if ``elsewhere`` is None.
    """
    home = threading.current_thread()  # whose number the next thread may get when it has ended

    @wraps(hook)
    def act(*args: P.args, **kwargs: P.kwargs) -> T | None:
        if threading.current_thread() is home:
            return hook(*args, **kwargs)
        return elsewhere(*args, **kwargs) if elsewhere else None

    return act
