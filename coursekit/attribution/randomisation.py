"""Does a heatmap depend on what the net learned? Forget that, layer by layer, and see if the map minds."""

import warnings
from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

from coursekit.attribution.heatmap import heatmap
from coursekit.attribution.order import has_statistics, in_order, weights_of
from coursekit.attribution.reparametrised import plain_copy
from coursekit.core.devices import preserved_random_state, seeded
from coursekit.core.images import check_tensors
from coursekit.core.locks import holding
from coursekit.core.targets import Target, explaining

__all__ = ["randomisation", "rank_correlation"]

Method = Callable[[nn.Module, Tensor, Target], Tensor]


def randomisation(
    model: nn.Module, x: Tensor, method: Method, target: Target = None, *, seed: int = 0, signed: bool = False
) -> dict[str, Tensor]:
    """Return how like its old self a map stays while the net's weights are made random, from the head down.

    Layer after layer, each with all those above it: ρ(heatmap of the net, heatmap of the net so far
    forgotten), with ρ Spearman's rank correlation over the pixels. A map of what was learned falls to 0.

    A weight that is made from others (weight norm, spectral norm, pruning, a parametrisation) is taken as
    the plain weight that it amounts to. Weights that several layers share count as each layer's own.

    Args:
        model: the net; a copy of it is changed. Layers count in the order in which they run; where another's
            function takes their weights, as in some attentions, in the order in which these are first taken.
        x: images (N, C, H, W) in [0, 1].
        method: ``method(model, x, target)``, which returns an attribution.
        target: the class; None for the one that the whole net predicts, also once it has forgotten.
        seed: of the random weights, which are drawn on the CPU as a new layer draws its own.
        signed: compare values with their sign, summed over the channels, instead of the largest absolute one.

    Returns:
        Name of the layer → similarity (N,) in [-1, 1] after it and all above it were made random.

    Raises:
        ValueError: bad images or target, a net whose weighted layers cannot be put in order, one with weights
            of its own, in no layer, which would be left as they are, or whatever the method raises.

    Reference: Adebayo et al. 2018 (arXiv:1810.03292).
    """
    with explaining(model, x, target) as scorer:
        scorer.settle(x)
    if target is None and isinstance(scorer.target, Tensor):
        target = scorer.target[:, 0]
    with holding(model):  # lest what another thread hangs into it be copied too
        forgetful = plain_copy(model)

    def look() -> Tensor:
        with warnings.catch_warnings():  # of a map that is 0 everywhere, as that of a random net may be
            warnings.filterwarnings("ignore", ".*map is 0 everywhere")
            return heatmap(method(forgetful, x, target), signed=signed)

    similarity, original = {}, look()
    with preserved_random_state(x.device):
        for name, weights in _drawn(forgetful, in_order(forgetful, x), seed).items():
            forgetful.get_submodule(name).load_state_dict(weights)
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

    Reference: Spearman 1904.
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


def _drawn(model: nn.Module, layers: list[str], seed: int) -> dict[str, dict[str, Tensor]]:
    """Return new weights for each layer, the last layer first; the net stays as it is."""
    learned = deepcopy(model.state_dict())
    drawn = {}
    with seeded(seed):  # all at once, before another thread draws
        for name in reversed(layers):
            drawn[name] = _fresh(model.get_submodule(name))
            model.get_submodule(name).load_state_dict(drawn[name])
    model.load_state_dict(learned)
    return drawn


def _fresh(layer: nn.Module) -> dict[str, Tensor]:
    """Return weights for a layer as if it had never learned."""
    # On the CPU and in the usual order, since each kind of device has another stream of random numbers, and
    # they are dealt out in the order in which weights lie in memory.
    fresh = deepcopy(layer).to("cpu")
    for weight in weights_of(fresh):
        weight.data = weight.data.contiguous()
    before = [weight.detach().clone() for weight in weights_of(fresh)]
    reset = getattr(fresh, "reset_parameters", None)
    if callable(reset):
        reset()
    elif has_statistics(fresh):
        _forget_statistics(fresh)
    for weight, old in zip(weights_of(fresh), before, strict=True):
        # What is the same everywhere, such as the factors 1 of a new batch norm, is as new.
        if not callable(reset) or (torch.equal(weight, old) and (weight != weight.flatten()[0]).any()):
            nn.init.normal_(weight, weight.mean().item(), weight.std(correction=0).item())
    return fresh.state_dict()


@torch.no_grad()
def _forget_statistics(norm: nn.Module) -> None:
    """Make a batch norm whose weights are no parameters pass on what it gets."""
    for name, value in (("running_mean", 0), ("running_var", 1), ("weight", 1), ("bias", 0)):
        if isinstance(getattr(norm, name, None), Tensor):
            getattr(norm, name).fill_(value)
