"""Photographs: all of the catalogue is there, without a network, and each is what the catalogue says."""

from pathlib import Path

import pytest
import torch

from coursekit.core.images import check_images
from coursekit.datasets.photographs import CATALOGUE, photograph, photographs, reading


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_is_a_real_picture_and_its_square_is_full(name: str) -> None:
    whole, square = photograph(name), photograph(name, size=64)
    check_images(whole[None], channels=3)
    check_images(square[None], channels=3)
    assert square.shape == (3, 64, 64)
    assert square.std() > 0.01
    left, top, edge = CATALOGUE[name].square
    if name != "horse":
        assert 0 <= left <= left + edge <= whole.shape[2]
        assert 0 <= top <= top + edge <= whole.shape[1]


def test_squares_are_cut_out_of_the_whole_where_the_catalogue_says() -> None:
    left, top, edge = CATALOGUE["coffee"].square
    expected = photograph("coffee")[:, top : top + edge, left : left + edge]
    assert torch.equal(photograph("coffee", size=edge), expected)


def test_a_square_that_reaches_over_the_edge_continues_it() -> None:
    whole, square = photograph("horse"), photograph("horse", size=400)
    assert whole.shape == (3, 328, 400)
    assert torch.equal(square[:, 36:364], whole)
    assert (square[:, :36] == whole[:, :1]).all()
    assert (square[:, 364:] == whole[:, -1:]).all()


def test_all_of_them_or_those_that_are_named() -> None:
    assert list(photographs(size=8)) == list(CATALOGUE)
    assert list(photographs("rocket", "cat")) == ["rocket", "cat"]
    colour = [name for name, x in photographs(size=32).items() if not torch.equal(x[0], x[2])]
    assert list(CATALOGUE)[: len(colour)] == colour


def test_what_a_caller_does_to_one_does_not_stay() -> None:
    photograph("cat", size=32).zero_()
    assert photograph("cat", size=32).any()


def test_wrong_names_and_sizes_are_named() -> None:
    with pytest.raises(ValueError, match=r"no photograph 'coffe'; did you mean one of coffee"):
        photograph("coffe")
    with pytest.raises(ValueError, match="at least 1, got 0"):
        photograph("cat", size=0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    reading.opened.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"package skimage, which is not installed.*scikit-image"):
        photograph("cat")


def test_copies_in_a_folder_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "china.jpg").write_bytes(reading.file_of(CATALOGUE["china"]).read_bytes())
    monkeypatch.setenv(reading.FOLDER, str(tmp_path))
    assert reading.file_of(CATALOGUE["china"]) == tmp_path / "china.jpg"
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    assert reading.file_of(CATALOGUE["china"]) == tmp_path / "china.jpg"
