"""EfficientNet-Lite: a small net for photographs, made of inverted residual blocks."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from torch import Tensor, nn

from coursekit.models.networks import Classifier, Normalise

__all__ = ["InvertedResidual", "efficientnet_lite"]

_EPS = 1e-3  # of the batch norms, as in training
_MEAN, _STD = 127 / 255, 128 / 255


@dataclass(frozen=True)
class Stage:
    """A run of blocks between two changes of width.

    Attributes:
        blocks: how many, in Lite0.
        kernel: edge of the depthwise kernels, in pixels of the map.
        stride: of the first block; 2 halves the map.
        width: channels that its blocks put out, in Lite0.
    """

    blocks: int
    kernel: int
    stride: int
    width: int


_STAGES = (
    Stage(1, 3, 1, 16),
    Stage(2, 3, 2, 24),
    Stage(2, 5, 2, 40),
    Stage(3, 3, 2, 80),
    Stage(3, 5, 1, 112),
    Stage(4, 5, 2, 192),
    Stage(1, 3, 1, 320),
)
_SCALES = {0: (1.0, 1.0, 224), 1: (1.0, 1.1, 240), 2: (1.1, 1.2, 260)}
"""Level → factors of width and depth, and edge of the pictures in pixels."""


def efficientnet_lite(classes: tuple[str, ...], *, level: int = 0) -> Classifier:
    """Build an EfficientNet-Lite: a stem, 16 or more inverted residual blocks, one 1×1 convolution, a head.

    Activations are ReLU6: min(max(x, 0), 6). Where a map of even size is halved, a layer of its own pads one
    pixel more at the right and below than at the left and above, as TensorFlow did at the size of picture at
    which the level was trained; other sizes are padded alike. Weights are random until loaded.

    Args:
        classes: names of the classes; one score each.
        level: 0, 1 or 2; each is deeper than the one before, and 2 is also wider.

    Returns:
        A net with layers ``normalise``, ``stem``, ``block1`` … ``block16`` (level 0), ``top`` (1,280
        channels), ``gap``, ``flatten``, ``head``. Stem, top and the parts ``expand``, ``depthwise`` and
        ``project`` of a block are made of ``conv``, ``bn`` and ``relu``, of which ``project`` has no ReLU6.

    Raises:
        ValueError: there is no such level.

    Reference: Tan & Le 2019 (arXiv:1905.11946); Sandler et al. 2018 (arXiv:1801.04381) for the blocks.
    """
    if level not in _SCALES:
        raise ValueError(f"level: wanted one of {', '.join(map(str, _SCALES))}, got {level!r}")
    layers: dict[str, nn.Module] = {"normalise": Normalise((_MEAN,) * 3, (_STD,) * 3)}
    size = _SCALES[level][2]
    layers["stem"] = _convolution(3, 32, kernel=3, stride=2, size=size)
    width, size = 32, math.ceil(size / 2)
    for i, (stage, stride) in enumerate(_blocks(level), 1):
        expansion = 6 if i > 1 else 1
        layers[f"block{i}"] = InvertedResidual(width, stage.width, stage.kernel, stride, expansion, size)
        width, size = stage.width, math.ceil(size / stride)
    layers |= {"top": _convolution(width, 1280), "gap": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten()}
    return Classifier(layers | {"head": nn.Linear(1280, len(classes))}, classes)


def _blocks(level: int) -> list[tuple[Stage, int]]:
    """The blocks of a level: the stage of each, scaled, and its stride."""
    width, depth, _ = _SCALES[level]
    found = []
    for stage in _STAGES:
        # The first and the last stage keep their depth in all levels.
        n = stage.blocks if stage in (_STAGES[0], _STAGES[-1]) else math.ceil(stage.blocks * depth)
        scaled = Stage(n, stage.kernel, stage.stride, _round_to_eight(stage.width * width))
        found += [(scaled, scaled.stride if i == 0 else 1) for i in range(n)]
    return found


def _round_to_eight(width: float) -> int:
    """The nearest multiple of 8, but not less than nine tenths of the width."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


class InvertedResidual(nn.Sequential):
    """A block that widens its input, looks at each channel apart, and narrows it again: x + project(…).

    "Inverted", because the map is wide inside the block and narrow between blocks. What leaves a block has
    passed no ReLU6, so its channels have no axis of their own: look for units in ``expand``.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: edge of the depthwise kernels, in pixels of the map.
        stride: 2 halves the map; the input is then not added.
        expansion: how much wider the block is inside; 1 for a block without ``expand``.
        size: edge of the map that comes in during training, in pixels, which decides how it is padded.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int, size: int
    ) -> None:
        wide = inputs * expansion
        layers: dict[str, nn.Module] = {"expand": _convolution(inputs, wide)} if expansion > 1 else {}
        layers["depthwise"] = _convolution(wide, wide, kernel=kernel, stride=stride, groups=wide, size=size)
        layers["project"] = _convolution(wide, outputs, relu=False)
        super().__init__(OrderedDict(layers))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block makes of a map.

        Args:
            x: (N, C, H, W).

        Returns:
            (N, outputs, H, W), or half as high and wide where ``stride`` is 2.
        """
        changed = super().forward(x)
        return x + changed if self.adds else changed


def _convolution(
    inputs: int,
    outputs: int,
    *,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    size: int = 0,
    relu: bool = True,
) -> nn.Sequential:
    """Convolution, batch norm and ReLU6, padded as TensorFlow pads a map of this size."""
    layers: dict[str, nn.Module] = {}
    padding = kernel // 2
    if stride == 2 and size % 2 == 0:
        layers["pad"] = nn.ZeroPad2d((padding - 1, padding, padding - 1, padding))
        padding = 0
    layers["conv"] = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    layers["bn"] = nn.BatchNorm2d(outputs, eps=_EPS, momentum=0.01)
    if relu:
        layers["relu"] = nn.ReLU6()
    return nn.Sequential(OrderedDict(layers))
