"""What the attribution methods accept: images, clips and tables, told apart by their rank."""

import operator
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from coursekit.core.images import check_images, check_pixels
from coursekit.core.refusals import check_net

__all__ = ["batches", "check_count", "check_input", "check_precision", "weight_of"]

_COARSE = (torch.float16, torch.bfloat16)


def check_input(model: nn.Module, x: Tensor, *, checked: bool = False) -> None:
    """Raise unless ``x`` is something that ``model`` can be asked about.

    Args:
        model: the net, see ``check_net``; the channels that it takes are read off its convolutions.
        x: images (N, C, H, W) or clips (N, T, C, H, W), in [0, 1]; or a table (N, F) of finite numbers.
        checked: whether the caller has looked at the pixels already, by ``check_images``.

    Raises:
        TypeError: ``x`` is no tensor, or ``model`` no net.
        ValueError: rank, channels, type, device or values are off, or the net is of half precision; the
            message says what came and what was wanted.
    """
    check_net(model)
    check_precision(model, x)
    channels = [layer.in_channels for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Conv3d)]
    rank = x.ndim if isinstance(x, Tensor) else 0
    if rank == 2 and not channels:
        _check_table(x)
        _check_place(model, x)
        return
    if rank == 5:
        _refuse_volumes(model, x)
        check_pixels(x)
    elif not checked:
        check_images(x)
    # Any convolution will do, since a net need not list its layers in the order in which they run.
    if channels and x.shape[-3] not in channels:
        raise ValueError(
            f"images: got {x.shape[-3]} channels, shape {tuple(x.shape)}; the net's convolutions take"
            f" {channels[0]}"
        )
    _check_place(model, x)


def check_precision(model: nn.Module, x: object = None) -> None:
    """Raise for weights, or an ``x``, of half precision.

    Quotients and squares of small numbers, of which many methods are made, are 0, infinite or NaN there, and
    pixels next to white are 1/256 apart in bfloat16, more than a small attack may change. What does come out
    looks like a result.

    Args:
        model: the net.
        x: the input; None, or anything that is no tensor, is not looked at.

    Raises:
        ValueError: something is float16 or bfloat16.
    """
    for value in (x, *model.parameters()):
        if isinstance(value, Tensor) and value.dtype in _COARSE:
            what = "input" if value is x else "net's weights"
            raise ValueError(
                f"{what}: got {value.dtype}, too coarse for small gradients and differences of pixels; wanted"
                " float32: use copy.deepcopy(model).float() and x.float()"
            )


def _refuse_volumes(model: nn.Module, x: Tensor) -> None:
    """Raise for volumes (N, C, D, H, W): all but clips, as a first 3-D convolution's channels tell."""
    first = next((layer.in_channels for layer in model.modules() if isinstance(layer, nn.Conv3d)), None)
    if first == x.shape[1] != x.shape[2]:
        raise ValueError(
            f"input: got {tuple(x.shape)}, volumes (N, C, D, H, W) with {first} channels; wanted images"
            " (N, C, H, W) or clips (N, T, C, H, W). For volumes give x.transpose(1, 2), and a net that"
            " starts with the same"
        )


def _check_place(model: nn.Module, x: Tensor) -> None:
    """Raise unless ``x`` has the type and lies on the device of the net's weights."""
    weight = _weight(model)
    if weight is not None and (weight.dtype, weight.device) != (x.dtype, x.device):
        raise ValueError(
            f"input: got {x.dtype} on {x.device}; the net's weights are {weight.dtype} on {weight.device}."
            f" Use x.to(device={str(weight.device)!r}, dtype={weight.dtype})"
        )


def weight_of(model: nn.Module) -> Tensor:
    """Return a weight of the net, whose type and device inputs have to share.

    Args:
        model: the net.

    Returns:
        The first weight of floats; for a net without any, the number 0.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: it has lazy layers.
    """
    check_net(model)
    weight = _weight(model)
    return torch.zeros(()) if weight is None else weight


def _weight(model: nn.Module) -> Tensor | None:
    return next((weight for weight in model.parameters() if weight.is_floating_point()), None)


def _check_table(x: Tensor) -> None:
    if x.numel() == 0:
        raise ValueError(f"table: wanted at least one row and one column (N, F), got shape {tuple(x.shape)}")
    if not x.is_floating_point():
        raise ValueError(f"table: wanted floats (N, F), got {x.dtype}; use x.float()")
    if not x.isfinite().all():
        raise ValueError("table: there are NaN or infinite entries; wanted finite numbers")


def check_count(name: str, value: int) -> int:
    """Return a whole number of at least 1 as an int.

    Args:
        name: what is counted, for the message.
        value: the number.

    Returns:
        The number.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is less than 1.
    """
    if operator.index(value) < 1:
        raise ValueError(f"{name}: wanted at least 1, got {value}")
    return operator.index(value)


def batches(images: int, repeats: int, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Split ``images`` × ``repeats`` passes into chunks that fit memory.

    Some 16 pictures at a time are faster than one huge batch: what a layer puts out is still in the cache
    when the next one reads it.

    Args:
        images: how many images there are.
        repeats: how often each image goes through the net.
        batch_size: the most passes in a chunk.

    Yields:
        Index of the image and of the repeat, each (n,) with n ≤ ``batch_size``, for one batch of passes.

    Raises:
        ValueError: ``batch_size`` is less than 1.
    """
    passes = torch.arange(images * repeats)
    for some in passes.split(check_count("batch_size", batch_size)):
        yield some // repeats, some % repeats
