"""Robust accuracy, transfer, one for all, fooling images and defences."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from coursekit import attacks
from coursekit.attacks import Staircase, accuracy_under, fgsm, pgd, pgd_to_runner_up, robust_accuracy
from coursekit.attacks.norms import L2
from coursekit.datasets.digits import load_digits
from coursekit.models.checkpoints import load_model, read_card
from coursekit.models.training import Settings, adversarial_loss, evaluate, fit
from tests.attacks.methods import flat_net
from tests.attribution import nets

X, Y = nets.images(80, size=16, dtype=torch.float64), torch.arange(80) % 5


def lies(wrong: set[int]) -> attacks.robustness.Attack:
    """An attack that ends in black images: for the labels in ``wrong`` alone."""
    return lambda model, x, y: torch.where(torch.isin(y, torch.tensor(sorted(wrong))).view(-1, 1, 1, 1), 0, x)


class Level(nn.Module):
    """The class is written in the first pixel, in fifths."""

    def forward(self, x: Tensor) -> Tensor:
        return -(x[:, 0, 0, :1] * 5 - 0.5 - torch.arange(5)).abs()


def levels() -> Tensor:
    x = X.clone()
    x[:, 0, 0, 0] = (Y + 0.5) / 5
    return x


def test_the_worst_case_is_of_each_image_and_not_of_the_attacks() -> None:
    shares = robust_accuracy(Level(), levels(), Y, {"one": lies({1, 2}), "other": lies({2, 3})})
    assert shares == pytest.approx({"clean": 1, "one": 0.6, "other": 0.6, "worst case": 0.4})
    wrong_anyway = levels()
    wrong_anyway[Y == 4] = 0
    shares = robust_accuracy(Level(), wrong_anyway, Y, {"one": lies({1, 2})})
    assert shares == pytest.approx({"clean": 0.8, "one": 0.4, "worst case": 0.4})


def test_the_curve_is_the_accuracy_at_each_budget() -> None:
    model = flat_net()
    labels = model(X).argmax(1)
    curve = accuracy_under(model, X, labels, [0, 0.002, 0.01], partial(fgsm, targeted=False))
    expected = [evaluate(model, X, labels, attack=partial(fgsm, eps=eps)) for eps in (0, 0.002, 0.01)]
    assert curve.tolist() == pytest.approx(expected)
    assert curve[0] == 1 > curve[1] > curve[2]


def test_the_rows_of_the_transfer_matrix_are_what_the_attack_saw() -> None:
    labels = flat_net()(X).argmax(1)
    one, other = flat_net(), flat_net(1)
    attack = partial(pgd, eps=0.02, steps=3, random_start=False)
    matrix = attacks.transfer_matrix({"one": one, "other": other}, X, labels, attack)
    for i, seen in enumerate((one, other)):
        for j, met in enumerate((one, other)):
            right = met(X).argmax(1) == labels
            fooled = met(attack(seen, X[right], labels[right])).argmax(1) != labels[right]
            assert matrix[i, j].item() == pytest.approx(fooled.float().mean().item())
    assert matrix[0, 0] > matrix[1, 0] + 0.2


def test_the_runner_up_is_the_likeliest_wrong_class() -> None:
    model, y = flat_net(), torch.tensor([0, 1, 2, 3])
    wanted = [
        max((k for k in range(5) if k != y[i]), key=lambda k: model(X[i : i + 1])[0, k].item())
        for i in range(4)
    ]
    expected = pgd(model, X[:4], torch.tensor(wanted), eps=0.02, steps=3, targeted=True)
    torch.testing.assert_close(pgd_to_runner_up(model, X[:4], y, eps=0.02, steps=3), expected)


@pytest.mark.parametrize(("norm", "eps"), [("linf", 0.05), ("l2", 1.0)])
def test_one_perturbation_fools_images_that_it_was_not_made_from(norm: str, eps: float) -> None:
    model = flat_net()
    labels = model(X).argmax(1)
    eta = attacks.universal(model, X[:60], labels[:60], eps=eps, norm=norm)
    noise = attacks.norms.find_norm(norm).random(eta, eps, torch.Generator().manual_seed(0))
    noise = noise.sign() * eps if norm == "linf" else noise * eps / L2().size(noise)
    shares = [evaluate(model, (X[60:] + change).clamp(0, 1), labels[60:]) for change in (eta, noise)]
    assert eta.shape == (1, 3, 16, 16)
    assert shares[0] < shares[1] - 0.3


def test_fooling_images_get_as_sure_as_wanted() -> None:
    model = load_model("digits", device="cpu")
    for method in (attacks.fool_by_gradient, attacks.fool_by_evolution):
        x = method(model, [3, 8], size=32, channels=1)
        sure = model(x).softmax(1)
        assert x.shape == (2, 1, 32, 32)
        assert (sure[[0, 1], [3, 8]] >= 0.99).all()
        assert torch.equal(method(model, [3, 8], size=32, channels=1), x)
        assert not torch.equal(method(model, [3, 8], size=32, channels=1, seed=1), x)
        less = model(method(model, 3, size=32, channels=1, confidence=0.5)).softmax(1)[0, 3]
        assert 0.5 <= less < 0.99
    with pytest.raises(ValueError, match="between 0 and 1"):
        attacks.fool_by_gradient(model, 3, confidence=1.0)
    with pytest.raises(ValueError, match="at least 8"):
        attacks.fool_by_evolution(model, 3, population=4)


def test_the_staircase_hides_the_gradient_where_images_are_and_nowhere_else() -> None:
    model, x = flat_net(), (X * 255).round() / 255
    labels = model(x).argmax(1)
    stairs = Staircase(model)
    torch.testing.assert_close(stairs(x), model(x))
    assert torch.equal(fgsm(stairs, x, labels, eps=0.02), x)
    assert torch.equal(pgd(stairs, x, labels, eps=0.02, random_start=False), x)
    shares = robust_accuracy(
        stairs, x, labels, {"fgsm": partial(fgsm, eps=0.02), "pgd": partial(pgd, eps=0.02)}
    )
    assert shares["fgsm"] == 1
    assert shares["worst case"] < 0.2


def test_all_grey_levels_are_steps() -> None:
    x = (torch.arange(256).view(1, 1, 16, 16) / 255).requires_grad_()
    seen = Staircase(nn.Identity())(x)
    assert torch.equal(seen, x)
    assert not torch.autograd.grad(seen.sum(), x)[0].any()


def test_a_detector_learns_what_an_attack_looks_like() -> None:
    model, (x, y), attack = load_model("digits", device="cpu"), load_digits("train"), partial(fgsm, eps=0.1)
    detector = attacks.train_detector(
        model, x[:160], y[:160], attack, Settings(epochs=12, batch_size=32, lr=1e-2)
    )
    fresh = x[200:264]
    pictures = [attacks.with_saliency(model, images) for images in (fresh, attack(model, fresh, y[200:264]))]
    verdicts = [detector(some).argmax(1).float().mean().item() for some in pictures]
    assert verdicts[0] < 0.1
    assert verdicts[1] > 0.9
    assert not detector.training
    assert pictures[0].shape == (64, 2, 32, 32)
    assert torch.equal(pictures[0][:, :1], fresh)
    assert pictures[0][:, 1].amax((1, 2)).eq(1).all()


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_mixed_loss_by_hand(alpha: float) -> None:
    model, attack = flat_net(), partial(fgsm, eps=0.05)
    clean = -model(X).log_softmax(1)[range(80), Y].mean()
    attacked = -model(attack(model, X, Y)).log_softmax(1)[range(80), Y].mean()
    expected = alpha * clean + (1 - alpha) * attacked
    torch.testing.assert_close(adversarial_loss(model, X, Y, attack, alpha), expected.float())
    with pytest.raises(ValueError, match="alpha"):
        adversarial_loss(model, X, Y, attack, 1.5)


def test_fit_mixes_as_told() -> None:
    black = lambda done: lambda model, x, y: torch.zeros_like(x)  # noqa: E731
    models = {alpha: flat_net().requires_grad_() for alpha in (0.0, 0.9)}
    labels = flat_net()(X).argmax(1)
    for alpha, model in models.items():
        fit(model, X, labels, Settings(epochs=20, lr=1e-2), attack=black, alpha=alpha, quiet=True)
    assert evaluate(models[0.9], X, labels) > evaluate(models[0.0], X, labels) + 0.3


def test_the_digits_before_and_after_adversarial_training() -> None:
    images, labels = load_digits("test")
    usual, robust = (load_model(name, device="cpu") for name in ("digits", "digits-robust"))
    noise = 0.25 * (2 * torch.rand(images.shape, generator=torch.Generator().manual_seed(0)) - 1)
    assert evaluate(usual, (images + noise).clamp(0, 1), labels) > evaluate(usual, images, labels) - 0.05
    assert evaluate(usual, images[:60], labels[:60], attack=partial(pgd, eps=0.25, steps=40)) <= 0.05
    card = read_card("digits-robust")["metrics"]
    (worst,) = (share for name, share in card.items() if "worst case" in name)
    assert worst >= 0.6
    few = robust_accuracy(
        robust,
        images[:100],
        labels[:100],
        {"pgd": partial(pgd, eps=0.25, steps=40), "runner-up": partial(pgd_to_runner_up, eps=0.25, steps=40)},
    )
    assert worst - 0.1 < few["worst case"] < worst + 0.15
