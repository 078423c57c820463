"""Style transfer and texture synthesis: a style is described by Gram matrices."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from coursekit.core.inputs import check_count
from coursekit.synthesis.descent import descend, layer_outputs
from coursekit.synthesis.images import FourierImage
from coursekit.synthesis.losses import gram, relative_error, style_loss

__all__ = ["CONTENT_LAYER", "STYLE_LAYERS", "style_transfer", "texture"]

CONTENT_LAYER, STYLE_LAYERS = "relu4", ("relu1", "relu2", "relu3", "relu4", "relu5")


@torch.inference_mode(False)  # pictures made in it could not be changed by their gradient
def style_transfer(
    model: nn.Module,
    content: Tensor,
    style: Tensor,
    *,
    content_layer: str = CONTENT_LAYER,
    style_layers: Sequence[str] = STYLE_LAYERS,
    style_weight: float = 10.0,
    steps: int = 60,
    lr: float = 0.05,
    tv_weight: float = 10.0,
    quiet: bool = True,
) -> Tensor:
    """Return pictures of what is in ``content``, in the style of ``style``.

    x = argmin ‖F(x) − F(content)‖² / ‖F(content)‖² + β · style loss + λ · total variation, by Adam on the
    spectrum, from the content; F is what ``content_layer`` puts out.

    Args:
        model: the net.
        content: pictures (N, 3, H, W) in [0, 1].
        style: a picture (1, 3, H', W') in [0, 1] for all, or one each.
        content_layer: a deep one keeps the things, a shallow one the pixels.
        style_layers: shallow ones hold colours and strokes, deep ones larger motifs.
        style_weight: β, from 0 up.
        steps: of the descent.
        lr: the first learning rate of Adam, which falls to 0.
        tv_weight: λ, from 0 up; larger is smoother.
        quiet: show no progress bar.

    Returns:
        Pictures shaped like ``content``, in [0, 1].

    Raises:
        ValueError: bad pictures, layer or setting.

    Reference: Gatys, Ecker & Bethge 2015 (arXiv:1508.06576).
    """
    kept = layer_outputs(model, content, [content_layer])[content_layer]
    style_grams = gram_matrices(model, style, style_layers)
    picture = FourierImage(tuple(content.shape), torch.Generator().manual_seed(0)).to(content)
    picture.set_images(content)

    def loss(outputs: Mapping[str, Tensor]) -> Tensor:
        return relative_error(outputs[content_layer], kept) + style_weight * style_loss(outputs, style_grams)

    return descend(model, picture, {content_layer, *style_layers}, loss, steps, lr, tv_weight, quiet)


@torch.inference_mode(False)
def texture(
    model: nn.Module,
    style: Tensor,
    *,
    size: int = 128,
    style_layers: Sequence[str] = STYLE_LAYERS,
    steps: int = 120,
    lr: float = 0.05,
    tv_weight: float = 5.0,
    seed: int = 0,
    quiet: bool = True,
) -> Tensor:
    """Return a texture: pictures with the style of ``style`` and no content.

    x = argmin style loss + λ · total variation, by Adam on the spectrum, from nearly grey.

    Args:
        model: the net.
        style: pictures (N, 3, H', W') in [0, 1].
        size: edge of the textures, in pixels.
        style_layers: shallow ones hold colours and strokes, deep ones larger motifs.
        steps: of the descent.
        lr: the first learning rate of Adam, which falls to 0.
        tv_weight: λ, from 0 up; larger is smoother.
        seed: of the start.
        quiet: show no progress bar.

    Returns:
        Pictures (N, 3, size, size) in [0, 1].

    Raises:
        ValueError: bad pictures, layer or setting.

    Reference: Gatys, Ecker & Bethge 2015 (arXiv:1505.07376).
    """
    style_grams = gram_matrices(model, style, style_layers)
    shape = (len(style), 3, check_count("size", size), size)
    picture = FourierImage(shape, torch.Generator().manual_seed(seed)).to(style)

    def loss(outputs: Mapping[str, Tensor]) -> Tensor:
        return style_loss(outputs, style_grams)

    return descend(model, picture, style_layers, loss, steps, lr, tv_weight, quiet)


def gram_matrices(model: nn.Module, style: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    """Return layer → Gram matrices (N, C, C) of pictures (N, 3, H, W), which describe their style."""
    if not layers:
        raise ValueError("style_layers: there are none; wanted the names of one or more")
    outputs = layer_outputs(model, style, layers)
    return {name: gram(outputs[name]) for name in layers}
