"""Every attack stays in its ball and in [0, 1], which is checked by a check that can fail."""

from functools import partial

import pytest
import torch
from torch import Tensor

from coursekit import attacks
from coursekit.attacks import gradient, norms, search
from coursekit.attacks.budget import assert_within, to_grid
from coursekit.attacks.norms import L2, NORMS, Linf, Norm
from tests.attacks.methods import ATTACKS, MASK, SMALL
from tests.attribution import nets


def images(n: int = 4) -> Tensor:
    """Images of grey levels k/255, some of them black and white."""
    x = nets.images(n, size=20)
    x[:, :, :6], x[:, :, -3:] = 0, 1
    return (x * 255).round() / 255


LABELS = torch.tensor([0, 1, 2, 3])


def outside(result: Tensor, x: Tensor, ball: Norm, eps: float) -> list[str]:
    """Return what is wrong with the result of an attack; written apart from the package's own assertion."""
    wrong = [] if bool(((result >= 0) & (result <= 1)).all()) else ["pixels"]
    change = (result - x).double().flatten(1)
    if isinstance(ball, L2):
        size = change.square().sum(1).sqrt()
    elif isinstance(ball, Linf):
        size = change.abs().max(1).values
    else:
        size = (change.view(len(x), 3, -1) != 0).any(1).sum(1)
    return wrong + (["budget"] if (size > eps * (1 + 1e-5) + 1e-6).any() else [])


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_stays_in_its_ball_and_in_the_pixels_range(name: str) -> None:
    attack, ball, eps = ATTACKS[name]
    x = images()
    result = attack(nets.seeded(nets.Modular), x, LABELS)
    result = result.clamp(0, 1) if name.startswith("universal") else result
    assert result.shape == x.shape
    assert outside(result, x, ball, eps) == []
    assert not torch.equal(result, x)
    if name.startswith("8-bit"):
        assert torch.equal(result, (result * 255).round() / 255)
    if "masked" in name:
        assert torch.equal(result * (1 - MASK), x * (1 - MASK))
        assert not torch.equal(result * MASK, x * MASK)


def test_the_check_has_been_seen_to_fail() -> None:
    x = images()
    for name, ball in NORMS.items():
        too_far = (x + 0.2 * torch.ones_like(x)).clamp(0, 1)
        assert outside(too_far, x, ball, {"linf": 0.1, "l2": 1.0, "l0": 5}[name]) == ["budget"]
    assert outside(x + 0.05, x, NORMS["linf"], 0.1) == ["pixels"]
    assert "budget" in outside(torch.where(x == 0, 0.11, x), x, NORMS["linf"], 0.1)


class Unbounded(Linf):
    """A norm whose projection was forgotten."""

    def project(self, eta: Tensor, eps: float) -> Tensor:
        return eta


@pytest.mark.parametrize(
    ("broken", "attack"),
    [
        (Unbounded(), partial(attacks.pgd, eps=0.01, steps=5)),
        (Unbounded(), partial(attacks.universal, eps=0.01, epochs=5, batch_size=1)),
    ],
    ids=["pgd", "universal"],
)
def test_an_attack_that_left_its_ball_is_an_error(broken, attack, monkeypatch) -> None:
    monkeypatch.setitem(norms.NORMS, "linf", broken)
    with pytest.raises(AssertionError, match="left its budget: size"):
        attack(nets.seeded(nets.Modular), images(), LABELS)


def test_leaving_the_budget_is_an_error() -> None:
    x = images()
    with pytest.raises(AssertionError, match="left its budget: size"):
        assert_within((x + 0.2).clamp(0, 1), x, Linf(), 0.1)
    with pytest.raises(AssertionError, match="left its budget: pixels"):
        assert_within(x + 0.05, x, Linf(), 0.1)
    with pytest.raises(AssertionError, match="left its budget"):
        assert_within(x * float("nan"), x, Linf(), 0.1)


@pytest.mark.parametrize(
    ("module", "attack"),
    [
        (gradient, partial(attacks.pgd, eps=0.01)),
        (search, lambda m, x, y: attacks.deepfool(m, x, steps=1)),
        (search, partial(attacks.one_pixel, population=8, steps=1)),
    ],
    ids=["pgd", "deepfool", "one_pixel"],
)
def test_every_attack_makes_sure_of_its_result(module, attack, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(module, "assert_within", lambda *case: asked.append(case))
    x = images()
    result = attack(nets.seeded(nets.Modular), x, LABELS)
    ((checked, original, _, _),) = asked
    assert torch.equal(checked, result)
    assert torch.equal(original, x)


@pytest.mark.parametrize("name", ["linf", "l2", "l0"])
@pytest.mark.parametrize("eps", [0.4, 1.0, 1.6, 3.0, 8.0])
def test_rounding_stays_in_the_ball(name: str, eps: float) -> None:
    x, ball = images(), NORMS[name]
    radius = {"linf": eps / 255, "l2": eps / 10, "l0": 10 * eps}[name]
    eta = ball.random(x, radius, torch.Generator().manual_seed(0))
    adversarial = (x + eta).clamp(0, 1)
    rounded = to_grid(adversarial, x, ball, radius)
    assert (L2().size(rounded - x) <= L2().size(adversarial - x) * (1 + 1e-4)).all()
    assert torch.equal(rounded, (rounded * 255).round() / 255)
    assert outside(rounded, x, ball, radius) == []


def test_rounding_leaves_grey_levels_as_they_are() -> None:
    x = images()
    there = ((x + SMALL * nets.images(4, size=20).sub(0.5).sign()).clamp(0, 1) * 255).round() / 255
    assert torch.equal(to_grid(there, x, NORMS["linf"], SMALL), there)


@pytest.mark.parametrize("name", ["8-bit linf", "8-bit l2", "8-bit l0"])
@pytest.mark.parametrize(
    "x", [images().double(), (images() * 255).round() * (1 / 255)], ids=["wide", "times"]
)
def test_levels_that_are_off_in_their_last_bits_stay_where_nothing_is_changed(name: str, x: Tensor) -> None:
    attack, ball, eps = ATTACKS[name]
    levels = (x * 255).round() / 255
    assert not torch.equal(levels, x)
    result = attack(nets.seeded(nets.Modular, dtype=x.dtype), x, LABELS)
    assert outside(result, x, ball, eps) == []
    changed = (result * 255).round() != (x * 255).round()
    assert changed.any()
    assert torch.equal(result, torch.where(changed, (result * 255).round() / 255, x))


def test_rounding_keeps_what_is_strongest_of_a_faint_perturbation() -> None:
    x = torch.full((1, 3, 20, 20), 128 / 255, dtype=torch.float64)
    eta = 0.1 / 255 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype) ** 3
    rounded = to_grid(x + eta, x, NORMS["l2"], eta.norm().item()) - x
    strongest = eta.abs() >= eta.abs().flatten().topk(int(rounded.ne(0).sum())).values[-1]
    assert torch.equal(rounded != 0, strongest)
    assert torch.equal(rounded.sign()[strongest], eta.sign()[strongest])
    assert 0.9 * eta.norm() < rounded.norm() <= eta.norm() * (1 + 1e-5)
