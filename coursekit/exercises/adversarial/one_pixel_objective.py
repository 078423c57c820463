"""Exercise: what differential evolution asks of a one-pixel attack, for a whole population at once."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake, Value
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


def _swapped(candidates: Tensor) -> Tensor:
    return candidates[:, [1, 0, 2, 3, 4]]


def _rounded(candidates: Tensor) -> Tensor:
    return torch.cat([candidates[:, :2].round(), candidates[:, 2:]], 1)


def _backwards(candidates: Tensor) -> Tensor:
    return candidates[:, [0, 1, 4, 3, 2]]


def _complement(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return 1 - _reference(model, image, y, candidates)


def _score(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates))[:, y]


def _highest(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates)).softmax(1).amax(1)


def _added(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    painted = _painted(torch.zeros_like(image), candidates)
    return _share(model, (image + painted).clamp(0, 1), y)


def _piled_up(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    shares, image = [], image.clone()
    for candidate in candidates:
        image = _painted(image, candidate[None])[0]
        shares.append(_share(model, image[None], y))
    return torch.cat(shares)


def _all_on_one(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    for candidate in candidates:
        image = _painted(image, candidate[None])[0]
    return _share(model, image.expand(len(candidates), -1, -1, -1), y)


def _over_population(model: nn.Module, image: Tensor, y: int, candidates: Tensor) -> Tensor:
    return model(_painted(image, candidates)).softmax(0)[:, y]


def _cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, population, height, width in (
        ("a population of six", 6, 8, 8),
        ("a population of nine, on a tall image", 9, 11, 8),
        ("a population of seven, on a wide image", 7, 8, 11),
    ):
        edge = min(height, width) - 1  # so that rows and columns taken for each other stay on the image
        candidates = torch.rand(population, 5, generator=generator)
        candidates[:, :2] *= edge
        arguments: dict[str, Value] = {
            "model": Net("classifier", int(torch.randint(2**31, (), generator=generator))),
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
    cases=_cases,
    tolerance=1e-4,  # one pixel changes little
    mistakes=(
        Mistake(
            "rows and columns swapped",
            _of(_swapped),
            "A candidate is (row, column, r, g, b), and an image (3, rows, columns).",
        ),
        Mistake(
            "positions rounded to the nearest pixel",
            _of(_rounded),
            "The pixel of row 3 reaches from 3.0 to 4.0: drop what is behind the point, .long().",
        ),
        Mistake("the colours in reverse order", _of(_backwards), "A candidate is (row, column, r, g, b)."),
        Mistake(
            "1 − the probability of y",
            _complement,
            "Differential evolution looks for the lowest value: return the probability itself.",
        ),
        Mistake("the score instead of the probability", _score, "Take .softmax(1) of the scores."),
        Mistake(
            "a softmax over the population instead of the classes",
            _over_population,
            "The classes are dimension 1: .softmax(1).",
        ),
        Mistake(
            "the probability of the predicted class",
            _highest,
            "Take column y: another class may win, and that is what is wanted.",
        ),
        Mistake(
            "a colour added to the pixel",
            _added,
            "The colour replaces the pixel, in all three channels.",
        ),
        Mistake(
            "pixels that pile up: each candidate keeps those of the ones before",
            _piled_up,
            "Every candidate gets a copy of the image of its own: image.repeat(P, 1, 1, 1).",
        ),
        Mistake(
            "all candidates painted on one image",
            _all_on_one,
            "Every candidate gets a copy of the image of its own: .repeat copies, .expand does not.",
        ),
    ),
    hidden=ANSWERS,
)
