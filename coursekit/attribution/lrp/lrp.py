"""Layer-wise relevance propagation: the score, handed back through the net from layer to layer."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from coursekit.attribution.lrp.composites import Composite, find_composite, needs_depth
from coursekit.attribution.lrp.functions import Call
from coursekit.attribution.lrp.propagation import Propagation
from coursekit.attribution.lrp.rules import Zero
from coursekit.core.inputs import batches
from coursekit.core.registry import Row, method
from coursekit.core.targets import Target, explaining, input_gradient

__all__ = ["Leak", "conservation", "lrp"]

_SPELLED = {
    "zero": "LRP-0",
    "epsilon": "LRP-ε",
    "gamma": "LRP-γ",
    "alpha1-beta0": "LRP α1β0",
    "alpha2-beta1": "LRP α2β1",
    "epsilon-plus": "LRP ε + α1β0",
    "epsilon-alpha2-beta1": "LRP ε + α2β1",
    "epsilon-gamma-box": "LRP ε + γ + zᴮ",
}


@method(
    "relevance",
    rows={f"LRP {name}": Row(spelling, {"composite": name}) for name, spelling in _SPELLED.items()},
    peer="zennit.attribution:Gradient",
)
def lrp(
    model: nn.Module,
    x: Tensor,
    target: Target = None,
    *,
    composite: str | Composite = "epsilon-plus",
    batch_size: int = 16,
) -> Tensor:
    """Return the relevance of each pixel for the score.

    From R = s at the score down to the pixels, each layer hands the relevance of its outputs to its inputs:
    Rⱼ = Σₖ (cⱼₖ + |cⱼₖ| / Σᵢ |cᵢₖ| · bₖ) / (Σᵢ cᵢₖ + bₖ) · Rₖ. Its rule says which part cⱼₖ of the
    contribution xⱼ wⱼₖ counts, and of bₖ with it, and may put the denominator ε further away from 0. With
    ``bias=True`` the bias keeps its share: Rⱼ = Σₖ cⱼₖ / (Σᵢ cᵢₖ + bₖ) · Rₖ.

    A layer that normalises the pixels leaves their relevance alone. Batch norm is folded into the convolution
    or linear layer just before it; elsewhere (DenseNet) it is a layer of its own, which loses the relevance
    of its shift where its input is 0.

    Args:
        model: the net.
        x: images, clips or a table.
        target: the class: one for all, one each (N,), or None for the predicted one.
        composite: which rule for which layer: a name in ``COMPOSITES``, or pairs (which layers, rule).
        batch_size: how many inputs go through the net at once.

    Returns:
        Relevance shaped like ``x``. It sums to the score, but for what the rules leak: see ``conservation``.

    Raises:
        ValueError: bad input, target or composite; a pair of it for "first" or a named layer that nothing in
            the net can take; a function that relevance is not known to pass through,
            such as GELU, softmax or layer norm (the layer is named).

    Reference: Bach et al. 2015 (PLoS ONE 10:e0130140); composites: Kohlbrenner et al. 2020
    (arXiv:1910.09840); batch norm: Guillemot et al. 2020 (arXiv:2002.11018).
    """
    return torch.cat([relevance for relevance, _ in _propagate(model, x, target, composite, batch_size)])


@dataclass(frozen=True)
class Leak:
    """What one layer did to relevance, for each input: (N,).

    Attributes:
        layer: its name; "conv1 + bn1" where a batch norm is folded into it.
        rule: its rule, with what is not the default.
        relevance_out: Σ R over its outputs, which arrived.
        relevance_in: Σ R over its inputs, which was handed on.
    """

    layer: str
    rule: str
    relevance_out: Tensor
    relevance_in: Tensor

    @property
    def leak(self) -> Tensor:
        """What was lost, or gained if negative (N,)."""
        return self.relevance_out - self.relevance_in


def conservation(
    model: nn.Module,
    x: Tensor,
    target: Target = None,
    *,
    composite: str | Composite = "epsilon-plus",
    batch_size: int = 16,
) -> list[Leak]:
    """Return where relevance leaks: for each layer what arrives at its outputs and what leaves at its inputs.

    All else (ReLUs, sums, average pooling, …) conserves, so that Σ leaks = score − Σ relevance. Where a net
    branches, relevance does too: a row may show more than the score, or less.

    Args:
        model: the net.
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F).
        target: the class: one for all, one each (N,), or None for the predicted one.
        composite: which rule for which layer: a name in ``COMPOSITES``, or pairs (which layers, rule).
        batch_size: how many inputs go through the net at once.

    Returns:
        A row for each layer that a rule was for, in the order in which they run.

    Raises:
        ValueError: whatever ``lrp`` refuses; also a net that mixes the images of a batch, as by putting the
            times of clips before their number, so that relevance cannot be told apart by image.

    Reference: Bach et al. 2015 (PLoS ONE 10:e0130140), eq. 2.
    """
    runs = [rows for _, rows in _propagate(model, x, target, composite, batch_size, record=True)]
    return [
        Leak(
            rows[0].layer,
            rows[0].rule,
            torch.cat([row.relevance_out for row in rows]),
            torch.cat([row.relevance_in for row in rows]),
        )
        for rows in zip(*runs, strict=True)
    ]


def _propagate(
    model: nn.Module,
    x: Tensor,
    target: Target,
    composite: str | Composite,
    batch_size: int,
    record: bool = False,
) -> Iterator[tuple[Tensor, list[Leak]]]:
    """Yield the relevance of each batch, and the rows if they are recorded."""
    with explaining(model, x, target, batch_size=batch_size) as scorer:
        pairs = find_composite(model, composite)
        layers = _count_layers(model, x[:1]) if needs_depth(pairs) else 1

        def relevance(inputs: Tensor, images: Tensor) -> tuple[Tensor, list[Call]]:
            ran: list[Call] = []

            def objective(inputs: Tensor) -> Tensor:
                with Propagation(model, inputs, pairs, layers=layers, record=record) as propagation:
                    scores = scorer.scores(inputs, images)
                ran.extend(propagation.ran)
                return scores.sum()

            return input_gradient(objective, inputs), ran

        for images, _ in batches(len(x), 1, batch_size):
            values, ran = relevance(x[images], images)
            if record and len(images) > 1:
                pair = x[images[:2]].detach()
                pair[1] = torch.nan
                _check_order(relevance(pair, images[:2])[1])
            yield values, _rows(ran, len(images))


def _count_layers(model: nn.Module, x: Tensor) -> int:
    """Return how many convolutions and linear layers run in a forward pass."""
    with torch.inference_mode(False), torch.enable_grad():
        inputs = x.detach().clone(memory_format=torch.contiguous_format).requires_grad_().clone()
        with Propagation(model, inputs, (("convolution", Zero()), ("linear", Zero()))) as propagation:
            model(inputs)
    return propagation.met


def _check_order(ran: list[Call]) -> None:
    """Raise unless each layer got two images, of which the second was NaN, one after the other."""
    for call in ran:
        second = call.leaf.detach().flatten(1).isnan().any(1)
        half = len(second) // 2
        if len(second) % 2 or second[:half].any() or not second[half:].all():
            raise ValueError(
                f"conservation: layer {call.name!r} does not get the images of a batch one after the other;"
                " use batch_size=1"
            )


def _rows(ran: list[Call], images: int) -> list[Leak]:
    """Return a row for each call of a layer that relevance came back to."""
    return [
        # A net for clips may have put the frames into the batch, clip by clip.
        Leak(call.name, str(call.rule), *(side.reshape(images, -1).sum(1) for side in call.relevances))
        for call in ran
        if call.relevances is not None
    ]
