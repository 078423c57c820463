"""Chapter 09: references that the package has too, held against it, and against SciPy and scikit-learn."""

import pytest
import torch
from scipy.stats import binomtest, spearmanr
from sklearn.metrics import recall_score

from coursekit import attribution
from coursekit.exercises import Exercise, find, lookup
from coursekit.fairness import bias
from tests.exercises.source import arguments

CHAPTER = "09_bias_and_trust"


def _answer(name: str, case: dict) -> torch.Tensor:
    return lookup(name).reference(*case.values())


@pytest.mark.parametrize("seed", [0, 1])
def test_cues(seed: int) -> None:
    for case in arguments("shape_share", seed):
        assert _answer("shape_share", case).item() == pytest.approx(bias.shape_share(**case)[0])
    for case in arguments("wilson_interval", seed):
        for (low, high), hits, n in zip(
            _answer("wilson_interval", case).tolist(), *case.values(), strict=True
        ):
            found = binomtest(int(hits), int(n)).proportion_ci(method="wilson")
            assert (low, high) == pytest.approx((found.low, found.high), abs=1e-4)


@pytest.mark.parametrize("seed", [0, 1])
def test_maps(seed: int) -> None:
    for case in arguments("relevance_rank", seed):
        torch.testing.assert_close(_answer("relevance_rank", case), attribution.relevance_rank(**case))
    for case in arguments("rank_correlation", seed):
        wanted = [spearmanr(a.flatten(), b.flatten()).statistic for a, b in zip(*case.values(), strict=True)]
        assert _answer("rank_correlation", case).tolist() == pytest.approx(wanted)
    for case in arguments("deletion_curve", seed):
        model, x, target, heat, steps = case.values()
        wanted = attribution.deletion(model, x, heat, target, steps=steps)
        torch.testing.assert_close(_answer("deletion_curve", case), wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_forgetting_is_the_packages(seed: int) -> None:
    """The package gives each layer its random weights itself: let it find those of the fresh net."""
    for case in arguments("forgetting", seed):
        model, fresh, x, target = case.values()
        for name in ("head", "conv3", "conv2", "conv1"):
            weights = fresh.get_submodule(name).state_dict()
            layer = model.get_submodule(name)
            layer.forgotten = weights
            layer.reset_parameters = _Taking(layer)
        found = attribution.randomisation(model, x, attribution.saliency, target)
        assert list(found) == ["head", "conv3", "conv2", "conv1"]
        plain = arguments("forgetting", seed)
        (same,) = (other for other in plain if torch.equal(other["x"], x))
        wanted = torch.stack([*found.values()]).float()  # as the reference counts ranks
        torch.testing.assert_close(_answer("forgetting", same), wanted)


class _Taking:
    """In place of a layer's reset: it takes the weights that were laid down for it, also in a deep copy."""

    def __init__(self, layer: torch.nn.Module) -> None:
        self.layer = layer

    def __call__(self) -> None:
        self.layer.load_state_dict(self.layer.forgotten)


@pytest.mark.parametrize("seed", [0, 1])
def test_groups(seed: int) -> None:
    for case in arguments("group_rates", seed):
        predicted, labels, groups = case.values()
        found = _answer("group_rates", case)
        for group, (hits, alarms) in enumerate(found.tolist()):
            here = groups == group
            assert hits == pytest.approx(recall_score(labels[here], predicted[here]))
            assert alarms == pytest.approx(1 - recall_score(labels[here], predicted[here], pos_label=0))
        gaps = bias.equalised_odds(bias.rates(predicted, labels, [str(g) for g in groups.tolist()]))
        assert _answer("odds_gaps", case).tolist() == pytest.approx(gaps)


@pytest.mark.parametrize("exercise", find(CHAPTER), ids=lambda exercise: exercise.name)
def test_few_cases_are_right_by_a_wrong_rule(exercise: Exercise) -> None:
    """Cases tell mistakes apart: none is right in more than half of them, whatever the seed."""
    for seed in range(2):
        cases = exercise.cases(seed)
        answers = [exercise.reference(*case.build().values()) for case in cases]
        for mistake in exercise.mistakes:
            right = [
                exercise.agree(mistake.function(*case.build().values()), wanted)
                for case, wanted in zip(cases, answers, strict=True)
            ]
            assert sum(right) <= len(cases) / 2, f"{mistake.name}, seed {seed}"
