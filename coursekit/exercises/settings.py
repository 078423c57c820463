"""torch's settings as the course takes them, whatever a notebook has set."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import torch

__all__ = ["standard_settings"]


@contextmanager
def standard_settings() -> Iterator[None]:
    """Run the body under torch's own defaults, and leave the present settings as they were.

    These are float32, the CPU, no deterministic mode, and gradients. Random numbers that the body takes
    from torch's global state are given back.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.enter_context(torch.enable_grad())
        if torch.get_default_device().type != "cpu":  # the mode makes every call of torch slower
            stack.enter_context(torch.device("cpu"))
        if (dtype := torch.get_default_dtype()) != torch.float32:
            stack.callback(torch.set_default_dtype, dtype)
            torch.set_default_dtype(torch.float32)
        if torch.are_deterministic_algorithms_enabled():
            warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
            stack.callback(partial(torch.use_deterministic_algorithms, True, warn_only=warn_only))
            torch.use_deterministic_algorithms(False)
        yield
