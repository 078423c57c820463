"""Exercise: the score that everything else in the chapter explains."""

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.saliency.cases import ANSWERS, picture_cases, probability, score

__all__ = ["TARGET_SCORES"]


def _log_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return probability(model, x, target).log()


def _highest(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x).amax(1)


def _every_pair(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)[:, target]


def _first_image(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)[0, target]


def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return model(x)


def _one_sum(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return score(model, x, target).sum()


TARGET_SCORES = Exercise(
    name="target_scores",
    points=1,
    minutes=5,
    reference=score,
    cases=picture_cases,
    mistakes=(
        Mistake(
            "the probability instead of the score",
            probability,
            "The score is what the net gives, before any softmax: leave the softmax out.",
        ),
        Mistake(
            "the logarithm of the probability instead of the score",
            _log_probability,
            "The score is what the net gives: leave log_softmax out.",
        ),
        Mistake(
            "the highest score of each image, whatever its target",
            _highest,
            "Take the score of the class that target names, not the maximum.",
        ),
        Mistake(
            "the scores of every target for every image, a table N × N",
            _every_pair,
            "scores[:, target] takes all those columns for each row. Pair row and column with "
            "scores[torch.arange(len(x)), target], or use gather.",
        ),
        Mistake(
            "the first image's scores for all targets",
            _first_image,
            "scores[0, …] looks at one image only: give each image its own row.",
        ),
        Mistake(
            "the scores of all classes",
            _all_classes,
            "Pick one number from each row of model(x): the one in the column that target names.",
        ),
        Mistake(
            "one sum over the whole batch",
            _one_sum,
            "Return one score for each image, shape (N,): leave the sum out.",
        ),
    ),
    hidden=ANSWERS,
)
