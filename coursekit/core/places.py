"""Where on the picture the numbers of a tensor lie: followed through a forward pass, never guessed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map_only
from torch.utils.weak import WeakTensorKeyDictionary

__all__ = ["Places", "Where", "tensors_in"]

_ROW = 2**15
"""A position has the code 1 + row · _ROW + column; 0 is what belongs to none, as a class token does."""
# By what they are called as torch.f, F.f or Tensor.f; with "_" behind it, in place.
_RESHAPES = {"view": "reshape", "view_as": "reshape_as"}  # of positions that lie in memory otherwise
_MOVES = {
    *("reshape", "reshape_as", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", *_RESHAPES),
    *("permute", "transpose", "t", "swapaxes", "swapdims", "movedim", "moveaxis", "__get__", "adjoint"),
    *("cat", "concat", "concatenate", "stack", "hstack", "vstack", "pad", "expand", "expand_as", "repeat"),
    *("__getitem__", "narrow", "select", "index_select", "split", "chunk", "tensor_split", "unbind"),
    *("roll", "flip", "fliplr", "flipud", "rot90", "take_along_dim", "gather", "broadcast_to", "tile"),
}
_PLANAR = ("conv2d", "conv_transpose2d", "pool2d", "interpolate", "upsample", "grid_sample", "shuffle")
_MIXES = {"einsum", "tensordot"}
_SUMS = {"add", "__add__", "__radd__", "__iadd__"}


@dataclass(frozen=True)
class Where:
    """How the map (N, K, h, w) lies in what a layer puts out: any order of dimensions, also among tokens.

    Attributes:
        channels: the dimension of the K channels.
        grid: the rows and columns (h, w).
        index: where the positions are in the other dimensions, row by row (h·w,); None for all, in order.
    """

    channels: int
    grid: tuple[int, int]
    index: Tensor | None = None

    def read(self, output: Tensor) -> Tensor:
        """Take the map out of what the layer puts out.

        Args:
            output: the layer's output, (N, K, h, w), (N, h, w, K), (N, tokens, K) or (N, K, tokens).

        Returns:
            The map (N, K, h, w).
        """
        maps = output.movedim(self.channels, 1)
        if self.index is not None:
            maps = maps.flatten(2)[:, :, self.index.to(maps.device)]
        return maps if maps.ndim == 4 else maps.unflatten(2, self.grid)

    def put_back(self, maps: Tensor, output: Tensor) -> Tensor:
        """Put another map into what the layer puts out: the inverse of ``read``.

        Args:
            maps: the new map (N, K, h, w).
            output: the layer's output, which stays as it is.

        Returns:
            A tensor shaped like ``output``. What is no position of the map, such as a class token, is kept.
        """
        if self.index is not None:
            old = output.movedim(self.channels, 1)
            whole = old.flatten(2).clone()
            whole[:, :, self.index.to(whole.device)] = maps.flatten(2)
            maps = whole.unflatten(2, old.shape[2:])
        elif output.ndim == 3:
            maps = maps.flatten(2)
        return maps.movedim(1, self.channels)


class _Codes:
    """The code of each number's position, shaped like the tensor of the numbers."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    @cached_property
    def where(self) -> Where | None:
        """How they form a map of more than one position, each there once; None if they do not."""
        if self.values.ndim not in (3, 4) or not self.values.numel():
            return None
        for channels in (1, self.values.ndim - 1):
            of_channels = self.values[0].movedim(channels - 1, 0)
            if _alike(of_channels) and (found := _grid(of_channels[0].flatten())):
                return Where(channels, *found)
        return None


