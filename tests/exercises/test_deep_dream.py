"""Chapter 08: the references held against the package's synthesis, and against loops over single places."""

from collections.abc import Sequence

import pytest
import torch
from torch.nn.functional import interpolate

from coursekit import synthesis
from coursekit.exercises import Exercise, find, lookup
from coursekit.exercises.deep_dream.cases import maps
from tests.exercises.source import arguments


def _found(name: str, case: dict) -> torch.Tensor:
    return lookup(name).reference(*case.values())


def test_a_blend_is_climbed_along_the_slopes_of_two_scores() -> None:
    """Slopes by finite differences, in float64, pixel by pixel."""
    for case in arguments("blend_step", 0):
        model, image, first, second, share, rate, decay = case.values()
        found = _found("blend_step", case)
        for one, a, b, moved in zip(image, first, second, found, strict=True):
            nudge = 1e-5 * torch.eye(one.numel(), dtype=one.dtype).unflatten(1, one.shape)
            up, down = model(0.5 + one + nudge), model(0.5 + one - nudge)
            slope = ((1 - share) * (up - down)[:, a] + share * (up - down)[:, b]) / 2e-5
            slope = slope.view_as(one) - 2 * decay * one
            torch.testing.assert_close(moved, (one + rate * slope / slope.norm()).clamp(-0.5, 0.5))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_share_of_each_picture_is_clipped(seed: int) -> None:
    for case in arguments("clip_contribution", seed):
        image, gradient, share = case.values()
        for one, slope, found in zip(image, gradient, _found("clip_contribution", case), strict=True):
            size = {(i, j): abs((one[:, i, j] @ slope[:, i, j]).item()) for i, j in _places(one)}
            gone = sorted(size, key=size.__getitem__)[: round(share * (len(size) - 1) + 0.5)]
            assert all(torch.equal(found[:, i, j], one[:, i, j] * ((i, j) not in gone)) for i, j in size)


def _places(picture: torch.Tensor) -> list[tuple[int, int]]:
    return [(i, j) for i in range(picture.shape[1]) for j in range(picture.shape[2])]


@pytest.mark.parametrize("seed", [0, 1])
def test_total_variation_is_the_packages(seed: int) -> None:
    for case in arguments("total_variation", seed):
        wanted = synthesis.losses.total_variation(case["x"], case["power"])
        torch.testing.assert_close(_found("total_variation", case), wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_shifted_gradient_is_that_of_the_shifted_scores(seed: int) -> None:
    """The mean over shifts of s(shift(x)) has this gradient by itself: autograd undoes the shifts."""
    for case in arguments("shifted_gradient", seed):
        model, x, target, shifts = case.values()
        x = x.requires_grad_()
        seen = [model(x.roll(shift, (2, 3)))[range(len(x)), target].sum() for shift in shifts.tolist()]
        wanted = torch.autograd.grad(torch.stack(seen).mean(), x)[0]
        torch.testing.assert_close(_found("shifted_gradient", case), wanted)


def test_a_guided_step_climbs_to_the_likest_place_of_the_guide() -> None:
    for case in arguments("guided_dream_step", 0):
        model, x, guide, layer, step = case.values()
        x = x.requires_grad_()
        total = torch.zeros((), dtype=x.dtype)
        wanted = maps(model, guide, layer)[0].flatten(1).T
        for picture in maps(model, x, layer):
            for i, j in _places(picture):
                total = total + max(picture[:, i, j] @ place for place in wanted)
        slope = torch.autograd.grad(total, x)[0]
        moved = torch.stack([g / g.abs().mean() for g in slope])
        torch.testing.assert_close(_found("guided_dream_step", case), (x + step * moved).clamp(0, 1))


def test_the_next_octave_has_the_picture_and_the_detail() -> None:
    for case in arguments("next_octave", 0):
        x, dream, *size = case.values()
        undreamt = _resized(x, dream.shape[2:])
        wanted = _resized(x, size) + _resized(dream, size) - _resized(undreamt, size)
        torch.testing.assert_close(_found("next_octave", case), wanted.clamp(0, 1))
        last = {"dream": undreamt, "height": x.shape[2], "width": x.shape[3]}
        torch.testing.assert_close(_found("next_octave", case | last), x)


def _resized(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    return interpolate(x, list(size), mode="bilinear", antialias=True)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_masked_gram_matrix_is_a_sum_over_places(seed: int) -> None:
    for case in arguments("masked_gram", seed):
        features, mask = case.values()
        whole = lookup("masked_gram").reference(features, torch.ones_like(mask))
        torch.testing.assert_close(whole, synthesis.gram(features))
        for one, part, found in zip(features, mask, _found("masked_gram", case), strict=True):
            weights = {(i, j): part[4 * i : 4 * i + 4, 4 * j : 4 * j + 4].mean() for i, j in _places(one)}
            assert any(0 < weight < 1 for weight in weights.values())
            products = [w * one[:, i, j].outer(one[:, i, j]) for (i, j), w in weights.items()]
            torch.testing.assert_close(found, sum(products) / sum(weights.values()))


def test_the_transfer_loss_is_content_and_style_of_the_package() -> None:
    for case in arguments("transfer_loss", 0):
        model, x, content, style, shallow, deep, weight = case.values()
        here = {layer: maps(model, x, layer) for layer in (shallow, deep)}
        manner = {layer: synthesis.gram(maps(model, style, layer)) for layer in (shallow, deep)}
        kept = maps(model, content, deep)
        off = (here[deep] - kept).flatten(1).norm(dim=1) / kept.flatten(1).norm(dim=1)
        wanted = off**2 + weight * synthesis.style_loss(here, manner)
        torch.testing.assert_close(_found("transfer_loss", case), wanted)


@pytest.mark.parametrize("exercise", find("08_deep_dream"), ids=lambda exercise: exercise.name)
def test_no_mistake_is_right_on_every_case(exercise: Exercise) -> None:
    """Whatever the seed."""
    for seed in range(2, 5):
        cases = exercise.cases(seed)
        answers = [exercise.reference(*case.build().values()) for case in cases]
        for mistake in exercise.mistakes:
            right = [
                exercise.agree(mistake.function(*case.build().values()), wanted)
                for case, wanted in zip(cases, answers, strict=True)
            ]
            assert not all(right), f"{mistake.name}, seed {seed}"
