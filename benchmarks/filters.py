"""What finding the peaks costs over its bare passes, and how soon the microscope answers.

Run as ``python -m benchmarks.filters``. The first answer is that of a new widget whose peaks are at
hand, the next ones are of channels and layers not seen before.
"""

import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.attribution import bare_passes, trained_or_random
from benchmarks.memory import peak_megabytes
from coursekit.filters import Peaks, activation_peaks
from coursekit.plots.output import render
from coursekit.widgets.microscope import microscope_picture, optimised_picture

LAYERS = [f"bn{i}" for i in range(1, 8)]
IMAGES, SIZE = 256, 96
OVER_BARE, FIRST, NEXT = 1.4, 2.0, 0.3


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def answer(
    model: torch.nn.Module, images: torch.Tensor, peaks: dict[str, Peaks], layer: str, channel: int
) -> None:
    """Do what the widget does when a control moves."""
    optimised = optimised_picture(model, layer, peaks[layer].field, channel)
    render(microscope_picture(images, peaks[layer], channel, optimised), fast=True)


def main() -> None:
    """Print the times beside the goals."""
    model, what = trained_or_random()
    images = torch.rand(IMAGES, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    print(f"{what}, {IMAGES} images of {SIZE} × {SIZE} pixels, {torch.get_num_threads()} threads")
    peaks = activation_peaks(model, images, LAYERS, quiet=True)
    turns = [
        (
            seconds(lambda: activation_peaks(model, images, LAYERS, quiet=True)),
            seconds(lambda: [bare_passes(model, some, backward=False) for some in images.split(32)]),
        )
        for _ in range(5)
    ]
    ratio = statistics.median(ours / bare for ours, bare in turns)
    memory = peak_megabytes(lambda: activation_peaks(model, images, LAYERS, quiet=True))
    print(
        f"peaks of {len(LAYERS)} layers: {ratio:.2f} of the bare passes (goal {OVER_BARE}), {memory:.0f} MB"
    )
    first = seconds(lambda: answer(model, images, peaks, "bn5", 0))
    later = [seconds(lambda: answer(model, images, peaks, layer, 3)) for layer in LAYERS]  # noqa: B023
    print(f"microscope: first {first:.2f} s (goal {FIRST}), next at most {max(later):.2f} s (goal {NEXT})")


if __name__ == "__main__":
    main()
