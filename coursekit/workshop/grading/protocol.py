"""Messages between grader and worker: JSON and safetensors of limited size, never pickle.

A frame is a header with two lengths, then the JSON and the tensors. A receiver checks the lengths before it
reads, so a reply that lies about its size, or never ends, costs its sender the answer and does no other harm.
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

__all__ = [
    "Channel",
    "ChannelClosedError",
    "ChannelTimeoutError",
    "Message",
    "ProtocolError",
    "is_plain_tensor",
    "pack_case",
    "unpack_case",
]

JSON_LIMIT = 2**20
TENSOR_LIMIT = 2**25
"""Largest size in bytes of a frame's two parts, far more than any answer needs. Longer cells are refused."""

NAMES_LIMIT = 2**16
"""Largest size in bytes of the tensors' header: each of a million empty tensors would take memory here."""

_HEADER = struct.Struct(">II")


class ProtocolError(Exception):
    """A message is malformed or too large, or the connection failed."""


class ChannelClosedError(ProtocolError):
    """The other side closed the connection."""


class ChannelTimeoutError(ProtocolError):
    """The other side did not answer, or did not read, in time."""


@dataclass(frozen=True)
class Message:
    """One frame.

    Attributes:
        body: what is sent as JSON.
        tensors: what is sent as safetensors, by name.
    """

    body: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)


class Channel:
    """One end of a connection.

    Args:
        connection: a connected stream socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: Message, *, seconds: float | None = None) -> None:
        """Send a message.

        Args:
            message: what to send.
            seconds: how long it may take; without end when None.

        Raises:
            ProtocolError: the message is larger than a frame may be; nothing was sent.
            ChannelClosedError: the other side is gone.
            ChannelTimeoutError: it did not read the message in time.
        """
        body = json.dumps(message.body).encode()
        size = sum(value.nbytes for value in message.tensors.values())
        if len(body) > JSON_LIMIT or size > TENSOR_LIMIT - JSON_LIMIT:  # leaves room for their header
            raise ProtocolError(
                f"wanted at most {JSON_LIMIT} + {TENSOR_LIMIT} bytes, got {len(body)} + {size}"
            )
        tensors = save(message.tensors) if message.tensors else b""
        self._connection.settimeout(seconds)
        try:
            self._connection.sendall(_HEADER.pack(len(body), len(tensors)) + body + tensors)
        except TimeoutError:
            raise ChannelTimeoutError("the other side does not read") from None
        except OSError:
            raise ChannelClosedError("the other side is gone") from None

    def receive(self, *, seconds: float | None = None) -> Message:
        """Wait for a message.

        Args:
            seconds: how long the whole of it may take to arrive; without end when None.

        Returns:
            The message.

        Raises:
            ProtocolError: the frame is too large or malformed.
            ChannelClosedError: the other side is gone.
            ChannelTimeoutError: the message did not arrive in time.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        body, tensors = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if body > JSON_LIMIT or tensors > TENSOR_LIMIT:
            raise ProtocolError(f"a frame of {body} + {tensors} bytes is over the limit")
        return Message(_parse(self._read(body, deadline)), _tensors(self._read(tensors, deadline)))

    def _read(self, size: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise ChannelTimeoutError("no answer in time")
            self._connection.settimeout(left)
            try:
                part = self._connection.recv(min(size - len(parts), 2**20))
            except TimeoutError:
                raise ChannelTimeoutError("no answer in time") from None
            except OSError:
                raise ChannelClosedError("the other side is gone") from None
            if not part:
                raise ChannelClosedError("the other side is gone")
            parts += part
        return bytes(parts)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _parse(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("the frame holds no JSON") from None
    if not isinstance(body, dict):
        raise ProtocolError("the frame holds JSON, but no object")
    return body


def _tensors(data: bytes) -> dict[str, Tensor]:
    if not data:
        return {}
    if int.from_bytes(data[:8], "little") > NAMES_LIMIT:
        raise ProtocolError("the frame holds far too many tensors, or dimensions")
    try:
        return load(data)
    # The sender may have written anything: the library raises several kinds of errors on malformed data.
    except (SafetensorError, ValueError, TypeError, KeyError, RuntimeError, OverflowError):
        raise ProtocolError("the frame holds no safetensors") from None


def pack_case(case: Case) -> Message:
    """Return the arguments of a case as a message, which ``unpack_case`` reads."""
    tensors = {name: value for name, value in case.arguments.items() if isinstance(value, Tensor)}
    arguments = {name: _packed(value) for name, value in case.arguments.items()}
    return Message({"arguments": arguments}, {name: value.contiguous() for name, value in tensors.items()})


def _packed(value: object) -> dict[str, Any]:
    if isinstance(value, Tensor):
        return {"tensor": True}
    return {"net": [value.kind, value.seed]} if isinstance(value, Net) else {"plain": value}


def unpack_case(message: Message) -> Case:
    """Return the case in a message of ``pack_case``; its name is not sent, and empty."""
    arguments = message.body["arguments"]
    return Case("", {name: _unpacked(name, packed, message.tensors) for name, packed in arguments.items()})


def _unpacked(name: str, packed: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Any:
    if "tensor" in packed:
        return tensors[name]
    return Net(*packed["net"]) if "net" in packed else packed["plain"]


def is_plain_tensor(value: Any) -> bool:
    """Return whether safetensors can hold the value: a dense tensor whose numbers are in memory."""
    return (
        type(value) in (Tensor, torch.nn.Parameter)
        and value.layout == torch.strided
        and not value.is_nested
        and value.device.type != "meta"
    )