class Places(TorchFunctionMode):
    """A context in which is followed where on the picture the numbers of each tensor lie.

    What a convolution or a pooling in 2-D puts out has rows and columns by its definition. What only moves
    numbers (permute, reshape, cat, roll, …) is done once more with their positions. A linear layer puts the
    numbers that it mixes where the first of them lies. All else is taken to leave each number where it is, if
    the shape remains, also an attention's product with its values; else the positions are lost, until a sum
    with a tensor that has them, as round a residual block, brings them back.

    Args:
        x: the picture (N, C, H, W) that goes into the net.
    """

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.n, self.known = len(x), WeakTensorKeyDictionary()
        self.planes: dict[tuple[int, ...], Tensor] = {}  # codes of rows and columns, which do not change
        self.known[x] = self._planar(x)
        self.watched: _Codes | None = None
        self.added = False

    def of(self, output: Any) -> Where | None:
        """Return how a map of more than one position lies in a tensor.

        Args:
            output: what a layer puts out, a tensor or not.

        Returns:
            Where it lies; None where no map is known to lie in it.
        """
        codes = self.known.get(output) if isinstance(output, Tensor) else None
        return codes.where if codes and len(output) == self.n else None

    def lost(self, output: Any) -> bool:
        """Whether a tensor may have more than one position, but it is not known where.

        Args:
            output: what a layer puts out; of tensors, only those of shape (N, …, D) count.

        Returns:
            True if the positions are lost.
        """
        if not isinstance(output, Tensor) or len(output) != self.n or output.shape[1:-1].numel() < 2:
            return False
        codes = self.known.get(output)
        return codes is None or (codes.where is None and len(codes.values[codes.values > 0].unique()) > 1)

    def watch(self, output: Tensor) -> None:
        """Set ``added`` from now on to whether the tensor was added to another of its shape with places.

        Args:
            output: a tensor whose places are known.

        Raises:
            KeyError: they are not.
        """
        self.watched, self.added = self.known[output], False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        name = name if name.startswith("__") else name.rstrip("_")
        outputs = [tensor for tensor in tensors_in(result) if tensor.is_floating_point()]
        if not outputs:
            return result
        sources = [tensor for tensor in tensors_in((args, kwargs)) if tensor in self.known]
        if any(word in name for word in _PLANAR) or (name == "pad" and _mirrors(*args, **kwargs)):
            self.known.update((tensor, self._planar(tensor)) for tensor in outputs if tensor.ndim == 4)
        elif sources and name in _MOVES:
            self._move(func, name, args, kwargs, result)
        elif sources and name == "linear":
            codes = _first(self.known[sources[0]].values)
            self.known[outputs[0]] = _Codes(codes.expand(outputs[0].shape))
        elif sources and name not in _MIXES:
            self._stay(name, sources, outputs)
        return result

    def _planar(self, tensor: Tensor) -> _Codes:
        """Return the codes of a tensor (N, C, h, w) that has a position for each row and column."""
        h, w = tensor.shape[2:]
        if (h, w) not in self.planes:
            rows, columns = (torch.arange(size, dtype=torch.int32, device="cpu") for size in (h, w))
            self.planes[h, w] = 1 + rows[:, None] * _ROW + columns
        codes = _Codes(self.planes[h, w].expand(tensor.shape))
        codes.where = Where(1, (h, w)) if h * w > 1 else None
        return codes

    def _move(self, func: Callable[..., Any], name: str, args: Any, kwargs: Any, result: Any) -> None:
        def codes(tensor: Tensor) -> Tensor:
            if tensor in self.known:
                return self.known[tensor].values.detach()  # another view, should the function work in place
            return tensor.new_zeros((), dtype=torch.int32, device="cpu").expand(tensor.shape)

        def along(tensor: Tensor) -> Tensor:
            return codes(tensor) if tensor.is_floating_point() else tensor.cpu()

        func = getattr(Tensor, _RESHAPES[name]) if name in _RESHAPES else func
        if name == "pad":
            func = _pad  # with 0, whatever the numbers are padded with
            args, kwargs = (*args, *kwargs.values())[:2], {}
        args, kwargs = tree_map_only(Tensor, along, (args, kwargs))
        codes_of = tensors_in(func(*args, **kwargs))
        moved = zip(tensors_in(result), codes_of, strict=False)  # .grad moves nothing
        self.known.update((tensor, _Codes(values)) for tensor, values in moved)

    def _stay(self, name: str, sources: list[Tensor], outputs: list[Tensor]) -> None:
        for output in outputs:
            alike = [self.known[tensor] for tensor in sources if tensor.shape == output.shape]
            self.added |= name in _SUMS and len(alike) > 1 and self.watched in alike
            if like := list(dict.fromkeys(alike)):
                self.known[output] = next((codes for codes in like[:-1] if codes.where), like[-1])


def _pad(codes: Tensor, pad: Any) -> Tensor:
    """Pad codes with 0; those of (N, C, h, w) that are the same in all channels in one of them alone."""
    same = codes.ndim == 4 and all(codes.stride(i) == 0 or codes.shape[i] == 1 for i in (0, 1))
    if not same or len(pad) > 4:
        return F.pad(codes, pad)
    return F.pad(codes[0, 0], pad).expand(*codes.shape[:2], -1, -1)


def _alike(codes: Tensor) -> bool:
    """Whether all channels (K, …) are at the same positions, be it in another order, as if mirrored."""
    if codes.stride(0) == 0 or (codes == codes[:1]).all():
        return True
    ordered = codes.flatten(1).sort(1).values
    return bool((ordered == ordered[:1]).all())


def _grid(codes: Tensor) -> tuple[tuple[int, int], Tensor | None] | None:
    """Return the rows and columns that codes (P,) form, and where each is; None if they form no full grid."""
    at = codes.nonzero()[:, 0]
    values = codes[at]
    if not (values[1:] > values[:-1]).all():  # asked, since sorting takes longer than all else here
        values, order = values.sort()
        at = at[order]
    rows = int(((values - 1) // _ROW).diff().count_nonzero()) + 1
    columns = int(((values - 1) % _ROW).bincount().count_nonzero())
    if len(values) < 2 or rows * columns != len(values) or (values[1:] == values[:-1]).any():
        return None
    in_order = len(at) == len(codes) and bool((at == torch.arange(len(codes))).all())
    return (rows, columns), None if in_order else at


def _first(codes: Tensor) -> Tensor:
    """Return the least code in each row (…, 1)."""
    return codes[..., :1] if codes.stride(-1) == 0 else codes.amin(-1, keepdim=True)


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of a call's arguments or results.

    Args:
        value: a tensor, or tuples, lists and dicts that hold tensors; anything else is passed over.

    Yields:
        Each tensor, in order.
    """
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors_in(part)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def _mirrors(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> bool:
    """Whether a padding repeats numbers, which it does in the last two dimensions of (N, C, h, w) alone."""
    return mode != "constant"
