import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from coursekit.synthesis import (
    blur,
    blur_every,
    clip_contribution,
    clip_norm,
    decay,
    jitter,
    rotate,
    scale,
    total_variation,
)
from coursekit.synthesis.transforms import blurred


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("beta", [2.0, 1.0, 3.0])
def test_total_variation_is_the_slow_loop(beta: float) -> None:
    x = noise(2, 3, 5, 7)
    for picture, found in zip(x, total_variation(x, beta), strict=True):
        terms = [
            ((p[i + 1, j] - p[i, j]) ** 2 + (p[i, j + 1] - p[i, j]) ** 2) ** (beta / 2)
            for p in picture
            for i in range(4)
            for j in range(6)
        ]
        assert found == pytest.approx(np.mean(terms), rel=1e-6)


def test_total_variation_of_a_flat_picture_has_a_gradient() -> None:
    x = torch.zeros(1, 3, 4, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(total_variation(x, 1.0).sum(), x)
    assert torch.equal(gradient, torch.zeros_like(x))


def test_decay_is_a_step_down_the_square_norm() -> None:
    x = noise(2, 3, 4, 4).requires_grad_()
    (gradient,) = torch.autograd.grad(0.5 * x.square().sum(), x)
    torch.testing.assert_close(decay(0.1)(x, noise(2, 3, 4, 4), 1), x - 0.1 * gradient)


def test_blur_waits_for_its_step_and_is_a_gaussian() -> None:
    x, regulariser = noise(2, 3, 24, 24), blur_every(3, 1.0)
    assert all(torch.equal(regulariser(x, x, step), x) for step in (1, 2, 4, 5))
    wanted = np.stack([[gaussian_filter(p, 1.0, mode="mirror", radius=2) for p in picture] for picture in x])
    for found in (regulariser(x, x, 3), blur(1.0)(x, torch.Generator())):
        torch.testing.assert_close(found, torch.from_numpy(wanted), rtol=1e-4, atol=1e-6)
    assert blurred(x, 0.0) is x


@pytest.mark.parametrize("share", [0.0, 0.3, 0.75])
def test_clipping_turns_the_smallest_pixels_of_each_picture_grey(share: float) -> None:
    x, gradient = noise(2, 3, 6, 6), noise(2, 3, 6, 6).flip(0).roll(1, 3)
    sizes = {
        clip_norm(share): x.square().sum(1).sqrt(),
        clip_contribution(share): (
            x[:, 0] * gradient[:, 0] + x[:, 1] * gradient[:, 1] + x[:, 2] * gradient[:, 2]
        ).abs(),
    }
    for regulariser, size in sizes.items():
        found = regulariser(x * 1.0, gradient, 1)
        for picture, before, pixels in zip(found, x, size, strict=True):
            order = pixels.flatten().argsort()
            gone = order[: int(np.ceil(share * 35))]
            kept = order[len(gone) :]
            assert not picture.flatten(1)[:, gone].any()
            assert torch.equal(picture.flatten(1)[:, kept], before.flatten(1)[:, kept])


def test_jitter_only_shifts_and_goes_every_way() -> None:
    x, generator = noise(1, 3, 9, 9), torch.Generator().manual_seed(0)
    shifts = {(r, c): x.roll((r, c), (2, 3)) for r in range(-2, 3) for c in range(-2, 3)}
    seen = set()
    for _ in range(300):
        view = jitter(2)(x, generator)
        seen |= {shift for shift, wanted in shifts.items() if torch.equal(view, wanted)}
    assert seen == shifts.keys()


def test_turning_and_scaling_keep_the_middle_and_bring_in_grey() -> None:
    x, generator = torch.zeros(1, 3, 33, 33), torch.Generator().manual_seed(0)
    x[:, :, 12:21, 12:21] = 1
    for transform in (rotate(45), scale(0.5, 0.6)):
        views = torch.cat([transform(x, generator) for _ in range(6)])
        assert views.shape == (6, 3, 33, 33)
        assert (views[:, :, 16, 16] == 1).all()
        assert (views[:, :, 0, 0] == 0.5).any(0).all()
    areas = [(scale(f, f)(x, generator) == 1).sum() / 3 / 81 for f in (1.0, 2.0)]
    assert areas[1] / areas[0] == pytest.approx(4, rel=0.25)


def test_turns_go_both_ways_and_sizes_from_the_lowest_to_the_highest() -> None:
    generator = torch.Generator().manual_seed(0)
    post, block = torch.zeros(1, 3, 65, 65), torch.zeros(1, 3, 65, 65)
    post[..., 31:34] = 1
    block[:, :, 20:45, 20:45] = 1
    tops = [rotate(20)(post, generator)[0, 0, 12].argmax() - 32 for _ in range(40)]
    reach = 20 * np.tan(np.radians(20))
    assert -reach - 2 <= min(tops) < -reach + 2
    assert reach - 2 < max(tops) <= reach + 2
    sides = [(scale(0.8, 1.2)(block, generator)[0, 0, 32] > 0.75).sum() for _ in range(40)]
    assert 19 <= min(sides) <= 21
    assert 28 <= max(sides) <= 31


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (lambda: jitter(-1), "from 0 up"),
        (lambda: blur(-0.1), "from 0 up"),
        (lambda: scale(0, 1), "0 < low"),
        (lambda: scale(2, 1), "0 < low"),
        (lambda: decay(1.0), "decay: wanted a share"),
        (lambda: clip_norm(-0.1), "clip_norm: wanted a share"),
        (lambda: clip_contribution(2), "clip_contribution: wanted a share"),
        (lambda: blur_every(0, 1.0), "at least 1 step"),
        (lambda: blur_every(2, 0.0), "sigma above 0"),
    ],
)
def test_bad_settings_are_named(bad, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        bad()
