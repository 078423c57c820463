import pytest
import torch
from torch import Tensor

from coursekit.datasets.scenes import CLASSES, PARTS, draw, pair

QUIET = {"weather": "clear", "noise": 0.0, "blur": 0.0, "shadow": False}
TYPICAL = {
    "car": ("wheel", "window", "body", "door"),
    "tank": ("track", "turret", "gun", "wheel"),
    "house": ("wall", "roof", "door", "window"),
    "tree": ("trunk", "crown"),
    "fish": ("body", "fin", "tail", "eye"),
    "boat": ("hull", "mast"),
    "face": ("head", "eye", "nose", "mouth"),
    "flower": ("petal", "stem", "centre", "leaf"),
    "rocket": ("body", "fin", "window", "flame"),
    "mushroom": ("cap", "stem"),
}


def grown(mask: Tensor) -> Tensor:
    return torch.nn.functional.max_pool2d(mask[:, None].float(), 3, 1, 1)[:, 0] > 0


def assert_within(changed: Tensor, masks: Tensor) -> None:
    """All but what is thinner than a pixel, as a tank's antenna, lies in the mask or on its softened edge."""
    assert (changed & ~grown(masks)).sum() < 0.002 * masks.sum()


@pytest.mark.parametrize("size", [64, 128])
def test_the_mask_is_where_the_object_changes_the_picture(size: int) -> None:
    settings = {"seed": 3, "size": size, "scale": 0.3, **QUIET}
    there, gone = draw(20, **settings), draw(20, x=-2.0, **settings)
    assert not gone.masks.any()
    changed = (there.images != gone.images).any(1)
    assert_within(changed, there.masks)
    assert (changed & there.masks).sum() > 0.999 * there.masks.sum()


def test_another_colour_changes_pixels_of_the_object_only() -> None:
    red, blue = (draw(20, seed=4, size=96, colour=c, **QUIET) for c in ("red", "blue"))
    changed = (red.images != blue.images).any(1)
    assert_within(changed, red.masks)
    assert changed.sum() > 0.1 * red.masks.sum()


def test_parts_make_up_the_object() -> None:
    scenes = draw(30, seed=5, size=64)
    union = torch.stack([scenes.part(name) for name in PARTS]).sum(0)
    assert torch.equal(union == 1, scenes.masks)
    assert union.max() == 1


@pytest.mark.parametrize("label", CLASSES)
def test_typical_parts_are_there_and_named(label: str) -> None:
    scenes = draw(6, seed=6, size=128, classes=[label], scale=0.4)
    for name in TYPICAL[label]:
        assert scenes.part(name).flatten(1).sum(1).min() >= 5, name
        assert all(name in scenes.parts(k) for k in range(6))


def test_a_part_that_the_object_lacks_is_empty_and_an_unknown_one_an_error() -> None:
    scenes = draw(2, seed=1, size=32, classes=["car"])
    assert not scenes.part("petal").any()
    with pytest.raises(ValueError, match=r"no part 'weel'. Did you mean wheel"):
        scenes.part("weel")


def test_a_part_can_be_left_out() -> None:
    settings = {"seed": 7, "size": 96, "classes": ["car"], **QUIET}
    whole, bare = draw(6, **settings), draw(6, without="wheel", **settings)
    assert whole.part("wheel").flatten(1).sum(1).min() > 50
    assert not bare.part("wheel").any()
    changed = (whole.images != bare.images).any(1)
    assert not (changed & ~grown(grown(grown(whole.masks)))).any()
    assert torch.equal(whole.part("window"), bare.part("window"))


def test_objects_fill_an_eighth_of_the_picture_in_every_class() -> None:
    scenes = draw(300, seed=8, size=64)
    area = scenes.masks.float().mean((1, 2))
    assert 0.11 < area.mean() < 0.15
    assert 0.03 < area.min() < 0.06
    assert 0.22 < area.max() < 0.34
    for k in range(10):
        assert 0.10 < area[scenes.labels == k].mean() < 0.16, CLASSES[k]


def test_the_object_is_whole_unless_it_is_moved_out() -> None:
    scenes = draw(40, seed=9, size=64)
    border = scenes.masks.clone()
    border[:, 1:-1, 1:-1] = False
    assert not border.any()
    assert draw(5, seed=9, size=64, scale=0.3, x=-0.4).masks[:, :, 0].any()


def test_scale_is_the_root_of_the_area() -> None:
    small, large = (draw(40, seed=10, size=96, scale=s).masks.float().mean() for s in (0.2, 0.4))
    assert small == pytest.approx(0.04, rel=0.15)
    assert large == pytest.approx(0.16, rel=0.15)


@pytest.mark.parametrize("kind", ["wall", "boulder", "hedge"])
def test_what_stands_in_front_is_not_in_the_mask(kind: str) -> None:
    settings = {"seed": 11, "size": 64, "x": 0.5, "scale": 0.25}
    assert draw(10, **settings).masks.flatten(1).any(1).all()
    assert not draw(10, occluder=kind, **settings).masks.any()


def test_two_objects_have_masks_of_their_own() -> None:
    scenes = pair(8, "car", "tree", seed=1, size=96)
    first, second = scenes.mask(1), scenes.mask(2)
    assert not (first & second).any()
    assert torch.equal(first | second, scenes.part_map > 0)
    assert first.flatten(1).sum(1).min() > 30
    assert second.flatten(1).sum(1).min() > 30
    assert not (scenes.part("wheel") & second).any()
    assert not (scenes.part("crown") & first).any()
    columns = [[m.any(0).nonzero().float().mean().item() for m in side] for side in (first, second)]
    assert len({a < b for a, b in zip(*columns, strict=True)}) == 2  # either may stand on the left
    assert all(r["second"]["label"] == "tree" for r in scenes.factors)
