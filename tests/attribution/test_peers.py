"""The methods against captum and zennit, on torchvision's nets and the course's.

In double precision: in single, the last digit of a sum decides too often on which side of 0 a ReLU's input
lies, and that digit differs between processors and between a batch and its images.
"""

import captum.attr as captum
import pytest
import torch
import torchvision
import zennit.attribution as zennit
from torch import Tensor, nn
from zennit.composites import DeconvNet, GuidedBackprop

from coursekit import attribution
from coursekit.models import networks
from tests.attribution.nets import images, seeded, vgg16

BUILDERS = {
    "scene_net": lambda: networks.scene_net(tuple("abcdefghij")),
    "digit_net": networks.digit_net,
    "resnet18": lambda: torchvision.models.resnet18(num_classes=10),
    "vgg16": vgg16,
}
TARGET = torch.tensor([3, 7])
FULL_RANGE = 1.0  # max x − min x of the images below, so that captum's absolute noise level equals ours


@pytest.fixture(scope="module", params=BUILDERS)
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Tensor]:
    model = seeded(BUILDERS[request.param], dtype=torch.float64).requires_grad_(False)
    x = images(2, channels=1 if request.param == "digit_net" else 3, size=64, dtype=torch.float64)
    low, high = x.flatten(1).aminmax(dim=1)
    return model, ((x - low.view(-1, 1, 1, 1)) / (high - low).view(-1, 1, 1, 1)).clamp(0, 1)


def assert_close(ours: Tensor, theirs: Tensor, tolerance: float = 1e-9) -> None:
    assert ours.shape == theirs.shape
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


def leaf(x: Tensor) -> Tensor:
    return x.clone().requires_grad_()


def by_zennit(model: nn.Module, x: Tensor, method=zennit.Gradient, **settings) -> Tensor:
    with method(model=model, **settings) as attributor:
        _, gradient = attributor(leaf(x), torch.eye(10, dtype=x.dtype)[TARGET[: len(x)]])
    return gradient


class SameNoise:
    """Replays the noise that ``smoothgrad`` draws, for a peer that draws from the global generator."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(0)

    def normal(self, mean: float, std: Tensor) -> Tensor:
        return std * self.randn_like(std.double())

    def randn_like(self, x: Tensor) -> Tensor:
        return torch.stack([torch.randn(one.shape, generator=self.generator, dtype=x.dtype) for one in x])


def test_saliency(case):
    model, x = case
    ours = attribution.saliency(model, x, TARGET)
    assert_close(ours, captum.Saliency(model).attribute(leaf(x), target=TARGET, abs=False))
    assert_close(ours, by_zennit(model, x))


def test_predicted_class_is_the_default(case):
    model, x = case
    theirs = captum.Saliency(model).attribute(leaf(x), target=model(x).argmax(1), abs=False)
    assert_close(attribution.saliency(model, x), theirs)


def test_input_x_gradient(case):
    model, x = case
    theirs = captum.InputXGradient(model).attribute(leaf(x), target=TARGET)
    assert_close(attribution.input_x_gradient(model, x, TARGET), theirs)


def test_integrated_gradients_against_captum(case):
    model, x = case
    ours = attribution.integrated_gradients(model, x, TARGET, steps=4, baseline=0.25, batch_size=5)
    peer = captum.IntegratedGradients(model)
    assert_close(ours, peer.attribute(x, 0.25, target=TARGET, n_steps=4, method="riemann_middle"))


def test_integrated_gradients_against_zennit(case):
    # Zennit takes the right ends of the steps; on a path moved back by half a step these are our midpoints.
    model, x, steps = *case, 4
    half = x / (2 * steps)
    theirs = by_zennit(model, x - half, zennit.IntegratedGradients, n_iter=steps, baseline_fn=lambda _: -half)
    assert_close(attribution.integrated_gradients(model, x, TARGET, steps=steps), theirs)


@pytest.mark.parametrize(
    ("kind", "theirs"), [("mean", "smoothgrad"), ("square", "smoothgrad_sq"), ("variance", "vargrad")]
)
def test_smoothgrad_against_captum(case, kind, theirs, monkeypatch):
    model, x = case
    ours = attribution.smoothgrad(model, x, TARGET, n_samples=3, noise_level=0.25, kind=kind, batch_size=4)
    monkeypatch.setattr(torch, "normal", SameNoise().normal)
    peer = captum.NoiseTunnel(captum.Saliency(model))
    # A number that captum keeps exactly in single precision.
    noise = {"nt_type": theirs, "nt_samples": 3, "stdevs": 0.25 * FULL_RANGE}
    assert_close(ours, peer.attribute(leaf(x), target=TARGET, abs=False, **noise))


def test_smoothgrad_against_zennit(case, monkeypatch):
    # Zennit takes the noise relative to each image's range, as the paper; its last copy is the clean image.
    model, x = case[0], case[1][:1] * 0.5
    ours = attribution.smoothgrad(model, x, TARGET[:1], n_samples=3)
    clean = attribution.saliency(model, x, TARGET[:1])
    monkeypatch.setattr(torch, "randn_like", SameNoise().randn_like)
    theirs = by_zennit(model, x, zennit.SmoothGrad, noise_level=0.15, n_iter=4)
    assert_close((3 * ours + clean) / 4, theirs)


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU")
def test_guided_backprop(case):
    model, x = case
    ours = attribution.guided_backprop(model, x, TARGET)
    assert_close(ours, captum.GuidedBackprop(model).attribute(leaf(x), target=TARGET))
    assert_close(ours, by_zennit(model, x, composite=GuidedBackprop()))


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU")
def test_deconvnet(case):
    model, x = case
    ours = attribution.deconvnet(model, x, TARGET)
    assert_close(ours, captum.Deconvolution(model).attribute(leaf(x), target=TARGET))
    assert_close(ours, by_zennit(model, x, composite=DeconvNet()))


@pytest.mark.parametrize("on", ["score", "probability"])
def test_occlusion(case, on):
    # Captum rounds the result to single precision.
    model, x = case[0], case[1][:1]
    forward = model if on == "score" else lambda x: model(x).softmax(1)
    size, stride = (16, 8) if isinstance(model, networks.Classifier) else (32, 16)
    channels = x.shape[1]
    theirs = captum.Occlusion(forward).attribute(
        x,
        target=3,
        sliding_window_shapes=(channels, size, size),
        strides=(channels, stride, stride),
        baselines=0.5,
    )
    ours = attribution.occlusion(model, x, 3, size=size, stride=stride, on=on)
    assert_close(ours, theirs[:, :1], 1e-6)
