"""The experiments: what is tied to what, and nothing else changed."""

import pytest
import torch

from coursekit.confounding import experiments, trials
from coursekit.datasets.scenes.scans import scans
from coursekit.tables import measured
from coursekit.workshop.tables import confounders as table


def test_scanners_change_nothing_but_their_pattern() -> None:
    a, b, mixed = (scans(30, seed=3, scanner=scanner) for scanner in ("A", "B", None))
    assert torch.equal(a.masks, b.masks)
    assert not torch.equal(a.images, b.images)
    assert (a.images - b.images).abs().max() < 0.15
    assert {factors["scanner"] for factors in mixed.factors} == {"A", "B"}
    tied = scans(30, seed=3, scanner={"spot": "A", "ring": "B"})
    assert all((f["scanner"] == "A") == (f["label"] == "spot") for f in tied.factors)
    for wrong in ("C", {"spot": "C"}, {"blot": "A"}, ["A"]):
        with pytest.raises(ValueError, match="give 'A' or 'B'"):
            scans(2, scanner=wrong)  # type: ignore[arg-type]
    assert torch.equal(scans(2, scanner={}).images, scans(2).images)


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5])
def test_the_weather_goes_with_the_class_as_often_as_asked(share: float) -> None:
    scenes = trials.tanks(40, seed=5, tied=share)
    agrees = (scenes.labels == 0) == (trials.weather(scenes) == 1)
    assert agrees.float().mean().item() == pytest.approx(share)
    for k in (0, 1):
        assert agrees[scenes.labels == k].float().mean().item() == pytest.approx(share)
    assert not (trials.sky(scenes) & scenes.masks).any()
    with pytest.raises(ValueError, match="from 0 to 1"):
        trials.tanks(2, seed=0, tied=1.5)


def test_tags_change_nothing_else() -> None:
    plain, some = trials.tagged(24, seed=1), trials.tagged(24, seed=1, boats=0.5)
    bears = torch.tensor([factors["tag"] is not None for factors in some.factors])
    assert bears.sum() == 4
    assert (some.labels[bears] == 0).all()
    differs = (plain.images != some.images).flatten(1).any(1)
    assert torch.equal(differs, bears)
    with pytest.raises(ValueError, match="others: wanted a share from 0 to 1"):
        trials.tagged(24, seed=1, others=-0.2)


def test_nets_come_from_their_seed_and_leave_the_random_state_alone() -> None:
    state = torch.get_rng_state()
    one, again, other = (trials.quick_net(("a", "b"), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.head.weight, again.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)
    assert trials.place_net(("a", "b"))(torch.zeros(2, 3, 32, 32)).shape == (2, 2)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_table_and_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(seed: int) -> dict[str, float]:
        """A trial."""
        return {"twice": 2.0 * seed}

    monkeypatch.setattr(table, "TRIALS", {"made up": trial})
    made = table.table()
    assert made["trials"] == {"made up": {"twice": [0.0, 2.0, 4.0, 6.0, 8.0]}}
    assert "| twice | 0.0 | 2.0 | 4.0 | 6.0 | 8.0 |" in table.page(made)
    with pytest.raises(ValueError, match="wanted one of nothing, balance"):
        experiments.train_with_remedy("prayer", trials.tanks(2, seed=0), 0)


def test_the_table_that_ships_is_whole_and_says_what_comes_out() -> None:
    rows = measured("confounders")["trials"]
    assert list(rows) == list(experiments.TRIALS)
    assert all(len(values) == len(experiments.SEEDS) for row in rows.values() for values in row.values())
    for metric, value in experiments.recording_trial(0).items():
        assert rows["recordings"][metric][0] == pytest.approx(value, abs=0.03), metric
