"""What the exercises of this chapter share."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws

__all__ = ["ANSWERS", "draw_kernels"]

# Not coursekit.core.hooks: `ck.record` lives there, and exercise 3 tells students to use it.
ANSWERS = (
    "coursekit.filters",
    "coursekit.attribution",
    "coursekit.core.targets",
    "coursekit.exercises.filters",
)

_SIZES = {
    "three kernels": (3, 3, 7, 7),
    "five wide kernels": (5, 3, 5, 9),
    "kernels for grey pictures": (4, 1, 9, 9),
}


def draw_kernels(draws: Draws) -> dict[str, Tensor]:
    """Kernels of different strength and mean, each a smooth wave with some noise."""
    drawn = {}
    for name, (n, colours, height, width) in _SIZES.items():
        generator = draws(name)
        slope = torch.randn(n, colours, 2, 1, 1, generator=generator)
        wave = torch.sin(
            slope[:, :, 0] * torch.arange(height)[:, None] + slope[:, :, 1] * torch.arange(width)
        )
        noise = torch.randn(wave.shape, generator=generator)
        strength = (0.2 + torch.arange(n) * torch.rand(n, generator=generator)).view(-1, 1, 1, 1)
        drawn[name] = strength * (wave + 0.3 * noise + torch.randn(n, 1, 1, 1, generator=generator))
    return drawn
