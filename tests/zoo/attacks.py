"""Columns: attacks."""

from collections.abc import Callable
from functools import partial

import foolbox
import torch
import torch.nn.functional as F
from torch import Tensor

import coursekit as ck
from coursekit import attacks
from tests.zoo import oracles
from tests.zoo.case import Case
from tests.zoo.methods import method

EPS, SMALL = 4 / 255, 1e-5  # so small that the loss is linear, and has to move as it is pushed
MASK = (slice(None), slice(None), slice(8, 24), slice(8, 40))


def check_pixels(case: Case, found: Tensor, size: int | None = None) -> None:
    edge = size or case.entry.size
    assert found.shape[1:] == (3, edge, edge), f"shape {tuple(found.shape)}"
    assert found.isfinite().all(), "NaN or infinite pixels"
    assert found.min() >= 0, "pixels below 0"
    assert found.max() <= 1, "pixels above 1"


def loss(case: Case, x: Tensor, labels: Tensor) -> Tensor:
    with torch.no_grad():
        return F.cross_entropy(case.peer(x.clone()), labels, reduction="none")


def loss_slope(case: Case, x: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the cross-entropy, written down once more."""
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(F.cross_entropy(case.peer(leaf.clone()), labels, reduction="sum"), leaf)[0]


def by_foolbox(case: Case, attack: foolbox.Attack) -> Tensor:
    with torch.enable_grad():
        model = foolbox.PyTorchModel(case.peer.eval(), bounds=(0, 1), device="cpu")
        found = attack.run(model, case.x.clone(), foolbox.Misclassification(case.target), epsilon=EPS)
    case.peer.zero_grad()  # it leaves gradients behind
    return found


@method("fgsm", "attacks", lambda case: ck.fgsm(case.model, case.x, case.target, eps=EPS))
def fgsm(case: Case, ours: Tensor) -> float:
    attack = foolbox.attacks.LinfFastGradientAttack(random_start=False)
    return oracles.error(ours - case.x, by_foolbox(case, attack) - case.x)


@method(
    "pgd",
    "attacks",
    lambda case: ck.pgd(case.model, case.x, case.target, eps=EPS, steps=2, random_start=False),
)
def pgd(case: Case, ours: Tensor) -> float:
    attack = foolbox.attacks.LinfPGD(rel_stepsize=2.5 / 2, steps=2, random_start=False)
    return oracles.error(ours - case.x, by_foolbox(case, attack) - case.x)


@method(
    "pgd, l2",
    "attacks",
    lambda case: ck.pgd(case.model, case.x, case.target, eps=EPS, steps=2, norm="l2", random_start=False),
)
def pgd_l2(case: Case, ours: Tensor) -> float:
    attack = foolbox.attacks.L2PGD(rel_stepsize=2.5 / 2, steps=2, random_start=False)
    return oracles.error(ours - case.x, by_foolbox(case, attack) - case.x)


@method(
    "pgd_to_runner_up",
    "attacks",
    lambda case: ck.pgd_to_runner_up(case.model, case.x, case.scores.argmax(1), eps=EPS, steps=2),
)
def pgd_to_runner_up(case: Case, ours: Tensor) -> None:
    """It is our own PGD towards the second class, which is no oracle of somebody else's: it runs."""
    check_pixels(case, ours)
    second = case.scores.argsort(1)[:, -2]
    theirs = ck.pgd(case.peer, case.x, second, eps=EPS, steps=2, targeted=True)
    assert oracles.error(ours - case.x, theirs - case.x) < 1e-6, "not PGD towards the runner-up"


@method("deepfool", "attacks", lambda case: ck.deepfool(case.model, case.one, candidates=3, steps=2))
def deepfool(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours)
    best = case.scores[:1].argmax(1)
    assert (loss(case, ours, best) > loss(case, case.one, best)).all(), "no nearer to a border"


@method(
    "one_pixel",
    "attacks",
    lambda case: ck.one_pixel(case.model, case.one, case.scores[:1].argmax(1), population=5, steps=1),
)
def one_pixel(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours)
    assert (ours != case.one).any(1).sum() == 1, "not one pixel"


@method(
    "universal",
    "attacks",
    lambda case: ck.universal(case.model, case.x, case.scores.argmax(1), eps=SMALL, epochs=2, batch_size=2),
)
def universal(case: Case, ours: Tensor) -> None:
    assert ours.shape == case.one.shape
    assert ours.abs().max() <= SMALL + 1e-9, "out of its budget"
    best = case.scores.argmax(1)
    after = loss(case, (case.x + ours).clamp(0, 1), best)
    assert after.sum() > loss(case, case.x, best).sum(), "the loss is no larger"


@method(
    "adversarial_patch",
    "attacks",
    lambda case: ck.adversarial_patch(case.model, case.x, 1, size=12, steps=2, batch_size=1),
)
def adversarial_patch(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours[None], 12)
    # So few steps, each with the patch somewhere else, need not lead anywhere yet.
    assert (ours != 0.5).any(), "the patch is still grey"


def mask(case: Case) -> Tensor:
    where = torch.zeros_like(case.one[:, :1])
    where[MASK] = 1
    return where


@method(
    "masked_attack",
    "attacks",
    lambda case: ck.masked_attack(case.model, case.one, 1, mask(case), steps=2, copies=1),
)
def masked_attack(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours)
    assert torch.equal(ours * (1 - mask(case)), case.one * (1 - mask(case))), "paint outside of the mask"
    assert (ours != case.one).any(), "no paint"


def unlikely(case: Case) -> int:
    """The last class for noise: of the first ones, a net of random weights may be sure."""
    noise = torch.rand(case.one.shape, generator=torch.Generator().manual_seed(0), dtype=case.x.dtype)
    with torch.no_grad():
        return int(case.peer(noise)[0].argmin())


RATE = 1e-3
ON = {"step_size": RATE, "confidence": 1 - 1e-15}  # however sure the net is


@method(
    "fool_by_gradient",
    "attacks",
    lambda case: [
        ck.fool_by_gradient(case.model, unlikely(case), size=case.entry.size, steps=n, **ON) for n in (1, 2)
    ],
)
def fool_by_gradient(case: Case, ours: list[Tensor]) -> float:
    """The second step is that of the formula."""
    check_pixels(case, ours[1])
    slope = loss_slope(case, ours[0], torch.tensor([unlikely(case)]))
    return oracles.error(ours[1] - ours[0], (ours[0] - RATE * slope.sign()).clamp(0, 1) - ours[0])


@method(
    "fool_by_evolution",
    "attacks",
    lambda case: ck.fool_by_evolution(case.model, 1, size=case.entry.size, cells=4, population=8, steps=2),
)
def fool_by_evolution(case: Case, ours: Tensor) -> None:
    check_pixels(case, ours)


def _right(case: Case, x: Tensor, labels: Tensor) -> Tensor:
    with torch.no_grad():
        return case.peer(x.clone()).argmax(1) == labels


def labels(case: Case) -> Tensor:
    """Right about the first picture, wrong about the second."""
    best = case.scores.argmax(1)
    return torch.stack([best[0], (best[1] + 1) % 10])


ATTACK: Callable[..., Tensor] = partial(ck.fgsm, eps=EPS)


def attacked(case: Case) -> Tensor:
    return by_hand(case, labels(case))


def by_hand(case: Case, wanted: Tensor) -> Tensor:
    return (case.x + EPS * loss_slope(case, case.x, wanted).sign()).clamp(0, 1)


@method(
    "attacked_images",
    "attacks",
    lambda case: attacks.attacked_images(case.model, case.x, labels(case), ATTACK),
)
def attacked_images(case: Case, ours: Tensor) -> float:
    return oracles.error(ours - case.x, attacked(case) - case.x)


@method(
    "accuracy_under",
    "attacks",
    lambda case: ck.accuracy_under(case.model, case.x, labels(case), [0, EPS], ck.fgsm),
)
def accuracy_under(case: Case, ours: Tensor) -> float:
    after = [_right(case, x, labels(case)).double().mean() for x in (case.x, attacked(case))]
    return oracles.error(ours.double(), torch.stack(after))


@method(
    "robust_accuracy",
    "attacks",
    lambda case: ck.robust_accuracy(case.model, case.x, labels(case), {"fgsm": ATTACK}),
)
def robust_accuracy(case: Case, ours: dict[str, float]) -> float:
    clean, after = (_right(case, x, labels(case)).double() for x in (case.x, attacked(case)))
    wanted = torch.stack([clean.mean(), after.mean(), (clean * after).mean()])
    found = torch.tensor([ours[name] for name in ("clean", "fgsm", "worst case")], dtype=torch.float64)
    return oracles.error(found, wanted)


@method(
    "transfer_matrix",
    "attacks",
    lambda case: ck.transfer_matrix({"it": case.model}, case.x, labels(case), ATTACK),
)
def transfer_matrix(case: Case, ours: Tensor) -> float:
    clean, after = (_right(case, x, labels(case)) for x in (case.x, attacked(case)))
    return oracles.error(1 + ours.double(), 1 + ((clean & ~after).sum() / clean.sum()).double().view(1, 1))


@method("with_saliency", "attacks", lambda case: ck.with_saliency(case.model, case.x))
def with_saliency(case: Case, ours: Tensor) -> float:
    heat = oracles.gradient(case.peer, case.x, case.scores.argmax(1)).abs().amax(1, keepdim=True)
    return oracles.error(ours, torch.cat([case.x, heat / heat.amax((2, 3), keepdim=True)], 1))
