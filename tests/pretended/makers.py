"""What the tests of the pretended GPU are made of."""

import torch
from torch import Tensor, nn


def here(*shape: int, **options) -> Tensor:
    return torch.rand(*shape, device="cuda", **options)


def net() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ]
    return nn.Sequential(*layers, nn.Linear(4, 2))
