"""Which layers of a net are attentions."""

from torch import nn

__all__ = ["attentions"]


def attentions(model: nn.Module) -> tuple[set[str], set[str]]:
    """Find the attention layers of a net, which only names tell, and the layers inside them.

    A net in a wrapper is none, whatever it is called: it has all the weights.

    Args:
        model: the net.

    Returns:
        The names of the attentions, and the names of the layers that are parts of them.
    """
    layers, whole = list(model.named_modules()), len([*model.parameters()])
    names = {
        name
        for name, layer in layers
        if name and _attends(name, layer) and len([*layer.parameters()]) < whole
    }
    return names, {name for name, _ in layers if any(name.startswith(f"{outer}.") for outer in names)}


def _attends(name: str, layer: nn.Module) -> bool:
    kind, attribute = type(layer).__name__, name.rpartition(".")[2]
    return "Attention" in kind or "Attn" in kind or attribute in {"attn", "attention", "self_attn"}
