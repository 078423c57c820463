"""Exercise: which way to change a patch, wherever it may lie."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from coursekit.exercises.adversarial.cases import ANSWERS, losses
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake
from coursekit.exercises.nets import CLASSES, Net
from coursekit.exercises.saliency.cases import gradient

__all__ = ["PATCH_GRADIENT"]

Paste = Callable[[Tensor, Tensor, int, int], Tensor]


def _framed(patch: Tensor, x: Tensor, row: int, column: int) -> Tensor:
    """The patch at its place in a picture of zeros, (C, H, W)."""
    size = patch.shape[-1]
    return pad(patch, (column, x.shape[3] - size - column, row, x.shape[2] - size - row))


def _paste(x: Tensor, patch: Tensor, row: int, column: int) -> Tensor:
    return torch.where(_framed(torch.ones_like(patch), x, row, column) > 0, _framed(patch, x, row, column), x)


def _loss(model: nn.Module, x: Tensor, target: int) -> Tensor:
    return losses(model, x, torch.full((len(x),), target)).mean()


def _expected(
    model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor, *, paste: Paste = _paste
) -> Tensor:
    def loss(patch: Tensor) -> Tensor:
        return torch.stack(
            [_loss(model, paste(x, patch, *place), target) for place in places.tolist()]
        ).mean()

    return gradient(loss, patch)


def _pasting(paste: Paste) -> Callable[..., Tensor]:
    return lambda *arguments: _expected(*arguments, paste=paste)


@mistake("rows and columns swapped", "A place is (row, column), and an image (C, rows, columns).")
@_pasting
def _swapped(x: Tensor, patch: Tensor, row: int, column: int) -> Tensor:
    return _paste(x, patch, column, row)


@mistake(
    "a patch that is added to the picture",
    "A sticker covers what is under it: put its pixels in their place.",
)
@_pasting
def _added(x: Tensor, patch: Tensor, row: int, column: int) -> Tensor:
    return (x + _framed(patch, x, row, column)).clamp(0, 1)


@mistake("a patch with its middle at the place", "The place is that of the patch's upper left corner.")
@_pasting
def _centred(x: Tensor, patch: Tensor, row: int, column: int) -> Tensor:
    half = patch.shape[-1] // 2
    return _paste(x, patch, row - half, column - half)


@mistake(
    "the sum over the places instead of the mean",
    "The expected loss is a mean over the places: it must not grow with how many you try.",
)
def _sum(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    return len(places) * _expected(model, x, target, patch, places)


@mistake(
    "the sum over all pictures and places instead of the mean",
    "The expected loss is a mean over pictures and places.",
)
def _sum_of_all(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    return len(x) * len(places) * _expected(model, x, target, patch, places)


@mistake(
    "the gradient for the last place alone",
    "Such a patch works at one place. Collect the loss of every place before you differentiate.",
)
def _last_place(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    return _expected(model, x, target, patch, places[-1:])


@mistake("the gradient with its sign turned", "Return the gradient of the loss as it is.")
def _turned(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    return -_expected(model, x, target, patch, places)


@mistake(
    "patches that pile up: each picture keeps those of the places before",
    "Every place starts from x as it came: paste on a copy.",
)
def _several_at_once(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    def loss(patch: Tensor) -> Tensor:
        covered, total = x, torch.zeros(())
        for place in places.tolist():
            covered = _paste(covered, patch, *place)
            total = total + _loss(model, covered, target)
        return total / len(places)

    return gradient(loss, patch)


@mistake(
    "the gradient of the score instead of the loss", "Take the cross-entropy: it lowers the other scores too."
)
def _of_score(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    def score(patch: Tensor) -> Tensor:
        pictures = torch.cat([_paste(x, patch, *place) for place in places.tolist()])
        return model(pictures)[:, target].mean()

    return gradient(score, patch)


@mistake(
    "the sum over the pictures instead of the mean", "The expected loss is a mean over the pictures too."
)
def _of_pictures(model: nn.Module, x: Tensor, target: int, patch: Tensor, places: Tensor) -> Tensor:
    """The gradient of the pasted pictures, cut out where the patch lies."""
    size, found = patch.shape[-1], torch.zeros_like(patch)
    for row, column in places.tolist():
        pictures = _paste(x, patch, row, column)
        slope = gradient(lambda images: losses(model, images, torch.full((len(x),), target)), pictures)
        found += slope[:, :, row : row + size, column : column + size].sum(0)
    return found / len(places)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, height, width, size, count in (
        ("one place", 2, 13, 13, 5, 1),
        ("three places on a batch of two", 2, 14, 12, 4, 3),
        ("four places on a batch of three", 3, 13, 15, 5, 4),
    ):
        generator = draws(name)
        # Half a patch from the border, and so that rows and columns taken for each other stay inside.
        reach = min(height, width) - size - size // 2 + 1
        order = torch.randperm(reach * (reach - 1), generator=generator)[:count]
        rows, columns = order // (reach - 1), order % (reach - 1)
        columns = columns + (columns >= rows)  # never the row again
        arguments: dict[str, Value] = {
            "model": Net.drawn("classifier", generator),
            "x": torch.rand(n, 3, height, width, generator=generator),
            "target": int(torch.randint(CLASSES, (), generator=generator)),
            "patch": 0.2 + 0.6 * torch.rand(3, size, size, generator=generator),
            "places": torch.stack([rows, columns], 1) + size // 2,
        }
        cases.append(Case(name, arguments))
    return cases


PATCH_GRADIENT = Exercise(
    name="patch_gradient",
    points=3,
    minutes=20,
    reference=_expected,
    draw=_cases,
    mistakes=(
        _swapped,
        _added,
        _centred,
        _sum,
        _sum_of_all,
        _of_pictures,
        _last_place,
        _several_at_once,
        _turned,
        _of_score,
    ),
    hidden=ANSWERS,
)
