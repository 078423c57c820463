"""Tensors that say they are on a GPU, and are computed on the CPU.

Each wraps a plain tensor that nobody else sees. To torch's C++ it is on the device `meta`, which has no
memory, so that autograd keeps the two devices apart as it does for CUDA; to Python it is on `cuda:0`. What is
computed with it reaches `compute`, below autograd, which refuses what CUDA refuses and does the rest with the
plain tensors.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.gpu.pretended import generator, rounding
from tests.gpu.pretended.operators import Operator, operator

CUDA = torch.device("cuda:0")
META = torch.device("meta")
CPU = torch.device("cpu")
_UNWRITTEN = {"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided"}
"""Operators that make memory and write nothing to it."""


class Pretended(Tensor):
    """A tensor on the pretended device."""

    _held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "Pretended":
        if held.dtype.is_complex:
            held = held.resolve_conj()  # C++ would look for the bit of a lazy conjugate on the wrapper
        outer = Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=META,
        )
        outer._held = held
        Memory.ever += held.nbytes
        return outer

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})

    device = property(lambda self: CUDA)
    is_cuda = property(lambda self: True)
    is_meta = property(lambda self: False)

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(_as_tensors(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(_as_tensors(index), value)

    def get_device(self) -> int:
        return 0

    def data_ptr(self) -> int:
        return self._held.data_ptr()

    def tolist(self) -> Any:
        return self.detach().cpu().tolist()

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            "can't convert cuda:0 device type tensor to numpy. "
            "Use Tensor.cpu() to copy the tensor to host memory first."
        )

    __array__ = numpy

    def __repr__(self, **kwargs: Any) -> str:
        text = repr(self.detach().cpu())
        ending = f", requires_grad={self.requires_grad})" if self.requires_grad else ")"
        return f"{text[:-1]}, device='cuda:0'{ending}"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.dim() == 0 else object.__format__(self, spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Pretended":
        if id(self) in memo:
            return memo[id(self)]
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user support the deepcopy protocol")
        held = self._held.clone(memory_format=torch.preserve_format)
        copied = memo[id(self)] = rebuild(held, self.requires_grad, isinstance(self, torch.nn.Parameter))
        copied.grad = None if self.grad is None else self.grad.__deepcopy__(memo)
        return copied

    def __reduce_ex__(self, protocol: int) -> Any:
        return rebuild, (self._held, self.requires_grad, isinstance(self, torch.nn.Parameter))


def _as_tensors(index: Any) -> Any:
    """An index whose lists and arrays are tensors: C++ would put them where the tensor is, and lose them."""
    if isinstance(index, tuple):
        return tuple(_as_tensors(part) for part in index)
    if isinstance(index, range):
        index = list(index)
    if isinstance(index, np.ndarray) or (isinstance(index, list) and not any(map(_is_index, index))):
        return torch.as_tensor(index, dtype=None if len(index) else torch.int64)
    return index


def _is_index(part: Any) -> bool:
    """Whether a list with this in it stands for a tuple."""
    return part is None or part is Ellipsis or isinstance(part, (slice, Tensor))


class Memory:
    """What was ever put on the device, in bytes; and where `torch.load` puts what came from there."""

    ever = 0
    restores_to_cpu = False


def rebuild(held: Tensor, requires_grad: bool, parameter: bool) -> Tensor:
    """A tensor as it was before it was copied or pickled."""
    plain = held.detach()
    tensor = plain if Memory.restores_to_cpu else Pretended(plain)
    if parameter:
        return torch.nn.Parameter(tensor, requires_grad)
    return tensor.requires_grad_(requires_grad)


class Factories(TorchDispatchMode):
    """Sees what is made on the device out of nothing, or out of tensors that are not on it."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # what nobody compiles need not be kept from the compiler, which takes seconds to import

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


