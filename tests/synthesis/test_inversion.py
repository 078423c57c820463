import pytest
import torch
from torch import nn

from coursekit.core.hooks import record
from coursekit.synthesis import invert, total_variation
from tests.attribution.nets import InPlace, Modular, images, seeded

EDGE, WEIGHT = 6, 0.05


def linear(outputs: int) -> nn.Module:
    def build() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * EDGE * EDGE, outputs))

    return seeded(build, dtype=torch.float64)


def exact(net: nn.Module, features: torch.Tensor, weight: float) -> torch.Tensor:
    """The picture with the least ‖A x + b − Φ₀‖² / ‖Φ₀‖² + λ · total tv_weight: all of it is quadratic."""
    matrix, rest, square = net[1].weight.detach(), features - net[1].bias.detach(), features.square().sum()
    grey = torch.zeros(1, 3, EDGE, EDGE, dtype=torch.float64)
    smooth = torch.autograd.functional.hessian(lambda x: total_variation(x).sum(), grey).reshape(108, 108)
    curvature = 2 * matrix.T @ matrix / square + weight * smooth
    return torch.linalg.solve(curvature, 2 * matrix.T @ rest[0] / square).reshape(1, 3, EDGE, EDGE)


@pytest.mark.parametrize("weight", [0.0, WEIGHT])
def test_a_linear_layer_is_inverted_to_the_least_squares_solution(weight: float) -> None:
    net, x = linear(150), 0.3 + 0.4 * images(1, size=EDGE, dtype=torch.float64)
    features = net(x).detach()
    wanted = exact(net, features, weight)
    assert 0 < wanted.min() < wanted.max() < 1
    assert torch.allclose(wanted, x) == (weight == 0)
    found = invert(net, features, size=EDGE, steps=300, lr=0.1, tv_weight=weight)
    torch.testing.assert_close(found.images, wanted, atol=3e-3, rtol=0)
    error = (net(wanted) - features).norm() / features.norm()
    torch.testing.assert_close(found.error, error[None].detach(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("model", [Modular, InPlace])
def test_any_layer_can_be_inverted_each_picture_by_itself(model) -> None:
    net, x = seeded(model, dtype=torch.float64), images(2, size=24, dtype=torch.float64)
    with record(net, "conv2") as outputs, torch.no_grad():
        net(x)
        features = outputs["conv2"]
    both = invert(net, features, "conv2", size=24, steps=40, lr=0.1, tv_weight=0.0)
    assert both.images.shape == x.shape
    assert 0 <= both.images.min() < both.images.max() <= 1
    with record(net, "conv2") as outputs, torch.no_grad():
        net(both.images)
        off = [(outputs["conv2"][i] - features[i]).norm() / features[i].norm() for i in range(2)]
    torch.testing.assert_close(both.error, torch.stack(off))
    short = invert(net, features, "conv2", size=24, steps=1, lr=0.1, tv_weight=0.0)
    assert (both.error < 0.6 * short.error).all()
    other = invert(net, features, "conv2", size=24, steps=1, lr=0.1, tv_weight=0.0, seed=1)
    assert not torch.allclose(other.images, short.images)


def test_total_variation_smooths() -> None:
    net, x = seeded(Modular), images(1, size=24)
    rough, smooth = (invert(net, net(x), size=24, steps=20, tv_weight=v).images for v in (0.0, 50.0))
    assert total_variation(smooth) < 0.5 * total_variation(rough)


def test_net_features_and_random_state_come_back_as_they_were() -> None:
    net, state = seeded(Modular).train(), torch.get_rng_state()
    features = torch.randn(1, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            invert(net, features, size=24, steps=2)
    assert torch.equal(torch.get_rng_state(), state)
    assert features.grad is None
    assert all(layer.training and not layer._forward_hooks for layer in net.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"layer": "conv9"}, "nearest"),
        ({"layer": "conv1", "size": 20}, r"\(1, 6\), but conv1 gives \(1, 8, 20, 20\)"),
        ({"tv_weight": -1.0}, "tv_weight from 0 up"),
        ({"lr": 0.0}, "lr above 0"),
        ({"steps": 0}, "steps"),
        ({"size": 0}, "size"),
    ],
)
def test_bad_settings_are_named(settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        invert(seeded(Modular), torch.ones(1, 6), **settings)
