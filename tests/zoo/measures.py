"""Columns: covering, measures of maps, and sanity checks."""

from copy import deepcopy

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

import coursekit as ck
from tests.zoo import oracles
from tests.zoo.case import Case
from tests.zoo.methods import method


def _size(case: Case) -> int:
    return case.entry.size // 2


def probability(case: Case, x: Tensor) -> Tensor:
    """Return the probability of the first picture's class for each of some pictures (n,)."""
    with torch.no_grad():
        return case.peer(x.clone()).softmax(1)[:, case.target[0]]


@method(
    "occlusion",
    "measures",
    lambda case: ck.occlusion(case.model, case.one, case.target[:1], size=_size(case), stride=_size(case)),
)
def occlusion(case: Case, ours: Tensor) -> float:
    total, count = torch.zeros_like(case.one[0, 0]), torch.zeros_like(case.one[0, 0])
    clean = probability(case, case.one)[0]
    for rows, columns in oracles.windows(case.entry.size, _size(case), _size(case)):
        covered = case.one.clone()
        covered[:, :, rows, columns] = 0.5
        total[rows, columns] += clean - probability(case, covered)[0]
        count[rows, columns] += 1
    return oracles.error(ours, (total / count)[None, None])


def _heat(case: Case) -> Tensor:
    """Without ties, so that the order of the pixels is no matter of taste."""
    return case.one[:, 0] + 1e-3 * case.one[:, 1]


def _curve(case: Case, before: Tensor, after: Tensor, steps: int) -> Tensor:
    order = _heat(case).flatten().argsort(descending=True)
    curve = []
    for step in range(steps + 1):
        picture, some = before.clone().flatten(2), order[: round(step * len(order) / steps)]
        picture[:, :, some] = after.flatten(2)[:, :, some]
        curve.append(probability(case, picture.view_as(before)))
    return torch.cat(curve)[None]


@method(
    "deletion",
    "measures",
    lambda case: ck.deletion(case.model, case.one, _heat(case), case.target[:1], steps=3),
)
def deletion(case: Case, ours: Tensor) -> float:
    return oracles.error(ours, _curve(case, case.one, torch.full_like(case.one, 0.5), 3))


@method(
    "insertion",
    "measures",
    lambda case: ck.insertion(case.model, case.one, _heat(case), case.target[:1], steps=3),
)
def insertion(case: Case, ours: Tensor) -> float:
    size = case.entry.size // 8
    return oracles.error(ours, _curve(case, gaussian_blur(case.one, 2 * size - 1, size / 2), case.one, 3))


class NowAndThen:
    """Saliency of the first few nets that it is asked about and of the last; between them the one before."""

    def __init__(self, last: int) -> None:
        self.last, self.asked, self.kept = last, 0, torch.zeros(())
        self.weights: dict[str, Tensor] = {}

    def __call__(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        if self.asked < 4 or self.asked == self.last:
            self.kept = ck.saliency(model, x, target)
        self.weights = dict(model.named_parameters())
        self.asked += 1
        return self.kept


def _weighted(case: Case) -> list[nn.Module]:
    return [layer for layer in case.model.modules() if [*layer.parameters(recurse=False)]]


def randomised(case: Case) -> tuple[dict[str, Tensor], NowAndThen]:
    ask = NowAndThen(len(_weighted(case)))
    return ck.randomisation(case.model, case.one, ask, case.target[:1]), ask


def nameless(case: Case) -> set[str]:
    """The weights of the net itself, such as a class token: of no layer that could be named."""
    return {name for name, _ in case.model.named_parameters(recurse=False)}


@method("randomisation", "measures", randomised, excuse=nameless)
def randomisation(case: Case, ours: tuple[dict[str, Tensor], NowAndThen]) -> float:
    similar, ask = ours
    # One number has no spread to draw another with.
    before = {name: weight for name, weight in case.model.named_parameters() if weight.numel() > 1}
    kept = [name for name, weight in before.items() if torch.equal(weight, ask.weights[name])]
    assert not kept, f"{len(kept)} of {len(before)} weights are never made random: {kept[0]} …"
    model, errors = deepcopy(case.model), []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        original = _rank(oracles.gradient(case.peer, case.one, case.target))
        for name in list(similar)[:3]:
            layer = model.get_submodule(name)
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
            else:
                for weight in layer.parameters(recurse=False):
                    nn.init.normal_(weight, weight.mean().item(), weight.std(correction=0).item())
            now = oracles.gradient(model, case.one, case.target)
            errors.append(abs(spearmanr(original, _rank(now)).statistic - similar[name].item()))
    return max(errors)


def _rank(slope: Tensor) -> Tensor:
    return slope.abs().amax(1).flatten()


@method(
    "segmentation_saliency",
    "measures",
    lambda case: ck.segmentation_saliency(case.model, case.one),
    lambda case: {"wanted scores (N, classes, H, W)"},
)
def segmentation_saliency(case: Case, ours: Tensor) -> float:
    raise AssertionError("a classifier gives no scores of pixels")
