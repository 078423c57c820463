import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from coursekit.datasets.scenes import CLASSES, FACTORS, Scenes, draw

QUIET = {"weather": "clear", "noise": 0.0, "blur": 0.0, "shadow": False}


def same_pixels(a: Scenes, b: Scenes) -> bool:
    return torch.equal(a.images, b.images) and torch.equal(a.part_map, b.part_map)


def test_images_labels_and_records_have_the_promised_form() -> None:
    scenes = draw(10, seed=1, size=64)
    assert scenes.images.shape == (10, 3, 64, 64)
    assert scenes.images.dtype == torch.float32
    assert scenes.images.is_contiguous()
    assert 0 <= scenes.images.min() < 0.2 < 0.8 < scenes.images.max() <= 1
    assert scenes.labels.dtype == torch.int64
    assert scenes.masks.shape == (10, 64, 64)
    assert scenes.masks.dtype == torch.bool
    assert scenes.classes == CLASSES
    assert set(FACTORS) <= set(json.loads(json.dumps(scenes.factors))[0])
    assert [CLASSES[k] for k in scenes.labels] == [record["label"] for record in scenes.factors]


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert same_pixels(draw(6, seed=3, size=64), draw(6, seed=3, size=64))
    assert not same_pixels(draw(6, seed=3, size=64), draw(6, seed=4, size=64))


def test_a_scene_does_not_depend_on_how_many_are_drawn() -> None:
    few, many = draw(7, seed=5, size=64), draw(23, seed=5, size=64)
    assert same_pixels(few, many[:7])
    assert few.factors == many.factors[:7]


def test_the_callers_random_state_is_left_alone() -> None:
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    draw(2, size=32)
    assert np.array_equal(before[0], np.random.get_state()[1])  # noqa: NPY002
    assert torch.equal(before[1], torch.get_rng_state())


def test_classes_come_in_equal_shares_and_mixed() -> None:
    labels = draw(40, seed=2, size=32).labels
    assert torch.bincount(labels, minlength=10).tolist() == [4] * 10
    assert labels[:10].tolist() != labels[10:20].tolist()
    two = draw(8, seed=2, size=32, classes=("tank", "car"))
    assert two.classes == ("tank", "car")
    assert torch.bincount(two.labels).tolist() == [4, 4]
    assert {r["label"] for r in two.factors} == {"tank", "car"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weather", "snow"),
        ("light", "night"),
        ("ground", "water"),
        ("noise", 0.05),
        ("clutter", 6),
        ("sky", "mint"),
    ],
)
def test_a_factor_that_is_fixed_changes_no_other(name: str, value: object) -> None:
    free, fixed = draw(12, seed=8, size=64), draw(12, seed=8, size=64, **{name: value})
    assert [r.pop(name) for r in fixed.factors] == [value] * 12
    assert [{k: v for k, v in r.items() if k != name} for r in free.factors] == fixed.factors
    assert torch.equal(free.part_map, fixed.part_map)
    assert not torch.equal(free.images, fixed.images)


@pytest.mark.parametrize(
    ("name", "value"), [("colour", "red"), ("accent", "blue"), ("texture", "dots"), ("skin", 2)]
)
def test_paint_changes_no_shape(name: str, value: object) -> None:
    free, fixed = draw(20, seed=9, size=64), draw(20, seed=9, size=64, **{name: value})
    assert torch.equal(free.part_map, fixed.part_map)
    assert not torch.equal(free.images, fixed.images)


def test_no_factor_depends_on_the_class() -> None:
    cars, trees = (draw(10, seed=6, size=32, classes=[name]).factors for name in ("car", "tree"))
    for record in cars + trees:
        record.pop("label")
    assert cars == trees


def test_the_background_does_not_depend_on_the_object() -> None:
    corner = np.s_[:, :, :8, :8]
    cars, trees = (draw(6, seed=6, size=64, classes=[c], scale=0.3, y=1.0, **QUIET) for c in ("car", "tree"))
    assert torch.equal(cars.images[corner], trees.images[corner])


def test_a_factor_can_be_tied_to_the_class() -> None:
    tied = draw(20, seed=1, size=32, weather={"car": "rain", "tank": "clear"})
    free = draw(20, seed=1, size=32)
    for record, other in zip(tied.factors, free.factors, strict=True):
        expected = {"car": "rain", "tank": "clear"}.get(record["label"], other["weather"])
        assert record["weather"] == expected


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_a_factor_can_be_swept(kind: Callable[[list[float]], Any]) -> None:
    x = kind([0.0, 0.25, 0.375, 0.5, 0.75, 1.0])
    swept = draw(6, seed=1, size=64, x=x, scale=0.3, classes=["fish"])
    columns = [mask.any(0).nonzero().float().mean().item() for mask in swept.masks]
    assert [r["x"] for r in swept.factors] == list(x)
    assert columns == sorted(columns)
    assert columns[0] < 24 < 40 < columns[-1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"wether": "rain"}, "no factor 'wether'. Did you mean weather"),
        ({"weather": "rainy"}, "weather='rainy' is unknown. Did you mean rain"),
        ({"weather": {"car": "hail"}}, "weather='hail' is unknown"),
        ({"weather": {"cat": "rain"}}, "tied to 'cat', which is no class. Did you mean car"),
        ({"x": 7.5}, "x=7.5 is not possible: give a number from -2 to 3"),
        ({"x": "left"}, "x='left' is not possible"),
        ({"noise": float("nan")}, "noise=nan is not possible"),
        ({"x": [0.1, 0.2]}, "x is a list of 2 values for 3 scenes"),
        ({"mirror": 1}, "mirror=1 is unknown"),
        ({"tag": "x" * 99}, "give None or 1 to 24 characters"),
        ({"without": "weel"}, "Did you mean wheel"),
        ({"classes": ["cra"]}, "no class 'cra'. Did you mean car"),
        ({"classes": []}, "classes is empty"),
        ({"classes": ["car", "car"]}, "names one twice"),
        ({"size": 16}, "size=16: give 32 to 512"),
        ({"seed": -1}, "seed=-1"),
        ({"n": 0}, "n=0: draw at least one scene"),
    ],
)
def test_mistakes_are_named_with_what_is_possible(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(**{"n": 3, "size": 32, **wrong})


@pytest.mark.parametrize("size", [32, 47, 128, 512])
def test_any_size_shows_the_same_scenes(size: int) -> None:
    here, there = (draw(2, seed=4, size=s, noise=0.0, ground="sand") for s in (size, 64))
    shrink = torch.nn.functional.adaptive_avg_pool2d
    assert here.images.shape == (2, 3, size, size)
    assert (shrink(here.images, 8) - shrink(there.images, 8)).abs().mean() < 0.04
    assert torch.allclose(here.masks.float().mean((1, 2)), there.masks.float().mean((1, 2)), atol=0.02)


def test_colour_does_not_give_the_class_away() -> None:
    scenes = draw(300, seed=12, size=32, light="day", weather="clear")
    mask = scenes.masks[:, None].float()
    colour = (scenes.images * mask).sum((2, 3)) / mask.sum((2, 3))
    train, test = slice(0, 200), slice(200, 300)
    means = torch.stack([colour[train][scenes.labels[train] == k].mean(0) for k in range(10)])
    guessed = torch.cdist(colour[test], means).argmin(1)
    assert (guessed == scenes.labels[test]).float().mean() < 0.35


def test_a_whole_number_may_come_as_a_float() -> None:
    record = draw(1, size=32, clutter=4.0).factors[0]
    assert repr(record["clutter"]) == "4"
