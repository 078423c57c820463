"""The wire between grader and worker: JSON and safetensors with limits on their size, never pickle.

A frame is two lengths, the JSON and the tensors. Whoever receives checks lengths before it reads, so that a
reply that lies about its size, or never ends, costs its sender the answer and nobody else anything.
"""

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from coursekit.exercises.exercise import Case
from coursekit.exercises.nets import Net

__all__ = ["Broken", "Channel", "Closed", "Late", "Message", "is_plain_tensor", "pack_case", "unpack_case"]

JSON_LIMIT = 2**20
TENSOR_LIMIT = 2**25
"""Bytes of a frame's two parts: far more than any answer needs. Cells longer than the first are refused."""

NAMES_LIMIT = 2**16
"""Bytes in which a frame may name its tensors: of a million empty ones, each would take memory here."""

_HEADER = struct.Struct(">II")


class Broken(Exception):  # noqa: N818 - the wire is, nothing of ours
    """What came is no frame of this protocol."""


class Closed(Broken):
    """The other side is gone."""


class Late(Broken):
    """The other side did not answer, or did not read, in time."""


@dataclass(frozen=True)
class Message:
    """One frame: ``body`` is what JSON holds, ``tensors`` what safetensors does."""

    body: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)


class Channel:
    """One end of the wire, over a connected stream socket."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire

    def send(self, message: Message, *, seconds: float | None = None) -> None:
        """Send a frame.

        Raises:
            Broken: the message is larger than a frame may be; ``Closed`` or ``Late``, as they say.
        """
        body = json.dumps(message.body).encode()
        size = sum(value.nbytes for value in message.tensors.values())
        if len(body) > JSON_LIMIT or size > TENSOR_LIMIT - JSON_LIMIT:  # which leaves room for their header
            raise Broken(f"wanted at most {JSON_LIMIT} + {TENSOR_LIMIT} bytes, got {len(body)} + {size}")
        tensors = save(message.tensors) if message.tensors else b""
        self._wire.settimeout(seconds)
        try:
            self._wire.sendall(_HEADER.pack(len(body), len(tensors)) + body + tensors)
        except TimeoutError:
            raise Late("it does not read") from None
        except OSError:
            raise Closed("it is gone") from None

    def receive(self, *, seconds: float | None = None) -> Message:
        """Wait for a frame, ``seconds`` at most for the whole of it, and return it.

        Raises:
            Broken: it is too large or malformed; ``Closed`` or ``Late``, as they say.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        body, tensors = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if body > JSON_LIMIT or tensors > TENSOR_LIMIT:
            raise Broken(f"a frame of {body} + {tensors} bytes, over the limit")
        return Message(_parse(self._read(body, deadline)), _tensors(self._read(tensors, deadline)))

    def _read(self, size: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise Late("no answer in time")
            self._wire.settimeout(left)
            try:
                part = self._wire.recv(min(size - len(parts), 2**20))
            except TimeoutError:
                raise Late("no answer in time") from None
            except OSError:
                raise Closed("it is gone") from None
            if not part:
                raise Closed("it is gone")
            parts += part
        return bytes(parts)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()


def _parse(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Broken("no JSON") from None
    if not isinstance(body, dict):
        raise Broken("JSON, but no object")
    return body


def _tensors(data: bytes) -> dict[str, Tensor]:
    if not data:
        return {}
    if int.from_bytes(data[:8], "little") > NAMES_LIMIT:
        raise Broken("far too many tensors, or dimensions")
    try:
        return load(data)
    # What its header says is the sender's: the library answers nonsense with errors of several kinds.
    except (SafetensorError, ValueError, TypeError, KeyError, RuntimeError, OverflowError):
        raise Broken("no safetensors") from None


def pack_case(case: Case) -> Message:
    """Return the case's arguments as a message; ``unpack_case`` brings them back."""
    tensors = {name: value for name, value in case.arguments.items() if isinstance(value, Tensor)}
    arguments = {name: _packed(value) for name, value in case.arguments.items()}
    return Message({"arguments": arguments}, {name: value.contiguous() for name, value in tensors.items()})


def _packed(value: object) -> dict[str, Any]:
    if isinstance(value, Tensor):
        return {"tensor": True}
    return {"net": [value.kind, value.seed]} if isinstance(value, Net) else {"plain": value}


def unpack_case(message: Message) -> Case:
    """Return the case that ``pack_case`` was given, but for its name."""
    arguments = message.body["arguments"]
    return Case("", {name: _unpacked(name, how, message.tensors) for name, how in arguments.items()})


def _unpacked(name: str, how: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Any:
    if "tensor" in how:
        return tensors[name]
    return Net(*how["net"]) if "net" in how else how["plain"]


def is_plain_tensor(value: Any) -> bool:
    """Return whether safetensors can carry the value: a dense tensor, with its numbers."""
    return (
        type(value) in (Tensor, torch.nn.Parameter)
        and value.layout == torch.strided
        and not value.is_nested
        and value.device.type != "meta"
    )
