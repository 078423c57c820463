"""Run again only what lies behind a layer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.hooks import find_layer, rerouted
from coursekit.core.places import Where

__all__ = ["tail"]


@contextmanager
def tail(
    model: nn.Module, layer: str, x: Tensor, maps: Tensor, where: Where, run: int = 1
) -> Iterator["Tail"]:
    """Yield a function from changed maps of a layer to the scores behind them.

    What runs before the layer is not run again: its outputs for the picture are kept from one pass, also for
    branches that go round the layer. Where a net forbids that, since it writes to such an output, the
    function makes whole passes instead. The maps that it is given may be overwritten.

    Args:
        model: the net, in evaluation mode.
        layer: name of a layer.
        x: the picture (1, C, H, W) that the net sees.
        maps: the layer's unchanged map of it (1, K, h, w).
        where: how the map lies in what the layer puts out.
        run: which run of the layer in a pass puts out the map, counted from 1.

    Yields:
        The function: maps (n, K, h, w) → scores (n, classes).

    Raises:
        ValueError: there is no such layer, or a layer is compiled.
    """
    shortened = Tail(model, find_layer(model, layer), x, where, run)
    with rerouted(model, shortened.route):
        shortened.record(maps)
        yield shortened


class Tail:
    """What lies behind a layer, as a function. Made by ``tail``.

    Args:
        model: the net, in evaluation mode.
        layer: the layer, of which the last run is meant.
        x: the picture (1, C, H, W) that the net sees.
        where: how the map lies in what the layer puts out.
        run: which run of the layer in a pass puts out the map, counted from 1.

    Attributes:
        skips: whether only what lies behind is run; else each call makes whole passes.
    """

    def __init__(self, model: nn.Module, layer: nn.Module, x: Tensor, where: Where, run: int) -> None:
        self.model, self.layer, self.x, self.where, self.number = model, layer, x, where, run
        # These call the layer in the midst of their own work.
        self.around = {part for part in model.modules() if part is not layer and layer in part.modules()}
        self.kept: list[tuple[nn.Module, Any]] = []
        self.output: Tensor
        self.maps: Tensor | None = None
        self.skips, self.inside, self.ran = True, False, 0

    def record(self, maps: Tensor) -> None:
        """Keep what runs before the layer, and see whether two copies, cut short, lead to the same scores.

        Args:
            maps: the layer's unchanged map (1, K, h, w).
        """
        scores = self.model(self.x.clone())
        try:
            twice = self(maps.repeat(2, 1, 1, 1))
            self.skips = torch.allclose(twice, scores, rtol=1e-3, atol=1e-3 * scores.abs().max().item())
        except RuntimeError:
            self.skips = False

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the scores (n, classes) that these maps (n, K, h, w) lead to."""
        self.maps, self.ran, self.next = maps, 0, iter(self.kept)
        return self.model(_copies(self.x, len(maps)) if self.skips else self.x.repeat(len(maps), 1, 1, 1))

    def route(self, layer: nn.Module, run: Callable[[], Any]) -> Any:
        """Do a layer's work, or put kept or changed outputs in its place.

        Args:
            layer: the layer whose turn it is.
            run: does its work, and returns its output.

        Returns:
            What the net takes for the layer's output.

        Raises:
            RuntimeError: the layers run in another order than in the pass that was kept.
        """
        if layer is self.layer:
            self.ran += 1
            if self.ran == self.number:
                return self._pass_layer(run)
        if self.inside or self.ran >= self.number or layer in self.around:
            return run()
        if self.maps is None:
            return self._keep(layer, run)
        if not self.skips:
            return run()
        known, output = next(self.next, (None, None))
        if known is not layer:
            raise RuntimeError("the layers run in another order than before")
        return _copies(output, len(self.maps))

    def _pass_layer(self, run: Callable[[], Any]) -> Tensor:
        if self.maps is None:
            self.output = run()
            return self.output.clone()
        return self.where.put_back(self.maps, _copies(self.output, len(self.maps)))

    def _keep(self, layer: nn.Module, run: Callable[[], Any]) -> Any:
        self.inside = True
        output = run()
        self.inside = False
        self.kept.append((layer, output))
        return output  # no copy: a net that writes to it fails at the two copies that ``record`` tries


def _copies(value: Any, n: int) -> Any:
    """Repeat what a layer put out for one picture, in no more memory: if n > 1, it cannot be written to."""
    if type(value) in (tuple, list):
        return type(value)(_copies(part, n) for part in value)
    if not isinstance(value, Tensor):
        return value
    return value.expand(n, *value.shape[1:])
