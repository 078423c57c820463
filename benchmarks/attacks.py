"""What attacks cost over their bare passes, and beside foolbox and an unbatched search.

Run as ``python -m benchmarks.attacks``. Everything is timed in one run, in turns, as processor time of
one thread; the table shows medians over the turns.
"""

import statistics
from collections.abc import Callable
from functools import partial

import foolbox
import torch
from scipy.optimize import differential_evolution
from torch import Tensor, nn
from torchvision.models import resnet18

from benchmarks.attribution import bare_passes, seconds
from coursekit.attacks import deepfool, one_pixel, pgd
from coursekit.datasets.scenes import draw
from coursekit.models.checkpoints import load_model

TURNS, STEPS, EPS = 5, 10, 8 / 255
IMAGES, MANY, SIZE, SMALL = 16, 48, 96, 32
OVER_BARE, PGD_GOAL, DEEPFOOL_GOAL, PIXEL_GOAL = 1.15, 1.5, 2.5, 5.0


def ratio(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of ours, and how many times as long the other takes."""
    ours(), other()
    turns = [(seconds(ours), seconds(other)) for _ in range(TURNS)]
    return statistics.median(mine for mine, _ in turns), statistics.median(b / a for a, b in turns)


def unbatched(model: nn.Module, image: Tensor, wanted: int, population: int, steps: int) -> None:
    """The search for one pixel as SciPy does it by default: one candidate at a time."""
    channels, height, width = image.shape

    def margin(gene: Tensor) -> float:
        changed = image[None].clone()
        changed[0, :, min(int(gene[0]), height - 1), min(int(gene[1]), width - 1)] = torch.tensor(
            gene[2:]
        ).float()
        with torch.no_grad():
            scores = model(changed)[0]
        own = scores[wanted].item()
        scores[wanted] = -torch.inf
        return scores.max().item() - own

    bounds = [(0, height), (0, width), *[(0, 1)] * channels]
    differential_evolution(
        margin,
        bounds,
        popsize=population // len(bounds),
        mutation=0.5,
        recombination=1.0,
        maxiter=steps,
        tol=0,
        polish=False,
        updating="deferred",
        rng=0,
    )


def climb(name: str, model: nn.Module, x: Tensor, y: Tensor) -> None:
    """Print what PGD costs on a net. What foolbox adds is mostly the gradients of the weights."""
    peer = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    theirs = foolbox.attacks.LinfProjectedGradientDescentAttack(steps=STEPS, random_start=False)
    ours, passes = (
        partial(pgd, model, x, y, eps=EPS, steps=STEPS, random_start=False),
        x.repeat(STEPS, 1, 1, 1),
    )
    taken, bare = ratio(ours, lambda: bare_passes(model, passes, backward=True))
    _, beside = ratio(ours, lambda: theirs(peer, x, y, epsilons=EPS))
    print(f"PGD, {STEPS} steps, {len(x)} scenes, {name}: {taken:.2f} s, {1 / bare:.2f} of its bare", end="")
    print(f" passes (goal {OVER_BARE}), {beside:.2f} times as fast as foolbox (goal {PGD_GOAL})")


def main() -> None:
    """Print the times beside the goals."""
    torch.set_num_threads(1)
    # As after a training: its weights require gradients, which an attack on the pixels has no use for.
    model = load_model("scenes", device="cpu").requires_grad_()
    peer = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    scenes = draw(MANY, seed=3, size=SIZE)
    print(f"one thread, median of {TURNS} turns, scenes of {SIZE} × {SIZE} pixels")
    torch.manual_seed(0)
    for name, net in {"the scenes' net": model, "a ResNet-18 never trained": resnet18().eval()}.items():
        climb(name, net, scenes.images[:IMAGES], scenes.labels[:IMAGES])
    predicted = model(scenes.images).argmax(1)
    taken, beside = ratio(
        lambda: deepfool(model, scenes.images),
        lambda: foolbox.attacks.L2DeepFoolAttack()(peer, scenes.images, predicted, epsilons=None),
    )
    print(f"DeepFool, {MANY} scenes: {taken:.2f} s, {beside:.2f} times as fast (goal {DEEPFOOL_GOAL})")
    small = draw(1, seed=3, size=SMALL).images
    wanted = model(small).argmin(1)  # too far away to be found, so that neither search stops early
    taken, beside = ratio(
        lambda: one_pixel(model, small, wanted, targeted=True, population=100, steps=4),
        lambda: unbatched(model, small[0], int(wanted), 100, 4),
    )
    print(f"one pixel, {SMALL} × {SMALL}: {taken:.2f} s, {beside:.2f} times as fast as unbatched", end="")
    print(f" (goal {PIXEL_GOAL})")


if __name__ == "__main__":
    main()
