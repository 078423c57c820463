"""What each attribution method costs over its bare passes, and beside captum.

Run as ``python -m benchmarks.attribution``.

Bare passes are the forward (and backward) passes that a method cannot do without, on inputs made beforehand,
in chunks of the same size. Everything is timed in one run, in turns, as processor time of one thread, so that
other work on the machine touches all alike; the table shows medians over the turns.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import captum.attr as peer
import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.models.checkpoints import load_model
from coursekit.models.networks import scene_net

TURNS, CHUNK, PASSES, IMAGES, SIZE, GOAL = 5, 16, 32, 4, 128, 1.15


@dataclass
class Case:
    """A method, its bare passes, and captum's own with its defaults."""

    name: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    captum: Callable[[], object]
    captum_goal: float = 0.0  # how many times faster than captum it has to be


def bare_passes(model: nn.Module, inputs: Tensor, *, backward: bool) -> None:
    """Put prepared inputs through the net, some at a time; ``backward`` adds the gradient of a class."""
    for some in inputs.split(CHUNK):
        if not backward:
            with torch.no_grad():
                model(some)
            continue
        leaf = some.detach().requires_grad_()
        torch.autograd.grad(model(leaf)[:, 0].sum(), leaf)


def cases(model: nn.Module, x: Tensor) -> list[Case]:
    """List what is timed: single-pass methods on a chunk of images, the others on a few."""
    few, target = x[:IMAGES], 0
    places = len(range(0, SIZE - 16 + 1, 8)) ** 2

    def backward(inputs: Tensor) -> Callable[[], None]:
        return lambda: bare_passes(model, inputs, backward=True)

    many = few.repeat(PASSES, 1, 1, 1)
    covered = few[:1].repeat(places, 1, 1, 1)
    noisy = peer.NoiseTunnel(peer.Saliency(model))
    return [
        Case(
            f"saliency, {len(x)} images",
            lambda: attribution.saliency(model, x, target),
            backward(x),
            lambda: peer.Saliency(model).attribute(x.clone(), target=target, abs=False),
        ),
        Case(
            f"guided backprop, {len(x)} images",
            lambda: attribution.guided_backprop(model, x, target),
            backward(x),
            lambda: peer.GuidedBackprop(model).attribute(x.clone(), target=target),
        ),
        Case(
            f"integrated gradients, {PASSES} steps, {IMAGES} images",
            lambda: attribution.integrated_gradients(model, few, target, steps=PASSES),
            backward(many),
            lambda: peer.IntegratedGradients(model).attribute(few.clone(), target=target, n_steps=PASSES),
            captum_goal=1.25,
        ),
        Case(
            f"SmoothGrad, {PASSES} copies, {IMAGES} images",
            lambda: attribution.smoothgrad(model, few, target, n=PASSES),
            backward(many),
            lambda: noisy.attribute(few.clone(), target=target, nt_samples=PASSES, stdevs=0.15, abs=False),
            captum_goal=1.25,
        ),
        Case(
            f"occlusion, {places} patches, 1 image",
            lambda: attribution.occlusion(model, few[:1], target),
            lambda: bare_passes(model, covered, backward=False),
            lambda: peer.Occlusion(model).attribute(
                few[:1], target=target, sliding_window_shapes=(3, 16, 16), strides=(3, 8, 8), baselines=0.5
            ),
        ),
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(case: Case) -> tuple[float, float, float]:
    """Return the median seconds, the ratio to the bare passes, and captum's time over ours."""
    works = (case.ours, case.bare, case.captum)
    for work in works:
        work()
    turns = [[seconds(work) for work in works] for _ in range(TURNS)]
    ours, bare, captum = (statistics.median(column) for column in zip(*turns, strict=True))
    return ours, ours / bare, captum / ours


def trained_or_random() -> tuple[nn.Module, str]:
    """Return the shipped scene net, or where there is none the same net with random weights: equally fast."""
    try:
        return load_model("scenes", device="cpu"), "the shipped scene net"
    except FileNotFoundError:
        return scene_net(tuple("0123456789")).eval().requires_grad_(False), "a scene net with random weights"


def main() -> None:
    torch.set_num_threads(1)
    model, what = trained_or_random()
    x = torch.rand(CHUNK, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    print(f"{what}, {SIZE} × {SIZE} pixels, one thread, median of {TURNS}; goal: {GOAL} × the bare passes")
    print(f"{'method':<46}{'seconds':>9}{'÷ bare':>9}{'× captum':>10}")
    for case in cases(model, x):
        ours, over_bare, over_captum = measure(case)
        missed = over_bare > GOAL or over_captum < case.captum_goal
        print(
            f"{case.name:<46}{ours:>9.3f}{over_bare:>9.2f}{over_captum:>10.2f}{'  misses the goal' * missed}"
        )


if __name__ == "__main__":
    main()
