"""Messages between grader and worker: what they carry, and what is refused."""

import json
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
import torch

from coursekit.exercises import Case, Net, find
from coursekit.workshop.grading.protocol import (
    JSON_LIMIT,
    TENSOR_LIMIT,
    Channel,
    ChannelClosedError,
    ChannelTimeoutError,
    Message,
    ProtocolError,
    is_plain_tensor,
    pack_case,
    unpack_case,
)

EMPTY = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
CROWD = json.dumps({str(number): EMPTY for number in range(1200)}).encode()


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, Channel]]:
    theirs, ours = socket.socketpair()
    with theirs, ours:
        yield theirs, Channel(ours)


def test_a_message_arrives_as_it_was_sent(connection) -> None:
    theirs, ours = connection
    tensors = {"a": torch.rand(2, 3), "b": torch.tensor([True, False]), "c": torch.tensor(3)}
    Channel(theirs).send(Message({"x": [1, None, "ä"]}, tensors))
    message = ours.receive(seconds=5)
    assert message.body == {"x": [1, None, "ä"]}
    assert all(torch.equal(message.tensors[name], value) for name, value in tensors.items())
    assert set(message.tensors) == set(tensors)


@pytest.mark.parametrize("exercise", find("04_saliency"), ids=lambda exercise: exercise.name)
def test_every_case_survives_packing(connection, exercise) -> None:
    theirs, ours = connection
    for case in exercise.cases(3):
        Channel(theirs).send(pack_case(case))
        arrived = unpack_case(ours.receive(seconds=5))
        assert list(arrived.arguments) == list(case.arguments)
        for one, other in zip(arrived.arguments.values(), case.arguments.values(), strict=True):
            assert torch.equal(one, other) if isinstance(other, torch.Tensor) else one == other


def test_a_net_travels_as_its_seed(connection) -> None:
    packed = pack_case(Case("", {"model": Net("linear", 3), "size": 4, "fill": 0.5, "how": "so"}))
    assert packed.body == {
        "arguments": {
            "model": {"net": ["linear", 3]},
            "size": {"plain": 4},
            "fill": {"plain": 0.5},
            "how": {"plain": "so"},
        }
    }


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">II", JSON_LIMIT + 1, 0),
        struct.pack(">II", 2, TENSOR_LIMIT + 1),
        struct.pack(">II", 2**32 - 1, 2**32 - 1),
        struct.pack(">II", 3, 0) + b"{},",
        struct.pack(">II", 2, 0) + b"[]",
        struct.pack(">II", 0, 0),
        struct.pack(">II", 60_000, 0) + b"[" * 60_000,
        struct.pack(">II", 2, 4) + b"{}abcd",
        struct.pack(">II", 2, 8) + b"{}" + struct.pack("<Q", 2**63),
        struct.pack(">II", 2, 10) + b"{}" + struct.pack("<Q", 2) + b"{}"[::-1],
        struct.pack(">II", 2, 8 + len(CROWD)) + b"{}" + struct.pack("<Q", len(CROWD)) + CROWD,
    ],
    ids=[
        "JSON",
        "tensors",
        "both",
        "more",
        "list",
        "nothing",
        "nested",
        "tensor",
        "header",
        "braces",
        "crowd",
    ],
)
def test_what_is_no_frame_is_refused(connection, frame: bytes) -> None:
    theirs, ours = connection
    theirs.sendall(frame)
    with pytest.raises(ProtocolError) as caught:
        ours.receive(seconds=5)
    assert not isinstance(caught.value, ChannelClosedError | ChannelTimeoutError)


def test_tensors_that_lie_about_their_size_are_refused(connection) -> None:
    theirs, ours = connection
    for header in (
        b'{"value":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}',
        b'{"value":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
        b'{"value":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}}',
        b'{"value":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}',
    ):
        tensors = struct.pack("<Q", len(header)) + header + b"\0" * 4
        theirs.sendall(struct.pack(">II", 2, len(tensors)) + b"{}" + tensors)
        with pytest.raises(ProtocolError):
            ours.receive(seconds=5)


def test_an_end_is_told_from_silence_and_from_dribble(connection) -> None:
    theirs, ours = connection
    with pytest.raises(ChannelTimeoutError):
        ours.receive(seconds=0.05)
    stop = threading.Event()

    def dribble() -> None:
        theirs.sendall(struct.pack(">II", 10_000, 0))
        while not stop.wait(0.02):
            theirs.sendall(b" ")

    thread = threading.Thread(target=dribble)
    thread.start()
    with pytest.raises(ChannelTimeoutError):  # each byte comes in time; the whole does not
        ours.receive(seconds=0.3)
    stop.set()
    thread.join()
    theirs.close()
    while True:  # what had come is still there to be read
        try:
            ours.receive(seconds=0.3)
        except ChannelClosedError:
            break


def test_who_does_not_read_is_late(connection) -> None:
    _, ours = connection
    with pytest.raises(ChannelTimeoutError):
        ours.send(Message({}, {"x": torch.zeros(2**20)}), seconds=0.1)


def test_too_much_is_not_even_sent(connection) -> None:
    theirs, ours = connection
    with pytest.raises(ProtocolError, match="wanted at most"):
        ours.send(Message({"x": "y" * JSON_LIMIT}))
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (torch.zeros(2), True),
        (torch.nn.Parameter(torch.zeros(2)), True),
        ([1.0], False),
        (torch.zeros(2).to_sparse(), False),
        (torch.zeros(2, device="meta"), False),
        (torch.zeros(2).as_subclass(type("Own", (torch.Tensor,), {})), False),
    ],
)
def test_which_values_can_be_carried(value, plain: bool) -> None:
    assert is_plain_tensor(value) == plain
