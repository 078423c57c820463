"""The tables that ship: made as they say, whole, and of the nets that ship beside them."""

import json
from pathlib import Path

import pytest
import torch
from scipy.stats import binomtest, norm
from typer.testing import CliRunner

from coursekit import attribution
from coursekit.attribution.localisation import NETS, SAMPLE, display_name, fresh_scenes, localise, methods
from coursekit.models.checkpoints import digest, load_model
from coursekit.tables import measured
from coursekit.workshop.cli import app
from coursekit.workshop.tables import localisation, measure
from tests.attribution.methods import CLASSIFIER


@pytest.fixture
def few_methods(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    some = {name: methods()[name] for name in ("random", "saliency")}
    monkeypatch.setattr(localisation, "methods", lambda: some)
    return [*some]


def test_every_method_of_the_course_is_in_the_table() -> None:
    functions = {getattr(method, "func", method) for method in methods().values()}
    maps = {getattr(attribution, name) for name in CLASSIFIER} - {attribution.conservation}
    assert functions == {*maps, attribution.random_heatmap}


def test_every_method_has_a_name_of_its_own_in_the_chapters_words() -> None:
    names = [display_name(method) for method in methods()]
    assert len(set(names)) == len(names)
    assert not {name for name in names if any(raw in name for raw in ("alpha", "epsilon", "zero", "random"))}


def test_the_table_that_ships_is_whole() -> None:
    table = measured("localisation")
    assert table["scenes"] == 500
    for rows in table["nets"].values():
        assert {*rows} == {*methods()}
        for row in rows.values():
            assert list(row) == ["pointing", "mass", "rank"]
            assert all(0 <= low <= mean <= high <= 1 for mean, low, high in row.values())
        assert max(row["pointing"][0] for row in rows.values()) >= 0.95
        low, high = rows["random"]["pointing"][1:]
        assert low <= table["area"] <= high


def test_the_table_is_of_the_nets_that_ship() -> None:
    for net, sha in measured("localisation")["checkpoints"].items():
        assert sha == digest(net), f"{net} was trained again: coursekit measure localisation"


@pytest.mark.parametrize("net", NETS)
def test_a_sample_agrees_with_the_table(net: str) -> None:
    sample, scenes = measured("localisation")["sample"][net], fresh_scenes(SAMPLE)
    for name in ("guided backprop", "Grad-CAM", "LRP epsilon-plus"):
        scores = localise(load_model(net, device="cpu"), scenes, methods()[name])
        assert {k: v.mean().item() for k, v in scores.items()} == pytest.approx(sample[name], abs=1e-3), name


def test_a_small_table_is_made_by_the_command(
    tmp_path: Path, few_methods: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localisation, "SAMPLE", 8)
    arguments = ["measure", "localisation", "--out", str(tmp_path), "--scenes", "18"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"localisation.json", "localisation.md"}
    table = json.loads((tmp_path / "localisation.json").read_text(encoding="utf-8"))
    page = (tmp_path / "localisation.md").read_text(encoding="utf-8")
    assert list(table["nets"]["scenes-robust"]) == list(table["sample"]["scenes-robust"]) == few_methods
    scenes, model = fresh_scenes(18), load_model("scenes", device="cpu")
    heat = attribution.heatmap(attribution.saliency(model, scenes.images, scenes.labels))
    mean, low, high = table["nets"]["scenes"]["saliency"]["mass"]
    mass = attribution.relevance_mass(heat, scenes.masks)
    assert mean == pytest.approx(mass.mean().item(), abs=1e-3)
    assert table["sample"]["scenes"]["saliency"]["mass"] == pytest.approx(mass[:8].mean().item(), abs=1e-3)
    expected = norm.interval(0.95, mass.mean().item(), mass.std().item() / 18**0.5)
    assert (low, high) == pytest.approx(expected, abs=1e-3)
    hits = int(attribution.pointing_game(heat, scenes.masks).sum())
    interval = binomtest(hits, 18).proportion_ci(method="wilson")
    assert table["nets"]["scenes"]["saliency"]["pointing"] == pytest.approx([hits / 18, *interval], abs=1e-3)
    assert f"| saliency | {hits / 18:.3f} (" in page
    assert "18 drawn scenes" in page
    assert "evidence against the class counts as relevance too" in page


def test_the_noise_differs_from_batch_to_batch() -> None:
    noise, x = methods()["random"], torch.rand(2, 3, 8, 8)
    first, second = noise(None, x, x), noise(None, x, x)
    assert not torch.equal(first, second)
    assert torch.equal(methods()["random"](None, x, x), first)


def test_an_interrupted_run_leaves_the_table_that_was_there(
    tmp_path: Path, few_methods: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "localisation.json").write_text("old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(localisation, "page", fail)
    with pytest.raises(KeyboardInterrupt):
        measure("localisation", tmp_path, scenes=2)
    assert (tmp_path / "localisation.json").read_text() == "old"
    assert len([*tmp_path.iterdir()]) == 1


def test_what_there_is_not_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no table 'localization'; the course ships localisation"):
        measured("localization")
    with pytest.raises(ValueError, match="at least 2"):
        measure("localisation", tmp_path, scenes=1)
    monkeypatch.setattr("coursekit.tables.data_path", lambda name: tmp_path / name)
    with pytest.raises(FileNotFoundError, match="make it with: coursekit measure localisation"):
        measured("localisation")
