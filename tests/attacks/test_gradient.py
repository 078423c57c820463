"""FGSM and PGD: foolbox's numbers, what each setting does, and what they refuse."""

from copy import deepcopy
from functools import partial

import foolbox
import pytest
import torch
from torch import nn

from coursekit.attacks import fgsm, pgd
from coursekit.attacks.gradient import _Ascent
from coursekit.attacks.norms import L2, NORMS
from coursekit.core.targets import explaining
from tests.attacks.methods import flat_net


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return flat_net()


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(scope="module")
def y() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 3, 4, 0])


def loss_of(model, x, y) -> torch.Tensor:
    return nn.CrossEntropyLoss(reduction="none")(model(x), y).detach()


def peer(attack, model, x, y, eps) -> torch.Tensor:
    return attack.run(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), x, y, epsilon=eps)


def test_fgsm_is_foolbox(model, x, y) -> None:
    theirs = peer(foolbox.attacks.LinfFastGradientAttack(), model, x, y, 0.1)
    torch.testing.assert_close(fgsm(model, x, y, eps=0.1), theirs)


@pytest.mark.parametrize("targeted", [False, True])
def test_pgd_is_foolbox(targeted: bool, model, x, y) -> None:
    settings = {"steps": 10, "random_start": False}
    ours = pgd(model, x, y, eps=0.1, step_size=0.025, targeted=targeted, **settings)
    attack = foolbox.attacks.LinfProjectedGradientDescentAttack(abs_stepsize=0.025, **settings)
    goal = foolbox.criteria.TargetedMisclassification(y) if targeted else y
    torch.testing.assert_close(ours, peer(attack, model, x, goal, 0.1))


def test_pgd_in_l2_is_as_good_as_foolbox(model, x, y) -> None:
    ours = pgd(model, x, y, eps=1.5, steps=10, step_size=0.4, norm="l2", random_start=False)
    kind = foolbox.attacks.L2ProjectedGradientDescentAttack
    theirs = peer(kind(abs_stepsize=0.4, steps=10, random_start=False), model, x, y, 1.5)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(loss_of(model, ours, y), loss_of(model, theirs, y), rtol=0.01, atol=0)
    torch.testing.assert_close(L2().size(ours - x), L2().size(theirs - x), rtol=0.01, atol=0)


