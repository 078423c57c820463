"""Shares, rates and gaps, held against scikit-learn and SciPy, and what chapter 09 measures."""

import pytest
import torch
from scipy.stats import binomtest, norm, sem
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score
from torch import nn

from coursekit.attribution import area_under, deletion, heatmap, insertion
from coursekit.datasets.scenes import cue_conflict, draw
from coursekit.fairness import audits
from coursekit.fairness.bias import (
    REGIONS,
    equalised_odds,
    mix,
    normal_interval,
    rates,
    shape_share,
    wilson_interval,
)
from coursekit.models.networks import scene_net
from coursekit.tables import measured
from coursekit.workshop.tables import trust


def rows(seed: int, n: int, high: int) -> torch.Tensor:
    return torch.randint(high, (n,), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (7, 7), (3, 11), (480, 500)])
def test_an_interval_is_wilsons(hits: int, n: int) -> None:
    """As SciPy has it, with and without tensors."""
    found = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits, n) == pytest.approx((hits / n, found.low, found.high), abs=1e-12)
    assert wilson_interval(torch.tensor(hits), torch.tensor(n)) == wilson_interval(hits, n)
    low, high = wilson_interval(hits, n)[1:]
    # What an interval is: the shares that a test would not reject.
    for share, kept in ((low * 0.98, False), (high + (1 - high) * 0.02, False), ((low + high) / 2, True)):
        deviations = abs(hits / n - share) / max((share * (1 - share) / n) ** 0.5, 1e-12)
        assert (deviations < 1.96) == kept or share in (0, 1)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (5, 4), (-1, 3)])
def test_an_interval_of_nothing_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        wilson_interval(hits, n)


def test_a_hit_in_part_lies_between() -> None:
    below, half, above = (wilson_interval(hits, 11) for hits in (3, 3.5, 4))
    assert half.share == 3.5 / 11
    assert all(less < between < more for less, between, more in zip(below, half, above, strict=True))


