"""EfficientNet-Lite against the code of others, on random weights, for every level and size of picture."""

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

from coursekit.core.hooks import record
from coursekit.models.efficientnet import InvertedResidual, efficientnet_lite
from coursekit.models.imagenet import renamed
from coursekit.models.networks import Classifier

CLASSES = tuple(map(str, range(1000)))


def random_pair(level: int) -> tuple[nn.Module, Classifier]:
    """The same random net in their code and in ours, in float64; batch norms have statistics of their own."""
    torch.manual_seed(level)
    peer = EfficientNet.from_name(f"efficientnet-lite{level}")
    for layer in peer.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
    ours = efficientnet_lite(CLASSES, level=level)
    ours.load_state_dict({renamed(name): value for name, value in peer.state_dict().items()})
    return peer.double().eval(), ours.double().eval()


@pytest.mark.parametrize(("level", "sizes"), [(0, (224, 97)), (1, (240, 128)), (2, (260, 131))])
def test_random_nets_give_the_same_scores_as_the_code_of_others(level: int, sizes: tuple[int, ...]) -> None:
    peer, ours = random_pair(level)
    for size in sizes:
        x = torch.rand(2, 3, size, size, dtype=torch.float64)
        with torch.no_grad():
            # Their net normalises nothing.
            expected = peer((x - ours.normalise.mean) / ours.normalise.std)
            torch.testing.assert_close(ours(x), expected, rtol=1e-10, atol=1e-10)


def test_layers_have_names_that_one_can_read() -> None:
    model = efficientnet_lite(("cat", "dog")).eval()
    blocks = [f"block{i}" for i in range(1, 17)]
    assert [name for name, _ in model.named_children()] == [
        *("normalise", "stem", *blocks, "top", "gap", "flatten", "head")
    ]
    assert [name for name, _ in model.block2.named_children()] == ["expand", "depthwise", "project"]
    with record(model, "stem", "block5.expand", "top") as maps:
        model(torch.rand(1, 3, 224, 224))
    shapes = {name: tuple(value.shape[1:]) for name, value in maps.items()}
    assert shapes == {"stem": (32, 112, 112), "block5.expand": (240, 28, 28), "top": (1280, 7, 7)}
    assert all(value.min() >= 0 and value.max() <= 6 for value in maps.values())


def test_a_block_adds_its_input_where_shapes_allow() -> None:
    kinds = [
        block.adds for block in efficientnet_lite(("a",)).children() if isinstance(block, InvertedResidual)
    ]
    assert sum(kinds) == 9
    block = efficientnet_lite(("a",)).eval().block3
    for parameter in block.project.parameters():
        nn.init.zeros_(parameter)
    x = torch.rand(1, 24, 8, 8)
    assert torch.equal(block(x), x)


def test_all_steps_but_the_sums_are_layers() -> None:
    """So that hooks see them: ReLU6s and paddings are modules."""
    kinds = {type(layer) for layer in efficientnet_lite(("a",)).modules() if not list(layer.children())}
    assert {nn.ReLU6, nn.ZeroPad2d, nn.Conv2d, nn.BatchNorm2d, nn.Linear} <= kinds


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="level: wanted one of 0, 1, 2, got 3"):
        efficientnet_lite(("a",), level=3)
