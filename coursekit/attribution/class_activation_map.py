"""What all class activation maps share: from the weighted sum of a layer's map to the picture."""

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution.maps import Look, look
from coursekit.core.callers import warn_caller
from coursekit.core.images import check_images
from coursekit.core.inputs import batches
from coursekit.core.targets import Target, explaining

__all__ = ["class_activation_map", "divide"]


_SHARED = """\
Args:
    model: the net.
    x: images (N, C, H, W) in [0, 1].
    target: the class: one for all, one each (N,), or None for the predicted one.
    layer: name of the layer; None for the one that ``last_map`` finds, and then behind a ReLU that the
        net applies to it by a function, as DenseNet does. Of a layer without weights that runs more than
        once, such as a shared ReLU, the last run is meant.
    normalised: the papers' picture: ReLU, enlarged, each picture's range stretched to [0, 1], where a map
        without differences is 0. False for the weighted sum itself, with its sign.
    upsample: enlarge to H × W, bilinearly; False for the map's own h × w.
    batch_size: how many images go through the net at once.

Returns:
    Maps (N, 1, H, W), or (N, 1, h, w).

Raises:
    ValueError: bad input or target, a layer that does not exist or puts out no map, or has weights and
        runs more than once; a net without a map.

Warns:
    UserWarning: the maps of all images are 0 everywhere, although the layer is not.

"""
"""What every class activation map takes, returns and raises: a part of its ``help()``."""


class Method(Protocol):
    """How a class activation map is called."""

    def __call__(
        self,
        model: nn.Module,
        x: Tensor,
        target: Target = None,
        *,
        layer: str | None = None,
        normalised: bool = True,
        upsample: bool = True,
        batch_size: int = 16,
    ) -> Tensor: ...


def class_activation_map(weighted_sum: Callable[[Look], Tensor]) -> Method:
    """Make a method of a function that weighs a layer's map.

    The method's docstring says what all these methods share, between the formula and the reference.

    Args:
        weighted_sum: takes a ``Look`` at n images, and returns the weighted sum (n, h, w) of its map.

    Returns:
        The method, with the name and the formula of ``weighted_sum``.
    """

    def method(
        model: nn.Module,
        x: Tensor,
        target: Target = None,
        *,
        layer: str | None = None,
        normalised: bool = True,
        upsample: bool = True,
        batch_size: int = 16,
    ) -> Tensor:
        check_images(x)
        maps, alive, found, layout = [], [], layer, None
        with explaining(model, x, target, batch_size=batch_size, checked=True) as scorer:
            for images, _ in batches(len(x), 1, batch_size):
                seen = look(scorer, x, images, found, layout, rectified=layer is None)
                found, layout = seen.layer, seen.layout
                maps.append(weighted_sum(seen))
                alive.append(seen.maps.flatten(1).any(1))
        picture = _on_picture(torch.cat(maps)[:, None], x, normalised, upsample)
        _warn_of_empty(weighted_sum.__name__, picture, torch.cat(alive), found)
        return picture

    method.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    update_wrapper(method, weighted_sum)
    formula, reference, paper = inspect.cleandoc(method.__doc__ or "").partition("Reference:")
    method.__doc__ = f"{formula}{_SHARED}{reference}{paper}"
    return method


def _warn_of_empty(name: str, picture: Tensor, alive: Tensor, layer: str | None) -> None:
    """Say which layer it was, where it is alive for some images (N,) and the map of each is 0 everywhere.

    Of a single one, and of another class than the net's, that is a finding: nothing speaks for it.
    """
    if alive.any() and not picture.any():
        warn_caller(
            f"{name}: the map is 0 everywhere for each of {len(picture)} images, although layer {layer!r}"
            " is not: nothing there speaks for the class, or for one place more than another; try another"
            " layer, or see the weighted sum with its sign by normalised=False"
        )


def _on_picture(maps: Tensor, x: Tensor, normalised: bool, upsample: bool) -> Tensor:
    """Return maps (N, 1, h, w) as large as the images, and with a range from 0 to 1, if so wished."""
    maps = maps.relu() if normalised else maps
    maps = F.interpolate(maps, x.shape[2:], mode="bilinear", align_corners=False) if upsample else maps
    if not normalised:
        return maps
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    return divide(maps - low, high - low)


def divide(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Divide, where x / 0 is 0.

    Args:
        numerator: of any shape.
        denominator: of a shape that broadcasts with it.

    Returns:
        The quotients.
    """
    return torch.where(denominator == 0, 0, numerator / denominator)
