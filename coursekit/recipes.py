"""How each shipped net is made from nothing: data, net, training and what its card reports."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import scenes
from coursekit.attacks import pgd
from coursekit.checkpoints import load_checkpoint, save_checkpoint
from coursekit.devices import describe, device, seed_everything
from coursekit.digits import load_digits
from coursekit.files import replacing
from coursekit.networks import Classifier, digit_net, scene_net
from coursekit.training import History, Settings, evaluate, fit

__all__ = ["RECIPES", "Recipe", "make"]

EPS = 3.0
_TRAINING_SEED, _TEST_SEED = 1, 2
_BUILDERS: dict[str, Callable[[], Classifier]] = {
    "scene_net": lambda: scene_net(scenes.CLASSES),
    "digit_net": digit_net,
}


@dataclass(frozen=True)
class Recipe:
    """All that a shipped net depends on.

    Attributes:
        about: one sentence for the card.
        builder: name of the function in ``networks`` that builds it.
        settings: of the training.
        scenes: how many scenes it trains on; 0 for the digits.
        eps: radius of the L2 ball of adversarial training, in units of [0, 1]; 0 for none.
    """

    about: str
    builder: str
    settings: Settings
    scenes: int = 0
    eps: float = 0.0


RECIPES = {
    "scenes": Recipe(
        "Classifies drawn scenes; trained as usual.",
        "scene_net",
        Settings(epochs=8, half=True),
        scenes=16_000,
    ),
    "scenes-robust": Recipe(
        "Classifies drawn scenes; trained adversarially in L2, so that its gradients look like things.",
        "scene_net",
        Settings(epochs=12, half=True),
        scenes=16_000,
        eps=EPS,
    ),
    "digits": Recipe(
        "Classifies scikit-learn's handwritten digits.",
        "digit_net",
        Settings(epochs=30, rate=5e-3, noise=0.2),
    ),
}


def make(name: str, folder: Path) -> None:
    """Train the net ``name``, measure it, and write it with its card ``name.md`` into ``folder``.

    A training that was killed goes on from its last whole epoch.

    Raises:
        ValueError: there is no recipe of that name.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe for {name!r}; wanted one of {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    path, state = folder / f"{name}.safetensors", folder / f"{name}.training.partial"
    model, history = _train(recipe, state)
    card = _card(name, recipe, history)
    save_checkpoint(model, path, recipe.builder, card)
    card["metrics"] = _measure(load_checkpoint(path).to(device()).eval(), recipe)
    save_checkpoint(model, path, recipe.builder, card)
    with replacing(folder / f"{name}.md") as temporary:
        temporary.write_text(_page(name, card), encoding="utf-8")
    state.unlink(missing_ok=True)


def _train(recipe: Recipe, state: Path) -> tuple[Classifier, History]:
    seed_everything(recipe.settings.seed)
    model = _BUILDERS[recipe.builder]().to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    attack = partial(_growing_attack, recipe.eps) if recipe.eps else None
    images, labels = _drawn(recipe.scenes, _TRAINING_SEED) if recipe.scenes else load_digits("train")
    return model, fit(model, images, labels, recipe.settings, attack=attack, state=state)


def _drawn(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Scenes as bytes: a quarter of the memory."""
    parts = [scenes.draw(1000, seed=seed * 1000 + i) for i in range(n // 1000)]
    images = torch.cat([(part.images * 255).round().to(torch.uint8) for part in parts])
    return images, torch.cat([part.labels for part in parts])


def _growing_attack(eps: float, done: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
    """One L2 step from a random start, with a radius that reaches ``eps`` after a quarter of the training.

    After: Wong, Rice, Kolter 2020, Fast is better than free (arXiv:2001.03994).
    """
    radius = eps * min(1.0, 0.1 + done / 0.25)
    generator = torch.Generator().manual_seed(int(done * 1e9))
    return partial(pgd, eps=radius, steps=1, step_size=1.25 * radius, norm_name="l2", generator=generator)


def _measure(model: Classifier, recipe: Recipe) -> dict[str, float]:
    images, labels = _drawn(2000, _TEST_SEED) if recipe.scenes else load_digits("test")
    metrics = {f"accuracy on {len(images)} fresh images": evaluate(model, images, labels)}
    if recipe.scenes:
        # A net that was not trained for it is fooled every time; 200 attacks show that as well as 2,000.
        attacked = len(images) if recipe.eps else 200
        attack = partial(pgd, eps=EPS, steps=20, norm_name="l2")
        name = f"accuracy on {attacked} of them under 20-step L2 PGD, eps {EPS}"
        metrics[name] = evaluate(model, images[:attacked], labels[:attacked], attack=attack)
    return {name: round(value, 4) for name, value in metrics.items()}


def _card(name: str, recipe: Recipe, history: History) -> dict[str, Any]:
    return {
        "about": recipe.about,
        "command": f"coursekit train {name}",
        "data": f"{recipe.scenes} scenes, drawn with seed {_TRAINING_SEED}"
        if recipe.scenes
        else "1,437 digits",
        "settings": asdict(recipe.settings) | {"eps": recipe.eps},
        "versions": describe(),
        "minutes": round(history.seconds / 60, 1),
        "losses": [round(loss, 4) for loss in history.losses],
    }


def _page(name: str, card: dict[str, Any]) -> str:
    """The card as a page of Markdown, a list per group of facts."""

    def items(facts: dict[str, Any]) -> str:
        return "\n".join(f"- {key}: {value}" for key, value in facts.items())

    return f"""# {name}

{card["about"]} Made by this project from nothing with `{card["command"]}`;
no weights or data of others are in it.

Weights are stored in half precision; the figures below are those of the stored file.

## Measured
{items(card["metrics"])}

## Training
- data: {card["data"]}
- minutes: {card["minutes"]}
- mean loss by epoch: {", ".join(map(str, card["losses"]))}
{items(card["settings"])}

## Machine
{items(card["versions"])}

Licence: MIT, like the code.
"""
