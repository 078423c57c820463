"""Exercise: a number for how noisy kernels look."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.filters.cases import ANSWERS, draw_kernels

__all__ = ["KERNEL_NOISE"]


def _spectrum(weight: Tensor) -> Tensor:
    return torch.fft.fft2(weight, s=(32, 32))


def _radius() -> Tensor:
    along = torch.fft.fftfreq(32)
    return torch.hypot(along[:, None], along)


def _share(energy: Tensor, chosen: Tensor) -> Tensor:
    return (energy * chosen).sum((1, 2, 3)) / energy.sum((1, 2, 3))


def _noise(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs().square(), _radius() > cutoff)


@mistake(
    "the share of the low frequencies", "That is how smooth a kernel is. Noise is what lies above the cutoff."
)
def _smooth(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs().square(), _radius() <= cutoff)


@mistake("amplitudes instead of energies", "Energy is the square of the amplitude: .abs().square().")
def _amplitude(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).abs(), _radius() > cutoff)


@mistake(
    "frequencies from 0 to 1",
    "The second half of the spectrum is that of negative frequencies: torch.fft.fftfreq(32).",
)
def _not_shifted(weight: Tensor, cutoff: float) -> Tensor:
    along = torch.arange(32) / 32
    return _share(_spectrum(weight).abs().square(), torch.hypot(along[:, None], along) > cutoff)


@mistake(
    "a spectrum moved to the centre, with frequencies that are not",
    "fftshift moves frequency 0 to the middle; fftfreq has it at the start. Use both or neither.",
)
def _centred(weight: Tensor, cutoff: float) -> Tensor:
    energy = torch.fft.fftshift(_spectrum(weight), dim=(2, 3)).abs().square()
    return _share(energy, _radius() > cutoff)


@mistake(
    "frequencies above the cutoff along both axes",
    "Vertical stripes are fine along one axis only. Take the distance: torch.hypot(rows, columns).",
)
def _both_axes(weight: Tensor, cutoff: float) -> Tensor:
    along = torch.fft.fftfreq(32).abs() > cutoff
    return _share(_spectrum(weight).abs().square(), along[:, None] & along)


@mistake(
    "a division by the energy of all kernels", "Each kernel has its own share: divide by its own energy."
)
def _not_shared(weight: Tensor, cutoff: float) -> Tensor:
    energy = _spectrum(weight).abs().square()
    return (energy * (_radius() > cutoff)).sum((1, 2, 3)) / energy.sum()


@mistake("the real part alone", "The spectrum is complex: a wave's energy is |F|², whatever its phase.")
def _real(weight: Tensor, cutoff: float) -> Tensor:
    return _share(_spectrum(weight).real.square(), _radius() > cutoff)


def _noise_cases(draws: Draws) -> list[Case]:
    return [
        Case(name, {"weight": weight, "cutoff": cutoff})
        for (name, weight), cutoff in zip(draw_kernels(draws).items(), (0.25, 0.2, 0.3), strict=True)
    ]


KERNEL_NOISE = Exercise(
    name="kernel_noise",
    points=2,
    minutes=15,
    reference=_noise,
    draw=_noise_cases,
    mistakes=(_smooth, _amplitude, _not_shifted, _centred, _both_axes, _not_shared, _real),
    properties=(
        Property(lambda value, _: bool((value >= 0).all() and (value <= 1).all()), "A share lies in [0, 1]."),
    ),
    hidden=ANSWERS,
)
