"""Exercise: the score that everything else in the chapter explains."""

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.saliency.cases import ANSWERS, picture_cases, probability, score

__all__ = ["TARGET_SCORES"]


@mistake(
    "the logarithm of the probability instead of the score",
    "The score is what the net gives: leave log_softmax out.",
)
def _log_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return probability(model, x, target).log()


@mistake(
    "the highest score of each image, whatever its target",
    "Take the score of the class that target names, not the maximum.",
)
def _highest(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x).amax(1)


@mistake(
    "the scores of every target for every image, a table N × N",
    "scores[:, target] takes all those columns for each row. Pair row and column with "
    "scores[torch.arange(len(x)), target], or use gather.",
)
def _every_pair(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)[:, target]


@mistake(
    "the first image's scores for all targets",
    "scores[0, …] looks at one image only: give each image its own row.",
)
def _first_image(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)[0, target]


@mistake(
    "the scores of all classes",
    "Pick one number from each row of model(x): the one in the column that target names.",
)
def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)


@mistake("one sum over the whole batch", "Return one score for each image, shape (N,): leave the sum out.")
def _one_sum(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return score(model, x, target).sum()


TARGET_SCORES = Exercise(
    name="target_scores",
    points=1,
    minutes=5,
    reference=score,
    draw=picture_cases,
    mistakes=(
        mistake(
            "the probability instead of the score",
            "The score is what the net gives, before any softmax: leave the softmax out.",
        )(probability),
        _log_probability,
        _highest,
        _every_pair,
        _first_image,
        _all_classes,
        _one_sum,
    ),
    hidden=ANSWERS,
)
