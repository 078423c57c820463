"""The table on three small nets, and what its judge lets pass."""

import json
from collections import Counter

import pytest
import torch
import torchvision
from torch import Tensor, nn

import coursekit as ck
from coursekit import attacks
from tests.zoo import table
from tests.zoo.case import make
from tests.zoo.columns import METHODS, OWN
from tests.zoo.methods import NOT_ASKING
from tests.zoo.nets import NETS, Entry


class Block(nn.Module):
    """Two convolutions, and a way round them."""

    def __init__(self, channels: int, rectifier: type[nn.Module]) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2)]
        norms = [nn.BatchNorm2d(channels) for _ in range(2)]
        self.within = nn.Sequential(convolutions[0], norms[0], rectifier(), convolutions[1], norms[1])
        self.behind = rectifier()

    def forward(self, x: Tensor) -> Tensor:
        return self.behind(x + self.within(x))


def residual(rectifier: type[nn.Module]) -> nn.Module:
    stem = [nn.Conv2d(3, 8, 5, stride=4), nn.BatchNorm2d(8), rectifier(), nn.MaxPool2d(2)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)]
    return nn.Sequential(*stem, Block(8, rectifier), *head)


def transformer() -> nn.Module:
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 32, "num_classes": 10}
    return torchvision.models.VisionTransformer(64, 16, **sizes)


SMALL = {
    "relu": Entry("relu", "torchvision", lambda: residual(nn.ReLU), "4.behind"),
    "relu6": Entry("relu6", "torchvision", lambda: residual(nn.ReLU6), "4.behind", wrapped=True),
    "transformer": Entry(
        "transformer", "torchvision", transformer, "encoder.layers.encoder_layer_1.ln_1", wrapped=True
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SMALL)
def test_every_method_on_a_small_net(name):
    cells = table.row(SMALL[name], list(METHODS), quiet=True)
    wrong = {method: cell["why"] for method, cell in cells.items() if cell["verdict"] == "wrong"}
    assert not wrong
    found = Counter(cell["verdict"] for cell in cells.values())
    assert found["right"] >= 30
    refused = {method for method, cell in cells.items() if cell["verdict"] == "refused"}
    assert ("guided_backprop" in refused) == (name == "transformer")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda true: true * (1 + 1e-5), "off by 1e-05"),
        (lambda true: torch.zeros_like(true), "off"),
        (lambda true: true * torch.nan, "off"),
        (lambda true: true[:, :1].repeat(1, 3, 1, 1), "off"),
    ],
)
def test_a_wrong_answer_is_told(answer, why, monkeypatch):
    case, right = make(SMALL["relu"]), ck.saliency
    assert table.answer(METHODS["saliency"], case) == {"verdict": "right"}
    monkeypatch.setattr(
        ck, "saliency", lambda *args, **settings: answer(right(*args, **settings)), raising=False
    )
    cell = table.answer(METHODS["saliency"], case)
    assert cell["verdict"] == "wrong"
    assert why in cell["why"]


@pytest.mark.parametrize(
    ("net", "error", "verdict"),
    [
        ("relu", ValueError("the net is not for it"), "wrong"),  # it is
        ("transformer", ValueError("the net has GELUs"), "refused"),
        ("transformer", ValueError("something is the matter"), "wrong"),
        ("transformer", RuntimeError("the net has GELUs"), "wrong"),
        ("transformer", None, "wrong"),
    ],
)
def test_a_refusal_has_to_be_due_and_to_say_what_of(net, error, verdict, monkeypatch):
    def guided_backprop(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        if error:
            raise error
        return x

    monkeypatch.setattr(ck, "guided_backprop", guided_backprop, raising=False)
    assert table.answer(METHODS["guided_backprop"], make(SMALL[net]))["verdict"] == verdict


def test_every_public_method_has_a_column():
    columns = {name.partition(",")[0] for name in METHODS}
    assert not columns & NOT_ASKING
    assert columns | NOT_ASKING >= {*ck.__all__}, {*ck.__all__} - columns - NOT_ASKING
    assert columns <= {*ck.__all__, *attacks.__all__}


def test_the_committed_table_is_of_all_nets_and_methods_and_nothing_in_it_is_wrong() -> None:
    rows = json.loads((table.ROOT / "docs/nets.json").read_text(encoding="utf-8"))["nets"]
    assert {*rows} == {*NETS}
    libraries = Counter(NETS[name].library for name in rows)
    assert libraries["torchvision"] >= 50
    assert libraries["timm"] >= 10
    assert libraries["transformers"] >= 6
    for name, row in rows.items():
        assert {*row["cells"]} >= OWN, name
        assert not [method for method, cell in row["cells"].items() if cell["verdict"] == "wrong"], name
