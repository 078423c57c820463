"""Class activation maps: a layer's map A (N, K, h, w), weighed by what it counts for a class's score s.

Each method is a small function of what one forward pass shows, which returns the weighted sum (n, h, w);
``class_activation_map`` makes of it ``method(model, x, target=None, *, …)``. Only what lies behind the layer
is differentiated, and never the weights. Ablation-CAM and Score-CAM, which ask the net again, are in
``perturbed_cam``.
"""

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution.gradient import guided_backprop
from coursekit.attribution.maps import Look, look
from coursekit.core.callers import warn_caller
from coursekit.core.images import check_images
from coursekit.core.inputs import batches
from coursekit.core.targets import Target, explaining

__all__ = [
    "cam",
    "class_activation_map",
    "eigen_cam",
    "eigen_grad_cam",
    "grad_cam",
    "grad_cam_pp",
    "guided_grad_cam",
    "layer_cam",
    "xgrad_cam",
]


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
    """Make a method of what returns the weighted sum (n, h, w) of the map that a ``Look`` shows."""

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
        with explaining(model, x, target, batch_size=batch_size) as scorer:
            for images, _ in batches(len(x), 1, batch_size):
                seen = look(scorer, x, images, found, layout, rectified=layer is None)
                found, layout = seen.layer, seen.layout
                maps.append(weighted_sum(seen))
                alive.append(seen.maps.flatten(1).any(1))
        picture = _on_picture(torch.cat(maps)[:, None], x, normalised, upsample)
        _warn_of_empty(weighted_sum.__name__, picture, torch.cat(alive), found)
        return picture

    method.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    return update_wrapper(method, weighted_sum)


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
    return _over(maps - low, high - low)


