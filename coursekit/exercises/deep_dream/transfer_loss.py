"""Exercise: the loss of a style transfer."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES, draw_net, maps
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.synthesis.losses import gram, relative_error

__all__ = ["TRANSFER_LOSS"]

Mix = Callable[[Tensor, Tensor, Tensor, float], Tensor]
"""(content loss, style losses of the shallow and of the deep layer, weight) → loss; each (N,)."""
Measure = Callable[[Tensor, Tensor], Tensor]


def _mean(content: Tensor, shallow: Tensor, deep: Tensor, weight: float) -> Tensor:
    return content + weight * (shallow + deep) / 2


def _transfer(
    model: nn.Module,
    x: Tensor,
    content: Tensor,
    style: Tensor,
    shallow: str,
    deep: str,
    weight: float,
    *,
    mix: Mix = _mean,
    measure: Measure = relative_error,
    manner: Callable[[Tensor], Tensor] = gram,
    kept: Callable[[Tensor], Tensor] = lambda features: features,
    content_layer: str | None = None,
) -> Tensor:
    def parts(layer: str, other: Tensor, what: Callable[[Tensor], Tensor]) -> Tensor:
        return measure(what(maps(model, x, layer)), what(maps(model, other, layer)))

    styles = parts(shallow, style, manner), parts(deep, style, manner)
    return mix(parts(content_layer or deep, content, kept), *styles, weight)


def _with(**options: Any) -> Callable[..., Tensor]:
    return lambda *arguments: _transfer(*arguments, **options)


def _measured(measure: Measure) -> Callable[..., Tensor]:
    """A mistake of how two layers are compared."""
    return _with(measure=measure)


def _styled(manner: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """A mistake of what of a layer is its style."""
    return _with(manner=manner)


@mistake(
    "the content of the shallow layer",
    "A shallow layer holds on to every pixel. The content is what the deep layer puts out.",
)
def _shallow_content(
    model: nn.Module, x: Tensor, content: Tensor, style: Tensor, shallow: str, deep: str, weight: float
) -> Tensor:
    return _transfer(model, x, content, style, shallow, deep, weight, content_layer=shallow)


def _squares(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).flatten(1).square().sum(1)


@mistake(
    "means of squares instead of relative errors",
    "Divide the sum of squares by that of what is wanted: .square().sum() of either.",
)
@_measured
def _mean_squares(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).flatten(1).square().mean(1)


@mistake(
    "errors relative to what the picture has",
    "Divide by what is wanted, which does not change while the picture does.",
)
@_measured
def _of_found(found: Tensor, wanted: Tensor) -> Tensor:
    return _squares(found, wanted) / found.flatten(1).square().sum(1)


@mistake("relative errors without the square", "‖a − b‖² / ‖b‖²: leave the roots out.")
@_measured
def _root(found: Tensor, wanted: Tensor) -> Tensor:
    return relative_error(found, wanted).sqrt()


@mistake(
    "Gram matrices that are not normalised",
    "Divide by the number of places, h w: the style has another size than the picture.",
)
@_styled
def _product(features: Tensor) -> Tensor:
    return features.flatten(2) @ features.flatten(2).mT


@mistake("Gram matrices of centred maps", "The Gram matrix leaves the means in: do not subtract them.")
@_styled
def _centred(features: Tensor) -> Tensor:
    return gram(features - features.mean((2, 3), keepdim=True))


def _cases(draws: Draws) -> list[Case]:
    """Styles of another size than the picture, and one for all."""
    cases = []
    layers = (("relu1", "relu2"), ("conv2", "relu3"), ("relu1", "relu3"))
    for (name, shape), (shallow, deep) in zip(SIZES.items(), layers, strict=True):
        generator = draws(name)
        settings = {
            "shallow": shallow,
            "deep": deep,
            "weight": 2 + 2 * torch.rand((), generator=generator).item(),
        }
        images = {
            "x": torch.rand(shape, generator=generator),
            "content": torch.rand(shape, generator=generator),
            "style": torch.rand(1, 3, 14, 8, generator=generator),
        }
        cases.append(Case(name, {"model": draw_net(generator), **images, **settings}))
    return cases


TRANSFER_LOSS = Exercise(
    name="transfer_loss",
    points=3,
    minutes=20,
    reference=_transfer,
    draw=_cases,
    mistakes=(
        mistake("the weight on the content instead of the style", "β multiplies the style loss.")(
            _with(mix=lambda content, shallow, deep, weight: weight * content + (shallow + deep) / 2)
        ),
        mistake(
            "the sum over the style layers instead of the mean",
            "Divide by the number of layers: then β means the same for any number of them.",
        )(_with(mix=lambda content, shallow, deep, weight: content + weight * (shallow + deep))),
        mistake("the style loss alone", "That makes a texture. Add the content loss.")(
            _with(mix=lambda content, shallow, deep, weight: weight * (shallow + deep) / 2)
        ),
        mistake(
            "the style of the shallow layer alone",
            "Both layers have a Gram matrix to match: take the mean of their losses.",
        )(_with(mix=lambda content, shallow, deep, weight: content + weight * shallow)),
        mistake(
            "the style of the deep layer alone",
            "Both layers have a Gram matrix to match: take the mean of their losses.",
        )(_with(mix=lambda content, shallow, deep, weight: content + weight * deep)),
        mistake("the mean over the batch", "One loss for each picture: .flatten(1) keeps dimension 0.")(
            _with(mix=lambda *parts: _mean(*parts).mean().expand(len(parts[0])))
        ),
        _shallow_content,
        mistake(
            "the Gram matrix of the content",
            "It forgets where things are, which is what content is: compare the maps themselves.",
        )(_with(kept=gram)),
        mistake(
            "sums of squares that are not divided by those of what is wanted",
            "Divide by ‖wanted‖²: else the layer with the largest numbers decides alone.",
        )(_measured(_squares)),
        _mean_squares,
        _of_found,
        _root,
        _product,
        _centred,
    ),
    hidden=ANSWERS,
)
