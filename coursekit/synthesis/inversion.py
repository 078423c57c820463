"""Feature inversion: find a picture with given features. What it lacks, the features do not hold."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from coursekit.core.images import check_tensors
from coursekit.core.inputs import check_count, weight_of
from coursekit.synthesis.descent import descend, layer_outputs
from coursekit.synthesis.images import FourierImage
from coursekit.synthesis.losses import relative_error
from coursekit.synthesis.objectives import SCORES

__all__ = ["Inversion", "invert"]


class Inversion(NamedTuple):
    """What ``invert`` found.

    Attributes:
        images: pictures (N, 3, size, size) in [0, 1].
        error: how far their features are from those wanted: ‖Φ − Φ₀‖ / ‖Φ₀‖, (N,).
    """

    images: Tensor
    error: Tensor


@torch.inference_mode(False)  # pictures made in it could not be changed by their gradient
def invert(
    model: nn.Module,
    features: Tensor,
    layer: str | None = None,
    *,
    size: int = 96,
    steps: int = 80,
    lr: float = 0.03,
    tv_weight: float = 10.0,
    seed: int = 0,
    quiet: bool = True,
) -> Inversion:
    """Return smooth pictures whose features at a layer are close to those given.

    x = argmin ‖Φ(x) − Φ₀‖² / ‖Φ₀‖² + λ · total variation(x), by Adam on the spectrum, from nearly grey.

    Args:
        model: the net, for pictures with three channels.
        features: Φ₀, what the layer puts out for the pictures that are sought, (N, …).
        layer: name of the layer; None for the scores.
        size: edge of the pictures, in pixels.
        steps: of the descent.
        lr: the first learning rate of Adam, which falls to 0.
        tv_weight: λ, from 0 up; larger is smoother.
        seed: of the start.
        quiet: show no progress bar.

    Returns:
        The pictures, and the relative error of their features.

    Raises:
        ValueError: bad layer or setting, or features of another shape than the layer's for such pictures.

    Reference: Mahendran & Vedaldi 2015 (arXiv:1412.0035), who descend on the pixels.
    """
    check_tensors(features=features)
    name, wanted = SCORES if layer is None else layer, features.detach().clone()
    shape = (len(features), 3, check_count("size", size), size)
    picture = FourierImage(shape, torch.Generator().manual_seed(seed)).to(weight_of(model))

    def loss(outputs: Mapping[str, Tensor]) -> Tensor:
        found = outputs[name]
        if found.shape != wanted.shape:
            raise ValueError(
                f"features: got {tuple(wanted.shape)}, but {name} gives {tuple(found.shape)} for"
                f" {len(wanted)} pictures of {size} × {size} pixels: give their own size"
            )
        return relative_error(found, wanted)

    images = descend(model, picture, [name], loss, steps, lr, tv_weight, quiet)
    return Inversion(images, relative_error(layer_outputs(model, images, [name])[name], wanted).sqrt())
