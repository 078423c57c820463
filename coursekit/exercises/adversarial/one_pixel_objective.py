"""Exercise: what differential evolution asks of a one-pixel attack, for a whole population at once."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake
from coursekit.exercises.nets import CLASSES, Net

__all__ = ["ONE_PIXEL_OBJECTIVE"]


def _painted(image: Tensor, candidates: Tensor) -> Tensor:
    """A copy of the image for each candidate, with its one pixel painted."""
    batch = image.repeat(len(candidates), 1, 1, 1)
    rows, columns = candidates[:, :2].long().T
    batch[torch.arange(len(batch)), :, rows, columns] = candidates[:, 2:]
    return batch


def _share(model: nn.Module, batch: Tensor, y: int) -> Tensor:
    return model(batch).softmax(1)[:, y]


def _reference(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return _share(model, _painted(image, candidates), y)


def _of(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """A mistake in reading the candidates."""
    return lambda model, image, y, candidates: _reference(model, image, y, change(candidates))


@mistake(
    "rows and columns swapped", "A candidate is (row, column, r, g, b), and an image (3, rows, columns)."
)
@_of
def _swapped(candidates: Tensor) -> Tensor:
    return candidates[:, [1, 0, 2, 3, 4]]


@mistake(
    "positions rounded to the nearest pixel",
    "The pixel of row 3 reaches from 3.0 to 4.0: drop what is behind the point, .long().",
)
@_of
def _rounded(candidates: Tensor) -> Tensor:
    return torch.cat([candidates[:, :2].round(), candidates[:, 2:]], 1)


@mistake("the colours in reverse order", "A candidate is (row, column, r, g, b).")
@_of
def _backwards(candidates: Tensor) -> Tensor:
    return candidates[:, [0, 1, 4, 3, 2]]


@mistake(
    "1 − the probability of y",
    "Differential evolution looks for the lowest value: return the probability itself.",
)
def _complement(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return 1 - _reference(model, image, y, candidates)


@mistake("the score instead of the probability", "Take .softmax(1) of the scores.")
def _score(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates))[:, y]


@mistake(
    "the probability of the predicted class",
    "Take column y: another class may win, and that is what is wanted.",
)
def _highest(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates)).softmax(1).amax(1)


@mistake("a colour added to the pixel", "The colour replaces the pixel, in all three channels.")
def _added(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    painted = _painted(torch.zeros_like(image), candidates)
    return _share(model, (image + painted).clamp(0, 1), y)


@mistake(
    "pixels that pile up: each candidate keeps those of the ones before",
    "Every candidate gets a copy of the image of its own: image.repeat(P, 1, 1, 1).",
)
def _piled_up(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    shares, image = [], image.clone()
    for candidate in candidates:
        image = _painted(image, candidate[None])[0]
        shares.append(_share(model, image[None], y))
    return torch.cat(shares)


@mistake(
    "all candidates painted on one image",
    "Every candidate gets a copy of the image of its own: .repeat copies, .expand does not.",
)
def _all_on_one(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    for candidate in candidates:
        image = _painted(image, candidate[None])[0]
    return _share(model, image.expand(len(candidates), -1, -1, -1), y)


@mistake("a softmax over the population instead of the classes", "The classes are dimension 1: .softmax(1).")
def _over_population(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates)).softmax(0)[:, y]


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, population, height, width in (
        ("a population of six", 6, 8, 8),
        ("a population of nine, on a tall image", 9, 11, 8),
        ("a population of seven, on a wide image", 7, 8, 11),
    ):
        generator = draws(name)
        edge = min(height, width) - 1  # so that rows and columns taken for each other stay on the image
        candidates = torch.rand(population, 5, generator=generator)
        candidates[:, :2] *= edge
        arguments: dict[str, Value] = {
            "model": Net.drawn("classifier", generator),
            "image": torch.rand(3, height, width, generator=generator),
            "y": int(torch.randint(CLASSES, (), generator=generator)),
            "candidates": candidates,
        }
        cases.append(Case(name, arguments))
    return cases


ONE_PIXEL_OBJECTIVE = Exercise(
    name="one_pixel_objective",
    points=2,
    minutes=15,
    reference=_reference,
    draw=_cases,
    tolerance=1e-4,  # one pixel changes little
    mistakes=(
        _swapped,
        _rounded,
        _backwards,
        _complement,
        _score,
        _over_population,
        _highest,
        _added,
        _piled_up,
        _all_on_one,
    ),
    hidden=ANSWERS,
)
