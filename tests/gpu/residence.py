"""Goes into a notebook as its first and its last cell, and says where its nets worked.

A hook on every module counts the devices of the tensors that enter it: what a notebook moved back to the CPU
to draw does not count, and what it never moved to the GPU does. Neither does what `ck.check` tries: it works
on the CPU on purpose, so that an exercise is judged alike everywhere.
"""

import linecache
import sys
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any

import torch
from torch import nn


class Residence:
    """Watches where nets work, from its making until `close()`."""

    def __init__(self) -> None:
        self.inputs: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()  # of cells, from which layers were called on the CPU
        self._hook = nn.modules.module.register_module_forward_pre_hook(self._count)

    def _count(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        kinds = [value.device.type for value in inputs if isinstance(value, torch.Tensor)]
        if "cpu" in kinds:
            callers = list(_callers())
            if any(frame.f_globals.get("__name__") == "coursekit.exercises.check" for frame in callers):
                return
            self.lines.update(_lines(callers))
        self.inputs.update(kinds)

    def close(self) -> None:
        """Watch no longer."""
        self._hook.remove()

    def troubles(self, namespace: dict[str, Any], wanted: str) -> list[str]:
        """What was not on the device `wanted`: images that entered a net, and nets that `namespace` holds."""
        found = [
            f"{n} calls of a layer were on {kind}"
            for kind, n in sorted(self.inputs.items())
            if kind != wanted
        ]
        if found and self.lines:
            lines = "; ".join(f"{line} ({n})" for line, n in self.lines.items())
            found.append(f"called on cpu from: {lines}")
        if not self.inputs[wanted]:
            found.append(f"no layer was called on {wanted}")
        for name, value in sorted(namespace.items()):
            if isinstance(value, nn.Module):
                devices = {tensor.device.type for tensor in (*value.parameters(), *value.buffers())}
                found += [f"the net {name} has weights on {device}" for device in sorted(devices - {wanted})]
        if wanted == "cuda" and torch.cuda.max_memory_allocated() < 1_000_000:
            found.append("the GPU never held a megabyte")
        return found


def _callers() -> Iterator[FrameType]:
    """The frames of the calls under way, from the innermost."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _lines(callers: list[FrameType]) -> list[str]:
    """The line of a notebook's cell that is running, if any."""
    cells = [frame for frame in callers if frame.f_code.co_name == "<module>" and _of_a_cell(frame)]
    return [linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() for frame in cells[:1]]


def _of_a_cell(frame: FrameType) -> bool:
    return "ipykernel_" in frame.f_code.co_filename
