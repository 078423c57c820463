"""DeepFool against foolbox, and one pixel against a plain search, image by image."""

from itertools import permutations

import foolbox
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from coursekit.attacks import deepfool, one_pixel
from coursekit.attacks.norms import L2
from coursekit.attacks.search import _Pixels
from coursekit.core.targets import explaining
from coursekit.datasets.digits import load_digits
from coursekit.models.checkpoints import load_model
from tests.attacks.methods import flat_net
from tests.attribution import nets

DOUBLE = torch.float64


def digits(n: int) -> tuple[nn.Module, Tensor, Tensor]:
    images, labels = load_digits("test")
    model, images = load_model("digits", device="cpu").double(), images.double()
    right = model(images[: 2 * n]).argmax(1) == labels[: 2 * n]
    return model, images[: 2 * n][right][:n], labels[: 2 * n][right][:n]


@pytest.mark.parametrize("shipped", [True, False])
def test_deepfool_comes_as_near_as_foolbox(shipped: bool) -> None:
    model, x = digits(4)[:2] if shipped else (flat_net(), nets.images(12, size=16, dtype=DOUBLE))
    labels = model(x).argmax(1)
    candidates = 10 if shipped else 4
    ours = deepfool(model, x, candidates=candidates)
    attack = foolbox.attacks.L2DeepFoolAttack(candidates=candidates)
    theirs = attack.run(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), x, labels)
    assert (model(ours).argmax(1) != labels).all()
    assert (model(theirs).argmax(1) != labels).all()
    torch.testing.assert_close(L2().size(ours - x), L2().size(theirs - x), rtol=0.01, atol=0)
    loss = nn.CrossEntropyLoss(reduction="none")
    torch.testing.assert_close(loss(model(ours), labels), loss(model(theirs), labels), rtol=0.01, atol=0)


def test_deepfool_of_a_linear_net_is_the_foot_of_the_perpendicular() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(48, 4)).double()
    x = nets.images(6, size=4, dtype=DOUBLE) * 0.4 + 0.3
    scores, weight = model(x), model[1].weight
    for i, one in enumerate(deepfool(model, x, candidates=4, overshoot=0.0)):
        own = scores[i].argmax()
        distances = [
            ((scores[i, own] - scores[i, k]) / (weight[own] - weight[k]).norm()).item()
            for k in range(4)
            if k != own
        ]
        assert (one - x[i]).norm().item() == pytest.approx(min(distances) + 1e-4, rel=1e-6)


def test_deepfool_does_not_depend_on_who_else_is_in_the_batch() -> None:
    model, x = flat_net(), nets.images(40, size=16, dtype=DOUBLE)  # more than go through the net at once
    together, few = deepfool(model, x), deepfool(model, x, steps=1)
    alone = torch.cat([deepfool(model, x[i : i + 1]) for i in range(40)])
    torch.testing.assert_close(together, alone)
    assert (model(few).argmax(1) == model(x).argmax(1)).any()
    assert not torch.equal(few, x)


def margin(model: nn.Module, image: Tensor, label: int) -> float:
    with torch.no_grad():
        scores = model(image[None])[0]
    return (scores[label] - max(s for k, s in enumerate(scores) if k != label)).item()


def plainly(model: nn.Module, image: Tensor, label: int, seed: int, population: int, steps: int) -> bool:
    """Differential evolution as the paper has it, one image at a time: whether it fools the net."""
    random = np.random.default_rng(seed)
    _, height, width = image.shape
    high = np.array([height, width, 1.0, 1.0, 1.0])

    def cost(gene: np.ndarray) -> float:
        changed = image.clone()
        changed[:, min(int(gene[0]), height - 1), min(int(gene[1]), width - 1)] = torch.tensor(gene[2:])
        return margin(model, changed, label)

    people = random.random((population, 5)) * high
    costs = [cost(gene) for gene in people]
    for _ in range(steps):
        if min(costs) < 0:
            return True
        for i in range(population):
            a, b, c = people[random.choice(population, 3, replace=False)]
            child = a + 0.5 * (b - c)
            child = np.where((child < 0) | (child > high), random.random(5) * high, child)
            if (new := cost(child)) <= costs[i]:
                people[i], costs[i] = child, new
    return min(costs) < 0


class Sensitive(nn.Module):
    """Class 1 where any pixel of the left half is much brighter than those around it, else class 0."""

    def forward(self, x: Tensor) -> Tensor:
        peak = (x - torch.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False))[..., :4].amax(
            (1, 2, 3)
        )
        return torch.stack([torch.full_like(peak, 0.45), peak], 1)


