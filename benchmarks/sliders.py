"""What a widget on a photograph takes from a slider's new value to the new picture's bytes.

Run as ``python -m benchmarks.sliders``. On the net for photographs, in this process: ``benchmarks.widgets``
measures the course's own widgets as far as the page. Each step asks for a map anew.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import grad_cam, saliency
from coursekit.datasets.photographs import photograph
from coursekit.models.checkpoints import load_model
from coursekit.widgets.cam import cam_picture
from coursekit.widgets.explorer import Draw, Explorer, slider
from coursekit.widgets.saliency import method_picture

STEPS, SIZE, GOAL = 41, 224, 300  # milliseconds, 95th percentile


def widgets(model: nn.Module, image: Tensor) -> dict[str, Callable[[], Explorer]]:
    """Return what makes each widget, of one slider."""

    def explorer(draw: Draw, name: str) -> Explorer:
        start, last = 0.0, 0.5
        return Explorer(draw, {name: slider(name, start, last, start, 0.01)}, alt=f"A photograph, for {name}")

    heat = partial(method_picture, model, image, saliency, name="saliency")
    cam = partial(cam_picture, model, image, grad_cam, name="Grad-CAM")
    return {"saliency": partial(explorer, heat, "noise"), "Grad-CAM": partial(explorer, cam, "opacity")}


def milliseconds(explorer: Explorer) -> list[float]:
    """Return what each step of the slider takes; the first one is for warming up."""
    (control,) = explorer.controls.values()
    times = []
    for _ in range(STEPS):
        before, start = explorer.image.value, time.perf_counter()
        control.value += control.step
        times.append(1000 * (time.perf_counter() - start))
        assert explorer.image.value != before, explorer.message.value
    return times[1:]


def main() -> None:
    """Print a table, and what misses its goal."""
    torch.set_num_threads(1)
    model = load_model("imagenet", device="cpu")
    image = photograph("cat", size=SIZE)[None]
    print(f"a photograph of {SIZE} × {SIZE} pixels, one thread; milliseconds; goal: {GOAL}, by 95 %")
    print(f"{'widget':<12}{'steps':>6}{'median':>9}{'95 %':>9}")
    for name, make in widgets(model, image).items():
        times = milliseconds(make())
        p95 = statistics.quantiles(times, n=20)[-1]
        row = f"{name:<12}{len(times):>6}{statistics.median(times):>9.0f}{p95:>9.0f}"
        print(row + "  misses the goal" * (p95 > GOAL))


if __name__ == "__main__":
    main()
