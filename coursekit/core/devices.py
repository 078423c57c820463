"""The one place that knows about CUDA, MPS, the CPU and determinism."""

import os
import platform
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["describe", "device", "preserved_random_state", "seed_everything", "seeded"]

_turn = threading.RLock()
"""Held by who draws from torch's random state, or puts it back: all threads have the same."""


def device() -> torch.device:
    """Return the device that the course computes on: CUDA, else MPS, else the CPU.

    ``COURSEKIT_DEVICE`` overrides the choice (``cpu``, ``cuda``, ``cuda:1``, ``mps``).

    Returns:
        A device that this machine has.

    Raises:
        ValueError: ``COURSEKIT_DEVICE`` names no device, or one that this machine does not have.
    """
    wanted = os.environ.get("COURSEKIT_DEVICE")
    if not wanted:
        return torch.device(_available()[0])
    try:
        chosen = torch.device(wanted)
    except RuntimeError:
        chosen = None
    if chosen is None or chosen.type not in _available() or not _has_index(chosen):
        raise ValueError(
            f"COURSEKIT_DEVICE={wanted!r} is not available here; this machine has {', '.join(_available())}. "
            "Unset the variable to let the course choose."
        )
    return chosen


def _available() -> list[str]:
    """The kinds of device this machine has, fastest first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def _has_index(chosen: torch.device) -> bool:
    return chosen.type != "cuda" or (chosen.index or 0) < torch.cuda.device_count()


def seed_everything(seed: int = 0) -> None:
    """Seed Python, NumPy and torch, and ask torch for deterministic algorithms.

    For the top of a script or a notebook that trains. Methods of the course take a ``torch.Generator``
    or a seed instead, and leave the global random state alone.

    Args:
        seed: a whole number from 0 to 2³² − 1.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that draw from the global state are the point
    torch.manual_seed(seed)
    # cuBLAS reads this when it starts; without it, deterministic matrix products raise on CUDA.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)


@contextmanager
def preserved_random_state(device: torch.device) -> Iterator[None]:
    """Put torch's random state back after the block: the CPU's, and that of ``device`` (CUDA or MPS).

    This waits for what another thread draws in ``seeded``.

    Args:
        device: the device whose state is kept beside the CPU's.

    Yields:
        None.
    """
    kind = device.type if device.type in {"cuda", "mps"} else None
    fork = torch.random.fork_rng([device] if kind else [], device_type=kind or "cuda")
    with _turn:
        fork.__enter__()
    try:
        yield
    finally:
        with _turn:
            fork.__exit__(None, None, None)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let what torch draws on the CPU in the block come from a seed; its random state comes back as it was.

    For new layers, which torch fills from its global state: made on the CPU, and moved afterwards, they are
    the same on every device. Unlike ``torch.manual_seed``, it leaves the state of other devices alone.
    One thread at a time is in such a block, which therefore should be short.

    Args:
        seed: a whole number.

    Yields:
        None.
    """
    with _turn, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def describe() -> dict[str, str]:
    """Return what a bug report needs: device, its name, threads, and the versions in use.

    Returns:
        Texts under "device", "threads", "python", "torch" and "torchvision".

    Raises:
        ValueError: ``COURSEKIT_DEVICE`` names no device of this machine.
    """
    import torchvision

    chosen = device()
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else platform.machine()
    return {
        "device": f"{chosen} ({name})",
        "threads": str(torch.get_num_threads()),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }
