"""Exercises: kernels as pictures, and a number for how noisy they look."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Mistake, Property
from coursekit.exercises.filters.cases import ANSWERS

__all__ = ["KERNEL_NOISE", "KERNEL_PICTURES"]

_SIZES = {
    "three kernels": (3, 3, 7, 7),
    "five wide kernels": (5, 3, 5, 9),
    "kernels for grey pictures": (4, 1, 9, 9),
}


def _weights(seed: int) -> dict[str, Tensor]:
    """Kernels of different strength and mean, each a smooth wave with some noise."""
    generator = torch.Generator().manual_seed(seed)
    drawn = {}
    for name, (n, colours, height, width) in _SIZES.items():
        slope = torch.randn(n, colours, 2, 1, 1, generator=generator)
        wave = torch.sin(
            slope[:, :, 0] * torch.arange(height)[:, None] + slope[:, :, 1] * torch.arange(width)
        )
        noise = torch.randn(wave.shape, generator=generator)
        strength = (0.2 + torch.arange(n) * torch.rand(n, generator=generator)).view(-1, 1, 1, 1)
        drawn[name] = strength * (wave + 0.3 * noise + torch.randn(n, 1, 1, 1, generator=generator))
    return drawn


def _pictures(weight: Tensor) -> Tensor:
    return _stretch(weight, (1, 2, 3))


def _stretch(weight: Tensor, axes: tuple[int, ...]) -> Tensor:
    low, high = weight.amin(axes, keepdim=True), weight.amax(axes, keepdim=True)
    return (weight - low) / (high - low)


def _jointly(weight: Tensor) -> Tensor:
    return _stretch(weight, (0, 1, 2, 3))


def _each_colour(weight: Tensor) -> Tensor:
    return _stretch(weight, (2, 3))


def _across_kernels(weight: Tensor) -> Tensor:
    return _stretch(weight, (0, 2, 3))


def _clamped(weight: Tensor) -> Tensor:
    return weight.clamp(0, 1)


def _absolute(weight: Tensor) -> Tensor:
    return _stretch(weight.abs(), (1, 2, 3))


def _by_maximum(weight: Tensor) -> Tensor:
    return weight / weight.amax((1, 2, 3), keepdim=True)


def _around_grey(weight: Tensor) -> Tensor:
    return 0.5 + 0.5 * weight / weight.abs().amax((1, 2, 3), keepdim=True)


KERNEL_PICTURES = Exercise(
    name="kernel_pictures",
    points=1,
    minutes=5,
    reference=_pictures,
    cases=lambda seed: [Case(name, {"weight": weight}) for name, weight in _weights(seed).items()],
    mistakes=(
        Mistake(
            "kernels scaled jointly",
            _jointly,
            "That shows which kernel is strong, and leaves the weak ones grey. Take each kernel's own ends:"
            " .amin((1, 2, 3), keepdim=True).",
        ),
        Mistake(
            "each colour of a kernel scaled by itself",
            _each_colour,
            "That paints colours which the kernel does not have. Its three colours share one scale.",
        ),
        Mistake(
            "least and largest value over the kernels instead of the colours",
            _across_kernels,
            "Dimension 0 counts the kernels: keep it, and take the ends over dimensions 1, 2 and 3.",
        ),
        Mistake(
            "the weights cut off at 0 and 1", _clamped, "Half of each kernel is below 0: move and stretch it."
        ),
        Mistake(
            "absolute values",
            _absolute,
            "Bright and dark become the same, and an edge a stripe. Keep the sign.",
        ),
        Mistake(
            "a division by the maximum alone",
            _by_maximum,
            "What is below 0 stays below 0. Subtract the minimum first: (w − min) / (max − min).",
        ),
        Mistake(
            "0 in the middle of the range",
            _around_grey,
            "That is a good picture too, and shows the sign, but it seldom fills the range: wanted were"
            " min → 0 and max → 1.",
        ),
    ),
    properties=(
        Property(
            lambda value, _: bool(value.min() >= 0 and value.max() <= 1), "Some values lie outside [0, 1]."
        ),
    ),
    hidden=ANSWERS,
)


def _spectrum(weight: Tensor) -> Tensor:
    return torch.fft.fft2(weight, s=(32, 32))


def _radius() -> Tensor:
    along = torch.fft.fftfreq(32)
    return torch.hypot(along[:, None], along)


def _share(energy: Tensor, chosen: Tensor) -> Tensor:
    return (energy * chosen).sum((1, 2, 3)) / energy.sum((1, 2, 3))


def _noise(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs().square(), _radius() > cutoff)


def _smooth(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs().square(), _radius() <= cutoff)


def _amplitude(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs(), _radius() > cutoff)


def _not_shifted(weight: Tensor, cutoff: float) -> Tensor:
    along = torch.arange(32) / 32
    return _share(_spectrum(weight).abs().square(), torch.hypot(along[:, None], along) > cutoff)


def _centred(weight: Tensor, cutoff: float) -> Tensor:
    energy = torch.fft.fftshift(_spectrum(weight), dim=(2, 3)).abs().square()
    return _share(energy, _radius() > cutoff)


def _both_axes(weight: Tensor, cutoff: float) -> Tensor:
    along = torch.fft.fftfreq(32).abs() > cutoff
    return _share(_spectrum(weight).abs().square(), along[:, None] & along)


def _not_shared(weight: Tensor, cutoff: float) -> Tensor:
    energy = _spectrum(weight).abs().square()
    return (energy * (_radius() > cutoff)).sum((1, 2, 3)) / energy.sum()


def _real(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).real.square(), _radius() > cutoff)


def _noise_cases(seed: int) -> list[Case]:
    return [
        Case(name, {"weight": weight, "cutoff": cutoff})
        for (name, weight), cutoff in zip(_weights(seed).items(), (0.25, 0.2, 0.3), strict=True)
    ]


KERNEL_NOISE = Exercise(
    name="kernel_noise",
    points=2,
    minutes=15,
    reference=_noise,
    cases=_noise_cases,
    mistakes=(
        Mistake(
            "the share of the low frequencies",
            _smooth,
            "That is how smooth a kernel is. Noise is what lies above the cutoff.",
        ),
        Mistake(
            "amplitudes instead of energies",
            _amplitude,
            "Energy is the square of the amplitude: .abs().square().",
        ),
        Mistake(
            "frequencies from 0 to 1",
            _not_shifted,
            "The second half of the spectrum is that of negative frequencies: torch.fft.fftfreq(32).",
        ),
        Mistake(
            "a spectrum moved to the centre, with frequencies that are not",
            _centred,
            "fftshift moves frequency 0 to the middle; fftfreq has it at the start. Use both or neither.",
        ),
        Mistake(
            "frequencies above the cutoff along both axes",
            _both_axes,
            "Vertical stripes are fine along one axis only. Take the distance: torch.hypot(rows, columns).",
        ),
        Mistake(
            "a division by the energy of all kernels",
            _not_shared,
            "Each kernel has its own share: divide by its own energy.",
        ),
        Mistake(
            "the real part alone",
            _real,
            "The spectrum is complex: a wave's energy is |F|², whatever its phase.",
        ),
    ),
    properties=(
        Property(lambda value, _: bool((value >= 0).all() and (value <= 1).all()), "A share lies in [0, 1]."),
    ),
    hidden=ANSWERS,
)
