"""How little of a net is run again when a layer's map has changed."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from coursekit.attribution.partial_forward import tail
from coursekit.core.hooks import passing
from coursekit.core.places import Where
from tests.attribution import nets

MAP = Where(1, (24, 24))


class Branches(nn.Module):
    """A branch goes round the layer; ``writes`` makes the net overwrite what an earlier layer put out."""

    def __init__(self, writes: bool) -> None:
        super().__init__()
        self.writes, self.passes = writes, 0
        self.early, self.layer, self.late = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))
        self.early.register_forward_hook(self.count)
        self.head = nn.Linear(3, 6)

    def count(self, _layer: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> Tensor:
        self.passes += 1
        return output

    def forward(self, x: Tensor) -> Tensor:
        x = self.early(x)
        x = x.relu_() if self.writes else x.relu()
        return self.head((x + self.late(self.layer(x)).relu()).mean((2, 3)))


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("n", [1, 4])
def test_a_tail_is_the_whole_net_with_another_map(writes, n):
    model, x = nets.seeded(lambda: Branches(writes)), nets.images(1)
    model.early.weight.data += 0.1
    changed = torch.randn(n, 3, 24, 24, generator=torch.Generator().manual_seed(3))
    with torch.no_grad(), tail(model, "layer", x, model.layer(model.early(x).relu()), MAP) as run:
        assert run.skips == (not writes)
        ours = run(changed.clone())
        again = run(changed.clone())
    with passing(model, lambda *_: changed, "layer"), torch.no_grad():
        expected = model(x.repeat(n, 1, 1, 1))
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(again, expected)


def test_a_tail_runs_nothing_before_the_layer():
    ran = []
    model, x = nets.seeded(torchvision.models.resnet18), nets.images(1, size=64)
    with torch.no_grad():
        with passing(model, lambda _, output: kept.append(output.clone()), "layer4.0.conv2"):
            kept: list[Tensor] = []
            model(x)
        (clean,) = kept
        with tail(model, "layer4.0.conv2", x, clean, MAP) as run:
            conv = torch.nn.functional.conv2d
            torch.nn.functional.conv2d = lambda *args: ran.append(args[1].shape) or conv(*args)
            try:
                scores = run(clean.repeat(3, 1, 1, 1))
            finally:
                torch.nn.functional.conv2d = conv
        expected = model(x)
    assert ran == [(512, 256, 1, 1), (512, 512, 3, 3), (512, 512, 3, 3)]
    torch.testing.assert_close(scores, expected.expand(3, -1))
