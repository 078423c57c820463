"""Scenes painted over, conflicts of cues, and portraits."""

import numpy as np
import pytest
import torch

from coursekit.datasets.scenes import CLASSES, cue_conflict, draw, portraits, stylised

SIZE = 48


@pytest.fixture(scope="module")
def conflict():
    return cue_conflict(24, seed=3, size=SIZE)


@pytest.fixture(scope="module")
def scenes():
    return draw(12, seed=3, size=SIZE, scale=0.5)


def test_a_conflict_is_between_two_classes(conflict) -> None:
    assert len(conflict) == 24
    assert conflict.images.shape == conflict.collages.shape == (24, 3, SIZE, SIZE)
    assert conflict.images.dtype == torch.float32
    assert (conflict.shape != conflict.texture).all()
    assert conflict.classes == CLASSES
    assert len(conflict.texture.unique()) >= 8


def test_a_picture_depends_on_seed_and_number_alone(conflict) -> None:
    few = cue_conflict(3, seed=3, size=SIZE)
    assert torch.equal(few.images, conflict.images[:3])
    assert torch.equal(few.texture, conflict.texture[:3])
    assert not torch.equal(few.images, cue_conflict(3, seed=4, size=SIZE).images)


def test_the_filling_is_inside_and_the_scene_outside(conflict) -> None:
    inside = conflict.masks[:, None].expand_as(conflict.images)
    assert torch.equal(conflict.images[inside], conflict.collages[inside])
    assert (conflict.silhouettes[inside] == 0.5).all()
    assert torch.equal(conflict.images[~inside], conflict.silhouettes[~inside])


def test_a_collage_is_made_of_its_object(conflict) -> None:
    """Every pixel of a collage is a pixel of the source's object, or its mean colour."""
    source = draw(
        30, seed=3, size=SIZE, scale=0.4, x=0.5, y=0.6, weather="clear", light="day", noise=0.0, clutter=0
    )
    for k in range(3):
        (at,) = (i for i in range(10) if source.labels[i] == conflict.texture[k])
        own = source.images[at].permute(1, 2, 0)[source.masks[at]]
        allowed = {tuple(c) for c in own.mul(255).round().int().tolist()}
        pixels = conflict.collages[k].flatten(1).T
        mean = (pixels - own.mean(0)).abs().amax(1) < 1e-3
        found = {tuple(c) for c in pixels[~mean].mul(255).round().int().tolist()}
        assert found <= allowed
        assert mean.float().mean() < 0.2


def test_the_style_tells_no_class(scenes) -> None:
    """Repainted is all but the outline: pixels inside and outside come from textures of the seed alone."""
    painted = stylised(scenes, seed=1)
    assert torch.equal(painted.labels, scenes.labels)
    assert torch.equal(painted.masks, scenes.masks)
    assert painted.images.min() >= 0
    assert painted.images.max() <= 1
    other = draw(12, seed=8, size=SIZE)
    again = stylised(other, seed=1)
    # Where neither scene has a line, and both are inside or both outside, the two show the same.
    same_side = (scenes.masks == other.masks) & ~_lines(scenes) & ~_lines(other)
    difference = (painted.images - again.images).abs().amax(1)
    assert same_side.float().mean() > 0.5
    assert difference[same_side].max() == 0
    assert (painted.images - scenes.images).abs().mean() > 0.1


def _lines(scenes) -> torch.Tensor:
    """Slowly: a pixel with a neighbour, also diagonally, of another part."""
    parts = np.pad(scenes.part_map.numpy().astype(int), ((0, 0), (1, 1), (1, 1)), mode="edge")
    shifts = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2)]
    shifted = [parts[:, i : i + SIZE, j : j + SIZE] for i, j in shifts]
    return torch.from_numpy(np.any([part != shifted[4] for part in shifted], axis=0))


def test_lines_are_darker_than_what_they_part(scenes) -> None:
    painted, lines = stylised(scenes, seed=1), _lines(scenes)
    inside = scenes.masks & ~lines
    ratio = [
        (
            painted.images[k].mean(0)[lines[k] & scenes.masks[k]].mean()
            / painted.images[k].mean(0)[inside[k]].mean()
        )
        for k in range(len(scenes))
    ]
    assert np.mean(ratio) < 0.85
    assert max(ratio) < 1.15


def test_a_style_depends_on_its_number_alone(scenes) -> None:
    assert torch.equal(stylised(scenes[:4], seed=1).images, stylised(scenes, seed=1).images[:4])
    assert not torch.equal(stylised(scenes, seed=1).images, stylised(scenes, seed=2).images)


def test_portraits_wear_glasses_where_the_label_says() -> None:
    faces = portraits(40, seed=2)
    assert faces.classes == ("no glasses", "glasses")
    assert faces.part("glasses").flatten(1).any(1).tolist() == faces.labels.bool().tolist()
    assert 0.3 < faces.labels.float().mean() < 0.7
    assert [record["label"] for record in faces.factors] == [faces.classes[k] for k in faces.labels]
    assert torch.equal(portraits(3, seed=2).images, faces.images[:3])


def test_nothing_but_the_glasses_differs_between_the_labels() -> None:
    """One scene with and without: all other pixels are the same."""
    factors = {"classes": ("face",), "scale": 0.7, "glasses": True, "noise": 0.0, "blur": 0.0}
    worn, bare = (
        draw(6, seed=5, size=SIZE, **factors),
        draw(6, seed=5, size=SIZE, without="glasses", **factors),
    )
    beside = ~worn.part("glasses")
    # Pixels at the rim of a lens mix with it, and the relief is that of the head.
    same = (worn.images == bare.images).all(1)
    assert same[beside].float().mean() > 0.95
    assert not same[~beside].all()


def test_a_face_wears_glasses_by_chance_unless_told() -> None:
    by_chance = draw(40, seed=6, size=32, classes=("face",)).part("glasses").flatten(1).any(1)
    assert 0 < by_chance.sum() < 25
    assert draw(20, seed=6, size=32, classes=("face",), glasses=True).part("glasses").flatten(1).any(1).all()


def test_factors_are_passed_on() -> None:
    assert {record["skin"] for record in portraits(4, skin=6, light="night").factors} == {6}
    with pytest.raises(ValueError, match="skin"):
        portraits(2, skin=9)
