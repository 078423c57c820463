"""FGSM and PGD: foolbox's numbers, the budget, and what they refuse."""

from copy import deepcopy
from functools import partial

import foolbox
import pytest
import torch
from torch import nn

from coursekit.attacks import fgsm, pgd
from coursekit.attacks.gradient import _assert_within
from coursekit.attacks.norms import NORMS, Linf


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 49, 5)]
    return nn.Sequential(*layers).eval()


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def y() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 3, 4, 0])


def peer(attack, model, x, y, eps) -> torch.Tensor:
    return attack.run(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), x, y, epsilon=eps)


def test_fgsm_is_foolbox(model, x, y) -> None:
    assert torch.equal(
        fgsm(model, x, y, eps=0.1), peer(foolbox.attacks.LinfFastGradientAttack(), model, x, y, 0.1)
    )


@pytest.mark.parametrize(
    ("name", "kind", "eps"),
    [
        ("linf", foolbox.attacks.LinfProjectedGradientDescentAttack, 0.1),
        ("l2", foolbox.attacks.L2ProjectedGradientDescentAttack, 1.5),
    ],
)
def test_pgd_is_foolbox_without_random_start(name: str, kind, eps: float, model, x, y) -> None:
    ours = pgd(model, x, y, eps=eps, steps=10, step_size=eps / 4, norm=name, random_start=False)
    theirs = peer(kind(abs_stepsize=eps / 4, steps=10, random_start=False), model, x, y, eps)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


ATTACKS = {
    "fgsm": partial(fgsm, eps=0.1),
    "linf": partial(pgd, eps=0.1, steps=4),
    "l2": partial(pgd, eps=1.0, steps=4, norm="l2"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_raise_the_loss_within_their_budget(name: str, model, x, y) -> None:
    adversarial = ATTACKS[name](model, x, y)
    loss = nn.CrossEntropyLoss(reduction="none")
    assert (loss(model(adversarial), y) > loss(model(x), y)).all()
    ball = NORMS["l2" if name == "l2" else "linf"]
    assert ball.size(adversarial - x).max() <= ATTACKS[name].keywords["eps"] + 1e-6
    assert adversarial.min() >= 0
    assert adversarial.max() <= 1


@pytest.mark.parametrize("name", NORMS)
def test_a_norm_keeps_its_word(name: str, x) -> None:
    ball, eta = NORMS[name], torch.randn_like(x)
    assert torch.allclose(ball.size(ball.steepest(eta)), torch.ones(len(x)))
    start = ball.random(x, torch.Generator().manual_seed(0))
    assert ball.size(start).max() <= 1 + 1e-6
    assert ball.size(start).min() > 0.9  # in many dimensions, nearly all of a ball is near its surface
    assert ball.size(ball.project(eta, 0.5)).max() <= 0.5 + 1e-6
    inside = eta * 1e-3
    assert torch.equal(ball.project(inside, 0.5), inside)
    assert not ball.steepest(torch.zeros_like(eta)).any()


def test_the_random_start_depends_on_the_generator_only(model, x, y) -> None:
    attack = partial(pgd, model, x, y, eps=0.1, steps=1)
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    first, again = attack(), attack()
    other = attack(generator=torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_net_comes_back_as_it_was(model, x, y) -> None:
    trained = deepcopy(model).train()
    trained.zero_grad(set_to_none=True)
    mean = trained[1].running_mean.clone()
    fgsm(trained, x, y, eps=0.1)
    assert trained.training
    assert trained[1].training
    assert torch.equal(trained[1].running_mean, mean)
    assert all(parameter.grad is None for parameter in trained.parameters())


def test_attacks_work_where_gradients_are_off(model, x, y) -> None:
    expected = fgsm(model, x, y, eps=0.1)
    with torch.no_grad():
        assert torch.equal(fgsm(model, x, y, eps=0.1), expected)
    with torch.inference_mode():
        assert torch.equal(fgsm(model, x, y, eps=0.1), expected)


def test_a_result_carries_no_graph_and_labels_may_be_short(model, x, y) -> None:
    asking = x.clone().requires_grad_()
    result = fgsm(model, asking, y.int(), eps=0.1)
    assert not result.requires_grad
    assert torch.equal(result, fgsm(model, x, y, eps=0.1))


def test_leaving_the_budget_is_an_error(x) -> None:
    with pytest.raises(AssertionError, match="left its budget"):
        _assert_within((x + 0.2).clamp(0, 1), x, Linf(), 0.1)
    with pytest.raises(AssertionError, match="left its budget"):
        _assert_within(x * float("nan"), x, Linf(), 0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": torch.full((6, 3, 16, 16), 128.0)}, "divide by 255"),
        ({"y": torch.tensor([0, 1])}, "wanted 6 integers"),
        ({"y": torch.zeros(6)}, "wanted 6 integers"),
        ({"y": torch.tensor([0, 1, 2, 3, 4, -100])}, "classes from 0"),
        ({"y": torch.tensor([0, 1, 2, 3, 4, 99])}, "label 99, but the net has 5"),
        ({"eps": -0.1}, "wanted a radius"),
        ({"step_size": -1.0}, "wanted a length"),
        ({"step_size": float("nan")}, "wanted a length"),
        ({"steps": 0}, "at least 1"),
        ({"norm": "l3"}, "one of linf, l2"),
    ],
)
def test_bad_input_is_named(change: dict, message: str, model, x, y) -> None:
    arguments = {"x": x, "y": y, "eps": 0.1} | change
    with pytest.raises(ValueError, match=message):
        pgd(model, **arguments)
