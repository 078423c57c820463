"""The names in torch that know of devices, as they are where there is a GPU."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from tests.gpu.pretended import generator
from tests.gpu.pretended.tensor import CUDA, META, Memory, Pretended, rebuild

_FACTORIES = (
    *("empty", "empty_strided", "empty_permuted", "zeros", "ones", "full", "eye", "scalar_tensor"),
    *("arange", "range", "linspace", "logspace", "tril_indices", "triu_indices"),
    *("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "poisson"),
    *("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like"),
    *("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"),
)
_METHODS = (
    *("new_zeros", "new_ones", "new_empty", "new_full", "new_empty_strided"),
    *("normal_", "uniform_", "random_", "bernoulli_", "exponential_", "geometric_", "cauchy_", "log_normal_"),
    *("bernoulli", "multinomial"),
)
_FROM_DATA = ("tensor", "as_tensor", "asarray")


def place(device: Any) -> Any:
    """The device as C++ is told it: `meta` for the pretended one."""
    if device is None:
        return None
    wanted = CUDA if isinstance(device, int) else torch.device(device)
    if wanted.type != "cuda":
        return wanted
    if (device if isinstance(device, int) else wanted.index) not in (None, 0):
        raise RuntimeError("CUDA error: invalid device ordinal")
    return META


def _translated(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("device") is not None:
            kwargs["device"] = place(kwargs["device"])
        if kwargs.get("generator") is None:
            return function(*args, **kwargs)
        with generator.given(kwargs["generator"]):
            return function(*args, **kwargs)

    return call


def _from_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """For C++ reads numbers straight from memory here, which our tensors do not have."""

    @wraps(function)
    def call(data: Any, *args: Any, device: Any = None, requires_grad: bool = False, **kwargs: Any) -> Any:
        made = function(_opened(data), *args, **kwargs)
        made = made if device is None else made.to(device)
        return made.requires_grad_() if requires_grad else made

    return call


def _opened(data: Any) -> Any:
    """Numbers of the device that stand in a list, brought to the CPU."""
    if isinstance(data, (list, tuple)):
        return [item._held if type(item) is Pretended else _opened(item) for item in data]
    return data


def _to(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args and isinstance(args[0], (str, torch.device, int)) and not isinstance(args[0], bool):
            args = (place(args[0]), *args[1:])
        if kwargs.get("device") is not None:
            kwargs["device"] = place(kwargs["device"])
        return function(self, *args, **kwargs)

    return to


def _new_tensor(self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, **kwargs: Any) -> Tensor:
    where = self.device if device is None else device
    return torch.tensor(data, dtype=dtype or self.dtype, device=where, **kwargs)


def _cuda(self: Tensor, device: Any = None, non_blocking: bool = False, **kwargs: Any) -> Tensor:
    return self.to(CUDA if device is None else device, non_blocking=non_blocking, **kwargs)


def _data(plain: Any) -> property:
    """`tensor.data`, whose setter can put a tensor of either device in place of one of the other."""

    def put(self: Tensor, value: Tensor) -> None:
        here, there = isinstance(self, Pretended), isinstance(value, Pretended)
        if here is there:
            plain.__set__(self, value)
            if here:
                self._held = value._held
            return
        gradient, self.grad = self.grad, None
        fresh = value.detach().requires_grad_(self.requires_grad)
        if isinstance(self, torch.nn.Parameter):
            fresh = torch.nn.Parameter(fresh, self.requires_grad)
        torch.utils.swap_tensors(self, fresh)
        self.grad = None if gradient is None else gradient.to(value.device)

    return property(plain.__get__, put)


def _has_compatible(plain: Callable[..., bool]) -> Callable[..., bool]:
    """`nn.Module.to` then writes to `parameter.data`, as it does for CUDA."""

    def compatible(input: Tensor, from_: Tensor) -> bool:
        return isinstance(input, Pretended) or isinstance(from_, Pretended) or plain(input, from_)

    return compatible


def _load(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    def load(file: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        if map_location is None or callable(map_location) or isinstance(map_location, dict):
            return plain(file, map_location, *args, **kwargs)
        with patch.object(Memory, "restores_to_cpu", new=True):
            loaded = plain(file, "cpu", *args, **kwargs)
        return tree_map_only(Tensor, lambda tensor: tensor.to(map_location), loaded)

    return load


def _reached_cuda() -> None:
    raise RuntimeError(
        "this call would reach a real GPU: the pretended one does not know it; see tests/gpu/pretended"
    )


def _manual_seed(seed: int) -> None:
    generator.Current.default.manual_seed(seed)


_PROPERTIES = SimpleNamespace(
    name="Pretended GPU", total_memory=8 << 30, major=9, minor=0, multi_processor_count=1
)
_OF_CUDA: dict[str, Callable[..., Any]] = {
    "is_available": lambda: True,
    "is_initialized": lambda: True,
    "is_bf16_supported": lambda *_, **__: True,
    "_is_in_bad_fork": lambda: False,
    "_lazy_init": _reached_cuda,
    "init": lambda: None,
    "device_count": lambda: 1,
    "current_device": lambda: 0,
    "set_device": lambda device: None,
    "get_device_name": lambda device=None: _PROPERTIES.name,
    "get_device_properties": lambda device=None: _PROPERTIES,
    "get_device_capability": lambda device=None: (9, 0),
    "synchronize": lambda device=None: None,
    "empty_cache": lambda: None,
    "memory_allocated": lambda device=None: Memory.ever,
    "max_memory_allocated": lambda device=None: Memory.ever,
    "memory_reserved": lambda device=None: Memory.ever,
    "max_memory_reserved": lambda device=None: Memory.ever,
    "reset_peak_memory_stats": lambda device=None: None,
    "mem_get_info": lambda device=None: (_PROPERTIES.total_memory, _PROPERTIES.total_memory),
    "manual_seed": _manual_seed,
    "manual_seed_all": _manual_seed,
    "seed": lambda: generator.Current.default.seed() and None,
    "seed_all": lambda: generator.Current.default.seed() and None,
    "initial_seed": lambda: generator.Current.default.initial_seed(),
    "is_current_stream_capturing": lambda: False,
    "get_rng_state": lambda device=None: generator.Current.default.get_state(),
    "set_rng_state": lambda state, device=None: generator.Current.default.set_state(state),
    "get_rng_state_all": lambda: [generator.Current.default.get_state()],
    "set_rng_state_all": lambda states: generator.Current.default.set_state(states[0]),
}
_OF_ACCELERATORS: dict[str, Callable[..., Any]] = {
    "is_available": lambda: True,
    "current_accelerator": lambda check_available=False: torch.device("cuda"),
    "device_count": lambda: 1,
    "current_device_index": lambda: 0,
    "current_stream": lambda device=None: SimpleNamespace(is_capturing=lambda: False),
    "synchronize": lambda device=None: None,
}


def _changes() -> Iterator[tuple[Any, str, Any]]:
    """(module or class, name, what stands there while the device is pretended)."""
    for names, owner, change in (
        (_FACTORIES, torch, _translated),
        (("fftfreq", "rfftfreq"), torch.fft, _translated),
        (_METHODS, Tensor, _translated),
        (_FROM_DATA, torch, _from_data),
        (("to",), Tensor, _to),
    ):
        yield from ((owner, name, change(getattr(owner, name))) for name in names if hasattr(owner, name))
    yield Tensor, "new_tensor", _new_tensor
    yield Tensor, "cuda", _cuda
    yield Tensor, "data", _data(Tensor.data)
    yield torch, "_has_compatible_shallow_copy_type", _has_compatible(torch._has_compatible_shallow_copy_type)
    yield torch, "load", _load(torch.load)
    yield torch, "Generator", generator.Generator
    yield from ((torch.cuda, name, function) for name, function in _OF_CUDA.items())
    yield from ((torch.accelerator, name, function) for name, function in _OF_ACCELERATORS.items())
    yield torch.cuda, "default_generators", (generator.Current.default,)


@contextmanager
def renamed() -> Iterator[None]:
    """Let torch's names know of the pretended device in the block."""
    with ExitStack() as stack:
        for owner, name, value in list(_changes()):
            stack.enter_context(patch.object(owner, name, value))
        stack.enter_context(torch.serialization.safe_globals([rebuild]))
        yield
