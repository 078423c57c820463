"""Exercise: which of a layer's kernels answers most."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.filters.cases import ANSWERS

__all__ = ["WINNING_KERNELS"]


def _count(winner: Tensor, kernels: int) -> Tensor:
    """In how many images each kernel wins (K, h, w), of the winners' numbers (N, h, w)."""
    return torch.stack([(winner == k).sum(0) for k in range(kernels)])


def _winning(activation: Tensor) -> Tensor:
    return _count(activation.argmax(1), activation.shape[1]).argmax(0).float()


@mistake(
    "the winner over the images instead of the kernels",
    "Dimension 0 counts the images, dimension 1 the kernels: argmax(1) names an image's winners.",
)
def _over_images(activation: Tensor) -> Tensor:
    return activation.argmax(0).float().mode(0).values


@mistake(
    "the highest mean instead of the most wins",
    "One huge activation outweighs all other images. Count in how many images each kernel wins.",
)
def _mean(activation: Tensor) -> Tensor:
    return activation.mean(0).argmax(0).float()


@mistake(
    "the highest activation in any image",
    "That is decided by a single image. Count in how many images each kernel wins.",
)
def _once(activation: Tensor) -> Tensor:
    return activation.amax(0).argmax(0).float()


@mistake("the first image alone", "Count over all the images.")
def _first_image(activation: Tensor) -> Tensor:
    return activation[0].argmax(0).float()


@mistake(
    "the median of the winners' numbers",
    "Kernel 3 is not between kernels 2 and 4: numbers of kernels are names. Take the most frequent.",
)
def _median(activation: Tensor) -> Tensor:
    return activation.argmax(1).median(0).values.float()


@mistake(
    "how often the winner wins, instead of which it is",
    "The last step is an argmax over the counts, not their maximum.",
)
def _counts(activation: Tensor) -> Tensor:
    return _count(activation.argmax(1), activation.shape[1]).amax(0).float()


@mistake(
    "absolute activations",
    "A kernel that answers −5 sees the opposite of what it looks for. The highest is the largest.",
)
def _absolute_winner(activation: Tensor) -> Tensor:
    return _winning(activation.abs())


def _activations(draws: Draws) -> list[Case]:
    """Each position has a kernel that often wins narrowly, and one that seldom wins, but then by far."""
    cases = []
    sizes = {"nine images": (9, 5, 6, 7), "a tall map": (11, 4, 9, 5), "many kernels": (13, 8, 5, 6)}
    for name, (n, kernels, height, width) in sizes.items():
        generator = draws(name)
        activation = torch.randn(n, kernels, height, width, generator=generator)
        often = torch.randint(kernels, (1, 1, height, width), generator=generator)
        activation.scatter_add_(1, often.expand(n, -1, -1, -1), torch.full((n, 1, height, width), 1.8))
        seldom = torch.randint(kernels, (1, 1, height, width), generator=generator)
        activation[1:3].scatter_add_(1, seldom.expand(2, -1, -1, -1), torch.full((2, 1, height, width), 12.0))
        cases.append(Case(name, {"activation": activation}))
    return cases


WINNING_KERNELS = Exercise(
    name="winning_kernels",
    points=2,
    minutes=10,
    reference=_winning,
    draw=_activations,
    mistakes=(_over_images, _mean, _once, _first_image, _median, _counts, _absolute_winner),
    hidden=ANSWERS,
)
