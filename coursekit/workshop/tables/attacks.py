"""Makes the table of attacks: accuracy against ε, and an adversarial patch with its success rate."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from coursekit.attacks.gradient import pgd
from coursekit.attacks.patch import adversarial_patch
from coursekit.attacks.robustness import accuracy_under, pgd_to_runner_up, robust_accuracy
from coursekit.attacks.trials import (
    ATTACKS,
    BUDGETS,
    DIGIT_NETS,
    PATCH_SIZE,
    SAMPLE,
    SCALES,
    SCENE_NETS,
    TARGET,
    TAUGHT,
    pasted,
    patch,
)
from coursekit.core.devices import describe, device
from coursekit.core.progress import progress
from coursekit.datasets.digits import load_digits
from coursekit.datasets.scenes import CLASSES, draw
from coursekit.models.checkpoints import digest, load_model

__all__ = ["page", "table"]

_STEPS = 200  # of the patch's training
_TRAINING_SEED, _TEST_SEED = 6, 7


def table(n: int) -> dict[str, Any]:
    """Measure the attacks, and train the patch.

    Args:
        n: number of digits and of scenes to measure on.

    Returns:
        The table, as JSON holds it.
    """
    began = time.monotonic()
    x, y = (tensor[:n].to(device()) for tensor in load_digits("test"))
    digits = {net: _digits(load_model(net), x, y) for net in progress(DIGIT_NETS, "digits")}
    sticker = adversarial_patch(
        [load_model(net) for net in TAUGHT],
        draw(200, seed=_TRAINING_SEED).to(device()).images,
        CLASSES.index(TARGET),
        size=PATCH_SIZE,
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
    """Return the card of a table as a page of Markdown.

    Args:
        made: what ``table`` returned.
    """
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
