import pytest
import torch
import torch.nn.functional as F

from coursekit.datasets.scenes import CLASSES, clip, draw, pair, portraits, redrawn, sweep
from coursekit.datasets.scenes.scans import scans

QUIET = {"weather": "clear", "noise": 0.0}
SCENES = {
    "draw": draw(6, seed=5, **QUIET),
    "draw, some of them": draw(9, seed=2, weather=["rain", *["clear"] * 8], noise=0.0)[[3, 7, 4]],
    "sweep": sweep(3, seed=1, label="car", colour=["red", "blue", "green"], **QUIET),
    "pair": pair(3, "house", "fish", seed=3, **QUIET),
    "clip": clip(3, seed=4, occluder=True, **QUIET),
}


@pytest.mark.parametrize("scenes", SCENES.values(), ids=SCENES)
def test_what_is_seen_stays_where_it_is_and_as_it_is(scenes):
    large = redrawn(scenes, size=384)
    assert large.images.shape[2:] == (384, 384)
    assert torch.equal(large.labels, scenes.labels)
    assert large.factors == scenes.factors
    for number in range(1, int(scenes.instance_map.max()) + 1):
        share = F.avg_pool2d(large.mask(number).float()[:, None], 3)[:, 0]
        both, either = (
            ((share > 0.5) & scenes.mask(number)).sum(),
            ((share > 0.5) | scenes.mask(number)).sum(),
        )
        assert both / either > 0.9
    # Colours: of the objects, whose edges lie within a pixel, and of all.
    small = F.avg_pool2d(large.images, 3)
    inside = (F.avg_pool2d(large.masks.float()[:, None], 9, 3, 3)[:, 0] == 1)[:, None] & scenes.masks[:, None]
    assert (small - scenes.images).abs().mul(inside).sum() / inside.sum() / 3 < 0.05
    assert (small - scenes.images).abs().mean() < 0.04


def test_a_large_one_has_more_to_show():
    scenes = draw(2, seed=5, **QUIET)
    enlarged = F.interpolate(scenes.images, size=384, mode="bicubic").clamp(0, 1)

    def detail(images):
        return (images[..., 1:] - images[..., :-1]).square().mean()

    assert detail(redrawn(scenes).images) > 1.1 * detail(enlarged)


@pytest.mark.parametrize("scenes", [portraits(2), scans(2)], ids=["portraits", "scans"])
def test_other_pictures_are_refused(scenes):
    with pytest.raises(ValueError, match="wanted scenes of draw, sweep, pair or clip"):
        redrawn(scenes)


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="size=600: give 32 to 512"):
        redrawn(draw(1, classes=CLASSES[:1]), size=600)
