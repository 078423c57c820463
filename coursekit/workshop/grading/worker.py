"""The process that runs a student's code: runs cells and calls functions, as the grader requests.

It is never told the right answers, nor how its answers were judged.
"""

from collections.abc import Callable
from typing import Any

import torch

from coursekit.exercises import answer as answering
from coursekit.exercises.exercise import Case
from coursekit.workshop.grading.cells import Notebook, TimeLimitError, time_limit
from coursekit.workshop.grading.protocol import Channel, Message, ProtocolError, is_plain_tensor, unpack_case
from coursekit.workshop.grading.stand_ins import put_stand_ins

__all__ = ["serve"]


def serve(channel: Channel, seconds: float) -> None:
    """Answer requests without end.

    Args:
        channel: the connection to the grader.
        seconds: time limit for each cell and each call.

    Raises:
        ChannelClosedError: the grader closed the connection.
    """
    put_stand_ins()
    notebook = Notebook(channel.receive().body["checks"])
    channel.send(Message({"ready": True}))
    actions: dict[str, Callable[[Message], Message]] = {
        "run": lambda request: _run(notebook, request),
        "call": lambda request: _call(notebook, request),
    }
    while True:
        request = channel.receive()
        try:
            with time_limit(seconds):
                reply = actions[request.body["action"]](request)
        except TimeLimitError as error:
            reply = Message({"error": str(error), "timed_out": True})
        except BaseException as error:  # a student's code may raise anything
            reply = Message({"error": f"it raised {type(error).__name__}"})
        _send(channel, reply)


def _send(channel: Channel, reply: Message) -> None:
    try:
        channel.send(reply)
    except ProtocolError:
        # The reply is too large. If instead the connection failed, sending fails again, and the process ends.
        channel.send(Message({"error": "it returned far too much"}))


def _run(notebook: Notebook, request: Message) -> Message:
    error = notebook.run(**{name: request.body[name] for name in ("number", "source", "exercise")})
    _close_figures()
    return Message({"error": error})


def _close_figures() -> None:
    from matplotlib import pyplot

    pyplot.close("all")


def _call(notebook: Notebook, request: Message) -> Message:
    versions = notebook.versions(request.body["name"])[request.body["version"] :]
    if not versions or versions[0].value is None:
        return Message({"missing": True})
    version = versions[0]
    if not callable(version.value):
        return Message({"error": f"{request.body['name']} is {_type_name(version.value)}, not a function"})
    with notebook.calling(version):
        return _reply(version.value, unpack_case(request))


def _reply(function: Callable[..., Any], case: Case) -> Message:
    answer = answering.answer(function, case)
    body = {"error": answer.error, "written": answer.written, "side_effects": answer.side_effects}
    if answer.error is None and answer.value is not None:
        if is_plain_tensor(answer.value):
            return Message(body, {"value": _numbers(answer.value)})
        body["type"] = _type_name(answer.value)
    return Message(body)


def _type_name(value: object) -> str:
    return type(value).__name__


def _numbers(value: torch.Tensor) -> torch.Tensor:
    """The bare numbers in memory: views that torch only marks as negated or conjugated are written out."""
    return torch.Tensor.detach(value).resolve_conj().resolve_neg().contiguous().cpu()
