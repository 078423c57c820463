"""What every registered method costs, in bare passes of its pictures, and beside its peer.

Run as ``python -m benchmarks.methods``, with names for some of them. A bare pass is one forward and one
backward pass of the same pictures, timed in the same run; so a method of one pass should be little above 1,
and SmoothGrad of 32 copies little above 32. Peers do as many passes as ours; those that cannot be called by
name alone are left out.
"""

import contextlib
import copy
import io
import statistics
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from benchmarks.attribution import bare_passes, seconds, trained_or_random
from coursekit import attacks, attribution
from coursekit.core.registry import Method, methods_of

FAMILIES = ("gradient", "relevance", "perturbation", "map", "product", "attack")
TURNS, IMAGES, SIZE, LAYER = 3, 4, 128, "relu7"
PASSES, STEPS = 32, 20  # our defaults, of integrated_gradients and pgd; the peers' own are 50 and 40
assert attacks, attribution  # whose methods are registered with them

Work = Callable[[], object]


def by_captum(peer: Any, model: nn.Module, x: Tensor, y: Tensor) -> Work:
    settings = {"n_steps": PASSES} if peer.__name__ == "IntegratedGradients" else {}
    return lambda: peer(model).attribute(x.clone().requires_grad_(), target=y, **settings)


def by_grad_cam(peer: Any, model: nn.Module, x: Tensor, y: Tensor) -> Work:
    theirs = copy.deepcopy(model).requires_grad_()
    explain = peer(theirs, [theirs.get_submodule(LAYER)])
    return lambda: explain(x, [ClassifierOutputTarget(label) for label in y.tolist()])


def by_foolbox(peer: Any, model: nn.Module, x: Tensor, y: Tensor) -> Work:
    import foolbox

    theirs = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    settings = {"steps": STEPS} if peer.__name__ == "LinfPGD" else {}
    return lambda: peer(**settings)(theirs, x, y, epsilons=5 / 255)


PEERS = {"captum.attr": by_captum, "pytorch_grad_cam": by_grad_cam, "foolbox.attacks": by_foolbox}
"""How a class of another library is called: its module → (class, net, images, labels) → the call."""
UNLIKE = {"captum.attr:Occlusion", "captum.attr:GuidedGradCam"}
"""Peers that need more than that."""


def peer_of(found: Method, model: nn.Module, x: Tensor, y: Tensor) -> Work | None:
    module, _, name = found.peer.partition(":")
    if module not in PEERS or found.peer in UNLIKE:
        return None
    return PEERS[module](getattr(import_module(module), name), model, x, y)


def median(work: Work) -> float:
    work()
    return statistics.median(seconds(work) for _ in range(TURNS))


def main(names: list[str] | None = None) -> None:
    torch.set_num_threads(1)
    model, what = trained_or_random()
    x = torch.rand(IMAGES, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    y = torch.arange(IMAGES)
    bare = median(lambda: bare_passes(model, x, backward=True))
    print(f"{what}, {IMAGES} pictures of {SIZE} × {SIZE}, one thread, median of {TURNS}")
    print(f"a bare pass takes {bare:.3f} s")
    print(f"{'method':<22}{'seconds':>9}{'÷ bare':>9}{'× peer':>9}")
    for name, found in methods_of(*FAMILIES).items():
        if names and name not in names:
            continue
        budget = {"eps": found.quick["eps"]} if found.family == "attack" else {}
        ours = median(lambda f=found.function, b=budget: f(model, x, y, **b))
        theirs = peer_of(found, model, x, y)
        with contextlib.redirect_stderr(io.StringIO()):  # the peers' progress bars
            beside = f"{median(theirs) / ours:>9.2f}" if theirs else f"{'':>9}"
        print(f"{name:<22}{ours:>9.3f}{ours / bare:>9.2f}{beside}")


if __name__ == "__main__":
    main(sys.argv[1:])
