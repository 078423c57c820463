"""The nets of the course: small VGG-style classifiers, with the normalisation inside, and one that paints."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from coursekit.datasets.digits import CLASSES as DIGITS

__all__ = ["Classifier", "Normalise", "StyleNet", "digit_net", "robust_digit_net", "scene_net"]


class Normalise(nn.Module):
    """Subtract the mean and divide by the standard deviation of each channel: (x − μ) / σ.

    A layer of the net rather than a step before it, so that images stay in [0, 1] everywhere else.

    Args:
        mean: μ per channel, in pixel units.
        std: σ per channel, in pixel units.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        # Fixed by construction, so not part of a checkpoint.
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to zero mean and unit scale.

        Args:
            x: images (N, C, H, W) in [0, 1].

        Returns:
            (x − μ) / σ, (N, C, H, W).
        """
        return (x - self.mean) / self.std


class Classifier(nn.Sequential):
    """A net that maps images (N, C, H, W) in [0, 1] to scores (N, K) and knows the names of its classes.

    Args:
        layers: the layers by name, in order; the names are what ``layer="conv5"`` refers to.
        classes: the K names of the classes, in the order of the scores.
    """

    def __init__(self, layers: dict[str, nn.Module], classes: tuple[str, ...]) -> None:
        super().__init__(OrderedDict(layers))
        self.classes = classes


def scene_net(classes: tuple[str, ...], *, width: int = 32) -> Classifier:
    """Build the net for scenes: seven convolutions, global average pooling, one linear head.

    The first kernel is 9×9 with stride 2: large enough that a picture of it shows an edge or a blob of
    colour. At 128×128 the last map has 8×8 positions; any size from 32 up works. Weights are random until
    loaded or trained.

    Args:
        classes: names of the classes; one score each.
        width: channels of the first layer; 32 gives about a million parameters.

    Returns:
        A net with layers ``normalise``, ``conv1 bn1 relu1 pool1`` … ``conv7 bn7 relu7``, ``gap``,
        ``flatten``, ``head``.

    Reference: Simonyan & Zisserman 2015 (arXiv:1409.1556); Ioffe & Szegedy 2015 (arXiv:1502.03167); Lin et
    al. 2014 (arXiv:1312.4400) for the pooled head.
    """
    channels = [3, width, 2 * width, 2 * width, 4 * width, 4 * width, 7 * width, 7 * width]
    layers: dict[str, nn.Module] = {"normalise": Normalise((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))}
    for i in range(1, 8):
        wide = i == 1
        layers |= _block(i, channels[i - 1], channels[i], kernel=9 if wide else 3, stride=2 if wide else 1)
        if i in (1, 3, 5):
            layers[f"pool{i}"] = nn.MaxPool2d(2)
    return Classifier(layers | _head(channels[-1], len(classes)), classes)


def digit_net(*, width: int = 16) -> Classifier:
    """Build the net for digits (N, 1, 32, 32): three convolutions, global average pooling, one linear head.

    Args:
        width: channels of the first layer.

    Returns:
        A net with layers ``normalise``, ``conv1 bn1 relu1 pool1`` … ``conv3 bn3 relu3``, ``gap``,
        ``flatten``, ``head``.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise((0.5,), (0.5,))}
    layers |= _block(1, 1, width, kernel=7) | {"pool1": nn.MaxPool2d(2)}
    layers |= _block(2, width, 2 * width) | {"pool2": nn.MaxPool2d(2)}
    layers |= _block(3, 2 * width, 4 * width)
    return Classifier(layers | _head(4 * width, len(DIGITS)), DIGITS)


def robust_digit_net() -> Classifier:
    """Build the net for digits under attack (N, 1, 32, 32): three convolutions, and a head on all positions.

    ``digit_net`` averages its last map over all positions. Under attack too little of a digit survives this
    average, so here the linear head has weights of its own for each of the 4 × 4 positions.

    Returns:
        A net with layers ``normalise``, ``conv1 bn1 relu1 pool1`` … ``conv3 bn3 relu3 pool3``, ``flatten``,
        ``head``.
    """
    layers: dict[str, nn.Module] = {"normalise": Normalise((0.5,), (0.5,))}
    channels = (1, 24, 48, 96)
    for i in (1, 2, 3):
        layers |= _block(i, channels[i - 1], channels[i], kernel=5 if i == 1 else 3)
        layers[f"pool{i}"] = nn.MaxPool2d(2)
    head = nn.Linear(channels[-1] * 16, len(DIGITS))
    return Classifier(layers | {"flatten": nn.Flatten(), "head": head}, DIGITS)


def _block(i: int, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> dict[str, nn.Module]:
    """Convolution, batch norm and ReLU; the batch norm's shift makes a bias of the convolution redundant."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    if i == 1:
        # Batch norm hides the scale of the weights before it, so what is left of the random start stays
        # visible in a kernel however long the net trains. From a tenth of the usual start, the kernels
        # become edges and colours.
        with torch.no_grad():
            convolution.weight.mul_(0.1)
    return {
        f"conv{i}": convolution,
        f"bn{i}": nn.BatchNorm2d(outputs),
        f"relu{i}": nn.ReLU(),
    }


def _head(inputs: int, classes: int) -> dict[str, nn.Module]:
    return {"gap": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "head": nn.Linear(inputs, classes)}


class StyleNet(nn.Module):
    """Paints pictures (N, 3, H, W) in [0, 1], of any size from 16 up, in the one style it was trained for.

    Three convolutions shrink the picture fourfold, residual blocks change it there, three enlarge it again.
    Instance norm takes each picture's own contrast away, which is part of its style.

    Args:
        width: channels of the residual blocks.
        blocks: how many.

    Reference: Johnson, Alahi & Fei-Fei 2016 (arXiv:1603.08155); Ulyanov, Vedaldi & Lempitsky 2016
        (arXiv:1607.08022) for instance norm.
    """

    def __init__(self, *, width: int = 48, blocks: int = 3) -> None:
        super().__init__()
        first, second = width // 3, 2 * width // 3
        shrink = [
            _style_block(3, first, kernel=9),
            _style_block(first, second, stride=2),
            _style_block(second, width, stride=2),
        ]
        enlarge = [_style_block(width, second, up=True), _style_block(second, first, up=True)]
        last = nn.Conv2d(first, 3, 9, padding=4, padding_mode="reflect")
        self.layers = nn.Sequential(*shrink, *(_Residual(width) for _ in range(blocks)), *enlarge, last)

    def forward(self, x: Tensor) -> Tensor:
        """Paint pictures in the style that the net was trained for.

        Args:
            x: pictures (N, 3, H, W) in [0, 1].

        Returns:
            The painted pictures, (N, 3, H, W) in [0, 1].
        """
        height, width = x.shape[-2:]
        return self.layers(2 * x - 1).sigmoid()[..., :height, :width]


class _Residual(nn.Module):
    """Adds to its input what two convolutions make of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_style_block(width, width), _style_block(width, width)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def _style_block(
    inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, up: bool = False
) -> nn.Sequential:
    """Convolution, instance norm, ReLU; enlarged first by repeating pixels, which leaves no checkerboard."""
    layers: dict[str, nn.Module] = {"up": nn.Upsample(scale_factor=2)} if up else {}
    layers["conv"] = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, bias=False, padding_mode="reflect"
    )
    layers["norm"] = nn.InstanceNorm2d(outputs, affine=True)
    return nn.Sequential(OrderedDict(layers | {"relu": nn.ReLU()}))
