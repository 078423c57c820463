"""Pictures as something to optimise: numbers without bounds, from which pixels in [0, 1] are made."""

import torch
from torch import Tensor, nn

__all__ = ["FourierImage", "PixelImage"]

_CONTRAST = 0.02  # of the start: grey, but with something for the gradient to get hold of
_WHITEST = 0.9  # of a given start: the sigmoid has hardly any slope near 0 and 1
# In the world most of what varies is brightness, then yellow against blue, then green against magenta.
_COLOURS = ((1.0, 0.35, 0.15), (1.0, 0.0, -0.3), (1.0, -0.35, 0.15))


class _Image(nn.Module):
    """Pictures x = sigmoid(C u), by their decorrelated colours u (N, 3, H, W).

    The three channels of u are brightness, yellow against blue, and green against magenta; 0 is grey.
    """

    values: nn.Parameter

    def decorrelated(self) -> Tensor:
        """Return the decorrelated colours u.

        Returns:
            (N, 3, H, W), without bounds, grey at 0.
        """
        raise NotImplementedError

    def set_decorrelated(self, values: Tensor) -> None:
        """Set the decorrelated colours u.

        Args:
            values: u (N, 3, H, W).
        """
        raise NotImplementedError

    def set_images(self, x: Tensor) -> None:
        """Set the pictures. Black and white become a little paler: the sigmoid has hardly a slope there.

        Args:
            x: pictures (N, 3, H, W) in [0, 1].
        """
        pale = x.clamp(1 - _WHITEST, _WHITEST).logit()
        self.set_decorrelated(torch.einsum("cr,nrhw->nchw", x.new_tensor(_COLOURS).inverse(), pale))

    def forward(self) -> Tensor:
        """Return the pictures, in [0, 1]."""
        return coloured(self.decorrelated())


def coloured(values: Tensor) -> Tensor:
    """Return pixels in [0, 1] of decorrelated colours (N, 3, H, W): sigmoid(C u)."""
    return torch.einsum("rc,nchw->nrhw", values.new_tensor(_COLOURS), values).sigmoid()


class PixelImage(_Image):
    """Pictures (N, 3, H, W), parametrised by their pixels: x = sigmoid(C u).

    Args:
        shape: (N, C, H, W).
        generator: where the start, a faint noise, comes from.
    """

    def __init__(self, shape: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.values = nn.Parameter(4 * _CONTRAST * torch.randn(shape, generator=generator))

    def decorrelated(self) -> Tensor:
        """Return the decorrelated colours u.

        Returns:
            (N, 3, H, W), without bounds, grey at 0.
        """
        return self.values * 1

    @torch.no_grad()
    def set_decorrelated(self, values: Tensor) -> None:
        """Set the decorrelated colours u.

        Args:
            values: u (N, 3, H, W).
        """
        self.values.copy_(values)


class FourierImage(_Image):
    """Pictures (N, 3, H, W), parametrised by their spectrum: x = sigmoid(C F⁻¹(v / f)).

    f is the spatial frequency. A step of one size changes low frequencies more than high ones. Photographs
    have their energy there too, so the optimiser finds shapes before grain.

    Args:
        shape: (N, C, H, W).
        generator: where the start, a faint cloud, comes from.

    Reference: Olah, Mordvintsev & Schubert 2017, Feature visualization (Distill).
    """

    scale: Tensor

    def __init__(self, shape: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        *stack, height, width = shape
        rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)
        frequency = torch.hypot(rows, columns).clamp(min=1 / max(height, width))
        self.size = (height, width)
        self.register_buffer("scale", (height * width) ** 0.5 / frequency / max(height, width))
        start = torch.randn((*stack, *frequency.shape, 2), generator=generator)
        self.values = nn.Parameter(_CONTRAST * start)

    def decorrelated(self) -> Tensor:
        """Return the decorrelated colours u.

        Returns:
            (N, 3, H, W), without bounds, grey at 0.
        """
        spectrum = torch.view_as_complex(self.values) * self.scale
        return torch.fft.irfft2(spectrum, s=self.size, norm="ortho")

    @torch.no_grad()
    def set_decorrelated(self, values: Tensor) -> None:
        """Set the decorrelated colours u.

        Args:
            values: u (N, 3, H, W).
        """
        self.values.copy_(torch.view_as_real(torch.fft.rfft2(values, norm="ortho") / self.scale))
