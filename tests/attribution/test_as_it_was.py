"""After every method, also one that raises, the net, the input and the random numbers are as they were."""

import contextlib
import copy
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core import devices, targets
from tests.attribution import methods, nets

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Stubborn(nets.InPlace):
    """A net with everything that could come back changed; raises in its ``fails``-th forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.per_pixel, self.passes, self.fails = False, 0, 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        if self.passes == self.fails:
            raise KeyError("broken on purpose")
        x = x.mul_(0.9)  # writes to its input
        x = F.dropout(x, 0.1, training=True)  # draws random numbers in evaluation mode too
        if self.per_pixel:
            return self.conv3(self.rectify(self.conv1(x), 1))
        return super().forward(x)


def stubborn_net() -> Stubborn:
    model = nets.seeded(Stubborn)
    model.train()
    model.norm.eval()
    model.conv2.requires_grad_(False)
    model.conv1.register_forward_hook(lambda *_: None)
    model.conv1.weight.grad = torch.ones_like(model.conv1.weight)
    return model


def state(model: nn.Module, x: Tensor) -> dict[str, object]:
    """Return everything that a method could leave changed, as plain values."""
    layers = list(model.named_modules())
    return {
        "modes": {name: layer.training for name, layer in layers},
        "forwards": [name for name, layer in layers if "forward" in vars(layer)],
        "hooks": {(name, kind): list(getattr(layer, kind)) for name, layer in layers for kind in HOOKS},
        "tensors": {name: tensor.tolist() for name, tensor in model.state_dict(keep_vars=True).items()},
        "requires_grad": {name: p.requires_grad for name, p in model.named_parameters()},
        "grads": {n: None if p.grad is None else p.grad.tolist() for n, p in model.named_parameters()},
        "input": (x.tolist(), x.requires_grad, x.grad),
        "torch": torch.get_rng_state().tolist(),
        "python": random.getstate(),
        "numpy": [part.tolist() if isinstance(part, np.ndarray) else part for part in legacy_state()],
        "grad mode": torch.is_grad_enabled(),
        "function modes": torch._C._len_torch_function_stack(),
    }


def legacy_state() -> tuple:
    return np.random.get_state()  # noqa: NPY002 - the global generator is the point


@pytest.mark.parametrize("fails", [0, 1, 2], ids=["returns", "raises", "raises later"])
@pytest.mark.parametrize("name", methods.ALL)
def test_everything_is_as_it_was(name, fails):
    model, x = stubborn_net(), nets.images(20).requires_grad_()
    model.per_pixel, model.fails = name == "segmentation_saliency", fails
    before = copy.deepcopy(state(model, x))
    if fails:
        with pytest.raises(KeyError):
            methods.ALL[name](model, x)
    else:
        assert not methods.ALL[name](model, x).requires_grad
    assert state(model, x) == before
    assert model.passes >= max(fails, 1)


def test_the_list_of_methods_is_complete():
    others = {"completeness_gap", "heatmap", "last_map"}
    assert {*methods.ALL, *methods.METRICS, *methods.ON_MAPS, *others} == {*attribution.__all__}


@pytest.mark.parametrize("fails", [0, 1, 2], ids=["returns", "raises", "raises later"])
@pytest.mark.parametrize("name", methods.METRICS)
def test_the_metrics_leave_everything_as_it_was(name, fails):
    model, x = stubborn_net(), nets.images(20).requires_grad_()
    model.fails = fails
    before = copy.deepcopy(state(model, x))
    if fails:
        with pytest.raises(KeyError):
            methods.METRICS[name](model, x)
    else:
        assert not methods.METRICS[name](model, x).requires_grad
    assert state(model, x) == before
    assert model.passes >= 1


def test_the_gap_leaves_everything_as_it_was():
    model, x = stubborn_net(), nets.images(20).requires_grad_()
    before = copy.deepcopy(state(model, x))
    attribution.completeness_gap(model, x, torch.zeros_like(x))
    assert state(model, x) == before
    assert model.passes > 1


def test_the_random_state_of_mps_is_put_back(monkeypatch):
    states = {"now": torch.zeros(1)}
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda device: states["now"])
    monkeypatch.setattr(torch.mps, "set_rng_state", lambda state, device: states.update(now=state))
    with devices.preserved_random_state(torch.device("mps")):
        states["now"] = torch.ones(1)
    assert states["now"].item() == 0


def test_the_random_state_put_back_is_that_of_the_inputs_device(monkeypatch):
    asked = []

    def preserved(device: torch.device) -> contextlib.AbstractContextManager:
        asked.append(device)
        return contextlib.nullcontext()

    monkeypatch.setattr(targets, "preserved_random_state", preserved)
    attribution.saliency(nets.Modular(), nets.images())
    assert asked == [torch.device("cpu")]


@pytest.mark.parametrize("name", methods.ALL)
def test_a_refused_layer_or_target_changes_nothing(name):
    model, x = stubborn_net(), nets.images()
    before = copy.deepcopy(state(model, x))
    wrong = {"masks": torch.zeros(1)} if name == "segmentation_saliency" else {"target": 99}
    model.per_pixel = name == "segmentation_saliency"
    with pytest.raises(ValueError, match=r"target 99|masks: wanted"):
        methods.ALL[name](model, x, **wrong)
    assert state(model, x) == before


def net_for(name: str) -> nn.Module:
    build = nets.for_masks if name == "segmentation_saliency" else nets.Modular
    return nets.seeded(build, dtype=torch.float64)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("name", methods.ALL)
def test_callers_grad_mode_and_frozen_weights_do_not_matter(name, frozen, mode):
    model, x = net_for(name), nets.images(dtype=torch.float64)
    expected = methods.ALL[name](model, x)
    with mode():
        result = methods.ALL[name](model.requires_grad_(not frozen), x.clone())
    torch.testing.assert_close(result, expected)


@pytest.mark.parametrize("name", methods.ALL)
def test_the_net_is_asked_in_evaluation_mode(name):
    model, x = net_for(name), nets.images(dtype=torch.float64)
    expected = methods.ALL[name](model, x)
    torch.testing.assert_close(methods.ALL[name](model.train(), x), expected)
