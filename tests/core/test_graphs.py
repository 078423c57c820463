"""No zero is passed off as a gradient: what has no way back to the pixels is an error, whoever asks."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit import attacks, attribution
from coursekit.core.graphs import derivative
from coursekit.filters import activation_ranges
from coursekit.synthesis import (
    channel,
    deep_dream,
    invert,
    layer,
    maximize,
    score,
    style_transfer,
    texture,
    variation,
)
from tests.attacks.methods import ASKING, ATTACKS, MASK
from tests.attribution import methods, nets
from tests.attribution.test_errors import Gives


class Cut(nets.Modular):
    """A net whose last map, or all that leads to it, is cut off from the head, which can be trained."""

    def __init__(self, cut) -> None:
        super().__init__()
        self.cut = cut

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cut(self.maps, x).mean((2, 3)))

    def maps(self, x: Tensor) -> Tensor:
        x = self.pool(self.rectify(self.conv1(x), 1))
        return self.rectify(self.conv3(self.rectify(self.norm(self.conv2(x)), 2)), 3)


def under(mode, maps, x: Tensor) -> Tensor:
    with mode():
        return maps(x)


def as_int8(values: Tensor) -> Tensor:
    """What a dynamically quantised layer makes of floats."""
    return (values * 50).to(torch.int8).to(values.dtype) / 50


CUTS = {
    "no_grad": partial(under, torch.no_grad),
    "detach": lambda maps, x: maps(x).detach(),
    "data": lambda maps, x: maps(x).data,
    "numpy": lambda maps, x: torch.from_numpy(maps(x).detach().numpy()),
    "quantised": lambda maps, x: as_int8(maps(x)),
    "of the pixels": lambda maps, x: maps(as_int8(x)),
    "argmax": lambda maps, x: F.one_hot(maps(x).argmax(1), 12).movedim(3, 1).to(x.dtype),
    "rounded": lambda maps, x: maps(x).mul(20).round(),
    "floor": lambda maps, x: torch.div(maps(x), 0.1, rounding_mode="floor"),
    "whole division": lambda maps, x: maps(x) // 0.1,
    "sign": lambda maps, x: maps(x).sub(0.5).sign(),
}
NO_PATH = "does not depend on .* in a way that can be differentiated|cannot be differentiated"
IMAGES = nets.images(3, size=20)
LABELS = torch.tensor([0, 1, 2])
BY_GRADIENT = {
    **methods.GRADIENT,
    **methods.CAM_BY_GRADIENT,
    "lrp": attribution.lrp,
    "guided_grad_cam": attribution.guided_grad_cam,
    "randomisation": methods.METRICS["randomisation"],
    "activation_ranges": lambda m, x: activation_ranges(m, x, layers=["conv1"]),
    "with_saliency": attacks.with_saliency,
    "detector": lambda m, x: attacks.train_detector(m, x, LABELS, partial(attacks.fgsm, eps=0.1)),
    "maximize": lambda m, x: maximize(m, 2, size=20, steps=2),
    "maximize smoothly": lambda m, x: maximize(m, score(2) - 0.5 * variation(), size=20, steps=2),
    "deep_dream": lambda m, x: deep_dream(m, x, score(1) + variation(), octaves=1, steps=2),
    "invert": lambda m, x: invert(m, torch.rand(2, 6), size=20, steps=2),
}
ATTACKING = {
    name: attack
    for name, (attack, _, _) in ATTACKS.items()
    if name not in {"one pixel", "three pixels", "by evolution"}
} | {name: ASKING[name] for name in ("accuracy_under", "robust_accuracy", "transfer_matrix")}
ATTACKING["masked, in print"] = lambda m, x, y: attacks.masked_attack(
    m, x, y, MASK, steps=2, copies=1, palette=torch.rand(2, 3)
)
ATTACKING["patch for two"] = lambda m, x, y: attacks.adversarial_patch(
    [nets.seeded(nets.Modular), m], x, 2, size=5, steps=2, batch_size=2
)


def cut_net(name: str, trained: bool = True) -> nn.Module:
    return nets.seeded(lambda: Cut(CUTS[name])).requires_grad_(trained)


@pytest.mark.parametrize("trained", [True, False], ids=["trained", "frozen"])
@pytest.mark.parametrize("cut", CUTS)
def test_a_net_that_is_cut_anyhow_is_an_error(cut: str, trained: bool) -> None:
    with pytest.raises(ValueError, match=NO_PATH):
        attribution.saliency(cut_net(cut, trained), IMAGES)


@pytest.mark.parametrize("cut", ["no_grad", "quantised", "rounded", "whole division"])
@pytest.mark.parametrize("name", BY_GRADIENT)
def test_a_net_that_is_cut_is_an_error(name: str, cut: str) -> None:
    with pytest.raises(ValueError, match=f"{NO_PATH}|relevance is not known to pass"):
        BY_GRADIENT[name](cut_net(cut), IMAGES)


@pytest.mark.parametrize("cut", ["detach", "rounded"])
@pytest.mark.parametrize("name", ATTACKING)
def test_a_net_that_is_cut_is_not_called_robust(name: str, cut: str) -> None:
    with pytest.raises(ValueError, match=NO_PATH):
        ATTACKING[name](cut_net(cut), (IMAGES * 255).round() / 255, LABELS)


@pytest.mark.parametrize("name", [*BY_GRADIENT, *ATTACKING])
def test_layers_in_inference_mode_are_an_error(name: str) -> None:
    model = nets.seeded(lambda: Cut(partial(under, torch.inference_mode)))
    with pytest.raises(ValueError, match=f"inference mode|{NO_PATH}"):
        BY_GRADIENT[name](model, IMAGES) if name in BY_GRADIENT else ATTACKING[name](
            model, (IMAGES * 255).round() / 255, LABELS
        )


def test_pictures_are_not_made_from_layers_that_are_cut() -> None:
    model, names = cut_net("no_grad"), {"content_layer": "conv3", "style_layers": ("relu1", "conv2")}
    with pytest.raises(ValueError, match=f"conv2|conv3|relu1.*{NO_PATH}"):
        style_transfer(model, IMAGES, IMAGES[:1], steps=2, **names)
    with pytest.raises(ValueError, match=f"relu1 {NO_PATH}"):
        texture(model, IMAGES[:1], size=20, steps=2, style_layers=["relu1"])
    with pytest.raises(ValueError, match=f"conv2 {NO_PATH}"):
        deep_dream(model, IMAGES, channel("conv2", 1) + layer("conv2"), octaves=1)


def test_masks_too() -> None:
    model = nn.Sequential(Gives(torch.detach), nets.for_masks())
    with pytest.raises(ValueError, match=NO_PATH):
        attribution.segmentation_saliency(model, IMAGES)


def test_before_the_cut_all_is_as_in_the_whole_net() -> None:
    """A layer in front of the cut has its gradient, and so has the map behind which nothing is cut."""
    model, whole = cut_net("detach"), nets.seeded(lambda: Cut(lambda maps, x: maps(x)))
    expected = attribution.saliency(whole, IMAGES, 3, layer="conv3")
    assert expected.any()
    assert torch.equal(attribution.saliency(model, IMAGES, 3, layer="conv3"), expected)
    assert torch.equal(
        attribution.grad_cam(cut_net("of the pixels"), as_int8(IMAGES), 1),
        attribution.grad_cam(whole, as_int8(IMAGES), 1),
    )
    for name in ("occlusion", "eigen_cam", "score_cam", "ablation_cam"):
        assert torch.equal(methods.CLASSIFIER[name](model, IMAGES), methods.CLASSIFIER[name](whole, IMAGES))


def test_slopes_that_are_zero_stay_zero() -> None:
    """ReLUs that are all off, the steps of a staircase, one image of a batch: there the slope is 0."""
    dead = nets.seeded(nets.Modular)
    dead.conv3.bias.data.fill_(-100)
    for name in ("saliency", "integrated_gradients", "guided_backprop", "lrp", "grad_cam"):
        assert not methods.CLASSIFIER[name](dead, IMAGES).any()
    files, steps = (IMAGES * 255).round() / 255, attacks.Staircase(nets.seeded(nets.Modular))
    assert torch.equal(attacks.fgsm(steps, files, LABELS, eps=0.1), files)
    assert not attribution.saliency(steps, files).abs().max() > 1e-5


def test_one_path_is_enough() -> None:
    x = torch.rand(3, dtype=torch.float64, requires_grad=True)
    value = (x.round() + x.detach() + 2 * x.square()).sum()
    assert torch.equal(derivative(value, x), 4 * x.detach())
    with pytest.raises(ValueError, match="the score does not depend on a thing in a way"):
        derivative((x.round() + x.detach()).sum(), x, what="a thing")


def test_read_out_names_the_layer_that_leads_nowhere() -> None:
    class Aside(nets.Modular):
        def forward(self, x: Tensor) -> Tensor:
            self.relu2(x)
            return super().forward(x)

        def rectify(self, x: Tensor, i: int) -> Tensor:
            return F.relu(x)

    with pytest.raises(ValueError, match="'relu2' puts out"):
        activation_ranges(nets.seeded(Aside), IMAGES, layers=["conv1", "relu2"])