class _Seen:
    """Where the tensors among the arguments of a call are."""

    __slots__ = ("here", "list_scalar", "plain", "scalar")

    def __init__(self) -> None:
        self.here = self.plain = self.scalar = self.list_scalar = False

    def open(self, value: Any, in_list: bool = False) -> Any:
        """The value with the plain tensors in place of the wrappers."""
        kind = type(value)
        if kind is Pretended:
            self.here = True
            return value._held
        if kind is list or kind is tuple:
            return kind([self.open(item, True) for item in value])
        if isinstance(value, Tensor):
            if value.is_meta:
                raise RuntimeError("C++, or another thread, made a tensor past the pretended device")
            if value.dim():
                self.plain = True
            else:
                self.scalar = True
                self.list_scalar |= in_list
        return value


def compute(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what `func` does, where CUDA would do it; raise where CUDA would."""
    op = operator(func)
    seen = _Seen()
    inner = [seen.open(value) for value in args]
    inner_kwargs = {name: seen.open(value) for name, value in kwargs.items()} if kwargs else kwargs
    device = kwargs.get("device") if kwargs else None
    to_here = device is not None and device.type == "meta"
    if not seen.here and not to_here:
        if op.seeded:
            generator.check("cpu")
        return func(*args, **kwargs)
    if seen.here:
        _refuse_mixing(op, args, kwargs, seen)
    if to_here:
        inner_kwargs["device"] = CPU
    on_device = to_here or device is None
    result = _run(func, op, inner, inner_kwargs, on_device)
    if op.written:
        return _written(func, op, args, kwargs)
    return _wrap(result) if on_device else result


def _run(func: Any, op: Operator, args: list[Any], kwargs: dict[str, Any], on_device: bool) -> Any:
    if op.seeded:
        with generator.drawing("cuda" if on_device else "cpu"):
            return func(*args, **kwargs)
    if rounding.TF32 and op.product:
        args = rounding.shortened(op.name, args)
    result = func(*args, **kwargs)
    if op.name in _UNWRITTEN:
        return _poisoned(result)
    return rounding.rounded(result) if op.product and rounding.ON else result


def _poisoned(memory: Tensor) -> Tensor:
    """Memory in which nothing was written yet, so that whoever reads it all the same finds out."""
    if memory.is_floating_point() or memory.is_complex():
        return memory.fill_(torch.nan)
    if memory.dtype == torch.bool:
        return memory.fill_(True)
    return memory.fill_(-(1 << 7) if memory.dtype.is_signed else (1 << 7) - 1)


def _written(func: Any, op: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What an operator gives back that writes to its arguments: these very arguments."""
    if op.reshapes and type(args[0]) is Pretended:
        with torch._C._DisableTorchDispatch():
            func(*args, **kwargs)  # C++ keeps shape and strides of the wrapper
    written = _targets(op, args, kwargs)
    return written[0] if len(written) == 1 else tuple(written)


def _targets(op: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    return [args[i] if isinstance(i, int) else kwargs[i] for i in op.written]


def _wrap(result: Any) -> Any:
    if isinstance(result, Tensor):
        return Pretended(result)
    if isinstance(result, (list, tuple)):
        return type(result)([_wrap(item) for item in result])
    return result


def _refuse_mixing(op: Operator, args: tuple[Any, ...], kwargs: dict[str, Any], seen: _Seen) -> None:
    if op.copies:
        return
    if op.indexes:
        _refuse_indices(op, *args)
    elif not all(type(target) is Pretended for target in _targets(op, args, kwargs)):
        raise _mixed(op)  # also a single number of the CPU takes no sum from the GPU
    elif seen.plain or (seen.scalar and (op.strict or seen.list_scalar)):
        raise _mixed(op)


def _refuse_indices(op: Operator, x: Tensor, indices: Any, values: Any = None, *_: Any) -> None:
    """Raise for values elsewhere, and for indices on the GPU into a tensor on the CPU, not the reverse."""
    here = type(x) is Pretended
    if not here and any(type(index) is Pretended for index in indices):
        raise RuntimeError(
            "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
        )
    if isinstance(values, Tensor) and (type(values) is Pretended) is not here and (values.dim() or not here):
        raise _mixed(op)


def _mixed(op: Operator) -> RuntimeError:
    return RuntimeError(
        "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! "
        f"(when checking arguments in method wrapper_CUDA_{op.name})"
    )
