"""Features of a data set: one row of a layer's activations for each picture, computed once."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from coursekit.core.files import replacing
from coursekit.core.hooks import evaluating, record
from coursekit.core.images import check_images
from coursekit.core.inputs import check_count, check_input
from coursekit.core.places import Places, Where
from coursekit.core.progress import progress
from coursekit.core.refusals import check_net, refuse_compiled

__all__ = ["features", "layer_features"]

_LAST = "what the last linear layer is given"
_HASHED = 256  # pictures at a time: memory stays flat


def features(
    model: nn.Module,
    images: Tensor,
    layer: str | None = None,
    *,
    pool_size: int = 1,
    batch_size: int = 32,
    cache: str | Path | None = None,
) -> Tensor:
    """Return the features of a data set: by default what the net's last linear layer is given.

    Args:
        model: the net; it is run in evaluation mode.
        images: (N, C, H, W) in [0, 1], on any device; the net gets them batch by batch.
        layer: name of another layer to read, of which what it puts out is taken.
        pool_size: a map (N, K, h, w) is average-pooled to pool_size × pool_size positions, which gives
            K · pool_size² numbers; so is one with its channels last, (N, h, w, K), as a Swin's.
        batch_size: pictures to a forward pass.
        cache: folder where features are kept, and looked up by a hash of the net's weights, the pictures, and
            the layer. None: the folder that ``COURSEKIT_CACHE`` names; without that, nothing is kept.

    Returns:
        (N, D), on the device of the images, without a graph.

    Raises:
        TypeError, ValueError: ``images`` are none, or not for this net; there is no such layer; it puts out
            neither rows (N, D) nor maps, but tokens (N, T, D), say, or something in which it cannot be told
            where the picture lies; or, without ``layer``, the net does not end in a linear layer.

    Reference: Krizhevsky et al. 2012, section 6.1.
    """
    (found,) = layer_features(
        model, images, (layer or _LAST,), pool_size=pool_size, batch_size=batch_size, cache=cache
    ).values()
    return found


def layer_features(
    model: nn.Module,
    images: Tensor,
    layers: Sequence[str],
    *,
    pool_size: int = 1,
    batch_size: int = 32,
    cache: str | Path | None = None,
) -> dict[str, Tensor]:
    """Return the features of a data set at several layers, from the same forward passes.

    Args:
        model: the net.
        images: (N, C, H, W) in [0, 1].
        layers: names of layers, of which what they put out is taken.
        pool_size: a map (N, K, h, w) is average-pooled to pool_size × pool_size positions, which gives
            K · pool_size² numbers; so is one with its channels last, (N, h, w, K), as a Swin's.
        batch_size: pictures to a forward pass.
        cache: folder where features are kept, and looked up by a hash of the net's weights, the pictures, and
            the layers. None: the folder that ``COURSEKIT_CACHE`` names; without that, nothing is kept.

    Returns:
        Name of the layer → (N, D).

    Raises:
        TypeError, ValueError: ``images`` are none, or not for this net; there is no such layer; or it puts
            out neither rows (N, D) nor maps.
    """
    check_net(model)
    check_images(images)
    check_count("batch_size", batch_size)
    check_count("pool_size", pool_size)
    place = next((weight.device for weight in model.parameters()), images.device)
    check_input(model, images[:1].to(place))

    def read(some: Tensor) -> dict[str, Tensor]:
        return _forward(model, some, layers, pool_size, batch_size, place)

    folder = cache or os.environ.get("COURSEKIT_CACHE")
    if not folder:
        return read(images)
    key = _key(model, images, (*layers, str(pool_size), str(place)))
    file = Path(folder).expanduser() / f"features-{key}.safetensors"
    kept = _kept(file)
    # The hash covers data, not code: a changed forward shows in the features of these two pictures.
    if kept is not None and _agree(kept, read(images[[0, -1]])):
        return {name: kept[name].to(images.device) for name in layers}
    found = read(images)
    with replacing(file) as temporary:
        save_file({name: rows.cpu() for name, rows in found.items()}, temporary)
    return found


def _forward(
    model: nn.Module,
    images: Tensor,
    layers: Sequence[str],
    pool_size: int,
    batch_size: int,
    place: torch.device,
) -> dict[str, Tensor]:
    rows: dict[str, list[Tensor]] = {name: [] for name in layers}
    head = _last_linear(model) if _LAST in layers else None
    heads = [head] if head else []
    outputs = [*(name for name in layers if name != _LAST), *heads]
    chunks = images.split(batch_size)
    lying: dict[str, Where | None] = {}
    with (
        evaluating(model),
        torch.no_grad(),
        record(model, *dict.fromkeys(outputs)) as seen,
        record(model, *heads, inputs=True) as given,
    ):
        for some in progress(chunks, "features", quiet=len(chunks) < 3):
            x = some.to(place)
            places = Places(x)
            with nullcontext() if lying else places:  # in one batch as in the next
                scores = model(x)
            lying = lying or {name: places.of(output) for name, output in seen.items()}
            if head:
                _check_head(head, seen[head], scores)
                seen[_LAST] = given[head]
            for name in layers:
                rows[name].append(_as_rows(name, seen[name], pool_size, lying.get(name)).to(images.device))
    return {name: torch.cat(parts) for name, parts in rows.items()}


def _last_linear(model: nn.Module) -> str:
    refuse_compiled(model)  # whose linear layers are of other types
    names = [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]
    if not names:
        raise ValueError("the net has no linear layer: name the layer to read, layer=…")
    return names[-1]


def _check_head(head: str, output: Tensor, scores: Tensor) -> None:
    """Raise unless what the linear layer puts out are the scores, as they are."""
    if not isinstance(scores, Tensor) or not torch.equal(output, scores):
        raise ValueError(
            f"the net's scores are not what its last linear layer, {head!r}, puts out: name the layer to"
            " read, layer=…"
        )


def _as_rows(name: str, output: Tensor, pool_size: int, where: Where | None) -> Tensor:
    if output.ndim == 2:
        return output
    if output.ndim != 4:
        raise ValueError(
            f"layer {name!r}: wanted rows (N, D) or maps (N, K, h, w), got {tuple(output.shape)}"
        )
    return F.adaptive_avg_pool2d(_as_maps(name, output, where), pool_size).flatten(1)


def _as_maps(name: str, output: Tensor, where: Where | None) -> Tensor:
    """Return the map (N, K, h, w) that lies in what a layer puts out."""
    if where is not None:
        return where.read(output)
    if output[0].numel() == max(output.shape[1:]):  # of one position
        return output.flatten(1)[:, :, None, None]
    raise ValueError(
        f"layer {name!r} puts out {tuple(output.shape)}, in which it cannot be told where the picture lies;"
        " wanted a map (N, K, h, w), or (N, h, w, K), whose positions can be followed from the picture on"
    )


def _key(model: nn.Module, images: Tensor, settings: Sequence[str]) -> str:
    """32 hex digits of all that the features come from: the net's layers and numbers, pictures, settings."""
    digest = sha256("\0".join((repr(model), torch.__version__, *settings)).encode())
    for name, tensor in chain(model.named_parameters(), model.named_buffers()):
        _add(digest.update, name, tensor)
    for some in images.split(_HASHED):
        _add(digest.update, "images", some)
    return digest.hexdigest()[:32]


def _add(update: Callable[[Any], None], name: str, tensor: Tensor) -> None:
    update(f"\0{name} {tuple(tensor.shape)} {tensor.dtype}\0".encode())
    update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())


def _kept(file: Path) -> dict[str, Tensor] | None:
    """Return what a file holds; None where there is none, or a damaged one."""
    try:
        return load_file(file)
    except (FileNotFoundError, SafetensorError):
        return None


def _agree(kept: dict[str, Tensor], ends: dict[str, Tensor]) -> bool:
    """Whether first and last rows are, up to the rounding of another batch, what the net gives today."""
    return all(
        name in kept
        and kept[name].shape[1:] == rows.shape[1:]
        and torch.allclose(kept[name][[0, -1]], rows.cpu(), rtol=1e-3, atol=1e-4 * rows.abs().max().item())
        for name, rows in ends.items()
    )
