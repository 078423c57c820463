"""Accuracy against ε, and a patch with what it is worth: what ``coursekit measure attacks`` makes."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attacks.gradient import fgsm, pgd
from coursekit.attacks.patch import adversarial_patch, paste
from coursekit.attacks.robustness import accuracy_under, pgd_to_runner_up, robust_accuracy
from coursekit.checkpoints import load_model
from coursekit.devices import describe, device
from coursekit.digits import load_digits
from coursekit.measurements import digest
from coursekit.progress import progress
from coursekit.scenes import CLASSES, Scenes, draw

__all__ = [
    "ATTACKS",
    "BUDGETS",
    "DIGIT_NETS",
    "SAMPLE",
    "SCALES",
    "SCENE_NETS",
    "TARGET",
    "TAUGHT",
    "page",
    "pasted",
    "patch",
    "random_signs",
    "table",
]

DIGIT_NETS = ("digits", "digits-robust")
SCENE_NETS = ("scenes", "scenes-stylised", "scenes-robust")
TAUGHT = SCENE_NETS[:2]
"""The nets that the patch is trained against; the third has never seen it."""
BUDGETS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
SCALES = (0.2, 0.25, 0.3, 0.35, 0.4)
TARGET = "flower"
SAMPLE = 24
"""The first digits of the table, whose own accuracies stand in it, for a sample to be held against."""
_SIZE, _STEPS = 32, 200  # of the patch
_TRAINING_SEED, _TEST_SEED = 6, 7


def random_signs(model: nn.Module, x: Tensor, y: Tensor, *, eps: float) -> Tensor:
    """Return ``x`` with each number moved by ε up or down at random: an attack that knows nothing."""
    signs = torch.randn(x.shape, generator=torch.Generator().manual_seed(0)).sign()
    return (x + eps * signs.to(x)).clamp(0, 1)


ATTACKS: dict[str, Callable[..., Tensor]] = {
    "noise": random_signs,
    "FGSM": fgsm,
    "PGD-40": partial(pgd, steps=40, random_start=False),
}


def pasted(model: nn.Module, sticker: Tensor, some: Scenes, scale: float) -> float:
    """Return the share of scenes of other classes that a net takes for ``TARGET`` with a patch on them.

    The patch lies anywhere within the middle half of the picture, turned by up to 20°, as drawn from a seed.
    """
    images = some.images[(some.labels != CLASSES.index(TARGET)).to(some.images.device)]
    drawn = torch.rand(3, len(images), generator=torch.Generator().manual_seed(0)).to(images)
    row, column = images.shape[-1] * (0.25 + drawn[:2] / 2)
    shown = paste(images, sticker, row=row, column=column, scale=scale, angle=40 * drawn[2] - 20)
    with torch.no_grad():
        return (model(shown).argmax(1) == CLASSES.index(TARGET)).float().mean().item()


def patch(made: Mapping[str, Any]) -> Tensor:
    """Return the patch (3, s, s) in [0, 1] that a table holds."""
    return torch.tensor(made["patch"]["pixels"]).view(3, _SIZE, _SIZE) / 255


def table(n: int) -> dict[str, Any]:
    """Measure digits and scenes, at most ``n`` of each, and train the patch."""
    began = time.monotonic()
    x, y = (tensor[:n].to(device()) for tensor in load_digits("test"))
    digits = {net: _digits(load_model(net), x, y) for net in progress(DIGIT_NETS, "digits")}
    sticker = adversarial_patch(
        [load_model(net) for net in TAUGHT],
        draw(200, seed=_TRAINING_SEED).to(device()).images,
        CLASSES.index(TARGET),
        size=_SIZE,
        steps=_STEPS,
    )
    pixels = (sticker.cpu() * 255).round().int().flatten().tolist()
    made: dict[str, Any] = {"patch": {"target": TARGET, "nets": TAUGHT, "pixels": pixels}}
    fresh = draw(n, seed=_TEST_SEED).to(device())
    kept = patch(made).to(device())
    return {
        "digits": digits,
        "n": {"digits": len(x), "scenes": n},
        **made,
        "pasted": {
            net: {str(scale): round(pasted(load_model(net), kept, fresh, scale), 4) for scale in SCALES}
            for net in SCENE_NETS
        },
        "checkpoints": {net: digest(net) for net in (*DIGIT_NETS, *SCENE_NETS)},
        "minutes": round((time.monotonic() - began) / 60, 1),
        "versions": describe(),
    }


def _digits(model: nn.Module, x: Tensor, y: Tensor) -> dict[str, Any]:
    """Accuracy under each attack at each ε, of all and of the sample, and the worst case at the largest."""
    curves = {
        name: [
            [round(v, 4) for v in accuracy_under(model, images, labels, BUDGETS, attack).tolist()]
            for images, labels in ((x, y), (x[:SAMPLE], y[:SAMPLE]))
        ]
        for name, attack in ATTACKS.items()
    }
    several = {
        name: partial(attack, eps=BUDGETS[-1], steps=40, restarts=5)
        for name, attack in {"PGD": pgd, "PGD to the runner-up": pgd_to_runner_up}.items()
    }
    return {
        "curves": {name: every for name, (every, _) in curves.items()},
        "sample": {name: some for name, (_, some) in curves.items()},
        "worst": {name: round(v, 4) for name, v in robust_accuracy(model, x, y, several).items()},
    }


def page(made: Mapping[str, Any]) -> str:
    """Return the table's card as a page of Markdown."""
    curves = {f"{net}, {k}": v for net, row in made["digits"].items() for k, v in row["curves"].items()}
    worst = {net: list(row["worst"].values()) for net, row in made["digits"].items()}
    shares = {net: list(row.values()) for net, row in made["pasted"].items()}
    attacks = next(iter(made["digits"].values()))["worst"]
    machine = "\n".join(f"- {key}: {value}" for key, value in made["versions"].items())
    weights = "\n".join(f"- {net}: sha256 {digits}…" for net, digits in made["checkpoints"].items())
    return f"""# attacks

What attacks do to the digits, and a patch that turns scenes into flowers. Made by this project with
`coursekit measure attacks`.

## Accuracy against ε, L∞, on {made["n"]["digits"]} digits
{_rows("net, attack", BUDGETS, curves)}

## The same at ε = {BUDGETS[-1]}: two attacks of 40 steps with 5 restarts each
{_rows("net", attacks, worst)}

## Scenes taken for a {TARGET}, by the edge of the patch as a share of the picture's
Trained against {" and ".join(TAUGHT)}; measured on {made["n"]["scenes"]} scenes less the flowers.

{_rows("net", SCALES, shares)}

## Weights
{weights}

## Machine
{made["minutes"]} minutes in all.

{machine}

Licence: MIT, like the code.
"""


def _rows(first: str, columns: Iterable[object], rows: Mapping[str, Sequence[float]]) -> str:
    """Return a table in Markdown."""
    names = [first, *map(str, columns)]
    lines = [f"| {name} | {' | '.join(f'{v:.3f}' for v in values)} |" for name, values in rows.items()]
    return "\n".join([f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *lines])
