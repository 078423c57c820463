"""Does a heatmap depend on what the net learned? Forget that, layer by layer, and see if the map minds."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

from coursekit.attribution.heatmap import heatmap
from coursekit.attribution.targets import Target, explaining
from coursekit.devices import preserved_random_state
from coursekit.hooks import evaluating, record
from coursekit.images import check_tensors

__all__ = ["randomisation", "rank_correlation"]

Method = Callable[[nn.Module, Tensor, Target], Tensor]


def randomisation(
    model: nn.Module, x: Tensor, method: Method, target: Target = None, *, seed: int = 0, signed: bool = False
) -> dict[str, Tensor]:
    """Return how like its old self a map stays while the net's weights are made random, from the head down.

    Layer after layer, each with all those above it: ρ(heatmap of the net, heatmap of the net so far
    forgotten), with ρ Spearman's rank correlation over the pixels. A map of what was learned falls to 0.

    Args:
        model: the net; a copy of it is changed. Layers count in the order in which they run.
        x: images (N, C, H, W) in [0, 1].
        method: ``method(model, x, target)``, which returns an attribution.
        target: the class; None for the one that the whole net predicts, also once it has forgotten.
        seed: of the random weights, which are drawn as a new layer draws its own.
        signed: compare values with their sign, summed over the channels, instead of the largest absolute one.

    Returns:
        Name of the layer → similarity (N,) in [-1, 1] after it and all above it were made random.

    Raises:
        ValueError: bad images or target, a net whose weighted layers cannot be put in order, or whatever the
            method raises.

    After: Adebayo et al. 2018 (arXiv:1810.03292).
    """
    with explaining(model, x, target) as scorer:
        scorer.settle(x)
    if target is None and isinstance(scorer.target, Tensor):
        target = scorer.target[:, 0]
    forgetful = deepcopy(model)

    def look() -> Tensor:
        return heatmap(method(forgetful, x, target), signed=signed)

    similarity, original = {}, look()
    with preserved_random_state(x.device):
        torch.manual_seed(seed)
        for name in reversed(_weighted(forgetful, x)):
            _forget(forgetful.get_submodule(name))
            similarity[name] = rank_correlation(original, look())
    return similarity


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Return Spearman's ρ between maps, pixel by pixel: the correlation of their ranks, ties sharing a rank.

    Args:
        first: maps (N, H, W).
        second: the maps to compare them with (N, H, W).

    Returns:
        Correlations (N,) in [-1, 1]; 0 where a map is the same everywhere.

    Raises:
        ValueError: the shapes differ, or there are values that are not finite.

    After: Spearman 1904.
    """
    check_tensors(first=first, second=second)
    if first.shape != second.shape or first.ndim != 3:
        raise ValueError(
            f"wanted maps (N, H, W) of one shape, got {tuple(first.shape)} and {tuple(second.shape)}"
        )
    if not (first.isfinite().all() and second.isfinite().all()):
        raise ValueError("maps: there are NaN or infinite values, which have no rank; wanted finite ones")
    a, b = (_ranks(maps.detach().flatten(1)) for maps in (first, second))
    spread = (a.square().sum(1) * b.square().sum(1)).sqrt()
    return (a * b).sum(1) / spread.masked_fill(spread == 0, 1)


def _ranks(values: Tensor) -> Tensor:
    """Return the rank of each value in its row (N, K), counted from the middle one and scaled to [-1, 1]."""
    ordered = values.sort(1).values
    below = torch.searchsorted(ordered, values)
    up_to = torch.searchsorted(ordered, values, right=True)
    return (below + up_to).to(values) / values.shape[1] - 1


def _weighted(model: nn.Module, x: Tensor) -> list[str]:
    """Return the names of the layers with weights of their own, in the order in which they run."""
    names = [name for name, layer in model.named_modules() if name and [*layer.parameters(recurse=False)]]
    with evaluating(model), torch.no_grad(), record(model, *names) as outputs:
        model(x[:1].clone())  # a copy, since a net may write to its input
        return list(outputs)


def _forget(layer: nn.Module) -> None:
    """Give a layer weights as if it had never learned."""
    reset = getattr(layer, "reset_parameters", None)
    if callable(reset):
        reset()
        return
    for weight in layer.parameters(recurse=False):
        nn.init.normal_(weight, weight.mean().item(), weight.std(correction=0).item())
