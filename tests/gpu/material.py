"""What the calls are given: the same on every device, in double precision."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import attacks
from coursekit.confounding import trials
from coursekit.datasets.scenes import cue_conflict
from coursekit.models.networks import Normalise

At = Callable[[Any], Any]
DOUBLE = torch.float64
LAYER = "relu2"
PAIRS = torch.tensor([[0, 1], [2, 3]])


def random(*shape: int, seed: int = 0) -> Tensor:
    """Numbers in [0, 1], the same whatever the device."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=DOUBLE)


def net(dtype: torch.dtype = DOUBLE) -> nn.Sequential:
    """A random net with a layer of each common kind, for images (N, 3, H, W)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = {
            "normalise": Normalise((0.5,) * 3, (0.25,) * 3),
            "conv1": nn.Conv2d(3, 6, 3, padding=1),
            "relu1": nn.ReLU(),
            "conv2": nn.Conv2d(6, 8, 3, stride=2, padding=1, bias=False),
            "bn2": nn.BatchNorm2d(8),
            "relu2": nn.ReLU(),
            "gap": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),
            "head": nn.Linear(8, 5),
        }
        return nn.Sequential(OrderedDict(layers)).to(dtype).eval()


def images(n: int = 3, size: int = 20) -> Tensor:
    """Pictures (n, 3, size, size), of 8 bits."""
    return (random(n, 3, size, size) * 255).round() / 255


def labels(n: int = 3) -> Tensor:
    """Classes 0, 1 …, 4, 0 …, (n,)."""
    return torch.arange(n) % 5


def heat(at: At) -> tuple[Tensor, Tensor]:
    """Maps, and the object's pixels."""
    return at(random(3, 20, 20)), at(random(3, 20, 20, seed=1) > 0.6)


def distances(n: int = 6) -> Tensor:
    points = random(n, 3)
    apart = torch.cdist(points, points)
    return (apart + apart.T) / 2


def scenes(at: At) -> Any:
    """Two tanks and a car, as double precision sees them."""
    drawn = trials.tanks(12, seed=1)
    return at(replace(drawn, images=drawn.images.double()))


def conflict(at: At) -> Any:
    drawn = cue_conflict(3, size=32)
    columns = ("images", "silhouettes", "collages")
    moved = {name: at(getattr(drawn, name).double()) for name in columns}
    return replace(drawn, **moved, shape=at(torch.arange(3)), texture=at(torch.arange(3) + 2))


def attacked(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return attacks.fgsm(model, x, y, eps=0.1)
