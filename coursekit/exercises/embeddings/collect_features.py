"""Exercise: the features of a data set, batch by batch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.core.hooks import evaluating, record
from coursekit.embeddings import features
from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.nets import Net

__all__ = ["COLLECT_FEATURES"]


def _reference(model: nn.Module, x: Tensor, layer: str, size: int) -> Tensor:
    return features(model, x, layer, batch_size=size)


def _each(model: nn.Module, x: Tensor, layer: str, size: int) -> list[Tensor]:
    """What the layer puts out, a tensor for each batch, in whatever mode the net is in."""
    parts = []
    with record(model, layer) as outputs, torch.no_grad():
        for some in x.split(size):
            model(some)
            parts.append(outputs[layer])
    return parts


@mistake(
    "features of a net in training mode",
    "Batch norm and dropout then make a picture's features depend on its batch and on chance: run "
    "the net within `with ck.evaluating(model):`.",
)
def _training(model: nn.Module, x: Tensor, layer: str, size: int) -> Tensor:
    return torch.cat([part.mean((2, 3)) for part in _each(model, x, layer, size)])


@mistake("the scores instead of what the layer puts out", "Take outputs[layer], not what the net returns.")
def _scores(model: nn.Module, x: Tensor, layer: str, size: int) -> Tensor:
    with evaluating(model), torch.no_grad():
        return torch.cat([model(some) for some in x.split(size)])


def _from_maps(join: Callable[[list[Tensor]], Tensor]) -> Callable[..., Tensor]:
    """A mistake that comes after the passes: how the maps of the batches become rows."""

    def wrong(model: nn.Module, x: Tensor, layer: str, size: int) -> Tensor:
        with evaluating(model):
            return join(_each(model, x, layer, size))

    return wrong


def _means(parts: list[Tensor]) -> list[Tensor]:
    return [part.mean((2, 3)) for part in parts]


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, size, layer in (
        ("batches of 3, the last one smaller", 7, 3, "relu2"),
        ("batches of 2", 6, 2, "norm1"),
        ("an early layer", 5, 4, "relu1"),
    ):
        generator = draws(name)
        net = Net.drawn("training", generator)
        x = torch.rand(n, 3, 8, 12, generator=generator)
        cases.append(Case(name, {"model": net, "x": x, "layer": layer, "size": size}))
    return cases


COLLECT_FEATURES = Exercise(
    name="collect_features",
    points=2,
    minutes=12,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _training,
        mistake(
            "the batches joined in the wrong order",
            "Row i is picture i: append to a list, and join it as it is.",
        )(_from_maps(lambda parts: torch.cat(_means(parts)[::-1]))),
        mistake(
            "the last batch alone",
            "Each forward pass refills what ck.record gives you: put it aside after every batch.",
        )(_from_maps(lambda parts: _means(parts)[-1])),
        mistake(
            "the full batches alone: the last, smaller one is missing",
            "A data set seldom divides evenly: x.split(size) gives the last, smaller batch too.",
        )(_from_maps(lambda parts: torch.cat([p for p in _means(parts) if len(p) == len(parts[0])]))),
        _scores,
        mistake(
            "the largest value of each channel instead of its mean",
            "Average over the positions: .mean((2, 3)).",
        )(_from_maps(lambda parts: torch.cat([part.amax((2, 3)) for part in parts]))),
        mistake("the sum of each channel instead of its mean", "Average over the positions: .mean((2, 3)).")(
            _from_maps(lambda parts: torch.cat([part.sum((2, 3)) for part in parts]))
        ),
        mistake(
            "the maps, flattened, instead of the means of their channels",
            "One number for each channel: average over the positions with .mean((2, 3)).",
        )(_from_maps(lambda parts: torch.cat(parts).flatten(1))),
        mistake(
            "the mean over each batch", "Keep the pictures apart: average over dimensions 2 and 3 alone."
        )(_from_maps(lambda parts: torch.stack([part.mean((0, 2, 3)) for part in parts]))),
    ),
    hidden=ANSWERS,
)