def _over(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Divide, where x / 0 is 0."""
    return torch.where(denominator == 0, 0, numerator / denominator)


@class_activation_map
def grad_cam(seen: Look) -> Tensor:
    """Return Grad-CAM: Σ_k α_k A_k, where α_k is the mean of ∂s/∂A_k over its positions.

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

    Reference: Selvaraju et al. 2017 (arXiv:1610.02391).
    """
    weights = seen.gradient().mean((2, 3), keepdim=True)
    return (weights * seen.maps).sum(1)


@class_activation_map
def grad_cam_pp(seen: Look) -> Tensor:
    """Return Grad-CAM++: Σ_k w_k A_k, with w_k = Σ_ij α_ij · ReLU(g_ij) and g = ∂s/∂A_k.

    For the paper's score exp(s), α_ij = g² / (2 g² + g³ Σ A_k) = 1 / (2 + g_ij Σ A_k). The gradient's factor
    exp(s) is left out: it is the same all over the map. Arguments, result and errors as for ``grad_cam``.

    Reference: Chattopadhay, Sarkar, Howlader & Balasubramanian 2018 (arXiv:1710.11063).
    """
    maps, gradient = seen.maps, seen.gradient()
    alpha = _over(torch.ones_like(maps), 2 + gradient * maps.sum((2, 3), keepdim=True))
    weights = (alpha * gradient.relu()).sum((2, 3), keepdim=True)
    return (weights * maps).sum(1)


@class_activation_map
def xgrad_cam(seen: Look) -> Tensor:
    """Return XGrad-CAM: Σ_k w_k A_k, with w_k = Σ_ij (A_k,ij / Σ A_k) · ∂s/∂A_k,ij.

    It is the mean of the gradient where the channel is active; one that sums to 0 gets no weight. Arguments,
    result and errors as for ``grad_cam``.

    Reference: Fu et al. 2020 (arXiv:2008.02312).
    """
    maps = seen.maps
    weights = _over((maps * seen.gradient()).sum((2, 3), keepdim=True), maps.sum((2, 3), keepdim=True))
    return (weights * maps).sum(1)


@class_activation_map
def layer_cam(seen: Look) -> Tensor:
    """Return Layer-CAM: Σ_k ReLU(∂s/∂A_k) · A_k, a weight for each position, so that early layers work too.

    Arguments, result and errors as for ``grad_cam``.

    Reference: Jiang, Zhang, Hou, Cheng & Wei 2021 (doi:10.1109/TIP.2021.3089943).
    """
    return (seen.gradient().relu() * seen.maps).sum(1)


@class_activation_map
def eigen_cam(seen: Look) -> Tensor:
    """Return Eigen-CAM: at each position, the first principal component of the K activations there.

    Each channel is centred on its mean. A component has no sign of its own, and gets the one with which it
    rises with the mean over the channels. Behind a ReLU that is where most is found. Behind a layer norm
    (Swin, ConvNeXt, ViT), whose channels have both signs and a mean of nearly 0 at each position, the rule is
    a convention and no more: what was found may as well be where the map is dark. The map does not depend on
    ``target``, which is there so that all methods are called alike. Arguments, result and errors as for
    ``grad_cam``.

    Reference: Muhammad & Yeasin 2020 (arXiv:2008.00299).
    """
    return _first_component(seen.maps)


@class_activation_map
def eigen_grad_cam(seen: Look) -> Tensor:
    """Return Eigen-CAM of A · ∂s/∂A instead of A, which then depends on the class.

    Arguments, result and errors as for ``grad_cam``.

    Reference: Gildenblat 2021 (github.com/jacobgil/pytorch-grad-cam).
    """
    return _first_component(seen.maps * seen.gradient())


def _first_component(maps: Tensor) -> Tensor:
    """Project the values (n, K, h, w) at each position on the direction in which they differ most."""
    rows = maps.flatten(2) - maps.flatten(2).mean(2, keepdim=True)
    # The smaller of the two Gram matrices; on the CPU, since MPS has neither doubles nor this decomposition.
    wide = rows.shape[2] > rows.shape[1]
    gram = (rows @ rows.mT if wide else rows.mT @ rows).cpu().double()
    values, vectors = (part[..., -1:].to(rows) for part in torch.linalg.eigh(gram))
    projection = (rows.mT @ vectors if wide else vectors * values.clamp(min=0).sqrt()[:, None]).squeeze(2)
    rising = (projection * maps.flatten(2).mean(1)).sum(1, keepdim=True) >= 0
    return torch.where(rising, projection, -projection).unflatten(1, maps.shape[2:])


@class_activation_map
def cam(seen: Look) -> Tensor:
    """Return the class activation map: Σ_k w_k A_k, with w the class's weights in the net's last layer.

    For nets with s = w · mean_ij(A_ij) + b: global average pooling, then one linear layer. There the mean of
    the map is the score less b. A ReLU between layer and pooling, as in DenseNet, is applied. Arguments and
    result as for ``grad_cam``.

    Raises:
        ValueError: as for ``grad_cam``; also a net whose scores are made otherwise.

    Reference: Zhou, Khosla, Lapedriza, Oliva & Torralba 2016 (arXiv:1512.04150).
    """
    outputs = seen.outputs.detach()
    shape, tolerance = (outputs.shape[1], seen.maps.shape[1]), 1e-3 * outputs.abs().max().item()
    for head in seen.scorer.model.modules():
        if isinstance(head, nn.Linear) and head.weight.shape == shape:
            for maps in (seen.maps, seen.maps.relu()):
                if torch.allclose(head(maps.mean((2, 3))), outputs, rtol=0, atol=tolerance):
                    weights = head.weight.detach()[seen.index[:, 0], :, None, None]
                    return (weights * maps).sum(1)
    raise ValueError(
        f"cam: the scores are not made by one linear layer from the mean of each channel of {seen.layer!r},"
        " so no weights say what a position counts for; use grad_cam, which needs no such head"
    )


def guided_grad_cam(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return Guided Grad-CAM: guided backpropagation times Grad-CAM, in detail and only where the class is.

    Arguments as for ``grad_cam``.

    Returns:
        Attribution shaped like ``x``, with its sign.

    Raises:
        ValueError: as for ``grad_cam`` and ``guided_backprop``.

    Reference: Selvaraju et al. 2017 (arXiv:1610.02391).
    """
    detail = guided_backprop(model, x, target, batch_size=batch_size)
    return detail * grad_cam(model, x, target, layer=layer, batch_size=batch_size)
