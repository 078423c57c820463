"""Gradient ascent on a picture: what would this unit, channel or class like to see?"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from coursekit.attribution.inputs import check_count
from coursekit.attribution.targets import Target, explaining
from coursekit.progress import progress
from coursekit.synthesis.images import FourierImage, PixelImage

__all__ = ["maximize"]

_KINDS = {"fourier": FourierImage, "pixels": PixelImage}


def maximize(
    model: nn.Module,
    target: Target,
    *,
    layer: str | None = None,
    size: int = 96,
    steps: int = 64,
    rate: float = 0.1,
    image: Literal["fourier", "pixels"] = "fourier",
    jitter: int = 4,
    blur: float = 0.0,
    seed: int = 0,
    quiet: bool = True,
) -> Tensor:
    """Return pictures for which a score is as large as a few steps of gradient ascent make it.

    x ← argmax s(blur(shift(x))) by Adam, from nearly grey, where s is the score of a class before the
    softmax, the sum of a channel's map, or one unit.

    Args:
        model: the net, for pictures with three channels.
        target: a class; with ``layer``, a channel or a unit (channel, row, column). A list or tensor (N,) of
            classes or channels gives a picture for each.
        layer: name of the layer; None for the scores.
        size: edge of the pictures, in pixels.
        steps: of the ascent.
        rate: size of a step, for Adam.
        image: "fourier" optimises the spectrum, which gives shapes; "pixels" each pixel, which gives grain.
        jitter: the net sees the picture shifted at random by up to so many pixels, round the border.
        blur: standard deviation, in pixels, of the blur through which the net sees it; 0 for none.
        seed: of the start and of the shifts.
        quiet: show no progress bar.

    Returns:
        Pictures (N, 3, size, size) in [0, 1]; N = 1 for one target.

    Raises:
        ValueError: bad target, layer or setting.

    After: Erhan et al. 2009; Yosinski et al. 2015 (arXiv:1506.06579); Olah, Mordvintsev & Schubert 2017.
    """
    check_count("size", size)
    if image not in _KINDS:
        raise ValueError(f"image: wanted one of {', '.join(map(repr, _KINDS))}, got {image!r}")
    if jitter < 0 or not blur >= 0 or not rate > 0:
        raise ValueError(
            f"wanted jitter and blur from 0 up and rate above 0, got {jitter}, {blur} and {rate}"
        )
    if target is None:
        raise ValueError("target: wanted a class, channel or unit, or a list of them, got None")
    targets = [target] if isinstance(target, int | tuple) else torch.as_tensor(target).tolist()
    place, generator = next(model.parameters()), torch.Generator().manual_seed(seed)
    with torch.inference_mode(False):
        picture = _KINDS[image]((len(targets), 3, size, size), generator).to(place)
        with torch.no_grad():
            start = picture()
    optimiser = torch.optim.Adam(picture.parameters(), lr=rate)
    everyone, moved = torch.arange(len(targets)), torch.zeros(len(targets), dtype=torch.bool).to(place.device)
    with explaining(model, start, target, layer=layer) as scorer, torch.inference_mode(False):
        for _ in progress(range(check_count("steps", steps)), "optimising", quiet=quiet):
            with torch.enable_grad():
                seen = _shifted(picture(), jitter, generator)
                seen = gaussian_blur(seen, 2 * round(2 * blur) + 1, blur) if blur else seen
                loss = -scorer.scores(seen, everyone).sum()
            (parameter,) = picture.parameters()
            (parameter.grad,) = torch.autograd.grad(loss, [parameter])
            moved |= parameter.grad.flatten(1).any(1)
            optimiser.step()
        if not moved.all():
            raise ValueError(
                f"{_which(targets, moved)} of layer {layer!r} stays at 0 for a grey picture, so there is no"
                " gradient to follow; name the layer before the ReLU, or another seed"
            )
        return picture().detach()


def _which(targets: Sequence[Any], moved: Tensor) -> str:
    still = [str(target) for target, moves in zip(targets, moved.tolist(), strict=True) if not moves]
    return f"target {', '.join(still)}"


def _shifted(x: Tensor, jitter: int, generator: torch.Generator) -> Tensor:
    rows, columns = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
    return x.roll((rows, columns), (2, 3))
