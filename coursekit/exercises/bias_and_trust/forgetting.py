"""Exercise: how alike a map stays while the net forgets, from the head down."""

from copy import deepcopy
from itertools import pairwise

import torch
from torch import Tensor, nn

from coursekit.exercises.bias_and_trust.cases import ANSWERS, spearman
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, Value, mistake
from coursekit.exercises.nets import CLASSES, Net
from coursekit.exercises.saliency.cases import gradient, score

__all__ = ["FORGETTING"]

_LAYERS = ("head", "conv3", "conv2", "conv1")
Order = tuple[str, ...]


def _saliency(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return gradient(lambda images: score(model, images, target), x).abs().amax(1)


def _forget(model: nn.Module, fresh: nn.Module, layer: str) -> None:
    model.get_submodule(layer).load_state_dict(fresh.get_submodule(layer).state_dict())


def _steps(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor, order: Order) -> list[Tensor]:
    """The maps after each step."""
    net, maps = deepcopy(model), []
    for layer in order:
        _forget(net, fresh, layer)
        maps.append(_saliency(net, x, target))
    return maps


def _cascade(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    first = _saliency(model, x, target)
    return torch.stack([spearman(first, now) for now in _steps(model, fresh, x, target, _LAYERS)])


@mistake(
    "the layers from the first one up",
    "Begin with the head and end with conv1: what lies next to the score is forgotten first.",
)
def _bottom_up(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    first = _saliency(model, x, target)
    return torch.stack([spearman(first, now) for now in _steps(model, fresh, x, target, _LAYERS[::-1])])


@mistake(
    "one layer forgotten at a time, with the others as they were",
    "The net forgets for good: do not bring back the layers above.",
)
def _one_at_a_time(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    first = _saliency(model, x, target)
    maps = [_steps(model, fresh, x, target, (layer,))[0] for layer in _LAYERS]
    return torch.stack([spearman(first, now) for now in maps])


@mistake(
    "each map compared with that of the step before",
    "Compare each with the map of the net that has forgotten nothing.",
)
def _with_the_last(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    maps = [_saliency(model, x, target), *_steps(model, fresh, x, target, _LAYERS)]
    return torch.stack([spearman(before, now) for before, now in pairwise(maps)])


@mistake("all layers forgotten at once", "Forget layer by layer, and draw the map after each.")
def _at_once(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    first, last = _saliency(model, x, target), _saliency(fresh, x, target)
    return spearman(first, last).expand(len(_LAYERS), -1)


@mistake(
    "a map of the class that the forgetful net predicts",
    "Ask about the same class throughout, the target: else two things change at once.",
)
def _asked_anew(model: nn.Module, fresh: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    first, net, rows = _saliency(model, x, target), deepcopy(model), []
    for layer in _LAYERS:
        _forget(net, fresh, layer)
        rows.append(spearman(first, _saliency(net, x, net(x).argmax(1))))
    return torch.stack(rows)


def _cases(draws: Draws) -> list[Case]:
    """Nets whose maps have no pixel of 0, which would tie, and whose answers change as they forget."""
    shapes = {"one image": (1, 10, 12), "a batch of two": (2, 12, 9), "a batch of three": (3, 9, 11)}
    return [_draw(name, shape, draws(name)) for name, shape in shapes.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    while True:
        n, height, width = shape
        arguments: dict[str, Value] = {
            "model": Net.drawn("classifier", generator),
            "fresh": Net.drawn("classifier", generator),
            "x": torch.rand(n, 3, height, width, generator=generator),
            "target": torch.randint(CLASSES, (n,), generator=generator),
        }
        case = Case(name, arguments)
        model, fresh, x, target = case.build().values()
        maps = [_saliency(model, x, target), *_steps(model, fresh, x, target, _LAYERS)]
        said = {tuple(model(x).argmax(1).tolist()), tuple(fresh(x).argmax(1).tolist())}
        if all((m > 0).all() for m in maps) and len(said | {tuple(target.tolist())}) == 3:
            return case


FORGETTING = Exercise(
    name="forgetting",
    points=3,
    minutes=15,
    reference=_cascade,
    draw=_cases,
    mistakes=(_one_at_a_time, _bottom_up, _with_the_last, _at_once, _asked_anew),
    properties=(
        Property(
            lambda value, arguments: bool((value.abs() <= 1 + 1e-5).all()), "Some values lie outside [-1, 1]."
        ),
    ),
    hidden=ANSWERS,
)
