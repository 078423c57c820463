"""The process that runs a student's code: answers the grader's requests, and knows nothing worth stealing.

It runs cells and calls functions. It never learns what is right, nor what its answers are worth.
"""

from collections.abc import Callable
from typing import Any

import torch

from coursekit.exercises import answer as answering
from coursekit.exercises.exercise import Case
from coursekit.workshop.grading.cells import Notebook, OutOfTime, time_limit
from coursekit.workshop.grading.protocol import Broken, Channel, Message, is_plain_tensor, unpack_case

__all__ = ["serve"]


def serve(channel: Channel, seconds: float) -> None:
    """Answer requests until the grader hangs up.

    Args:
        channel: the wire to the grader.
        seconds: for each cell and each call.
    """
    notebook = Notebook(channel.receive().body["exercises"])
    verbs: dict[str, Callable[[Message], Message]] = {
        "run": lambda request: _run(notebook, request),
        "call": lambda request: _call(notebook, request),
    }
    while True:
        request = channel.receive()
        try:
            with time_limit(seconds):
                reply = verbs[request.body["do"]](request)
        except OutOfTime as error:
            reply = Message({"error": str(error), "late": True})
        except BaseException as error:  # a student's code may raise what it likes
            reply = Message({"error": f"it raised {type(error).__name__}"})
        _send(channel, reply)


def _send(channel: Channel, reply: Message) -> None:
    try:
        channel.send(reply)
    except Broken:  # too large; what cannot be sent at all ends the process
        channel.send(Message({"error": "it returned far too much"}))


def _run(notebook: Notebook, request: Message) -> Message:
    trouble = notebook.run(**{name: request.body[name] for name in ("number", "source", "own")})
    _close_figures()
    return Message({"error": trouble})


def _close_figures() -> None:
    from matplotlib import pyplot

    pyplot.close("all")


def _call(notebook: Notebook, request: Message) -> Message:
    function = notebook.find(request.body["name"])
    if function is None:
        return Message({"missing": True})
    if not callable(function):
        return Message({"error": f"{request.body['name']} is {_kind(function)}, not a function"})
    return _reply(function, unpack_case(request))


def _reply(function: Callable[..., Any], case: Case) -> Message:
    given = answering.answer(function, case)
    body = {"error": given.error, "written": given.written, "side_effects": given.side_effects}
    if given.error is None and given.value is not None:
        if is_plain_tensor(given.value):
            return Message(body, {"value": _numbers(given.value)})
        body["type"] = _kind(given.value)
    return Message(body)


def _kind(value: object) -> str:
    return type(value).__name__


def _numbers(value: torch.Tensor) -> torch.Tensor:
    """The bare numbers: views that torch only marks as negated are written out."""
    return torch.Tensor.detach(value).resolve_conj().resolve_neg().contiguous().cpu()