def test_one_pixel_succeeds_where_a_plain_search_does() -> None:
    model, x = flat_net(1), 0.4 + 0.2 * nets.images(30, size=16, dtype=DOUBLE)  # some are, some are not
    labels = model(x).argmax(1)
    ours = one_pixel(model, x, labels, population=12, steps=5)
    cases = list(zip(x, labels.tolist(), strict=True))
    fooled = [margin(model, image, label) < 0 for image, label in zip(ours, labels.tolist(), strict=True)]
    theirs = [plainly(model, image, label, 1, 12, 5) for image, label in cases]
    assert 5 < sum(theirs) < 25
    assert abs(sum(fooled) - sum(theirs)) <= 5


@pytest.mark.parametrize("targeted", [False, True])
def test_one_pixel_finds_the_place_and_the_colour(targeted: bool) -> None:
    x = torch.full((2, 1, 8, 8), 0.3)
    label = torch.tensor([1, 1]) if targeted else torch.tensor([0, 0])
    result = one_pixel(Sensitive(), x, label, targeted=targeted, population=20, steps=30, seed=4)
    assert Sensitive()(result).argmax(1).tolist() == [1, 1]
    changed = (result != x).nonzero()
    assert len(changed) == 2
    assert (changed[:, 3] < 4).all()
    assert (result[result != x] > 0.8).all()
    again = one_pixel(Sensitive(), x, label, targeted=targeted, population=20, steps=30, seed=4)
    other = one_pixel(Sensitive(), x, label, targeted=targeted, population=20, steps=30, seed=5)
    assert torch.equal(result, again)
    assert not torch.equal(result, other)
    assert not torch.equal(result[0], result[1])


def test_a_child_is_any_candidate_and_half_the_difference_of_two_others(monkeypatch) -> None:
    """Not the best one each time, which is SciPy's default."""
    asked = []

    def margin(self: _Pixels, genes: np.ndarray) -> np.ndarray:
        asked.append(genes.T.copy())
        return 1.0 + np.arange(genes.shape[1])  # the first candidate is the best

    monkeypatch.setattr(_Pixels, "margin", margin)
    one_pixel(nets.seeded(nets.Modular), nets.images(1, size=9), torch.tensor([0]), population=8, steps=1)
    people, children = asked
    trios = np.array(list(permutations(range(8), 3)))
    mutants = people[trios[:, 0]] + 0.5 * (people[trios[:, 1]] - people[trios[:, 2]])
    outside = (mutants < 0) | (mutants > [9, 9, 1, 1, 1])  # drawn anew
    firsts = [set(trios[(np.isclose(mutants, child) | outside).all(1), 0]) for child in children]
    assert all(firsts)
    assert any(0 not in some for some in firsts)


class Dull(nn.Module):
    """Hardly moved by any pixel; counts the images that it is shown."""

    shown = 0

    def forward(self, x: Tensor) -> Tensor:
        self.shown += len(x)
        return torch.stack([torch.full((len(x),), 10.0), 1e-3 * x.sum((1, 2, 3))], 1)


def test_a_search_goes_on_where_nearly_all_candidates_are_alike() -> None:
    model = Dull()
    one_pixel(model, torch.rand(1, 1, 6, 6), torch.tensor([0]), population=8, steps=5)
    assert model.shown == 1 + 8 * 6


@pytest.mark.parametrize("targeted", [False, True])
def test_a_whole_generation_has_the_margins_of_each(targeted: bool) -> None:
    model, image = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(1, size=9, dtype=DOUBLE)[0]
    genes = np.random.default_rng(0).random((10, 40)) * np.array([[9, 9, 1, 1, 1] * 2]).T
    genes[:, 0] = [9, 9, 1, 0, 1, 0, 0, 0, 0, 0]  # the borders of what SciPy may ask about
    with explaining(model, image[None], None) as scorer:
        task = _Pixels(scorer, image, 2, 2, targeted)
        margins, pictures = task.margin(genes), task.paint(genes)
    for gene, value, picture in zip(genes.T, margins, pictures, strict=True):
        changed = image.clone()
        for row, column, *colour in gene.reshape(2, 5):
            changed[:, min(int(row), 8), min(int(column), 8)] = torch.tensor(colour)
        assert torch.equal(picture, changed)
        assert value == pytest.approx((-1 if targeted else 1) * margin(model, changed, 2))


def test_bad_settings_are_named() -> None:
    model, x = nets.seeded(nets.Modular), nets.images(2)
    y = torch.tensor([0, 1])
    for settings, message in (
        ({"candidates": 1}, "candidates ≥ 2"),
        ({"steps": 0}, "steps"),
        ({"overshoot": -1}, "overshoot"),
    ):
        with pytest.raises(ValueError, match=message):
            deepfool(model, x, **settings)
    for settings, message in (
        ({"pixels": 0}, "pixels"),
        ({"population": 4}, "at least 5"),
        ({"steps": 0}, "steps"),
    ):
        with pytest.raises(ValueError, match=message):
            one_pixel(model, x, y, **settings)
    with pytest.raises(ValueError, match="label 9, but the net has 6"):
        one_pixel(model, x, torch.tensor([0, 9]))
