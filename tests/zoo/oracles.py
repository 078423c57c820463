"""What each method should give, calculated without it: by plain autograd, by hand, or by a peer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product

import captum.attr as captum
import numpy as np
import pytorch_grad_cam
import torch
import torch.nn.functional as F
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from tests.zoo.case import Case

__all__ = [
    "ablated",
    "activation",
    "component",
    "differences",
    "error",
    "gradient",
    "guided",
    "peer_cam",
    "picture",
    "relevance",
    "seen_rows",
    "windows",
]

Net = Callable[[Tensor], Tensor]


def error(ours: Tensor, theirs: Tensor) -> float:
    """Return the largest difference, relative to the largest entry; of one that is 0 everywhere: infinity."""
    assert ours.shape == theirs.shape, f"shape {tuple(ours.shape)}, wanted {tuple(theirs.shape)}"
    assert ours.isfinite().all(), "NaN or infinite values"
    size = theirs.abs().max()
    assert size > 0, "the oracle itself is 0 everywhere: the case is no test"
    return ((ours - theirs).abs().max() / size).item()


def gradient(net: Net, x: Tensor, target: Tensor) -> Tensor:
    leaf = x.clone().requires_grad_()
    scores = net(leaf.clone())[range(len(x)), target[: len(x)]]
    return torch.autograd.grad(scores.sum(), leaf)[0]


def differences(net: Net, x: Tensor, target: Tensor, slope: Tensor) -> float:
    """Return how far a slope is from finite differences, in a direction that is half it and half chance.

    The best of four widths: the widest crosses kinks of ReLUs, the narrowest rounds.
    """
    chance = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=x.dtype)
    along = slope / slope.norm() + chance / chance.norm()

    def score(at: Tensor) -> Tensor:
        with torch.no_grad():
            return net(at)[range(len(x)), target[: len(x)]].sum()

    errors = []
    for width in (1e-5, 1e-6, 1e-7, 1e-8):
        steep = (score(x + width * along) - score(x - width * along)) / (2 * width)
        errors.append(((steep - (slope * along).sum()).abs() / (slope * along).sum().abs()).item())
    return min(errors)


@contextmanager
def rectifying_by(relu: Callable[[Tensor], Tensor], relu6: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Put other functions in place of ReLU and ReLU6, however a net calls them."""

    def as_relu(input: Tensor, inplace: bool = False) -> Tensor:
        return relu(input)

    def as_hardtanh(input: Tensor, low: float = -1, high: float = 1, inplace: bool = False) -> Tensor:
        assert (low, high) == (0, 6), "a hardtanh that is no ReLU6"
        return relu6(input)

    def as_relu6(input: Tensor, inplace: bool = False) -> Tensor:
        return relu6(input)

    places = [(F, "relu", as_relu), (torch, "relu", as_relu), (Tensor, "relu", as_relu)]
    places += [(F, "relu_", as_relu), (torch, "relu_", as_relu), (Tensor, "relu_", as_relu)]
    places += [(F, "hardtanh", as_hardtanh), (F, "relu6", as_relu6)]
    kept = [(place, name, getattr(place, name)) for place, name, _ in places]
    try:
        for place, name, function in places:
            setattr(place, name, function)
        yield
    finally:
        for place, name, function in kept:
            setattr(place, name, function)


class Gate(torch.autograd.Function):
    """A rectifier, and what it lets back: positive gradients, to where ``is_open`` says."""

    @staticmethod
    def forward(ctx, x: Tensor, top: float, anywhere: bool) -> Tensor:
        ctx.is_open = torch.ones_like(x) if anywhere else ((x > 0) & (x < top)).to(x)
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient * (gradient > 0) * ctx.is_open, None, None


def guided(case: Case, *, deconvnet: bool = False) -> Tensor:
    """Guided backpropagation, or a deconvnet's picture; ReLU6 is open between 0 and 6."""

    def gate(top: float, anywhere: bool) -> Callable[[Tensor], Tensor]:
        return lambda x: Gate.apply(x, top, anywhere)

    # A ReLU that is open to everything would, of a ReLU6, not know its bounds.
    with rectifying_by(gate(torch.inf, deconvnet), gate(6.0, False)):
        ours = gradient(case.peer, case.x, case.target)
    if _by_modules(case):
        peer = captum.Deconvolution if deconvnet else captum.GuidedBackprop
        theirs = peer(case.peer).attribute(case.x.clone().requires_grad_(), target=case.target)
        assert error(ours, theirs) < 1e-9, "captum differs from the formula"
    return ours


def _by_modules(case: Case) -> bool:
    """Whether captum can handle the net: each ReLU of its graph is a module."""
    relus = [layer for layer in case.peer.modules() if isinstance(layer, nn.ReLU)]
    runs: list[nn.Module] = []
    handles = [layer.register_forward_hook(lambda layer, *_: runs.append(layer)) for layer in relus]
    called = [0]

    def count(x: Tensor) -> Tensor:
        called[0] += 1
        return x.clamp(min=0)

    with torch.no_grad(), rectifying_by(count, lambda x: x.clamp(0, 6)):
        case.peer(case.one.clone())
    for handle in handles:
        handle.remove()
    return called[0] == len(runs) == len({*runs}) and not case.steps & {"Hardtanh"}


