"""Columns: class activation maps."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import coursekit as ck
from tests.zoo import oracles
from tests.zoo.case import Case
from tests.zoo.gradients import rectifiers
from tests.zoo.methods import method

RAW = {"normalised": False, "upsample": False}


def seen(case: Case, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the output of the last map's layer and the scores, by plain hooks."""
    output, scores = oracles.activation(case, case.last, x)
    return output, scores


def as_maps(case: Case, output: Tensor) -> Tensor:
    """Return a layer's output as (n, K, h, w): tokens without the first ones, which are no places."""
    if output.ndim == 4:
        return output.permute(0, 3, 1, 2) if case.entry.channels_last else output
    edge = int(output.shape[1] ** 0.5)
    return output[:, -(edge**2) :].transpose(1, 2).unflatten(2, (edge, edge))


def maps_and_slopes(case: Case, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the last map and the score's slope there: behind a ReLU that is no layer, as DenseNet's."""
    output, scores = seen(case, x)
    relu, slopes = relu_behind(output, scores), []
    if relu:
        relu.register_prehook(lambda gradients: slopes.append(gradients[0]))
    slopes += torch.autograd.grad(scores[range(len(x)), target].sum(), output)
    return as_maps(case, output.detach().clamp(min=0) if relu else output.detach()), as_maps(case, slopes[0])


def relu_behind(output: Tensor, scores: Tensor) -> Any:
    """Return the step that alone reads the copy of a layer's output, if it is a ReLU; else None."""
    readers, todo = defaultdict(set), [scores.grad_fn]
    while todo:
        step = todo.pop()
        sources = [source for source, _ in step.next_functions if source is not None]
        todo += [source for source in sources if source not in readers]
        for source in sources:
            readers[source].add(step)
    (copy,) = readers[torch.autograd.graph.get_gradient_edge(output).node]
    reader, *others = readers[copy]
    return reader if not others and reader.name().startswith("Relu") else None


@method("last_map", "maps", lambda case: ck.last_map(case.model, case.x))
def last_map(case: Case, ours: str) -> float:
    """The layer's output is, number for number, that of the last map (by whatever name)."""
    (found, _), (wanted, _) = (oracles.activation(case, name, case.one) for name in (ours, case.last))
    assert found.numel() == wanted.numel(), f"{ours} {tuple(found.shape)}; wanted {case.last}"
    values = [v.detach().flatten().sort().values for v in (found, wanted)]
    assert torch.equal(*values), f"{ours} {tuple(found.shape)} is not {case.last}"
    return 0.0


def _by_formula(
    name: str, formula: Callable[[Tensor, Tensor], Tensor], peer: type | None = None, limit: float = 0.0
) -> None:
    function = getattr(ck, name)

    def run(case: Case) -> tuple[Tensor, Tensor]:
        return function(case.model, case.x, case.target, **RAW), function(case.model, case.x, case.target)

    @method(name, "maps", run)
    def check(case: Case, ours: tuple[Tensor, Tensor]) -> float:
        maps, slopes = maps_and_slopes(case, case.x, case.target)
        raw = formula(maps, slopes)
        if peer:
            theirs = oracles.peer_cam(case, peer, case.last, partial(as_maps, case))
            # It does not copy what a layer puts out, which a ReLU in place behind it (DenseNet's) rectifies.
            either = raw, formula(maps.clamp(min=0), slopes), formula(maps.clamp(min=0), slopes * (maps > 0))
            off = min(oracles.error(one, theirs) for one in either)
            assert off < 1e-6, f"pytorch-grad-cam differs from the formula by {off:.2g}"
        shown = oracles.picture(raw, case.x)
        assert (ours[1] - shown).abs().max() < 1e-6 / max(1e-3, share_above(raw)), "the picture differs"
        return oracles.error(ours[0], raw)


def share_above(raw: Tensor) -> float:
    """How large what a picture shows is beside what it hides: it stretches rounding errors by as much."""
    return (raw.clamp(min=0).amax((1, 2, 3)) / raw.abs().amax((1, 2, 3))).min().item()


def over(numerator: Tensor, denominator: Tensor) -> Tensor:
    return torch.where(denominator == 0, 0, numerator / denominator)


def grad_cam(maps: Tensor, slopes: Tensor) -> Tensor:
    return (slopes.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True)


def grad_cam_pp(maps: Tensor, slopes: Tensor) -> Tensor:
    """In the paper's words: α = g² / (2 g² + g³ Σ A), where g is not 0."""
    sums = maps.sum((2, 3), keepdim=True)
    alpha = over(slopes**2, 2 * slopes**2 + slopes**3 * sums)
    return ((alpha * slopes.clamp(min=0)).sum((2, 3), keepdim=True) * maps).sum(1, keepdim=True)


def xgrad_cam(maps: Tensor, slopes: Tensor) -> Tensor:
    weights = over((maps * slopes).sum((2, 3), keepdim=True), maps.sum((2, 3), keepdim=True))
    return (weights * maps).sum(1, keepdim=True)


_by_formula("grad_cam", grad_cam, oracles.GRAD_CAM)
_by_formula("grad_cam_pp", grad_cam_pp)
_by_formula("xgrad_cam", xgrad_cam)
_by_formula("layer_cam", lambda maps, slopes: (slopes.clamp(min=0) * maps).sum(1, keepdim=True))
_by_formula("eigen_cam", lambda maps, slopes: oracles.component(maps))
_by_formula("eigen_grad_cam", lambda maps, slopes: oracles.component(maps * slopes))


def head_of(case: Case) -> tuple[nn.Linear, Tensor] | None:
    """Return the linear layer that makes the scores from the means of the last map, and that map."""
    output, _ = seen(case, case.x)
    maps = as_maps(case, output.detach())
    for head in case.peer.modules():
        if isinstance(head, nn.Linear) and head.weight.shape == (case.scores.shape[1], maps.shape[1]):
            for shown in (maps, maps.clamp(min=0)):
                with torch.no_grad():
                    if torch.allclose(head(shown.mean((2, 3))), case.scores, rtol=1e-9, atol=1e-9):
                        return head, shown
    return None


@method(
    "cam",
    "maps",
    lambda case: ck.cam(case.model, case.x, case.target, **RAW),
    lambda case: set() if head_of(case) else {"the scores are not made by one linear layer from the mean"},
)
def cam(case: Case, ours: Tensor) -> float:
    head, maps = head_of(case)
    return oracles.error(ours, torch.einsum("nk,nkhw->nhw", head.weight[case.target], maps)[:, None].detach())


def spoken_for(case: Case) -> Case:
    """The case with another class, should Grad-CAM show nothing of the usual one."""
    for step in range(10):
        target = (case.target + step) % 10
        if share_above(grad_cam(*maps_and_slopes(case, case.x, target))) > 0:
            return replace(case, target=target)
    raise AssertionError("Grad-CAM shows nothing of any class: the case is no test")


@method(
    "guided_grad_cam",
    "maps",
    lambda case: ck.guided_grad_cam(case.model, case.x, spoken_for(case).target),
    rectifiers,
)
def guided_grad_cam(case: Case, ours: Tensor) -> float:
    case = spoken_for(case)
    raw = grad_cam(*maps_and_slopes(case, case.x, case.target))
    error = oracles.error(ours, oracles.guided(case) * oracles.picture(raw, case.x))
    return error * min(1, max(1e-3, share_above(raw)))


def light(case: Case) -> bool:
    """Whether a pass for each channel of the last map is not too much."""
    output, _ = seen(case, case.one)
    channels = as_maps(case, output).shape[1]
    return channels <= 512 and sum(weight.numel() for weight in case.model.parameters()) < 6e6


def perturbed(case: Case) -> str | None:
    """The layer for maps that take a pass for each channel: None, or else the last with fewest channels."""
    if light(case):
        return None
    few = min(case.convolved.values())
    return [name for name, channels in case.convolved.items() if channels == few][-1]


def perturbed_maps(case: Case) -> tuple[str, Tensor]:
    name = perturbed(case)
    output, _ = oracles.activation(case, name or case.last, case.one)
    return name or case.last, as_maps(case, output.detach()) if name is None else output.detach()


def _run(function: Callable[..., Tensor]) -> Callable[[Case], Tensor]:
    return lambda case: function(case.model, case.one, case.target[:1], layer=perturbed(case), **RAW)


@method("ablation_cam", "maps", _run(ck.ablation_cam))
def ablation_cam(case: Case, ours: Tensor) -> float:
    layer, maps = perturbed_maps(case)
    clean = case.scores[0, case.target[0]]
    drops = clean - oracles.ablated(case, layer, maps, case.one, case.target[0])
    # A drop is the small difference of two scores.
    slack = (drops.abs().max() / clean.abs()).clamp(max=1).item()
    raw = torch.einsum("k,nkhw->nhw", drops / clean.abs(), maps)[:, None]
    return oracles.error(ours, raw) * slack


@method("score_cam", "maps", _run(ck.score_cam))
def score_cam(case: Case, ours: Tensor) -> float:
    _, maps = perturbed_maps(case)
    masks = F.interpolate(maps, case.x.shape[2:], mode="bilinear", align_corners=False)[0]
    low, high = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
    pictures = case.one * over(masks - low, high - low)[:, None]
    with torch.no_grad():
        scores = torch.cat([case.peer(some.clone())[:, case.target[0]] for some in pictures.split(32)])
    return oracles.error(ours, torch.einsum("k,nkhw->nhw", scores.softmax(0), maps)[:, None])
