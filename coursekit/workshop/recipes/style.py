"""How the shipped style net is trained from scratch: style, scenes, training and card."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.devices import describe, device, seed_everything
from coursekit.core.files import replacing
from coursekit.core.progress import progress
from coursekit.datasets.scenes import draw
from coursekit.models.checkpoints import load_checkpoint, load_model, save_checkpoint
from coursekit.models.networks import StyleNet
from coursekit.synthesis.losses import relative_error, style_loss, total_variation
from coursekit.synthesis.objectives import PICTURE, recording_outputs
from coursekit.synthesis.stained_glass import stained_glass
from coursekit.synthesis.style import CONTENT_LAYER, STYLE_LAYERS, gram_matrices

__all__ = ["make_style", "train_style"]

JUDGE, SCENES, SIZE, STEPS, BATCH, RATE = "scenes-robust", 1000, 96, 2200, 4, 3e-3
STYLE_WEIGHT, VARIATION = 5.0, 3.0
_TRAINING_SEED, _TEST_SEED = 1, 2


def train_style(net: StyleNet, judge: nn.Module, style: Tensor, images: Tensor, *, steps: int) -> None:
    """Train a net to paint any picture in a style, by the loss of ``style_transfer``.

    Args:
        net: trained in place, by Adam with a one-cycle learning rate.
        judge: the classifier in whose layers content and style are compared.
        style: one picture (1, 3, H, W).
        images: the pictures that it is trained on, (N, 3, h, w).
        steps: number of batches of four pictures.

    Reference: Johnson, Alahi & Fei-Fei 2016 (arXiv:1603.08155).
    """
    style_grams = gram_matrices(judge, style, STYLE_LAYERS)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    generator = torch.Generator().manual_seed(0)
    with recording_outputs(judge, frozenset({CONTENT_LAYER, *STYLE_LAYERS})) as outputs:
        for _ in progress(range(steps), "training"):
            x = images[torch.randint(len(images), (BATCH,), generator=generator)].to(style)
            with torch.no_grad():
                kept = outputs(x)[CONTENT_LAYER]
            found = outputs(net(x))
            content = relative_error(found[CONTENT_LAYER], kept)
            painted = STYLE_WEIGHT * style_loss(found, style_grams)
            optimiser.zero_grad()
            (content + painted + VARIATION * total_variation(found[PICTURE])).mean().backward()
            optimiser.step()
            schedule.step()


def make_style(name: str, folder: Path) -> None:
    """Train the style net, evaluate it, and write it with its card ``<name>.md``.

    Args:
        name: of the net.
        folder: where to write.
    """
    seed_everything(0)
    started, style = time.process_time(), stained_glass().to(device())
    judge, net = load_model(JUDGE), StyleNet().to(device())
    train_style(net, judge, style, draw(SCENES, seed=_TRAINING_SEED, size=SIZE).images, steps=STEPS)
    card: dict[str, Any] = {
        "about": "Paints any picture as a window of stained glass, in one pass.",
        "command": f"coursekit train {name}",
        "seed": 0,
        "minutes": round((time.process_time() - started) / 60, 1),
        "versions": describe(),
    }
    path = folder / f"{name}.safetensors"
    save_checkpoint(net, path, "style_net", card)
    card["metrics"] = _measure(load_checkpoint(path).to(device()), judge, style)
    save_checkpoint(net, path, "style_net", card)
    with replacing(folder / f"{name}.md") as temporary:
        temporary.write_text(_page(name, card), encoding="utf-8")


@torch.no_grad()
def _measure(net: nn.Module, judge: nn.Module, style: Tensor) -> dict[str, float]:
    """Style loss of fresh scenes and of their paintings."""
    style_grams = gram_matrices(judge, style, STYLE_LAYERS)
    x = draw(100, seed=_TEST_SEED, size=SIZE).images.to(style)
    with recording_outputs(judge, frozenset(STYLE_LAYERS)) as outputs:
        losses = {
            what: style_loss(outputs(seen), style_grams).mean()
            for what, seen in (("", x), ("painted", net(x)))
        }
    return {
        f"style loss of 100 fresh scenes {what}".strip(): round(v.item(), 3) for what, v in losses.items()
    }


def _page(name: str, card: dict[str, Any]) -> str:
    facts = "\n".join(f"- {key}: {value}" for key, value in card["metrics"].items())
    machine = "\n".join(f"- {key}: {value}" for key, value in card["versions"].items())
    return f"""# {name}

{card["about"]} Made by this project from nothing with
`{card["command"]}`; no weights, pictures or data of others are in it.

Weights are stored in half precision; the figures below are those of the stored file.

## Measured
{facts}

## Training
{card["minutes"]} minutes of one core, seed {card["seed"]}: {STEPS} steps of {BATCH} drawn scenes,
{SIZE} × {SIZE} pixels, rate {RATE}.
Loss, in layers of {JUDGE}: content at {CONTENT_LAYER}, {STYLE_WEIGHT} × style at {", ".join(STYLE_LAYERS)},
{VARIATION} × total variation.

## Machine
{machine}

Licence: MIT, like the code.
"""