def relevance(case: Case) -> Tensor:
    """LRP-0 where biases keep their share: z times the slope of the score, z what the net is given.

    With ReLU6 as a factor that is a constant, relevance passes it unchanged.
    """

    def factor(x: Tensor) -> Tensor:
        return x * (x.clamp(0, 6) / torch.where(x == 0, 1, x)).detach()

    z, net = case.x, case.peer
    if case.entry.wrapped:
        z = (case.x - case.peer.mean) / case.peer.std

        def net(values: Tensor) -> Tensor:
            return case.peer(values * case.peer.std + case.peer.mean)

    with rectifying_by(lambda x: x.clamp(min=0), factor):
        return z * gradient(net, z, case.target)


def activation(case: Case, layer: str, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a layer puts out, in its graph, and the scores."""
    kept: list[Tensor] = []

    def keep(_layer: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        kept.append(output if output.requires_grad else output.requires_grad_())
        return output.clone()

    handle = case.model.get_submodule(layer).register_forward_hook(keep)
    scores = case.peer(x.clone())
    handle.remove()
    assert len(kept) == 1, f"{layer} runs {len(kept)} times"
    return kept[0], scores


def as_maps(output: Tensor, like: Tensor) -> Tensor:
    """Return tokens or channels-last maps as maps shaped ``like``: (n, K, h, w)."""
    if output.ndim == 3:
        places = like.shape[2] * like.shape[3]
        return output[:, -places:].transpose(1, 2).unflatten(2, tuple(like.shape[2:]))
    return output if output.shape[1] == like.shape[1] else output.permute(0, 3, 1, 2)


def peer_cam(case: Case, method: type, layer: str, reshape: Callable[[Tensor], Tensor]) -> Tensor:
    """Return pytorch-grad-cam's weighted sum (n, 1, h, w), before it is rounded, enlarged and stretched."""
    target = case.model.get_submodule(layer)
    with method(model=case.peer, target_layers=[target], reshape_transform=reshape) as explain:
        explain(case.x.clone(), targets := [ClassifierOutputTarget(t) for t in case.target.tolist()])
        maps = explain.activations_and_grads.activations[0].detach().numpy()
        slopes = explain.activations_and_grads.gradients[0].detach().numpy()
        raw = explain.get_cam_image(case.x, target, targets, maps, slopes)
    case.peer.zero_grad()  # it leaves gradients behind
    return torch.from_numpy(np.asarray(raw))[:, None]


GRAD_CAM, LAYER_CAM = pytorch_grad_cam.GradCAM, pytorch_grad_cam.LayerCAM


def picture(raw: Tensor, x: Tensor) -> Tensor:
    """The papers' picture of a weighted sum (n, 1, h, w)."""
    raw = F.interpolate(raw.clamp(min=0), x.shape[2:], mode="bilinear", align_corners=False)
    raw = raw - raw.amin((2, 3), keepdim=True)
    return raw / raw.amax((2, 3), keepdim=True).clamp(min=1e-300)


def component(maps: Tensor) -> Tensor:
    """Return the first principal component (n, 1, h, w), rising with the mean over the channels, by SVD."""
    found = []
    for one in maps:
        rows = one.flatten(1).T.numpy()
        rows = rows - rows.mean(0)
        first = torch.from_numpy(rows @ np.linalg.svd(rows, full_matrices=False)[2][0])
        rising = (first * one.flatten(1).mean(0)).sum() >= 0
        found.append((first if rising else -first).unflatten(0, tuple(one.shape[1:])))
    return torch.stack(found)[:, None]


def ablated(case: Case, layer: str, like: Tensor, x: Tensor, target: int, chunk: int = 32) -> Tensor:
    """Return the score (K,) with each channel of a layer at 0 in turn, each by a whole pass."""
    channels = torch.arange(like.shape[1])
    found = []

    def silence(_layer: nn.Module, _inputs: object, output: Tensor, some: Tensor) -> Tensor:
        maps = as_maps(output, like).clone()
        maps[range(len(some)), some] = 0
        if output.ndim == 3:
            tokens = maps.flatten(2).transpose(1, 2)
            return torch.cat([output[:, : output.shape[1] - tokens.shape[1]], tokens], 1)
        return maps if maps.shape == output.shape else maps.permute(0, 2, 3, 1)

    for some in channels.split(chunk):
        hook = case.model.get_submodule(layer).register_forward_hook(
            lambda layer, inputs, output, some=some: silence(layer, inputs, output, some)
        )
        with torch.no_grad():
            found.append(case.peer(x.repeat(len(some), 1, 1, 1))[:, target])
        hook.remove()
    return torch.cat(found)


def windows(edge: int, size: int, stride: int) -> list[tuple[slice, slice]]:
    """Return where a patch lies, its last place flush with the border."""
    starts = [*range(0, edge - size, stride), edge - size]
    return [(slice(top, top + size), slice(left, left + size)) for top, left in product(starts, starts)]


class _Seen(Exception):  # noqa: N818
    """No error, but a way out of a forward pass."""


def seen_rows(case: Case, layer: str, unit: int) -> list[int]:
    """Return the rows of pixels that a unit (in the middle column) depends on: NaN goes wherever they go."""
    edge = case.entry.size
    x = case.one.repeat(edge, 1, 1, 1)
    x[range(edge), :, range(edge)] = torch.nan

    def leave(_layer: nn.Module, _inputs: object, output: Tensor) -> None:
        raise _Seen(output)

    handle = case.model.get_submodule(layer).register_forward_hook(leave)
    try:
        with torch.no_grad():
            case.peer(x)
    except _Seen as seen:
        output = seen.args[0]
        return output[:, :, unit, output.shape[3] // 2].isnan().any(1).nonzero()[:, 0].tolist()
    finally:
        handle.remove()
    raise AssertionError(f"layer {layer} does not run")
