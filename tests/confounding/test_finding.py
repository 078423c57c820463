"""Clusters and cameras, found again where they were put."""

import pytest
import torch

from coursekit import confounding


def test_clusters_are_found_without_being_told() -> None:
    generator = torch.Generator().manual_seed(0)
    heat = 0.1 * torch.rand(60, 24, 24, generator=generator)
    truth = torch.arange(60) % 3
    for k, corner in enumerate(((0, 0), (16, 0), (8, 16))):
        heat[truth == k, corner[0] : corner[0] + 6, corner[1] : corner[1] + 6] += 1
    heat *= 10 ** torch.linspace(-2, 2, 60)[torch.randperm(60, generator=generator), None, None]
    found, eigenvalues = confounding.spectral_relevance(heat, 3)
    assert len(set(zip(found.tolist(), truth.tolist(), strict=True))) == 3
    assert eigenvalues[2] < 0.05 < 0.2 < eigenvalues[3]
    assert eigenvalues[-1] < 1.5  # normalised, they are at most 2
    again, _ = confounding.spectral_relevance(5 * heat, 3)
    assert len(set(zip(found.tolist(), again.tolist(), strict=True))) == 3  # the same, in whatever order


def test_clusters_need_heatmaps() -> None:
    with pytest.raises(ValueError, match="above 10"):
        confounding.spectral_relevance(torch.rand(8, 9, 9))
    with pytest.raises(ValueError, match="0 everywhere"):
        confounding.spectral_relevance(torch.cat([torch.rand(12, 9, 9), torch.zeros(1, 9, 9)]))


def test_a_sensor_s_gain_is_found_again() -> None:
    generator = torch.Generator().manual_seed(0)
    gain = 0.03 * torch.randn(3, 24, 24, generator=generator)
    images = torch.nn.functional.interpolate(
        0.3 + 0.4 * torch.rand(40, 3, 3, 3, generator=generator), 24, mode="bilinear"
    ) * (1 + gain)
    images = (images + 0.01 * torch.randn(images.shape, generator=generator)).clamp(0, 1)
    pattern = confounding.fingerprint(images)
    rough = (
        gain
        - torch.nn.functional.avg_pool2d(
            torch.nn.functional.pad(gain[None], (1, 1, 1, 1), mode="reflect"), 3, stride=1
        )[0]
    )
    assert torch.corrcoef(torch.stack([pattern.flatten(), rough.flatten()]))[0, 1] > 0.95
    assert pattern.mean((1, 2)).abs().max() < 1e-6
    assert confounding.noise_residual(images).mean((2, 3)).abs().max() < 1e-6
    other = confounding.fingerprint(images.flip(3))
    likeness = confounding.correlation(images, torch.stack([pattern, other]))
    assert (likeness[:, 0] > likeness[:, 1] + 0.3).all()


def test_patterns_of_another_shape_are_refused() -> None:
    """A single one without its dimension would be found right for every picture."""
    with pytest.raises(ValueError, match=r"patterns: wanted \(M, 3, 8, 8\), got \(3, 8, 8\)"):
        confounding.correlation(torch.rand(2, 3, 8, 8), torch.rand(3, 8, 8))
