"""The map behind a ReLU that is no layer of its own, and so has neither a name nor a hook."""

from typing import Any

from torch import Tensor, nn

from coursekit.core.hooks import running_layer
from coursekit.core.places import Places, Where, tensors_in
from coursekit.core.relus import is_relu6

__all__ = ["RectifiedPlaces"]

_RELUS = {"relu", "relu_"}


class RectifiedPlaces(Places):
    """Places, which also take out the map behind a ReLU that a net applies by a function, as ``F.relu``.

    That map stands for the layer's where the ReLU comes at once, and nothing else reads what the layer puts
    out. It is part of the graph that begins at the layer's map. A ReLU6 counts too, also as
    ``F.hardtanh(x, 0, 6)`` or ``x.clamp(0, 6)``: each makes of its own map the same, so a layer can be given
    that one. ``x.clamp(min=0)`` and ``torch.maximum`` do not count.

    Args:
        x: the picture (N, C, H, W) that goes into the net.
        layers: all layers of the net, by name; none, where the map is that of the layer itself.
    """

    def __init__(self, x: Tensor, layers: dict[str, nn.Module]) -> None:
        super().__init__(x)
        self.layers, self.names = layers, {layer: name for name, layer in layers.items()}
        self.given: Tensor | None = None
        self.map: Tensor | None = None
        self.unread = True

    def follow(self, given: Tensor, where: Where) -> Tensor:
        """Watch who reads a layer's output from here on.

        Args:
            given: the tensor that the net gets as the layer's output.
            where: how the map lies in it.

        Returns:
            ``given`` itself.
        """
        self.given, self.where, self.map, self.unread = given, where, None, bool(self.layers)
        return given

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = super().__torch_function__(func, types, args, kwargs)
        if self.given is None:
            return result
        reads = any(tensor is self.given for tensor in tensors_in((args, kwargs)))
        # What leads to no score, as a question for a shape or for NaN, is no reading.
        if reads and any(tensor.grad_fn is not None for tensor in tensors_in(result)):
            name = getattr(func, "__name__", "")
            return self._read(name in _RELUS or is_relu6(name, args, kwargs or {}), result)
        return result

    def _read(self, rectifies: bool, result: Any) -> Any:
        """Return what a function makes of a layer's output; if that is a ReLU at once, take the map out."""
        unread, self.unread, self.map = self.unread, False, None
        if not unread or not rectifies or not self._in_a_forward():
            return result
        overwritten, self.map = result is self.given, self.where.read(result).clone()
        rectified = self.where.put_back(self.map, result)
        if overwritten:
            self.given = None  # no other can read it
            return result.copy_(rectified)
        if result in self.known:
            self.known[rectified] = self.known[result]
        return rectified

    def _in_a_forward(self) -> bool:
        """Whether the innermost layer that runs has parts, and so is no activation."""
        name, _ = running_layer(self.names)
        return any(True for _ in self.layers[name].children())
