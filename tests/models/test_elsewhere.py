"""Nets of timm by their name; those of torchvision are tested with load_model."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from coursekit.models import elsewhere
from coursekit.models.checkpoints import load_model


class FakeTimm(ModuleType):
    """What of timm is used, so that it can be tested where timm is not installed."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__("timm")
        self.error = error

    def list_models(self, pretrained: bool = False) -> list[str]:
        return ["tiny.in1k"] if pretrained else ["tiny", "untrained"]

    def get_pretrained_cfg(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(input_size=(3, 160, 160))

    def create_model(self, name: str, pretrained: bool) -> nn.Module:
        assert pretrained
        if self.error:
            raise self.error
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1000))
        net.pretrained_cfg = {"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.4)}
        net.num_classes = 1000
        return net


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> FakeTimm:
    fake = FakeTimm()
    monkeypatch.setitem(sys.modules, "timm", fake)
    return fake


def test_a_net_of_timm_takes_pixels_and_knows_its_classes(timm: FakeTimm) -> None:
    model = load_model("timm/tiny.in1k", device="cpu")
    x = torch.rand(2, 3, 20, 20)
    plain = timm.create_model("tiny.in1k", pretrained=True).eval()
    mean, std = torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1), torch.tensor([0.2, 0.3, 0.4]).view(3, 1, 1)
    torch.testing.assert_close(model(x), plain((x - mean) / std))
    assert model.classes[0] == "tench"
    assert elsewhere.tested_size("timm/tiny.in1k") == 160


def test_an_unknown_net_of_timm_gets_the_nearest(timm: FakeTimm) -> None:
    with pytest.raises(ValueError, match=r"timm has no net called 'tiny.in2k'; did you mean tiny.in1k"):
        load_model("timm/tiny.in2k")


def test_a_net_without_weights_is_refused(timm: FakeTimm) -> None:
    timm.error = RuntimeError("No pretrained weights exist for untrained.")
    with pytest.raises(ValueError, match="no pretrained weights"):
        load_model("timm/untrained")


def test_without_network_the_error_says_so(timm: FakeTimm) -> None:
    timm.error = OSError("no network")
    with pytest.raises(FileNotFoundError, match="not in timm's cache"):
        load_model("timm/tiny.in1k")


def test_without_timm_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModuleNotFoundError, match="pip install timm"):
        load_model("timm/tiny")
