"""What each class activation map costs over its bare passes, and beside pytorch-grad-cam.

Run as ``python -m benchmarks.cam``. Timed as in ``benchmarks.attribution``. The bare passes of a
map by gradient are one forward pass with a graph from the layer on, and the pass back to it; of Score-CAM, a
forward pass for each masked image; of Ablation-CAM, the head for each map without a channel. Ours finds the
layer by itself; the peer is told, and made ready beforehand. Memory is the growth of the process.
"""

import contextlib
import copy
import io
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import pytorch_grad_cam as peer
import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from benchmarks.attribution import CHUNK, SIZE, TURNS, bare_passes, seconds, trained_or_random
from benchmarks.memory import peak_megabytes
from coursekit import attribution
from coursekit.core.hooks import passing

LAYER, TARGET = "relu7", 0
BY_GRADIENT = {
    "grad_cam": (peer.GradCAM, 1.15, 2.5),
    "grad_cam_pp": (peer.GradCAMPlusPlus, 0, 2.5),
    "xgrad_cam": (peer.XGradCAM, 0, 2.5),
    "layer_cam": (peer.LayerCAM, 0, 0),
    "eigen_grad_cam": (peer.EigenGradCAM, 0, 2.5),
    "eigen_cam": (peer.EigenCAM, 0, 0),
}
Work = Callable[[], object]


@dataclass
class Case:
    """A map, its bare passes and the peer's, with goals: how often the bare time, how often faster."""

    name: str
    ours: Work
    bare: Work
    theirs: Work
    over_bare: float = 0.0
    over_peer: float = 0.0


def back_to_the_layer(model: nn.Module, x: Tensor) -> None:
    """One forward pass, with a graph from the layer on, and the gradient of the layer's map."""
    maps: list[Tensor] = []

    def start(_: str, output: Tensor) -> None:
        torch.set_grad_enabled(True)
        maps.append(output.requires_grad_())

    with passing(model, start, LAYER), torch.no_grad():
        scores = model(x)
    torch.autograd.grad(scores[:, TARGET].sum(), maps)


def heads_alone(model: nn.Module, maps: Tensor) -> None:
    """The layers behind the map, on each of the maps without a channel."""
    behind = list(dict(model.named_children()))
    layers = list(model.children())[behind.index(LAYER) + 1 :]
    with torch.no_grad():
        nn.Sequential(*layers)(maps)


def without_each_channel(model: nn.Module, x: Tensor) -> Tensor:
    """Return the map (1, K, h, w) of an image K times, each time with one channel at 0."""
    found: list[Tensor] = []
    with passing(model, lambda _, output: found.append(output), LAYER), torch.no_grad():
        model(x)
    maps = found[0].repeat(found[0].shape[1], 1, 1, 1)
    maps[range(len(maps)), range(len(maps))] = 0
    return maps


def cases(model: nn.Module, x: Tensor) -> list[Case]:
    """List what is timed: maps by gradient on a chunk of images, the others on one."""
    one = x[:1]
    maps = without_each_channel(model, one)
    masked = one.repeat(len(maps), 1, 1, 1)

    def by(method: type[peer.base_cam.BaseCAM], images: Tensor) -> Work:
        # A copy for each, since some leave the net changed; without gradients of weights they find none.
        theirs = copy.deepcopy(model).requires_grad_()
        explain = method(theirs, [theirs.get_submodule(LAYER)])
        return lambda: explain(images, [ClassifierOutputTarget(TARGET)] * len(images))

    def ours(name: str, images: Tensor) -> Work:
        return lambda: getattr(attribution, name)(model, images, TARGET)

    guided = peer.GuidedBackpropReLUModel(copy.deepcopy(model).requires_grad_())
    return [
        *(
            Case(
                f"{name}, {len(x)} images",
                ours(name, x),
                lambda: back_to_the_layer(model, x),
                by(method, x),
                *goals,
            )
            for name, (method, *goals) in BY_GRADIENT.items()
        ),
        Case(
            "ablation_cam, 1 image",
            ours("ablation_cam", one),
            lambda: heads_alone(model, maps),
            by(peer.AblationCAM, one),
            over_peer=50,
        ),
        Case(
            "score_cam, 1 image",
            ours("score_cam", one),
            lambda: bare_passes(model, masked, backward=False),
            by(peer.ScoreCAM, one),
            over_peer=1,
        ),
        Case(
            f"guided_backprop, {len(x)} images",  # of which the peer takes one at a time
            ours("guided_backprop", x),
            lambda: bare_passes(model, x, backward=True),
            lambda: [guided(image[None].clone(), TARGET) for image in x],
            over_peer=1.8,
        ),
    ]


def measure(case: Case) -> tuple[float, float, float, float, float]:
    """Return seconds, the ratio to the bare passes, the peer's to ours, and both peaks of memory in MB."""
    works = (case.ours, case.bare, case.theirs)
    for work in works:
        work()
    peaks = [peak_megabytes(work) for work in (case.ours, case.theirs)]
    turns = [[seconds(work) for work in works] for _ in range(TURNS)]
    ours, bare, theirs = (statistics.median(column) for column in zip(*turns, strict=True))
    return ours, ours / bare, theirs / ours, *peaks


def main() -> None:
    """Print a table, and what misses its goal."""
    torch.set_num_threads(1)
    model, what = trained_or_random()
    x = torch.rand(CHUNK, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    print(f"{what}, {SIZE} × {SIZE} pixels, one thread, median of {TURNS}")
    print(f"{'method':<30}{'seconds':>9}{'÷ bare':>9}{'× peer':>9}{'MB':>7}{'peer MB':>9}")
    for case in cases(model, x):
        with contextlib.redirect_stderr(io.StringIO()):  # the peer's progress bars
            ours, over_bare, over_peer, memory, peers = measure(case)
        missed = (case.over_bare and over_bare > case.over_bare) or over_peer < case.over_peer
        row = f"{case.name:<30}{ours:>9.3f}{over_bare:>9.2f}{over_peer:>9.2f}{memory:>7.0f}{peers:>9.0f}"
        print(row + "  misses the goal" * bool(missed))


if __name__ == "__main__":
    main()