ATTACKS = {
    "fgsm": partial(fgsm, eps=0.1),
    "linf": partial(pgd, eps=0.1, steps=4),
    "l2": partial(pgd, eps=1.0, steps=4, norm="l2"),
    "l0": partial(pgd, eps=12, norm="l0"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_raise_the_loss(name: str, model, x, y) -> None:
    adversarial = ATTACKS[name](model, x, y)
    assert (loss_of(model, adversarial, y) > loss_of(model, x, y)).all()
    assert not adversarial.requires_grad


@pytest.mark.parametrize("name", ["linf", "l2"])
def test_a_norm_keeps_its_word(name: str, x) -> None:
    ball, eta = NORMS[name], x - 0.4
    torch.testing.assert_close(ball.size(ball.steepest(eta)), torch.ones(len(x), dtype=x.dtype))
    start = ball.random(x, 1.0, torch.Generator().manual_seed(0))
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


def test_l0_counts_pixels_whatever_their_channels(x) -> None:
    ball, eta = NORMS["l0"], torch.zeros_like(x[:2])
    eta[0, :, 3, 4], eta[0, 1, 5, 5], eta[1, 2, 0, 0] = torch.tensor([0.3, -0.4, 0.1]), 0.6, -0.01
    assert ball.size(eta).tolist() == [2, 1]
    assert ball.size(ball.project(eta, 1)).tolist() == [1, 1]
    assert ball.project(eta, 1)[0, 1, 5, 5] == 0.6  # 0.6² is more than 0.3² + 0.4² + 0.1²
    assert torch.equal(ball.project(eta, 2), eta)
    assert not ball.project(eta, 0).any()
    start = ball.random(x, 9, torch.Generator().manual_seed(0))
    assert ball.size(start).tolist() == [9] * len(x)
    assert ball.steepest(x - 0.4).abs().flatten(1).amax(1).tolist() == [1] * len(x)


def test_a_target_is_reached_and_a_fooled_image_is_let_be(model, x, y) -> None:
    wanted = (y + 2) % 5
    attack = partial(pgd, model, x, wanted, eps=2.0, norm="l2", targeted=True, random_start=False)
    far, near = attack(steps=40), attack(steps=40, stop_when_fooled=True)
    for adversarial in (far, near):
        assert torch.equal(model(adversarial).argmax(1), wanted)
    assert (L2().size(near - x) < L2().size(far - x) - 0.2).all()
    one_by_one = [
        pgd(model, x[i : i + 1], wanted[i : i + 1], **attack.keywords, steps=40, stop_when_fooled=True)
        for i in range(len(x))
    ]
    torch.testing.assert_close(near, torch.cat(one_by_one))


def test_what_fools_already_is_left_alone_untargeted(model, x) -> None:
    wrong = (model(x).argmax(1) + 1) % 5
    assert torch.equal(pgd(model, x, wrong, eps=0.1, stop_when_fooled=True, random_start=False), x)


def test_the_pull_is_the_gradient_of_the_squared_length(model, x, y) -> None:
    x = x * 0.6 + 0.2  # so far from 0 and 1 that nothing is cut off
    first = pgd(model, x, y, eps=0.1, steps=1, step_size=0.5, norm="l2", random_start=False)
    leaf = first.clone().requires_grad_()
    objective = loss_of_graph(model, leaf, y) - 3 * (leaf - x).square().sum()
    (slope,) = torch.autograd.grad(objective, leaf)
    eta = first - x + 0.5 * slope / slope.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    length = eta.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    expected = x + eta * (0.1 / length).clamp(max=1)
    ours = pgd(model, x, y, eps=0.1, steps=2, step_size=0.5, norm="l2", random_start=False, pull=3)
    torch.testing.assert_close(ours, expected)


def loss_of_graph(model, x, y) -> torch.Tensor:
    return nn.CrossEntropyLoss(reduction="sum")(model(x), y)


def test_a_strong_pull_keeps_images_nearer(model, x, y) -> None:
    lengths = [L2().size(pgd(model, x, y, eps=3, norm="l2", pull=pull) - x) for pull in (0.0, 1.0, 10.0)]
    assert (lengths[0] > lengths[1]).all()
    assert (lengths[1] > lengths[2]).all()


@pytest.mark.parametrize("targeted", [False, True])
def test_of_the_restarts_each_image_keeps_the_best(targeted: bool, model, x, y) -> None:
    generator = torch.Generator().manual_seed(3)
    attack = partial(pgd, model, x, y, eps=0.03, steps=1, targeted=targeted)
    single = torch.stack([attack(generator=generator) for _ in range(6)])
    best = attack(restarts=6, generator=torch.Generator().manual_seed(3))
    sign = -1 if targeted else 1
    heights = torch.stack([sign * loss_of(model, attempt, y) for attempt in single])
    done = torch.stack([(model(attempt).argmax(1) == y) == targeted for attempt in single])
    chosen = (heights + 1000 * done).argmax(0)
    assert len(chosen.unique()) > 1
    torch.testing.assert_close(best, single[chosen, torch.arange(len(x))])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_attempt_that_fools_is_better_than_one_of_higher_loss(order: tuple[int, int]) -> None:
    scores = torch.tensor([[1.0, 0.99, 0.99], [0.9, 1.0, 0.0]])  # of class 0: losses of 1.09 and of 0.92
    attempts = [scores[i].view(1, 3, 1, 1) for i in order]
    with explaining(nn.Flatten(), attempts[0], None) as scorer:
        climb = _Ascent(scorer, L2(), 1, 1, 1, targeted=False, stop=False, pull=0, eight_bit=False)
        assert climb.best(attempts, torch.tensor([0])).flatten().tolist() == pytest.approx(scores[1].tolist())


def test_a_mask_gives_what_is_inside_all_of_the_budget(model, x, y) -> None:
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 4:8, 4:8] = 1
    masked = pgd(model, x, y, eps=0.7, norm="l2", mask=mask, steps=5)
    assert torch.equal(masked * (1 - mask), x * (1 - mask))
    assert (L2().size(masked - x) > 0.5).all()
    each = mask.repeat(6, 1, 1, 1)
    each[1] = 0
    alone = pgd(model, x, y, eps=0.7, norm="l2", mask=each, steps=5)
    assert torch.equal(alone[1], x[1])
    torch.testing.assert_close(alone[2:], masked[2:])


def test_the_attack_survives_rounding_on_request(model, x, y) -> None:
    """Here, most of the perturbation rounds to nothing unless it is asked to survive."""
    x = (x * 255).round() / 255
    attack = partial(pgd, model, x, y, eps=0.02, norm="l2", random_start=False)
    loose, on_grid = attack(), attack(eight_bit=True)
    afterwards = (loose * 255).round() / 255
    losses = torch.stack([loss_of(model, images, y).sum() for images in (x, afterwards, on_grid, loose)])
    gain = losses[1:] - losses[0]
    assert gain[1] > 1.5 * gain[0]
    assert gain[1] > 0.4 * gain[2]
    assert torch.equal(on_grid, (on_grid * 255).round() / 255)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": torch.full((6, 3, 16, 16), 128.0)}, "divide by 255"),
        ({"y": torch.tensor([0, 1])}, "wanted 6 integers"),
        ({"y": torch.zeros(6)}, "wanted whole numbers, got torch.float32"),
        ({"y": torch.tensor([0, 1, 2, 3, 4, -100])}, "classes from 0"),
        ({"y": torch.tensor([0, 1, 2, 3, 4, 99])}, "label 99, but the net has 5"),
        ({"eps": -0.1}, "wanted a radius"),
        ({"step_size": -1.0}, "wanted a length"),
        ({"step_size": float("nan")}, "wanted a length"),
        ({"steps": 0}, "at least 1"),
        ({"norm": "l3"}, "one of linf, l2, l0"),
        ({"restarts": 0}, "restarts: wanted at least 1"),
        ({"restarts": 2, "random_start": False}, "random_start=True"),
        ({"pull": -1.0}, "pull: wanted a weight"),
        ({"eight_bit": True}, "no grey levels"),
        ({"mask": torch.ones(6, 3, 16, 16)}, "mask: wanted"),
        ({"mask": torch.ones(2, 1, 16, 16)}, "mask: wanted"),
    ],
)
def test_bad_input_is_named(change: dict, message: str, model, x, y) -> None:
    arguments = {"x": x, "y": y, "eps": 0.1} | change
    with pytest.raises(ValueError, match=message):
        pgd(model, **arguments)
