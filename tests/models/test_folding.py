"""Folded batch norms: the same scores, and the net of the caller as it was."""

import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from coursekit.models.folding import folded
from coursekit.models.networks import scene_net


def with_statistics(model: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.3, 3)
            nn.init.normal_(layer.weight, 1, 0.2)
            nn.init.normal_(layer.bias, 0, 0.2)
    return model.double().eval()


@pytest.mark.parametrize(
    "build", [lambda: mobilenet_v2(num_classes=7), lambda: nn.Sequential(scene_net(("a", "b")))]
)
def test_scores_stay_and_no_batch_norm_is_left_in_a_sequence(build) -> None:
    model = with_statistics(build())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    again = folded(model)
    torch.testing.assert_close(again(x), model(x), rtol=1e-9, atol=1e-9)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in again.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_batch_norm_after_anything_else_stays() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)).eval()
    assert isinstance(folded(model)[2], nn.BatchNorm2d)


def test_a_net_in_training_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="evaluation mode"):
        folded(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
