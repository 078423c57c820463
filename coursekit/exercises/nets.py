"""Small random nets for the cases: plain data that two processes can each build, and get the same net."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coursekit.exercises.draws import generator
from coursekit.exercises.settings import standard_settings

__all__ = ["CLASSES", "Net"]

CLASSES = 5


@dataclass(frozen=True)
class Net:
    """A net, told by its kind and the seed of its weights.

    Attributes:
        kind: "classifier", from images (N, 3, H, W) of any size from 8 up to scores (N, ``CLASSES``);
            "strided", the same for images (N, 3, 8, 12) alone, and without pooling;
            "training", the same with batch norm and dropout, left in training mode;
            "convolution", from maps (N, 3, H, W) to (N, 4, H/2, W/2); "linear", from rows (N, 6) to (N, 4).
        seed: where its random weights come from, of at most 63 bits.
    """

    kind: str
    seed: int

    @classmethod
    def drawn(cls, kind: str, generator: torch.Generator) -> "Net":
        """Return a net of a kind, its seed drawn at random."""
        return cls(kind, int(torch.randint(2**63 - 1, (), generator=generator)))

    def build(self) -> nn.Module:
        """Return a fresh copy of the net, in evaluation mode but for "training", on the CPU.

        Raises:
            ValueError: there is no such kind.
        """
        if self.kind not in _BUILDERS:
            raise ValueError(f"no net of kind {self.kind!r}; there are: {', '.join(_BUILDERS)}")
        with standard_settings():  # torch fills new layers from the global state
            net = _BUILDERS[self.kind]()
            weights = generator(self.seed, self.kind)
            for parameter in net.parameters():
                parameter.data = _draw(parameter, weights)
        return net.train(self.kind == "training").requires_grad_(False)


def _classifier() -> nn.Module:
    """Three convolutions and a linear head that sees where things are; some 1,500 parameters."""
    layers = {
        "conv1": nn.Conv2d(3, 6, 3, padding=1),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(6, 8, 3, stride=2, padding=1),
        "relu2": nn.ReLU(),
        "conv3": nn.Conv2d(8, 8, 3, padding=1),
        "relu3": nn.ReLU(),
        "pool": nn.AdaptiveAvgPool2d(2),
        "flatten": nn.Flatten(),
        "head": nn.Linear(32, CLASSES),
    }
    return nn.Sequential(OrderedDict(layers))


def _strided() -> nn.Module:
    """Two convolutions of stride 2 and a linear head: only layers with weights, ReLU and Flatten."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(48, CLASSES),
    )


def _training() -> nn.Module:
    """Two convolutions with batch norm, whose mean and variance are not those of any batch, and dropout."""
    layers = {
        "conv1": nn.Conv2d(3, 6, 3, padding=1),
        "norm1": nn.BatchNorm2d(6),
        "relu1": nn.ReLU(),
        "drop": nn.Dropout(0.3),
        "conv2": nn.Conv2d(6, 7, 3, stride=2, padding=1),
        "norm2": nn.BatchNorm2d(7),
        "relu2": nn.ReLU(),
        "pool": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "head": nn.Linear(7, CLASSES),
    }
    return nn.Sequential(OrderedDict(layers))


def _draw(parameter: Tensor, generator: torch.Generator) -> Tensor:
    """Weights that keep the scale from layer to layer (He et al. 2015), and biases that matter."""
    fan_in = parameter[0].numel() if parameter.ndim > 1 else 32
    return torch.randn(parameter.shape, generator=generator) * (2 / fan_in) ** 0.5


_BUILDERS: dict[str, Callable[[], nn.Module]] = {
    "classifier": _classifier,
    "strided": _strided,
    "training": _training,
    "convolution": lambda: nn.Conv2d(3, 4, 3, stride=2, padding=1),
    "linear": lambda: nn.Linear(6, 4),
}
