"""Weather, light and camera do to a picture what they are called."""

import pytest
import torch
from torch import Tensor

from coursekit.datasets.scenes import draw
from coursekit.datasets.scenes.camera import sensor

QUIET = {"noise": 0.0, "blur": 0.0, "vignette": 0.0, "exposure": 1.0, "light": "day"}


def pictures(**factors: object) -> Tensor:
    return draw(12, seed=21, size=64, **{**QUIET, "weather": "clear", **factors}).images


def detail(images: Tensor) -> Tensor:
    return (images[..., 1:] - images[..., :-1]).abs().mean()


def test_fog_takes_contrast() -> None:
    assert pictures(weather="fog").std((2, 3)).mean() < 0.8 * pictures().std((2, 3)).mean()


def test_rain_and_snow_fall_in_front_of_everything() -> None:
    falling = draw(12, seed=21, size=64, weather="snow", **QUIET)
    assert ((falling.images.amin(1) > 0.9) & falling.masks).any((1, 2)).float().mean() > 0.5
    assert not torch.equal(pictures(weather="rain"), pictures(weather="snow"))


def test_night_is_darker_than_dusk_and_dusk_than_day() -> None:
    for rows in (slice(0, 20), slice(44, 64)):  # the sky, the ground
        day, dusk, night = (pictures(light=light)[:, :, rows].mean() for light in ("day", "dusk", "night"))
        assert day > 1.1 * dusk > 1.25 * night


def test_the_sun_lights_one_side_and_throws_the_shadow_to_the_other() -> None:
    left, right = (
        draw(20, seed=5, size=64, sun=s, weather="clear", x=0.5, **QUIET) for s in ("left", "right")
    )
    lit, dark = (scenes.images.mean(1) * scenes.masks for scenes in (left, right))
    assert (lit - dark)[..., :32].sum() > 0 > (lit - dark)[..., 32:].sum()
    ground = (~left.masks)[:, 40:]
    difference = (left.images - right.images).mean(1)[:, 40:] * ground
    assert difference[..., :28].sum() > 0 > difference[..., 36:].sum()


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    clean, noisy = pictures(), pictures(noise=0.04)
    middle = (clean > 0.2) & (clean < 0.8)
    assert (noisy - clean)[middle].std() == pytest.approx(0.04, rel=0.03)


def test_blur_takes_detail_and_exposure_brightens() -> None:
    assert detail(pictures(blur=0.02)) < 0.6 * detail(pictures())
    assert pictures(exposure=0.5).mean() == pytest.approx(0.5 * pictures().mean().item(), rel=0.02)


def test_vignette_darkens_the_corners_only() -> None:
    ratio = pictures(vignette=0.5).sum((0, 1)) / pictures().sum((0, 1))
    assert ratio[0, 0] == pytest.approx(0.5, abs=0.05)
    assert ratio[32, 32] == pytest.approx(1.0, abs=0.02)


def test_a_camera_is_known_by_the_residual_of_its_pictures() -> None:
    clean = pictures()
    for name, other in (("A", "B"), ("B", "A")):
        gain = (pictures(camera=name) / clean.clamp(min=0.02)).mean((0, 1))
        scores = [_likeness(gain, sensor(camera, 64)) for camera in (name, other)]
        assert scores[0] > 0.5 > 0.2 > abs(scores[1])


def _likeness(gain: Tensor, pattern: object) -> float:
    pattern = torch.as_tensor(pattern).mean(2)
    return torch.corrcoef(torch.stack([gain.flatten(), pattern.flatten()]))[0, 1].item()


def test_a_tag_covers_a_corner_and_the_mask_there() -> None:
    plain = draw(12, seed=21, size=96, y=1.0, x=0.0)
    tagged = draw(12, seed=21, size=96, y=1.0, x=0.0, tag="Photo: N. N.")
    changed = (plain.images != tagged.images).any(1)
    assert changed[:, 89:95, 2:40].float().mean() > 0.95
    assert not changed[:, :80].any()
    assert not changed[:, :, 80:].any()
    assert (plain.masks & ~tagged.masks).any()
    assert not (tagged.masks & changed).any()


def test_shadow_and_clutter_can_be_left_out() -> None:
    assert not torch.equal(pictures(shadow=True), pictures(shadow=False))
    assert not torch.equal(pictures(clutter=8), pictures(clutter=0))
