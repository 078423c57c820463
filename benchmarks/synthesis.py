"""What a step of dreaming, climbing and painting costs over its bare passes, and one pass of the style net.

Run as ``python -m benchmarks.synthesis``. Timed as in ``benchmarks.attribution``. A step's bare
passes are one forward pass and the gradient of what it puts out with respect to the picture.
"""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.attribution import CHUNK, SIZE, TURNS, bare_passes, seconds, trained_or_random
from coursekit.core.hooks import record
from coursekit.models.checkpoints import STYLES, load_model
from coursekit.synthesis import deep_dream, layer, maximize, score, stained_glass, style_transfer

STEPS, DREAM_GOAL, LAYER = 10, 1.2, "relu7"


def layer_passes(model: nn.Module, x: Tensor, *names: str) -> None:
    """One forward pass and the gradient of the sum of what some layers put out."""
    leaf = x.clone().requires_grad_()
    with record(model, *names) as outputs:
        model(leaf)
    torch.autograd.grad(sum(outputs[name].sum() for name in names), leaf)


def repeated(work: Callable[[], object]) -> Callable[[], None]:
    """Return a function that does it as often as there are steps."""
    return lambda: [work() for _ in range(STEPS)] and None


def ratio(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of a step, and its ratio to the bare passes."""
    ours()
    turns = [(seconds(ours), seconds(bare)) for _ in range(TURNS)]
    step = statistics.median(time for time, _ in turns) / STEPS
    return step, statistics.median(time / plain for time, plain in turns)


def main() -> None:
    """Print the times beside the goal."""
    torch.set_num_threads(1)
    model, what = trained_or_random()
    x = torch.rand(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    assert len(x) <= CHUNK
    window, styles = stained_glass(SIZE), ("relu1", "relu2", "relu3", "relu4", "relu5")
    rows = {
        "dream step": (
            lambda: deep_dream(model, x, layer(LAYER), octaves=1, steps=STEPS),
            lambda: layer_passes(model, x, LAYER),
        ),
        "maximize step, as it comes": (
            lambda: maximize(model, score([0, 1, 2, 3]), size=SIZE, steps=STEPS),
            lambda: bare_passes(model, x, backward=True),
        ),
        "style step": (
            lambda: style_transfer(model, x, window, steps=STEPS),
            lambda: layer_passes(model, x, *styles),
        ),
    }
    print(f"{what}, {len(x)} pictures of {SIZE} × {SIZE} pixels, one thread, median of {TURNS}")
    times = {}
    for name, (ours, bare) in rows.items():
        times[name], over = ratio(ours, repeated(bare))
        missed = name == "dream step" and over > DREAM_GOAL
        goal = f" (goal {DREAM_GOAL})" if name == "dream step" else ""
        print(f"{name:<28}{times[name]:>7.3f} s, {over:.2f} × its bare passes{goal}{'  misses it' * missed}")
    painter = load_model(STYLES[0], device="cpu")
    with torch.no_grad():
        once = statistics.median(seconds(lambda: painter(x)) for _ in range(TURNS))
    faster = 60 * times["style step"] / once
    print(f"{STYLES[0]:<28}{once:>7.3f} s, one pass: {faster:.0f} × faster than 60 steps")


if __name__ == "__main__":
    main()
