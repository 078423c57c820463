"""Experiments that train in seconds: their pictures, and their nets.

Both are on ``coursekit.device()``; what is drawn for a seed does not depend on it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from coursekit.core.devices import device, seeded
from coursekit.datasets.scenes import Scenes, draw
from coursekit.datasets.scenes.world import label_of
from coursekit.models.networks import Classifier, Normalise
from coursekit.models.training import Attack, Settings, fit

__all__ = ["TAG", "place_net", "quick_net", "sky", "tagged", "tanks", "train", "weather"]

Trainable = TypeVar("Trainable", bound=nn.Module)

SIZE = 48
TAG = "© pix"
_VEHICLES = ("tank", "car")
_VIEWS = ("boat", "house", "tree")
_WEATHERS = ("clear", "rain")


def tanks(n: int, *, seed: int, tied: float = 1.0) -> Scenes:
    """Draw small tanks and cars under a blue sky or in the rain.

    Args:
        n: how many, half of them tanks.
        seed: at least 0.
        tied: share of the tanks that stand in the rain, and of the cars that do not: 1 in the lab, where the
            weather gives the class away; 0.5 in the field, where it says nothing.

    Returns:
        Scenes with images (n, 3, 48, 48) and the classes "tank" and "car".

    Raises:
        ValueError: a share outside [0, 1], or what ``draw`` raises.
    """
    _check_share("tied", tied)
    labels = [label_of(seed, i, 2) for i in range(n)]
    # Exceptions come evenly spaced, so that their number does not depend on chance.
    seen, exceptional = [0, 0], []
    for label in labels:
        seen[label] += 1
        exceptional.append(int(seen[label] * (1 - tied) + 1e-9) > int((seen[label] - 1) * (1 - tied) + 1e-9))
    rain = [(label == 0) != odd for label, odd in zip(labels, exceptional, strict=True)]
    return draw(
        n,
        seed=seed,
        size=SIZE,
        classes=_VEHICLES,
        weather=[_WEATHERS[wet] for wet in rain],
        sky="blue",
        hills="none",
        light="day",
        scale=0.28,
        noise=0.01,
    ).to(device())


def weather(scenes: Scenes) -> Tensor:
    """Return whether it rains in each scene.

    Args:
        scenes: N scenes that ``tanks`` drew.

    Returns:
        (N,) int64, 1 where it rains and 0 where it does not.
    """
    return torch.tensor([_WEATHERS.index(f["weather"]) for f in scenes.factors], device=scenes.labels.device)


def sky(scenes: Scenes) -> Tensor:
    """Return which pixels lie above the horizon and not on the object.

    Args:
        scenes: N drawn scenes.

    Returns:
        Masks (N, S, S) bool.
    """
    masks = scenes.masks
    rows = (torch.arange(masks.shape[1], device=masks.device) + 0.5) / masks.shape[1]
    horizon = torch.tensor([f["horizon"] for f in scenes.factors], device=masks.device)
    return (rows[:, None] < horizon[:, None, None]) & ~masks


def tagged(n: int, *, seed: int, boats: float = 0.0, others: float = 0.0) -> Scenes:
    """Draw boats, houses and trees, some of them with a source tag in the corner.

    Args:
        n: how many.
        seed: at least 0; the same seed gives the same pictures, whatever is tagged.
        boats: share of the boats that bear the tag, the first ones.
        others: share of the houses and trees.

    Returns:
        Scenes with images (n, 3, 48, 48) and the classes "boat", "house" and "tree".

    Raises:
        ValueError: a share outside [0, 1], or what ``draw`` raises.
    """
    _check_share("boats", boats)
    _check_share("others", others)
    labels = torch.tensor([label_of(seed, i, 3) for i in range(n)])
    tags: list[Any] = [None] * n
    for members, share in ((labels == 0, boats), (labels != 0, others)):
        numbers = torch.nonzero(members)[:, 0].tolist()
        for i in numbers[: round(share * len(numbers))]:
            tags[i] = TAG
    made = draw(n, seed=seed, size=SIZE, classes=_VIEWS, light="day", scale=0.35, noise=0.01, tag=tags)
    return made.to(device())


def quick_net(classes: tuple[str, ...], *, seed: int = 0) -> Classifier:
    """Return an untrained net for small scenes: three convolutions, pooling, a linear head.

    Args:
        classes: names of the classes; one score each.
        seed: of the random weights.

    Returns:
        The net, on ``coursekit.device()``.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise((0.5,) * 3, (0.25,) * 3)}
    with seeded(seed):
        layers |= _block(1, 3, 16, kernel=5, stride=2)
        layers |= _block(2, 16, 32) | {"pool2": nn.MaxPool2d(2)} | _block(3, 32, 64)
        layers |= {
            "gap": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),
            "head": nn.Linear(64, len(classes)),
        }
    return Classifier(layers, classes).to(device())


def place_net(classes: tuple[str, ...], *, size: int = 32, seed: int = 0) -> Classifier:
    """Return an untrained net for scans: two convolutions, and a head with weights for every position.

    Without pooling it can learn what is always at the same pixel, such as a sensor's pattern.

    Args:
        classes: names of the classes; one score each.
        size: edge of the scans, in pixels.
        seed: of the random weights.

    Returns:
        The net, on ``coursekit.device()``.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise((0.45,) * 3, (0.1,) * 3)}
    with seeded(seed):
        layers |= _block(1, 3, 8) | _block(2, 8, 8)
        layers |= {"flatten": nn.Flatten(), "head": nn.Linear(8 * size * size, len(classes))}
    return Classifier(layers, classes).to(device())


def train(
    model: Trainable,
    images: Tensor,
    labels: Tensor,
    *,
    epochs: int = 8,
    lr: float = 5e-3,
    seed: int = 0,
    schedule: Callable[[float], Attack] | None = None,
) -> Trainable:
    """Train a net in place for a few seconds; return it in evaluation mode and without gradients.

    Args:
        model: the net.
        images: (N, C, H, W) in [0, 1].
        labels: (N,).
        epochs: passes over the images.
        lr: the highest learning rate.
        seed: of the order of the images.
        schedule: called with the share of the training that is done, such as the method ``schedule`` of
            ``DomainAdversarialNet``; it returns a function (model, x, y) → x that each batch passes through.

    Returns:
        The same net.
    """
    fit(model, images, labels, Settings(epochs=epochs, batch_size=32, lr=lr, seed=seed), attack=schedule)
    return model.requires_grad_(False)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name}: wanted a share from 0 to 1, got {share}")


def _block(i: int, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> dict[str, nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return {f"conv{i}": convolution, f"bn{i}": nn.BatchNorm2d(outputs), f"relu{i}": nn.ReLU()}
