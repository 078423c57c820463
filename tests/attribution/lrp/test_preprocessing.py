"""Between pixels and the first layer: who keeps its relevance, who hands it on, and what is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution import lrp
from coursekit.attribution.lrp.rules import ZBox, ZPlus
from tests.attribution import nets


@pytest.mark.parametrize(
    "start",
    [
        lambda x: (x - 0.5) / torch.tensor([0.2, 0.3, 0.4]).view(-1, 1, 1),
        lambda x: 1 - 2 * x,
        lambda x: x.sub_(0.5).div_(0.25),
        lambda x: torch.stack([x[:, 0] - 0.4, x[:, 1] * -3, x[:, 2]], 1),
        lambda x: F.batch_norm(x, torch.full((3,), 0.5).double(), torch.ones(3).double()),
        lambda x: torch.tensor([0.2, 0.3, 0.4]).view(3, 1, 1) - x.float().double().multiply(2).divide(3),
        lambda x: (-x.subtract(0.5)).true_divide(0.2) * torch.ones(3, 1, 1),
        lambda x: torch.concat(F.dropout(x, 0.5, training=False).split(1, 1), 1).type_as(x),
        lambda x: torch.stack([*x.swapaxes(1, 2).movedim(2, 1).float().double().unbind(1)], 1),
        lambda x: x[:, torch.tensor([0, 1, 2])] + 0.1,
    ],
)
def test_pixels_keep_their_relevance_when_they_are_normalised(start):
    x, box = nets.images(dtype=torch.float64), (("first", ZBox()), (1.0, ZPlus()))
    ours = lrp(nets.seeded(lambda: nets.Starting(start), dtype=torch.float64), x, 2, composite=box)
    torch.testing.assert_close(ours, _with_start(start, x), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("start", "hand_back"),
    [
        (lambda x: F.avg_pool2d(x, 2), lambda r: _enlarged(r) / 4),
        (lambda x: F.interpolate(x, scale_factor=0.5, mode="area"), lambda r: _enlarged(r) / 4),
        (lambda x: F.adaptive_avg_pool2d(x - 0.5, 12), lambda r: _enlarged(r) / 4),
        (lambda x: F.interpolate(x, scale_factor=2), lambda r: 4 * F.avg_pool2d(r, 2)),
        (lambda x: x[:, :1].expand(-1, 3, -1, -1), lambda r: F.pad(r.sum(1, True), (0, 0, 0, 0, 0, 2))),
        (lambda x: x[:, :1].repeat(1, 3, 1, 1), lambda r: F.pad(r.sum(1, True), (0, 0, 0, 0, 0, 2))),
    ],
)
def test_what_is_made_of_several_pixels_hands_relevance_on_to_them(start, hand_back):
    x, box = nets.images(dtype=torch.float64), (("first", ZBox()), (1.0, ZPlus()))
    ours = lrp(nets.seeded(lambda: nets.Starting(start), dtype=torch.float64), x, 2, composite=box)
    torch.testing.assert_close(ours, hand_back(_with_start(start, x)), rtol=1e-6, atol=1e-9)


def _enlarged(x: Tensor) -> Tensor:
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def _with_start(start, x: Tensor) -> Tensor:
    """Return the relevance of what ``start`` makes of the pixels."""
    black, white = start(torch.zeros_like(x)), start(torch.ones_like(x))
    low, high = black.minimum(white), black.maximum(white)
    return _by_hand(nets.seeded(nets.Modular, dtype=torch.float64), start(x.clone()), low, high)


def _by_hand(model: nets.Modular, x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Go by z⁺ down to the first layer's output, and by z^B from there."""
    conv = model.conv1
    first = conv(x).detach()
    relevance = lrp(_Behind(model), first.relu() / 100, 2, composite=((1.0, ZPlus()),))
    assert relevance.shape == first.shape
    ends = [end.detach().requires_grad_() for end in (x, low, high)]
    weights = (conv.weight, conv.weight.clamp(min=0), conv.weight.clamp(max=0))
    z, l, h = (F.conv2d(end, w, padding=2) for end, w in zip(ends, weights, strict=True))  # noqa: E741
    share = torch.where(relevance == 0, 0, relevance / (z - l - h)).detach()
    gradients = torch.autograd.grad((z - l - h).mul(share).sum(), ends)
    return sum(end.detach() * gradient for end, gradient in zip(ends, gradients, strict=True))


class _Behind(nn.Module):
    """``Modular`` behind its first convolution; activations divided by 100 pass for pixels."""

    def __init__(self, model: nets.Modular) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        model, x = self.model, x * 100
        x = model.pool(model.rectify(model.norm(model.conv2(model.pool(x))), 2))
        return model.head(model.rectify(model.conv3(x), 3).mean((2, 3)))


LEAVING = {
    "an average over padding": (lambda x: F.avg_pool2d(x, 3, 1, 1), "applies 'avg_pool2d' to them"),
    "a maximum": (lambda x: F.max_pool2d(x[:, :, : len(x[0, 0])], 2), "applies 'max_pool2d' to them"),
    "a mean of channels": (lambda x: x.mean(1, keepdim=True).repeat(1, 3, 1, 1), "applies 'mean' to them"),
    "a sum of pixels": (lambda x: x + x.flip(3), "applies 'add' to them"),
    "random dropout": (lambda x: F.dropout(x, 0.5), "applies 'dropout' to them"),
}


@pytest.mark.parametrize(("start", "message"), LEAVING.values(), ids=LEAVING)
def test_a_rule_for_pixels_is_not_left_out_silently(start, message):
    model, x = nets.seeded(lambda: nets.Starting(start)), nets.images()
    lrp(model, x)  # which has no rule for them
    with pytest.raises(ValueError, match=rf"no layer sees pixels .* the net's own forward {message}"):
        lrp(model, x, composite="epsilon-gamma-box")
