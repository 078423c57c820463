import math

import pytest
import torch
from torch import nn

from coursekit.filters import first_kernels, kernel_noise, kernel_pictures
from coursekit.models.networks import scene_net


def kernels(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_each_kernel_fills_the_range_by_itself_and_keeps_its_colours() -> None:
    weight = kernels(4, 3, 5, 5) * torch.tensor([1.0, 5, 0.1, 3]).view(-1, 1, 1, 1)
    shown = kernel_pictures(weight)
    assert shown.amin((1, 2, 3)).tolist() == [0] * 4
    assert shown.amax((1, 2, 3)).tolist() == [1] * 4
    for one, picture in zip(weight, shown, strict=True):
        line = torch.corrcoef(torch.stack([one.flatten(), picture.flatten()]))
        assert line[0, 1] == pytest.approx(1)


def test_jointly_scaled_kernels_can_be_compared() -> None:
    weight = kernels(4, 3, 5, 5) * torch.tensor([1.0, 5, 0.1, 3]).view(-1, 1, 1, 1)
    shown = kernel_pictures(weight, jointly=True)
    assert (shown.min(), shown.max()) == (0, 1)
    spread = shown.amax((1, 2, 3)) - shown.amin((1, 2, 3))
    assert spread[1] > spread[3] > spread[0] > 5 * spread[2]


def test_a_kernel_of_one_value_is_grey() -> None:
    assert (kernel_pictures(torch.zeros(2, 3, 4, 4)) == 0.5).all()


def test_stripes_lie_on_the_side_of_the_cutoff_that_their_frequency_says() -> None:
    x = torch.arange(64.0)
    for period, expected in ((2.5, 1.0), (16, 0.0)):
        wave = torch.sin(2 * math.pi * x / period).expand(1, 1, 64, 64)
        assert kernel_noise(wave).item() == pytest.approx(expected, abs=0.02)


def test_white_noise_has_the_share_of_its_frequencies() -> None:
    noise = kernel_noise(kernels(200, 3, 9, 9), cutoff=0.3).mean().item()
    assert noise == pytest.approx(1 - math.pi * 0.3**2, abs=0.02)


def test_the_share_is_that_of_a_sum_over_waves() -> None:
    """A slow transform, one frequency at a time, of one kernel."""
    weight = kernels(1, 3, 4, 5)
    fine = total = 0.0
    for u in range(32):
        for v in range(32):
            f, g = ((k - 32) / 32 if k >= 16 else k / 32 for k in (u, v))
            phase = torch.arange(4)[:, None] * f + torch.arange(5) * g
            wave = torch.polar(torch.ones(4, 5).double(), -2 * math.pi * phase.double())
            energy = (weight[0] * wave).sum((1, 2)).abs().square().sum().item()
            total += energy
            fine += energy * (math.hypot(f, g) > 0.25)
    assert kernel_noise(weight).item() == pytest.approx(fine / total, rel=1e-6)


def test_a_kernel_of_zeros_has_no_noise() -> None:
    assert kernel_noise(torch.zeros(1, 3, 9, 9)).item() == 0


def test_the_first_convolution_is_found_and_left_alone() -> None:
    net = scene_net(("a", "b"), width=4)
    found = first_kernels(net)
    assert torch.equal(found, net.conv1.weight)
    assert not found.requires_grad
    found.zero_()
    assert net.conv1.weight.any()
    with pytest.raises(ValueError, match="no nn"):
        first_kernels(nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: kernel_pictures(torch.zeros(3, 5, 5)), r"\(K, C, h, w\)"),
        (lambda: kernel_noise(torch.full((1, 3, 5, 5), torch.nan)), "NaN"),
        (lambda: kernel_noise(torch.zeros(1, 3, 5, 5), cutoff=0.7), "cutoff"),
    ],
)
def test_bad_input_is_named(call, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
