"""What the exercises of this chapter share: their cases, and the steps that their mistakes take."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.hooks import record
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case
from coursekit.exercises.nets import CLASSES
from coursekit.exercises.saliency.cases import PICTURES, picture_case, score

__all__ = ["ANSWERS", "SIZES", "activation_cases", "enlarge", "flow", "layer_cases", "min_max", "weighted"]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.core.targets",
    "coursekit.exercises.gradcam",
)

# Before and behind a ReLU: only before it do channels have values of both signs.
_LAYERS = ("conv2", "relu3", "relu2", "conv2")
# Batch, channels, rows and columns all differ, so that no axis can stand in for another.
SIZES = {"one image": (1, 7, 4, 5), "a wide map": (1, 6, 3, 8), "a batch of three": (3, 8, 5, 4)}


Scores = Callable[[nn.Module, Tensor, Tensor], Tensor]


def flow(
    model: nn.Module, x: Tensor, target: Tensor, layer: str, scores: Scores = score
) -> tuple[Tensor, Tensor]:
    """What the layer puts out, and the gradient of the summed scores with respect to that, (N, K, h, w)."""
    with record(model, layer) as outputs:
        total = scores(model, x.detach().requires_grad_(), target).sum()
        (gradient,) = torch.autograd.grad(total, outputs[layer])
        return outputs[layer].detach(), gradient


def weighted(weights: Tensor, activation: Tensor) -> Tensor:
    """Σ_k w_k A_k for weights (N, K), or (N, K, h, w) where each position has its own."""
    return (weights.reshape(*weights.shape, *[1] * (4 - weights.ndim)) * activation).sum(1)


def enlarge(maps: Tensor, height: int, width: int) -> Tensor:
    """Maps (N, h, w) enlarged bilinearly to (N, height, width)."""
    return F.interpolate(maps[:, None], (height, width), mode="bilinear", align_corners=False)[:, 0]


def min_max(maps: Tensor) -> Tensor:
    """Each map stretched to [0, 1]; a map of one value becomes 0."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low).clamp(min=torch.finfo(maps.dtype).tiny)


def layer_cases(draws: Draws) -> list[Case]:
    """Draw cases with arguments ``model``, ``x``, ``target`` and ``layer``.

    The map of each image's target has both signs: a map of one sign would not tell whether there was a ReLU.
    """
    return [_draw(name, draws(name), layer) for name, layer in zip(PICTURES, _LAYERS, strict=True)]


def _draw(name: str, generator: torch.Generator, layer: str) -> Case:
    while True:
        case, both_signs = _retarget(picture_case(name, generator, layer=lambda *_: layer))
        if both_signs > 0.1:
            return case


def _retarget(case: Case) -> tuple[Case, float]:
    """The case with the targets whose maps have most of both signs, and how much the worst of them has."""
    arguments = case.build()
    shares = []
    for target in torch.arange(CLASSES):
        arguments["target"] = target.expand(len(arguments["x"]))
        activation, gradient = flow(**arguments)
        maps = weighted(gradient.mean((2, 3)), activation).flatten(1)
        shares.append(torch.minimum(maps.amax(1), -maps.amin(1)) / maps.abs().amax(1))
    share, target = torch.stack(shares).max(0)
    return Case(case.name, {**case.arguments, "target": target}), share.min().item()


def activation_cases(draws: Draws) -> list[Case]:
    """Draw cases with arguments ``activation``, as a ReLU puts it out, and ``gradient``.

    Some gradients are 0, as behind a max pooling. The others are so small beside the sum of the activations,
    about 4, that no denominator of Grad-CAM++ comes near 0: such weights would tell nothing from nothing.
    """
    cases = []
    for name, shape in SIZES.items():
        generator = draws(name)
        activation = 10 / (shape[2] * shape[3]) * torch.randn(shape, generator=generator).relu()
        gradient = 0.15 * torch.randn(shape, generator=generator).clamp(-2, 2)
        passed = torch.rand(shape, generator=generator) < 0.8
        cases.append(Case(name, {"activation": activation, "gradient": gradient * passed}))
    return cases
