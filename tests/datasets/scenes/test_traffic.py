import json

import numpy as np
import pytest
import torch

from coursekit.datasets.scenes import traffic

QUIET = {"weather": "clear", "light": "day", "noise": 0.0, "blur": 0.0}


def test_scenes_have_the_promised_form() -> None:
    scenes = traffic(12, seed=1, size=64)
    assert scenes.images.shape == (12, 3, 64, 64)
    assert scenes.masks.shape == (12, 64, 64)
    assert scenes.classes == ("low", "medium", "high")
    assert torch.bincount(scenes.labels).tolist() == [4, 4, 4]
    records = json.loads(json.dumps(scenes.factors))
    assert [scenes.classes[label] for label in scenes.labels] == [record["label"] for record in records]
    assert [len(record["each"]) for record in records] == [record["cars"] for record in records]


def test_the_level_is_that_of_the_count() -> None:
    scenes = traffic(7, size=32, cars=range(7))
    assert [record["cars"] for record in scenes.factors] == [*range(7)]
    assert scenes.labels.tolist() == [0, 0, 1, 1, 1, 2, 2]
    for six in (np.int64(6), np.array([6, 6]), torch.tensor([6, 6])):
        assert [record["cars"] for record in traffic(2, size=32, cars=six).factors] == [6, 6]
    counts = {record["cars"] for record in traffic(60, seed=3, size=32).factors}
    assert counts == {*range(7)}


def test_a_scene_depends_on_its_number_alone() -> None:
    few, many = traffic(3, seed=5, size=32), traffic(8, seed=5, size=32)
    assert torch.equal(few.images, many.images[:3])
    assert few.factors == many.factors[:3]
    assert not torch.equal(few.images, traffic(3, seed=6, size=32).images)


def test_every_car_is_whole_and_stands_on_the_road() -> None:
    scenes = traffic(20, seed=2, size=128, cars=6)
    rows = torch.arange(128).view(1, -1, 1) / 128
    for scene, mask in zip(scenes.factors, scenes.masks, strict=True):
        top = scene["horizon"] + 0.13
        assert not (mask & ((rows[0] < top - 0.04) | (rows[0] > top + 0.41))).any()
        assert not mask[:, [0, -1]].any()
        assert 0.09 < mask.float().mean() < 0.17


def test_cars_hardly_hide_each_other() -> None:
    one, six = (traffic(20, seed=2, size=128, cars=cars).masks.float().mean() for cars in (1, 6))
    assert 5 * one < six < 7 * one


def test_the_masks_are_where_cars_change_the_picture() -> None:
    scenes = traffic(4, seed=7, size=96, cars=3, shadow=False, **QUIET)
    empty = traffic(4, seed=7, size=96, cars=0, **QUIET)
    assert not empty.masks.any()
    changed = (scenes.images != empty.images).any(1)
    assert (changed & scenes.masks).sum() > 0.99 * scenes.masks.sum()
    grown = torch.nn.functional.max_pool2d(scenes.masks[:, None].float(), 3, 1, 1)[:, 0] > 0
    assert (changed & ~grown).sum() < 0.01 * scenes.masks.sum()
    assert scenes.part("wheel").any()


def test_the_road_is_seen_on_every_ground() -> None:
    assert all(record["ground"] != "asphalt" for record in traffic(12, size=32, ground="asphalt").factors)
    road = traffic(1, size=128, cars=0, ground="grass", hills="none", **QUIET)
    top = road.factors[0]["horizon"] + 0.13
    middle = road.images[0, :, int(128 * (top + 0.08)), :]
    green = middle[1] - (middle[0] + middle[2]) / 2
    grass = road.images[0, :, int(128 * (top - 0.05)), :]
    assert green.abs().mean() < 0.05 < 0.1 < (grass[1] - (grass[0] + grass[2]) / 2).mean()


def test_a_factor_that_is_fixed_holds_for_scene_and_cars() -> None:
    scenes = traffic(3, seed=4, size=32, cars=[2, 0, 3], colour="red", weather=["fog", "rain", "snow"])
    assert [record["weather"] for record in scenes.factors] == ["fog", "rain", "snow"]
    assert {car["colour"] for record in scenes.factors for car in record["each"]} == {"red"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cars": 7}, "cars=7: the road has room for 0 to 6"),
        ({"cars": [1, -1]}, "cars=-1"),
        ({"cars": [1]}, "a list of 1 numbers for 2 scenes"),
        ({"cars": [1, 1.5]}, r"cars=\[1, 1.5\]: wanted a whole number, or a list of 2 of them"),
        ({"cars": 1.0}, "cars=1.0: wanted a whole number"),
        ({"cars": [[1, 2], [3, 4]]}, "wanted a whole number"),
        ({"cars": "many"}, "wanted a whole number"),
        ({"scale": 0.2}, "scale cannot be chosen"),
        ({"wether": "rain"}, "Did you mean weather"),
        ({"size": 16}, "size=16"),
    ],
)
def test_what_cannot_be_drawn_is_named(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        traffic(2, **settings)
