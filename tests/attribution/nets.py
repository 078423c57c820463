"""Small nets for the tests: the same one written in several ways, and one for each kind of input."""

import copy
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def seeded(build, *, seed: int = 0, dtype: torch.dtype = torch.float32) -> nn.Module:
    """Build a net with weights and batch-norm statistics of its own; the global generator stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build()
        for layer in net.modules():
            if isinstance(layer, nn.BatchNorm2d) and layer.track_running_stats:
                layer.running_mean.normal_(0, 0.2)
                layer.running_var.uniform_(0.5, 2)
    return net.to(dtype).eval()


def folded(model: nn.Module) -> nn.Module:
    """Fold each batch norm into the convolution before it, as zennit cannot with torch 2.11."""
    model = copy.deepcopy(model)
    for block in list(model.modules()):
        for (first, layer), (second, norm) in pairwise(list(block.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(block, first, fuse_conv_bn_eval(layer, norm))
                setattr(block, second, nn.Identity())
    return model


class Modular(nn.Module):
    """Three ReLUs, each a layer of its own: the form that every method handles."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 8, 5, padding=2)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, padding=1)
        self.relu1, self.relu2, self.relu3 = nn.ReLU(), nn.ReLU(), nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.norm = nn.BatchNorm2d(8)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(12, 6)

    def rectify(self, x: Tensor, i: int) -> Tensor:
        return getattr(self, f"relu{i}")(x)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.rectify(self.conv1(x), 1))
        x = self.pool(self.rectify(self.norm(self.conv2(x)), 2))
        x = self.rectify(self.conv3(x), 3)
        return self.head(self.dropout(x.mean((2, 3))))


class InPlace(Modular):
    def __init__(self) -> None:
        super().__init__()
        self.relu1, self.relu2, self.relu3 = nn.ReLU(True), nn.ReLU(True), nn.ReLU(True)


class Reused(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return self.relu1(x)


class Functional(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.relu(x)


class FunctionalInPlace(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.relu(x, inplace=True)


class Method(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return [torch.relu, Tensor.relu_, torch.ops.aten.relu][i - 1](x)


class ByHand(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return x * (x > 0) if i == 2 else F.relu(x)


class Maximum(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return torch.maximum(x, torch.zeros(())) if i == 2 else F.relu(x)


class Clamp(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return x.clamp(min=0) if i == 2 else F.relu(x)


class ClampMin(Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return torch.clamp_min(x, 0) if i == 2 else F.relu(x)


class Disguised(Modular):
    """Its second ReLU, or something like one, is what ``rectifier`` says."""

    def __init__(self, rectifier: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.rectifier = rectifier

    def rectify(self, x: Tensor, i: int) -> Tensor:
        return self.rectifier(x) if i == 2 else F.relu(x)


class Starting(Modular):
    """Begins with what ``start`` does to the pixels."""

    def __init__(self, start: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.start = start

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.start(x))


class ForClips(nn.Module):
    """Takes (N, T, C, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 6, 3, padding=1)
        self.head = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.conv(x.transpose(1, 2)).relu().mean((2, 3, 4)))


def vgg16() -> nn.Module:
    """VGG16 with few hidden units behind its convolutions, where nine tenths of its weights are."""
    model = torchvision.models.vgg16(num_classes=10)
    model.classifier = nn.Sequential(
        nn.Linear(25088, 64), nn.ReLU(inplace=True), nn.Linear(64, 10, bias=False)
    )
    return model


def for_tables() -> nn.Module:
    return nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 3))


def for_masks(classes: int = 4) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, classes, 1))


def images(n: int = 3, *, channels: int = 3, size: int = 24, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(1), dtype=dtype)
