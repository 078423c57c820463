"""How each shipped net is trained from scratch: data, architecture, training and card."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attacks import pgd, pgd_to_runner_up, robust_accuracy
from coursekit.attacks.norms import NormName
from coursekit.core.devices import describe, device, seed_everything
from coursekit.core.files import replacing
from coursekit.datasets import scenes
from coursekit.datasets.digits import load_digits
from coursekit.models.checkpoints import STYLES, load_checkpoint, save_checkpoint
from coursekit.models.networks import Classifier, digit_net, robust_digit_net, scene_net
from coursekit.models.training import History, Settings, evaluate, fit
from coursekit.workshop.recipes.style import make_style

__all__ = ["make"]

EPS, DIGITS_EPS = 3.0, 0.25
"""Radius of the attacks that a net is evaluated with, on scenes and on digits."""
_TRAINING_SEED, _TEST_SEED = 1, 2
_BUILDERS: dict[str, Callable[[], Classifier]] = {
    "scene_net": lambda: scene_net(scenes.CLASSES),
    "digit_net": digit_net,
    "robust_digit_net": robust_digit_net,
}


@dataclass(frozen=True)
class Stage:
    """One training, on scenes of its own.

    Attributes:
        settings: of the training.
        scenes: how many scenes it trains on, a multiple of 1,000; 0 for the digits.
        eps: radius of the ball of adversarial training, in units of [0, 1]; 0 for none.
        steps: of the attack. 1 is fast, but a net can learn to resist it without being robust to others.
        norm: of the ball.
        styled: whether every second scene is painted over with random textures.
    """

    settings: Settings
    scenes: int = 0
    eps: float = 0.0
    steps: int = 1
    norm: NormName = "l2"
    styled: bool = False


@dataclass(frozen=True)
class Recipe:
    """Everything that a shipped net depends on.

    Attributes:
        about: one sentence for the card.
        builder: name of the function in ``networks`` that builds it.
        stages: the trainings, one after the other.
    """

    about: str
    builder: str
    stages: tuple[Stage, ...]


RECIPES = {
    "scenes": Recipe(
        "Classifies drawn scenes; trained as usual.",
        "scene_net",
        (Stage(Settings(epochs=8, bfloat16=True), scenes=16_000),),
    ),
    "scenes-robust": Recipe(
        "Classifies drawn scenes; trained adversarially in L2, so that its gradients look like things.",
        "scene_net",
        (
            Stage(Settings(epochs=5, mirror=True, bfloat16=True), scenes=16_000, eps=3.0),
            Stage(Settings(epochs=10, lr=2e-3, mirror=True, bfloat16=True), scenes=24_000, eps=4.0, steps=2),
        ),
    ),
    "scenes-stylised": Recipe(
        "Classifies drawn scenes; every second one it learned from was painted over with random textures.",
        "scene_net",
        (Stage(Settings(epochs=6, mirror=True, bfloat16=True), scenes=12_000, styled=True),),
    ),
    "digits": Recipe(
        "Classifies scikit-learn's handwritten digits.",
        "digit_net",
        (Stage(Settings(epochs=30, lr=5e-3, noise=0.2)),),
    ),
    "digits-robust": Recipe(
        "Classifies scikit-learn's handwritten digits; trained adversarially in L∞.",
        "robust_digit_net",
        (
            Stage(
                Settings(epochs=60, batch_size=32, lr=5e-3, weight_decay=0.1, shift=1, bfloat16=True),
                eps=DIGITS_EPS,
                steps=4,
                norm="linf",
            ),
        ),
    ),
}


def make(name: str, folder: Path) -> None:
    """Train a net, evaluate it, and write it with its card ``<name>.md``.

    A training that was killed goes on after its last complete epoch.

    Args:
        name: of the net, such as "scenes".
        folder: where to write.

    Raises:
        ValueError: there is no recipe of that name.
    """
    if name in STYLES:
        make_style(name, folder)
        return
    if name not in RECIPES:
        raise ValueError(f"no recipe for {name!r}; wanted one of {', '.join((*RECIPES, *STYLES))}")
    recipe = RECIPES[name]
    path, states = folder / f"{name}.safetensors", _states(name, recipe, folder)
    model, histories = _train(recipe, states)
    card = _card(name, recipe, histories)
    unmeasured = folder / f"{name}.unmeasured.partial"
    save_checkpoint(model, unmeasured, recipe.builder, card)
    card["metrics"] = _measure(load_checkpoint(unmeasured).to(device()).eval(), recipe)
    unmeasured.unlink()
    save_checkpoint(model, path, recipe.builder, card)
    with replacing(folder / f"{name}.md") as temporary:
        temporary.write_text(_page(name, card), encoding="utf-8")
    for state in states:
        state.unlink(missing_ok=True)


def _states(name: str, recipe: Recipe, folder: Path) -> list[Path]:
    """The files in which the state of each stage is saved, so that it can be resumed."""
    return [folder / f"{name}.{number}.training.partial" for number in range(1, len(recipe.stages) + 1)]


def _train(recipe: Recipe, states: list[Path]) -> tuple[Classifier, list[History]]:
    seed_everything(recipe.stages[0].settings.seed)
    model = _BUILDERS[recipe.builder]().to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    histories = []
    for number, (stage, state) in enumerate(zip(recipe.stages, states, strict=True)):
        attack = partial(_warmed_up_attack, stage) if stage.eps else None
        seed = _TRAINING_SEED + 2 * number
        data = _drawn(stage.scenes, seed, styled=stage.styled) if stage.scenes else load_digits("train")
        histories.append(fit(model, *data, stage.settings, attack=attack, checkpoint=state))
    return model, histories


def _drawn(n: int, seed: int, *, styled: bool = False) -> tuple[Tensor, Tensor]:
    """Scenes and labels. Images are bytes, which take a quarter of the memory of floats."""
    parts = [scenes.draw(1000, seed=seed * 1000 + i) for i in range(n // 1000)]
    if styled:
        for i, part in enumerate(parts):
            part.images[::2] = scenes.stylised(part[::2], seed=seed * 1000 + i).images
    images = torch.cat([(part.images * 255).round().to(torch.uint8) for part in parts])
    return images, torch.cat([part.labels for part in parts])


def _warmed_up_attack(stage: Stage, done: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
    """PGD in one or a few steps, whose radius grows during the first quarter of the training.

    Reference: Wong, Rice, Kolter 2020, Fast is better than free (arXiv:2001.03994).
    """
    radius, linf = stage.eps * min(1.0, 0.1 + done / 0.25), stage.norm == "linf"
    return partial(
        pgd,
        eps=radius,
        steps=stage.steps,
        step_size=None if linf else 1.25 * radius / stage.steps**0.5,
        norm=stage.norm,
        # In so many dimensions a random start uses up most of the budget of L2, so only a single step has it.
        random_start=linf or stage.steps == 1,
        generator=torch.Generator().manual_seed(int(done * 1e9)),
    )


def _measure(model: nn.Module, recipe: Recipe) -> dict[str, float]:
    stage = recipe.stages[-1]
    images, labels = _drawn(2000, _TEST_SEED) if stage.scenes else load_digits("test")
    metrics = {f"accuracy on {len(images)} fresh images": evaluate(model, images, labels)}
    if stage.scenes:
        # A net that was not trained for it is fooled every time; 200 attacks show that as well as 2,000.
        attacked = len(images) if stage.eps else 200
        attack = partial(pgd, eps=EPS, steps=20, norm="l2")
        name = f"accuracy on {attacked} of them under 20-step L2 PGD, eps {EPS}"
        metrics[name] = evaluate(model, images[:attacked], labels[:attacked], attack=attack)
    elif stage.eps:
        metrics |= _measure_digits(model, images.to(device()), labels.to(device()))
    return {name: round(value, 4) for name, value in metrics.items()}


def _measure_digits(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    attacks = {
        f"{name}, 40 steps, 5 restarts": partial(attack, eps=DIGITS_EPS, steps=40, restarts=5)
        for name, attack in (("PGD", pgd), ("PGD to the runner-up", pgd_to_runner_up))
    }
    shares = robust_accuracy(model, images, labels, attacks)
    shares.pop("clean")
    return {f"under L∞ {name}, eps {DIGITS_EPS}": share for name, share in shares.items()}


def _card(name: str, recipe: Recipe, histories: list[History]) -> dict[str, Any]:
    return {
        "about": recipe.about,
        "command": f"coursekit train {name}",
        "seed": recipe.stages[0].settings.seed,
        "stages": [
            asdict(stage) | asdict(past) for stage, past in zip(recipe.stages, histories, strict=True)
        ],
        "minutes": round(sum(past.seconds for past in histories) / 60, 1),
        "versions": describe(),
    }


def _page(name: str, card: dict[str, Any]) -> str:
    """The card as a page of Markdown, a list per group of facts."""
    stages = "\n\n".join(_stage(number, stage) for number, stage in enumerate(card["stages"], 1))
    return f"""# {name}

{card["about"]} Made by this project from nothing with
`{card["command"]}`; no weights or data of others are in it.

Weights are stored in half precision; the figures below are those of the stored file.

## Measured
{_items(card["metrics"])}

## Training
{card["minutes"]} minutes in all, seed {card["seed"]}.

{stages}

## Machine
{_items(card["versions"])}

Licence: MIT, like the code.
"""


def _stage(number: int, stage: dict[str, Any]) -> str:
    about = {
        "data": f"{stage['scenes']} drawn scenes" if stage["scenes"] else "1437 digits",
        "painted over": "every second one" if stage["styled"] else "none",
        "attack": f"{stage['steps']}-step {stage['norm'].upper()}, eps {stage['eps']}"
        if stage["eps"]
        else "none",
        "mean loss by epoch": ", ".join(f"{loss:.3f}" for loss in stage["losses"]),
    }
    return f"Stage {number}\n\n{_items(about | stage['settings'])}"


def _items(facts: dict[str, Any]) -> str:
    return "\n".join(f"- {key}: {value}" for key, value in facts.items())
