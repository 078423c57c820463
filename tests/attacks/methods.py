"""Every attack, set so that it is quick, as ``attack(model, x, y)``, with the ball that it has to stay in."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from coursekit import attacks
from coursekit.attacks.norms import NORMS, Norm
from coursekit.core.registry import methods_of

MASK = torch.zeros(1, 1, 20, 20)
MASK[:, :, 4:9, 3:15] = 1
CUBE = (NORMS["linf"], 1.0)
"""The budget of an attack that has none but [0, 1]."""


def flat_net(seed: int = 0) -> nn.Module:
    """A random net that sees where things are, for images (N, 3, 16, 16): it is easily fooled.

    In double precision, since attacks go by the sign of a gradient and by the higher of two scores.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 49, 5)]
    return nn.Sequential(*layers).double().eval()


def universal(model: nn.Module, x: Tensor, y: Tensor, **settings) -> Tensor:
    return x.detach() + attacks.universal(model, x, y, **settings)


def patched(model: nn.Module, x: Tensor, _: Tensor) -> Tensor:
    patch = attacks.adversarial_patch(model, x, 2, size=5, steps=3, batch_size=2)
    return attacks.paste(x.detach(), patch, row=7, column=9, scale=0.4, angle=30)


SMALL = 5 / 255
ATTACKS: dict[str, tuple[Callable[[nn.Module, Tensor, Tensor], Tensor], Norm, float]] = {
    **{
        name: (partial(found.function, **found.quick), NORMS["linf"], found.quick["eps"])
        for name, found in methods_of("attack").items()
    },
    "l2": (partial(attacks.pgd, eps=0.5, steps=4, norm="l2"), NORMS["l2"], 0.5),
    "l0": (partial(attacks.pgd, eps=7, steps=4, norm="l0"), NORMS["l0"], 7),
    "targeted": (partial(attacks.pgd, eps=SMALL, steps=4, targeted=True), NORMS["linf"], SMALL),
    "stopping": (partial(attacks.pgd, eps=0.5, norm="l2", stop_when_fooled=True), NORMS["l2"], 0.5),
    "pulled": (partial(attacks.pgd, eps=0.5, steps=4, norm="l2", pull=0.5), NORMS["l2"], 0.5),
    "restarted": (partial(attacks.pgd, eps=0.5, steps=2, norm="l2", restarts=3), NORMS["l2"], 0.5),
    "8-bit linf": (partial(attacks.pgd, eps=4.6 / 255, steps=4, eight_bit=True), NORMS["linf"], 4.6 / 255),
    "8-bit l2": (partial(attacks.pgd, eps=0.3, steps=4, norm="l2", eight_bit=True), NORMS["l2"], 0.3),
    "8-bit l0": (partial(attacks.pgd, eps=7, steps=4, norm="l0", eight_bit=True), NORMS["l0"], 7),
    "masked pgd": (partial(attacks.pgd, eps=0.5, steps=4, norm="l2", mask=MASK), NORMS["l2"], 0.5),
    "deepfool": (lambda model, x, _: attacks.deepfool(model, x, candidates=3, steps=3), *CUBE),
    "one pixel": (partial(attacks.one_pixel, population=8, steps=2), NORMS["l0"], 1),
    "three pixels": (partial(attacks.one_pixel, population=8, steps=2, pixels=3), NORMS["l0"], 3),
    "patch": (patched, *CUBE),
    "masked": (lambda m, x, y: attacks.masked_attack(m, x, y, MASK, steps=3, copies=2), *CUBE),
    "universal linf": (partial(universal, eps=SMALL, epochs=6, batch_size=1), NORMS["linf"], SMALL),
    "universal l2": (partial(universal, eps=0.5, epochs=6, batch_size=1, norm="l2"), NORMS["l2"], 0.5),
    "by gradient": (lambda m, x, y: attacks.fool_by_gradient(m, y, size=20, steps=3), *CUBE),
    "by evolution": (
        lambda m, x, y: attacks.fool_by_evolution(m, y, size=20, cells=5, population=8, steps=2),
        *CUBE,
    ),
}
ASKING = {
    "accuracy_under": lambda m, x, y: attacks.accuracy_under(m, x, y, [0, SMALL], attacks.fgsm),
    "robust_accuracy": lambda m, x, y: torch.tensor(
        list(attacks.robust_accuracy(m, x, y, {"fgsm": partial(attacks.fgsm, eps=SMALL)}).values())
    ),
    "transfer_matrix": lambda m, x, y: attacks.transfer_matrix(
        {"one": m, "other": m}, x, y, partial(attacks.fgsm, eps=SMALL)
    ),
    "with_saliency": lambda m, x, y: attacks.with_saliency(m, x),
}
"""What is no attack but asks the net too."""