@pytest.mark.parametrize("n", [1, 7, 500])
def test_an_interval_ends_where_shares_do(n: int) -> None:
    assert wilson_interval(0, n).low == 0
    assert wilson_interval(n, n).high == 1


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = torch.randn(50, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    found = norm.interval(0.95, values.mean().item(), sem(values))
    assert normal_interval(values) == pytest.approx((values.mean().item(), *found), abs=1e-6)


def test_the_share_of_shape() -> None:
    shape, texture = torch.tensor([0, 1, 2, 3, 4]), torch.tensor([1, 2, 3, 4, 0])
    predicted = torch.tensor([0, 1, 2, 4, 2])  # shape three times, texture once, neither once
    share, low, high = shape_share(predicted, shape, texture)
    found = binomtest(3, 4).proportion_ci(method="wilson")
    assert (share, low, high) == pytest.approx((0.75, found.low, found.high))


def test_a_share_of_nothing_is_refused() -> None:
    one, two, three = (torch.tensor([k]) for k in (1, 2, 3))
    with pytest.raises(ValueError, match="the same class"):
        shape_share(one, two, two)
    with pytest.raises(ValueError, match="no decision"):
        shape_share(one, two, three)
    with pytest.raises(ValueError, match=r"\(N,\)"):
        shape_share(one, two, rows(0, 3, 2))


def test_rates_are_those_of_scikit_learn() -> None:
    labels, predicted = rows(1, 200, 2), rows(2, 200, 2)
    groups = ["abc"[k] for k in rows(3, 200, 3)]
    found = rates(predicted, labels, groups)
    assert list(found) == ["a", "b", "c"]
    for group, row in found.items():
        here = [name == group for name in groups]
        true, said = labels[here], predicted[here]
        (negative, false), _ = confusion_matrix(true, said)
        assert row.n == len(true)
        assert row.accuracy[0] == pytest.approx(accuracy_score(true, said))
        assert row.true_positives[0] == pytest.approx(recall_score(true, said))
        assert row.false_positives[0] == pytest.approx(false / (negative + false))
        low, high = row.accuracy[1:]
        assert low < row.accuracy[0] < high


def test_equalised_odds_is_about_errors_not_accuracy() -> None:
    """Two groups with one accuracy: one pays in misses, the other in false alarms."""
    labels = torch.tensor([1, 1, 0, 0] * 2)
    predicted = torch.tensor([1, 0, 0, 0, 1, 1, 1, 0])
    found = rates(predicted, labels, ["a"] * 4 + ["b"] * 4)
    assert found["a"].accuracy == found["b"].accuracy
    assert equalised_odds(found) == (0.5, 0.5)
    with pytest.raises(ValueError, match="at least two groups"):
        equalised_odds({"a": found["a"]})


def test_bad_groups_are_refused() -> None:
    labels = torch.tensor([0, 1, 1])
    with pytest.raises(ValueError, match="one label only"):
        rates(labels, labels, ["a", "a", "b"])
    with pytest.raises(ValueError, match=r"labels 0 and 1.*\[1, 2\]"):
        rates(labels, labels + 1, ["a"] * 3)
    with pytest.raises(ValueError, match="labels 0 and 1"):
        rates(labels, labels, ["a"] * 2)


def test_a_mixture_has_its_shares() -> None:
    first, second = draw(6, seed=1, size=32), draw(3, seed=2, size=32)
    images, labels = mix(first, second, 6, 1 / 3)
    assert torch.equal(images, torch.cat([first.images[:4], second.images[:2]]))
    assert torch.equal(labels, torch.cat([first.labels[:4], second.labels[:2]]))
    with pytest.raises(ValueError, match="wanted 2 and 4 scenes"):
        mix(first, second, 6, 2 / 3)


class Outline(nn.Module):
    """Knows the right answer of each picture by its sum."""

    def __init__(self, images: torch.Tensor, answers: torch.Tensor) -> None:
        super().__init__()
        self.sums, self.answers = images.sum((1, 2, 3)), answers
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        at = (x.sum((1, 2, 3))[:, None] - self.sums).abs().argmin(1)
        return nn.functional.one_hot(self.answers[at], 10).float()


def test_a_net_that_sees_outlines_decides_by_shape() -> None:
    conflict = cue_conflict(12, seed=1, size=32)
    answers = torch.cat([conflict.shape[:6], conflict.texture[6:9], (conflict.shape[9:] + 1) % 10])
    off = (answers[9:] == conflict.texture[9:]).sum().item()
    found = audits.shape_or_texture(Outline(conflict.images, answers), conflict)
    assert found.share == wilson_interval(6, 9 + off)
    assert found.decided == wilson_interval(9 + off, 12)


def test_the_audits_repeat_themselves_and_leave_the_random_state() -> None:
    state = torch.get_rng_state()
    images, labels = mix(draw(40, seed=1, size=32), draw(1, seed=2, size=32), 40, 0.0)
    one, again = (audits.train_small_net(images, labels, draw(1, size=32).classes, 3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(audits.predict(one, images, batch_size=7), one(images).argmax(1))


def test_asked_is_the_true_class_and_the_whole_map() -> None:
    """A map that is the picture itself never changes; whoever draws it hears which class was asked about."""
    drawn = draw(2, seed=1, size=32)
    torch.manual_seed(0)
    net = scene_net(drawn.classes, width=4).eval()

    def method(model: nn.Module, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        assert torch.equal(target, drawn.labels)
        return x

    assert list(audits.cascading_randomisation(net, drawn, method).values()) == pytest.approx([1.0] * 15)
    heat = heatmap(drawn.images)
    for name, curve in {"deletion": deletion, "insertion": insertion}.items():
        wanted = area_under(curve(net, drawn.images, heat, drawn.labels, steps=16))
        torch.testing.assert_close(getattr(audits.faithfulness(net, drawn, method), name), wanted)


@pytest.fixture(scope="module")
def table():
    return measured("trust")


def test_the_table_is_of_the_nets_that_ship(table) -> None:
    from coursekit.models.checkpoints import digest

    assert table["checkpoints"] == {net: digest(net) for net in trust.NETS}, "coursekit measure trust"


def test_the_card_says_what_the_table_says(table) -> None:
    from coursekit.models.checkpoints import checkpoint_path

    assert checkpoint_path("trust").with_suffix(".md").read_text(encoding="utf-8") == trust.page(table)


def test_the_table_is_whole(table) -> None:
    assert set(trust.SECTIONS) < set(table)
    for runs in table["groups"].values():
        assert len(runs) == trust.SEEDS
        assert all(list(run) == ["tones 1–3", "tones 4–6"] for run in runs)
    assert all(list(run) == list(REGIONS) for runs in table["regions"].values() for run in runs)
    for section in ("randomisation", "faithfulness"):
        assert "Grad-CAM" in table[section]["scenes"]
        assert set(table[section]["scenes"]) == set(table[section]["scenes-robust"])


def test_a_sample_of_the_table_comes_out_again(table) -> None:
    """The first of the five trainings in the snowfield."""
    again = audits.region_audit(audits.SHARES["thin"], 0)
    for place, (share, _, _) in again.items():
        assert share == pytest.approx(table["regions"]["thin"][0][place][0], abs=0.1)
