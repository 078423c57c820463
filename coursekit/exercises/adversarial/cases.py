"""What the exercises of this chapter share: their cases, and the steps that their mistakes take."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

from coursekit.exercises.nets import CLASSES, Net
from coursekit.exercises.saliency.cases import gradient

__all__ = [
    "ANSWERS",
    "SIZES",
    "ball",
    "blotches",
    "draw",
    "is_decided",
    "loss_gradient",
    "losses",
    "score_gradient",
    "step",
    "varied_net",
]

ANSWERS = ("coursekit.attacks", "coursekit.exercises.adversarial")

# One image by itself, and sides and batches that differ, so that no axis can stand in for another.
SIZES = {"one image": (1, 9, 8), "a batch of two": (2, 8, 10), "a batch of three": (3, 8, 8)}


def losses(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of each image, (N,)."""
    return cross_entropy(model(x), y, reduction="none")


def loss_gradient(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of each image's own loss with respect to its pixels."""
    return gradient(lambda images: losses(model, images, y), x)


def score_gradient(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of each image's score of class y with respect to its pixels."""
    return gradient(lambda images: model(images).gather(1, y[:, None]), x)


def step(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    """The fast gradient sign method."""
    return (x + eps * loss_gradient(model, x, y).sign()).clamp(0, 1)


def ball(moved: Tensor, x: Tensor, eps: float) -> Tensor:
    """The nearest images in [0, 1] and within eps of x in L∞."""
    return (x + (moved - x).clamp(-eps, eps)).clamp(0, 1)


def draw(shape: tuple[int, int, int], generator: torch.Generator) -> tuple[Net, Tensor, Tensor]:
    """A net, images (N, 3, H, W), and for each a class that the net does not see in it."""
    net = Net.drawn("classifier", generator)
    n, height, width = shape
    x = torch.rand(n, 3, height, width, generator=generator)
    further = torch.randint(1, CLASSES, (n,), generator=generator)
    return net, x, (net.build()(x).argmax(1) + further) % CLASSES


def blotches(n: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """Images (N, 3, H, W) of a few colours, less alike than noise is; many pixels are black or white."""
    coarse = 1.6 * torch.rand(n, 3, 3, 3, generator=generator) - 0.3
    return interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)


def varied_net(x: Tensor, generator: torch.Generator) -> Net:
    """A net that sees no more than 60 % of the images as any one class."""
    while True:
        net = Net.drawn("classifier", generator)
        if net.build()(x).argmax(1).bincount().max() <= 0.6 * len(x):
            return net


def is_decided(model: nn.Module, points: Iterable[Tensor], y: Tensor) -> bool:
    """Whether no gradient at the points is so near 0 that rounding might turn its sign."""
    sizes: Iterator[Tensor] = (loss_gradient(model, x, y).abs() for x in points)
    return all(bool(size.amin() > 2e-6 * size.amax()) for size in sizes)
