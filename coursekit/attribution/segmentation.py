"""Attribution for nets that give a score to each pixel."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.inputs import batches
from coursekit.core.registry import method
from coursekit.core.targets import explaining, input_gradient

__all__ = ["segmentation_saliency"]


@method("segmentation")
def segmentation_saliency(
    model: nn.Module, x: Tensor, masks: Tensor | None = None, *, batch_size: int = 16
) -> Tensor:
    """Return ∂L/∂x, with L the loss summed over all pixels: one backward pass explains a whole mask.

    L = Σ over pixels of the cross-entropy between the net's scores and the mask.

    Args:
        model: the net; gives scores (N, K, H, W), or (N, 1, H, W) for object against background, or a dict
            that holds them as "out", as torchvision's nets do. For clips: (N, K, T, H, W).
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1].
        masks: class of each pixel (N, H, W), for clips (N, T, H, W): whole numbers or bool. None for the
            predicted ones.
        batch_size: how many images go through the net at once.

    Returns:
        Attribution shaped like ``x``: positive where brightening a pixel would make the mask worse.

    Raises:
        ValueError: bad images; masks of another shape or with unknown classes; a net that gives no maps.

    Reference: the loss summed over all pixels, as in the saliency maps for segmentation of Xue 2020.
    """
    if masks is not None and len(masks) != len(x):
        raise ValueError(f"masks: wanted one for each of the {len(x)} images, got {len(masks)}")
    gradients = []
    with explaining(model, x, None, batch_size=batch_size):
        for images, _ in batches(len(x), 1, batch_size):
            some = None if masks is None else masks[images.to(masks.device)]
            loss = partial(_pixel_loss, model, masks=some)
            gradients.append(input_gradient(loss, x[images]))
    return torch.cat(gradients)


def _maps(outputs: object) -> Tensor:
    maps = outputs.get("out") if isinstance(outputs, dict) else outputs
    if not isinstance(maps, Tensor) or maps.ndim < 4:
        came = tuple(maps.shape) if isinstance(maps, Tensor) else f"a {type(outputs).__name__}"
        raise ValueError(
            f"the net gives {came}; wanted scores (N, classes, H, W), as such or in a dict as 'out'"
        )
    return maps


def _pixel_loss(model: nn.Module, x: Tensor, masks: Tensor | None) -> Tensor:
    """Return the cross-entropy of the net's maps (N, K, …) against masks (N, …), summed."""
    maps = _maps(model(x))
    binary = maps.shape[1] == 1
    if masks is None:
        masks = maps.detach()[:, 0] > 0 if binary else maps.detach().argmax(1)
    _check_masks(masks, maps)
    if binary:
        return F.binary_cross_entropy_with_logits(maps[:, 0], masks.to(maps), reduction="sum")
    return F.cross_entropy(maps, masks.to(maps.device).long(), reduction="sum")


def _check_masks(masks: Tensor, maps: Tensor) -> None:
    wanted = (len(maps), *maps.shape[2:])
    if masks.shape != wanted or masks.is_floating_point():
        raise ValueError(f"masks: wanted whole numbers {wanted}, got {masks.dtype} {tuple(masks.shape)}")
    classes = max(2, maps.shape[1])
    if masks.min() < 0 or masks.max() >= classes:
        raise ValueError(f"masks: wanted classes 0…{classes - 1}, got {masks.min()}…{masks.max()}")
