"""The table of photographs: whole, of the weights that are loaded, and what the net says now."""

import pytest
from typer.testing import CliRunner

from coursekit.datasets.photographs import CATALOGUE, DETAILS, detail, photograph
from coursekit.models.imagenet import IMAGENET
from coursekit.tables import measured, table_path
from coursekit.workshop.cli import app
from coursekit.workshop.tables.photographs import page, said


def test_the_table_that_ships_is_whole_and_of_these_weights() -> None:
    table = measured("photographs")
    assert list(table["photographs"]) == list(CATALOGUE)
    assert list(table["details"]) == list(DETAILS)
    assert table["weights"] == IMAGENET["imagenet"].sha256
    assert page(table) == table_path("photographs").with_suffix(".md").read_text(encoding="utf-8")


def test_the_net_says_what_the_table_says() -> None:
    table = measured("photographs")
    now = said({name: photograph(name, size=224) for name in CATALOGUE})
    of_details = said({name: detail(name) for name in DETAILS})
    for name, answers in (now | of_details).items():
        about = table["photographs" if name in CATALOGUE else "details"][name]
        for (_, before), (_, after) in zip(about["answers"], answers, strict=True):
            assert after == pytest.approx(before, abs=0.011), name
        if about["answers"][0][1] > about["answers"][1][1] + 0.02:
            assert answers[0][0] == about["answers"][0][0], name


def test_the_command_makes_it_again(tmp_path) -> None:
    done = CliRunner().invoke(app, ["measure", "photographs", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "| cat | Chelsea, a tabby |" in (tmp_path / "photographs.md").read_text(encoding="utf-8")
