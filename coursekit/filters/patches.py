"""What makes a channel fire most: one pass over many images, then the patches with the strongest answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coursekit.core.hooks import evaluating, record
from coursekit.core.images import check_tensors
from coursekit.core.inputs import weight_of
from coursekit.core.progress import progress
from coursekit.filters.boxes import Box, crop
from coursekit.filters.receptive import ReceptiveField, receptive_field

__all__ = ["Patches", "Peaks", "activation_peaks", "top_patches"]


@dataclass(frozen=True)
class Peaks:
    """Where each channel of a layer fires most in each image. Made by ``activation_peaks``.

    Attributes:
        field: the receptive field of the layer's units.
        values: the largest activation (N, K).
        rows: of the unit that has it (N, K), in positions of the layer.
        columns: of that unit (N, K).
    """

    field: ReceptiveField
    values: Tensor
    rows: Tensor
    columns: Tensor


@dataclass(frozen=True)
class Patches:
    """The patches that a channel fires at most, the strongest first. Made by ``top_patches``.

    Attributes:
        crops: what the unit sees (k, 3, h, w); grey where it looks beyond the picture.
        values: its activation (k,).
        images: which image each is from (k,).
        units: row and column of the unit (k, 2), in positions of the layer.
        boxes: what the unit sees, in pixels of the image.
    """

    crops: Tensor
    values: Tensor
    images: Tensor
    units: Tensor
    boxes: list[Box]


def activation_peaks(
    model: nn.Module, images: Tensor, layers: Sequence[str], *, batch_size: int = 32, quiet: bool = False
) -> dict[str, Peaks]:
    """Return where every channel of the layers fires most in each image, by one pass over all images.

    Args:
        model: the net.
        images: (N, 3, H, W), float in [0, 1] or bytes, on any device.
        layers: names of layers that put out maps (N, K, h, w).
        batch_size: images at a time; memory is that of one batch, and 3 N K numbers for each layer.
        quiet: show no progress bar.

    Returns:
        Layer → peaks, on the CPU.

    Raises:
        ValueError: bad images, or a layer that does not exist or has no receptive field.
    """
    check_tensors(images=images)
    place = weight_of(model).device
    fields = {layer: receptive_field(model, _floats(images[:1]).to(place), layer) for layer in layers}
    found: dict[str, list[tuple[Tensor, ...]]] = {layer: [] for layer in layers}
    with evaluating(model), record(model, *layers) as outputs, torch.no_grad():
        for some in progress(images.split(batch_size), "finding peaks", quiet=quiet):
            model(_floats(some).to(place))
            for layer in layers:
                found[layer].append(_peaks(outputs[layer]))
    return {
        layer: Peaks(fields[layer], *(torch.cat(parts) for parts in zip(*found[layer], strict=True)))
        for layer in layers
    }


def _floats(images: Tensor) -> Tensor:
    return images.float() / 255 if images.dtype == torch.uint8 else images


def _peaks(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    values, places = maps.flatten(2).max(2)
    width = maps.shape[3]
    return values.cpu(), (places // width).cpu(), (places % width).cpu()


def top_patches(images: Tensor, peaks: Peaks, channel: int, *, k: int = 9) -> Patches:
    """Return the ``k`` patches at which a channel fires most, one from each image, the strongest first.

    Args:
        images: the images (N, 3, H, W) that the peaks were found in.
        peaks: the layer's entry of what ``activation_peaks`` returns.
        channel: number of the channel.
        k: how many.

    Returns:
        The patches, each the size of the receptive field. Of equal activations the earlier image is first.

    Raises:
        ValueError: other images, no such channel, or fewer images than ``k``.

    Reference: Girshick et al. 2014 (arXiv:1311.2524); Zeiler & Fergus 2014 (arXiv:1311.2901).
    """
    n, channels = peaks.values.shape
    if len(images) != n:
        raise ValueError(f"images: wanted the {n} images of the activation_peaks, got {len(images)}")
    if not 0 <= channel < channels:
        raise ValueError(f"channel {channel}, but the layer has {channels}: 0…{channels - 1}")
    if not 1 <= k <= n:
        raise ValueError(f"k: wanted 1 to {n} patches, one from each image, got {k}")
    values, order = peaks.values[:, channel].sort(descending=True, stable=True)
    best = order[:k]
    units = torch.stack([peaks.rows[best, channel], peaks.columns[best, channel]], 1)
    boxes = [peaks.field.box(row, column) for row, column in units.tolist()]
    crops = [crop(_floats(images[i]), box) for i, box in zip(best.tolist(), boxes, strict=True)]
    return Patches(torch.stack(crops), values[:k], best, units, boxes)
