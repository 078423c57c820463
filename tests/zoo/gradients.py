"""Columns: gradients and relevance."""

import captum.attr as captum
import torch
from torch import Tensor

import coursekit as ck
from coursekit.attribution.lrp.rules import Zero
from tests.zoo import oracles
from tests.zoo.case import Case
from tests.zoo.methods import method

SMOOTH = {"Gelu", "Silu", "Hardswish", "Elu", "Celu", "Selu", "LeakyRelu", "Mish", "Softplus", "PreluKernel"}
NO_RELEVANCE = {
    *("NativeLayerNorm", "NativeGroupNorm", "Softmax", "Sigmoid", "Hardsigmoid", "Tanh", "Product"),
    *("ScaledDotProductFlashAttentionForCpu", "ScaledDotProductEfficientAttention", "LinalgVectorNorm"),
}


def rectifiers(case: Case) -> set[str]:
    """The rectifiers of a net that are no ReLU, and none at all if it has no rectifier."""
    return case.steps & SMOOTH or (set() if case.steps & {"Relu", "Hardtanh"} else {"no ReLU"})


def without_relevance(case: Case) -> set[str]:
    return case.steps & (SMOOTH | NO_RELEVANCE)


@method("saliency", "gradients", lambda case: ck.saliency(case.model, case.x, case.target))
def saliency(case: Case, ours: Tensor) -> float:
    by_differences = oracles.differences(case.peer, case.one, case.target, ours[:1])
    assert by_differences < 1e-5, f"off the finite differences by {by_differences:.1g}"
    return oracles.error(ours, oracles.gradient(case.peer, case.x, case.target))


@method("saliency, predicted class", "gradients", lambda case: ck.saliency(case.model, case.one))
def predicted(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, oracles.gradient(case.peer, case.one, case.scores.argmax(1)))


@method(
    "saliency, of a layer", "gradients", lambda case: ck.saliency(case.model, case.one, 1, layer=first(case))
)
def of_a_layer(case: Case, ours: Tensor) -> float:
    leaf = case.one.clone().requires_grad_()
    output, _ = oracles.activation(case, first(case), leaf)
    return oracles.error(ours, torch.autograd.grad(output[:, 1].sum(), leaf)[0])


def first(case: Case) -> str:
    """The first layer of maps that is of another shape than the picture."""
    return next(name for name, maps in case.maps.items() if maps.shape[1:] != case.x.shape[1:])


@method("input_x_gradient", "gradients", lambda case: ck.input_x_gradient(case.model, case.x, case.target))
def input_x_gradient(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, case.x * oracles.gradient(case.peer, case.x, case.target))


@method(
    "integrated_gradients",
    "gradients",
    lambda case: ck.integrated_gradients(case.model, case.one, case.target[:1], steps=3, baseline=0.2),
)
def integrated_gradients(case: Case, ours: Tensor) -> float:
    """By the midpoint rule, written down once more: captum's steps are of single precision."""
    way = case.one - 0.2
    slopes = [oracles.gradient(case.peer, 0.2 + way * (k + 0.5) / 3, case.target[:1]) for k in range(3)]
    return oracles.error(ours, way * sum(slopes) / 3)


@method(
    "completeness_gap",
    "gradients",
    lambda case: ck.completeness_gap(case.model, case.x, case.x, case.target, baseline=0.2),
)
def completeness_gap(case: Case, ours: Tensor) -> float:
    with torch.no_grad():
        gain = case.scores - case.peer(torch.full_like(case.x, 0.2))
    return oracles.error(ours, gain[range(2), case.target] - case.x.sum((1, 2, 3)))


@method(
    "smoothgrad",
    "gradients",
    lambda case: ck.smoothgrad(case.model, case.one, case.target[:1], n_samples=3, noise_level=0.1),
)
def smoothgrad(case: Case, ours: Tensor) -> float:
    generator = torch.Generator().manual_seed(0)

    def draw(_mean: float, std: Tensor) -> Tensor:
        noise = [torch.randn(one.shape, generator=generator, dtype=torch.float64) for one in std]
        return 0.1 * torch.stack(noise)

    kept, torch.normal = torch.normal, draw  # captum draws from the global generator
    try:
        peer = captum.NoiseTunnel(captum.Saliency(case.peer))
        settings = {"nt_type": "smoothgrad", "nt_samples": 3, "stdevs": 0.1, "abs": False}
        theirs = peer.attribute(case.one.clone().requires_grad_(), target=case.target[:1], **settings)
    finally:
        torch.normal = kept
    return oracles.error(ours, theirs)


@method(
    "guided_backprop",
    "gradients",
    lambda case: ck.guided_backprop(case.model, case.x, case.target),
    rectifiers,
)
def guided_backprop(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, oracles.guided(case))


@method("deconvnet", "gradients", lambda case: ck.deconvnet(case.model, case.x, case.target), rectifiers)
def deconvnet(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, oracles.guided(case, deconvnet=True))


KEEPING = ((1.0, Zero(bias=True)), ("batch norm", Zero(bias=True)))


@method(
    "lrp, zero with biases",
    "gradients",
    lambda case: ck.lrp(case.model, case.x, case.target, composite=KEEPING),
    without_relevance,
)
def lrp_zero(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, oracles.relevance(case))


@method(
    "conservation",
    "gradients",
    lambda case: ck.conservation(case.model, case.one, case.target[:1], composite=KEEPING),
    without_relevance,
)
def conservation(case: Case, ours: list) -> float:
    total = oracles.relevance(case)[:1].sum()
    missing = case.scores[0, case.target[0]] - total
    return ((sum(row.leak for row in ours) - missing).abs() / missing.abs()).item()


def _composite(name: str) -> None:
    def run(case: Case) -> tuple[Tensor, Tensor]:
        relevance = ck.lrp(case.model, case.one, case.target[:1], composite=name)
        rows = ck.conservation(case.model, case.one, case.target[:1], composite=name)
        return relevance, sum(row.leak for row in rows)

    @method(f"lrp, {name}", "gradients", run, without_relevance)
    def check(case: Case, ours: tuple[Tensor, Tensor]) -> float | None:
        relevance, leaked = ours
        assert relevance.isfinite().all(), "NaN or infinite values"
        assert relevance.any(), "0 everywhere"
        missing = case.scores[0, case.target[0]] - relevance.sum() - leaked
        # Of what passed, since relevances of both signs can be far larger than their sum.
        off = (missing.abs() / relevance.abs().sum()).item()
        assert off < 1e-6, f"score − Σ relevance − Σ leaks is {off:.1g} of what there is"
        return None


for composite in ("epsilon-plus", "epsilon-gamma-box", "alpha2-beta1", "gamma"):
    _composite(composite)
