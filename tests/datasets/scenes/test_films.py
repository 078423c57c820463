import numpy as np
import pytest
import torch

from coursekit.datasets.scenes import CLASSES, clip, draw, sweep

QUIET = {"weather": "clear", "noise": 0.0, "blur": 0.0, "vignette": 0.0, "shadow": False}


def test_the_object_moves_through_a_scene_that_stays() -> None:
    film = clip(8, seed=2, size=96, label="fish", **QUIET)
    columns = [mask.any(0).nonzero().float().mean().item() for mask in film.masks]
    steps = np.diff(columns)
    assert steps.min() > 3
    assert steps.max() - steps.min() < 1.5
    still = ~torch.nn.functional.max_pool2d(film.masks[:, None].float(), 3, 1, 1).any(0)[0].bool()
    assert still.float().mean() > 0.3
    assert torch.equal(film.images[0][:, still], film.images[-1][:, still])


@pytest.mark.parametrize("label", CLASSES)
def test_behind_a_wall_the_object_is_hidden_in_the_middle(label: str) -> None:
    seen = clip(12, seed=3, size=96, label=label, occluder=True).masks.flatten(1).sum(1)
    assert seen[[0, -1]].min() > 100
    assert seen[5] == seen[6] == 0


def test_in_a_film_rain_and_noise_move_on() -> None:
    film = clip(2, seed=1, size=64, weather="rain", noise=0.0, x=0.5)
    assert not torch.equal(film.images[0], film.images[1])
    assert torch.equal(film.part_map[0], film.part_map[1])
    noisy = clip(2, seed=1, size=64, weather="clear", noise=0.05, x=0.5)
    assert not torch.equal(noisy.images[0], noisy.images[1])


def test_a_sweep_is_one_scene_with_one_thing_changed() -> None:
    swept = sweep(3, seed=4, size=64, weather=["clear", "rain", "fog"])
    first = draw(1, seed=4, size=64, weather="clear")
    assert torch.equal(swept.images[:1], first.images)
    assert swept.labels.tolist() == first.labels.tolist() * 3
    assert torch.equal(swept.part_map, first.part_map.expand(3, -1, -1))
    assert [r["weather"] for r in swept.factors] == ["clear", "rain", "fog"]
    assert len(swept.images.flatten(1).unique(dim=0)) == 3
    still = sweep(2, seed=4, size=64, noise=0.05, weather="snow").images
    assert torch.equal(still[0], still[1])


def test_a_sweep_takes_a_class() -> None:
    swept = sweep(2, seed=4, size=32, label="boat", colour=["red", "blue"])
    assert swept.classes == ("boat",)
    assert swept.part("hull").flatten(1).any(1).all()


def test_unknown_occluders_and_classes_are_named() -> None:
    with pytest.raises(ValueError, match="Did you mean wall"):
        clip(2, size=32, occluder="walls")
    with pytest.raises(ValueError, match="Did you mean boat"):
        clip(2, size=32, label="boot")
    with pytest.raises(ValueError, match="n=0"):
        clip(0)
