"""A widget on class activation maps: any class, layer and method, over more or less of the picture."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.pixels import to_pixels, to_rgb
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.pictures import check_one, choices, class_names, scores

__all__ = ["cam_picture", "cam_widget"]

Method = Callable[..., Tensor]
"""``method(model, x, target, *, layer, normalised, upsample)``, as class activation maps are called."""

_KEPT = 256  # maps: a megabyte of the course's nets', some fifty of a large net's first layer


def cam_widget(
    model: nn.Module,
    images: Tensor,
    methods: Mapping[str, Method],
    layers: Sequence[str],
    names: Sequence[str] | None = None,
) -> None:
    """Show what each method makes of each layer's map, for any class, and lay it over the picture.

    Scores and maps are kept: after the net has changed, show the widget anew.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], to choose from.
        methods: name → class activation map, such as ``coursekit.grad_cam``.
        layers: names of layers with a map; the last one is shown at first.
        names: one for each image; numbers when None.

    Raises:
        ValueError: ``images`` are none, no method, no layer, or the number of names differs.
    """
    pictures = choices(images, names)
    if not methods or not layers:
        raise ValueError(
            "methods, layers: wanted at least one of each, such as {'Grad-CAM': grad_cam}, ['relu7']"
        )
    answers = scores(model, images)
    classes = class_names(model, answers.shape[1])

    # The opacity needs no new map, and some methods ask the net once for each channel.
    @lru_cache(_KEPT)
    def heat(picture: int, target: int, layer: str, method: str) -> Tensor:
        return _map(model, images[picture : picture + 1], methods[method], layer, target)

    def draw(picture: int, target: int, layer: str, method: str, opacity: float) -> Figure:
        image, answer = images[picture : picture + 1], answers[picture]
        chosen = int(answer.argmax()) if target < 0 else target
        shown = heat(picture, chosen, layer, method)
        return _mosaic(image, answer, classes, chosen, shown, name=method, opacity=opacity)

    explore(
        draw,
        alt=f"A picture; the map that {next(iter(methods))} makes of layer {layers[-1]} for the predicted"
        " class, a square for each position; and the map, enlarged, over the picture.",
        picture=choice("Picture", pictures, 0),
        target=choice("Class", [("the predicted one", -1), *((name, i) for i, name in enumerate(classes))]),
        layer=choice("Layer", list(layers), layers[-1]),
        method=choice("Method", list(methods)),
        opacity=slider("Opacity of the map", 0.0, 1.0, 0.5, 0.05),
    )


def cam_picture(
    model: nn.Module,
    image: Tensor,
    method: Method,
    *,
    name: str,
    layer: str | None = None,
    target: int | None = None,
    opacity: float = 0.5,
) -> Figure:
    """Return a picture, its class activation map as it is, and the map enlarged over the picture.

    Above the map stand the score of the class and the map's peak, which its colours do not show: they are
    stretched to the same range for every map.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        method: a class activation map, such as ``coursekit.grad_cam``.
        name: of the method.
        layer: whose map it is; None for the last one.
        target: the class; None for the predicted one.
        opacity: of the map over the picture, from 0 (the picture alone) to 1 (the map alone).

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image, an opacity outside [0, 1], or what the method raises.
    """
    check_one(image)
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity: wanted a number from 0 to 1, got {opacity}")
    answer = scores(model, image)[0]
    chosen = int(answer.argmax()) if target is None else target
    heat = _map(model, image, method, layer, chosen)
    return _mosaic(image, answer, class_names(model, len(answer)), chosen, heat, name=name, opacity=opacity)


def _map(model: nn.Module, image: Tensor, method: Method, layer: str | None, target: int) -> Tensor:
    """Return the positive part of the map at each position of the layer, (1, 1, h, w)."""
    return method(model, image, target, layer=layer, normalised=False, upsample=False).relu()


def _mosaic(
    image: Tensor,
    answer: Tensor,
    classes: Sequence[str],
    chosen: int,
    heat: Tensor,
    *,
    name: str,
    opacity: float,
) -> Figure:
    enlarged = F.interpolate(heat, image.shape[2:], mode="bilinear", align_corners=False)
    mixed = (1 - opacity) * to_pixels(image) + opacity * to_rgb(enlarged)
    best = int(answer.argmax())
    panels = [
        Panel(to_pixels(image)[0], f"{classes[best]}, {answer.softmax(0)[best]:.0%}"),
        Panel(to_rgb(heat)[0], f"{classes[chosen]}: score {answer[chosen]:.1f}, peak {heat.max():.2g}"),
        Panel(mixed.round().astype("uint8")[0], name),
    ]
    return mosaic([panels])
