"""Class activation maps against pytorch-grad-cam and captum, on torchvision's nets and the course's.

In double precision, since the sum over channels of a net of random weights nearly cancels out, and the
picture stretches what is left.
"""

from types import SimpleNamespace

import captum.attr as captum
import numpy as np
import pytest
import pytorch_grad_cam as peer
import torch
import torch.nn.functional as F
import torchvision
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.hooks import record
from coursekit.core.registry import METHODS, methods_of
from coursekit.models import networks
from tests.attribution.nets import images, seeded, vgg16

NETS = {
    "scene_net": (lambda: networks.scene_net(tuple("abcdefghij")), "relu7", 96),
    "resnet18": (lambda: torchvision.models.resnet18(num_classes=10), "layer4", 96),
    "vgg16": (vgg16, "features.29", 64),
}
# The peers of these take a pass for each channel, another formula or another sign: see their own tests.
APART = {"ablation_cam", "score_cam", "grad_cam_pp", "eigen_cam", "eigen_grad_cam"}
TARGET = torch.tensor([3, 7])
Case = tuple[nn.Module, str, Tensor]


@pytest.fixture(scope="module", params=NETS)
def case(request: pytest.FixtureRequest) -> Case:
    build, layer, size = NETS[request.param]
    return seeded(build, dtype=torch.float64), layer, images(2, size=size, dtype=torch.float64)


def by_peer(
    method: type[peer.base_cam.BaseCAM], case: Case, target: Tensor = TARGET, layer: str | None = None
) -> Tensor:
    model, last, x = case
    with method(model=model, target_layers=[model.get_submodule(layer or last)]) as explain:
        return torch.from_numpy(explain(x, [ClassifierOutputTarget(t) for t in target.tolist()]))[:, None]


def picture(raw: Tensor, x: Tensor) -> Tensor:
    """The papers' picture of a weighted sum (N, 1, h, w)."""
    raw = F.interpolate(raw.clamp(min=0), x.shape[2:], mode="bilinear", align_corners=False)
    raw = raw - raw.amin((2, 3), keepdim=True)
    return raw / raw.amax((2, 3), keepdim=True).clamp(min=1e-300)


def assert_same(ours: Tensor, theirs: Tensor, tolerance: float = 1e-5) -> None:
    assert ours.shape == theirs.shape
    assert theirs.amax() > 0.99
    assert (ours - theirs).abs().max() <= tolerance


def test_the_layer_that_is_found(case):
    model, layer, x = case
    assert attribution.last_map(model, x) == layer


@pytest.mark.parametrize("layer", ["last", "earlier"])
def test_grad_cam_against_both(case, layer):
    model, last, x = case
    name = {"relu7": "relu5", "layer4": "layer3.1.conv1", "features.29": "features.20"}[last]
    name = name if layer == "earlier" else last
    ours = attribution.grad_cam(model, x, TARGET, layer=name)
    assert_same(ours, by_peer(peer.GradCAM, case, layer=name))
    theirs = captum.LayerGradCam(model, model.get_submodule(name))
    assert_same(ours, picture(theirs.attribute(x, target=TARGET, relu_attributions=True), x))
    raw = attribution.grad_cam(model, x, TARGET, layer=name, normalised=False, upsample=False)
    torch.testing.assert_close(raw, theirs.attribute(x, target=TARGET), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", [n for n, cam in methods_of("map").items() if cam.peer and n not in APART])
def test_a_registered_map_is_its_peers(case, name):
    peers = getattr(peer, METHODS[name].peer.partition(":")[2])
    assert_same(METHODS[name].function(case[0], case[2], TARGET), by_peer(peers, case))


def test_the_predicted_class_is_the_default(case):
    model, _, x = case
    assert_same(attribution.grad_cam(model, x), by_peer(peer.GradCAM, case, model(x).argmax(1)))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(attribution.xgrad_cam, peer.XGradCAM), (attribution.layer_cam, peer.LayerCAM)],
    ids=["xgrad_cam", "layer_cam"],
)
def test_maps_by_gradient(case, ours, theirs):
    model, _, x = case
    assert_same(ours(model, x, TARGET), by_peer(theirs, case))


def test_grad_cam_pp(case):
    # The peer adds 1e-6 to 2 g² + g³ ΣA, which outweighs the gradients of a mean over positions; beside the
    # gradients of a score ten thousand times as large it is nothing.
    model, _, x = case
    head = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1]
    head.weight.data *= 1e4
    ours, theirs = attribution.grad_cam_pp(model, x, TARGET), by_peer(peer.GradCAMPlusPlus, case)
    head.weight.data /= 1e4
    assert_same(ours, theirs)


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU", "ignore:Input Tensor 0 did not already")
def test_guided_grad_cam(case):
    model, layer, x = case
    detail = captum.GuidedBackprop(model).attribute(x.clone(), target=TARGET)
    where = captum.LayerGradCam(model, model.get_submodule(layer))
    theirs = detail * picture(where.attribute(x, target=TARGET, relu_attributions=True), x)
    ours = attribution.guided_grad_cam(model, x, TARGET)
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


@pytest.mark.parametrize("by_gradient", [False, True])
def test_eigen_maps_up_to_sign(case, by_gradient):
    model, layer, x = case
    with record(model, layer) as outputs:
        scores = model(x)
    values = outputs[layer]
    if by_gradient:
        values = values * torch.autograd.grad(scores[range(2), TARGET].sum(), values)[0]
    method = attribution.eigen_grad_cam if by_gradient else attribution.eigen_cam
    ours = method(model, x, TARGET, normalised=False, upsample=False)
    theirs = torch.from_numpy(get_2d_projection(values.detach().numpy()))[:, None]
    sign = (ours * theirs).sum((2, 3), keepdim=True).sign()
    assert (ours - sign * theirs).abs().max() <= 1e-5 * theirs.abs().max()
    assert ((ours * values.detach().mean(1, keepdim=True)).sum((1, 2, 3)) > 0).all()
    assert_same(method(model, x, TARGET), picture(sign * theirs, x))
    if (sign > 0).all():
        assert_same(method(model, x, TARGET), by_peer([peer.EigenCAM, peer.EigenGradCAM][by_gradient], case))


def small(case: Case) -> Case:
    """For what takes a pass for each channel: one small image, and a layer of fewer channels."""
    model, layer, x = case
    return model, {"layer4": "layer2", "features.29": "features.1"}.get(layer, layer), x[:1, :, :32, :32]


def test_ablation_cam(case, monkeypatch):
    # The peer rounds scores to single precision, of which a drop by one channel of many loses three digits.
    # It divides by the score with its sign: hence a class whose score is positive.
    monkeypatch.setattr(peer.ablation_cam, "np", SimpleNamespace(**{**vars(np), "float32": np.float64}))
    model, layer, x = small(case)
    best = model(x).max(1)
    assert best.values.min() > 0
    theirs = by_peer(peer.AblationCAM, small(case), best.indices)
    assert_same(attribution.ablation_cam(model, x, layer=layer), theirs)


def test_score_cam(case, monkeypatch):
    # The peer enlarges masks by their corners, unlike the map, which it enlarges as we do.
    def enlarged(size: tuple[int, int]) -> nn.Module:
        return nn.Upsample(size, mode="bilinear", align_corners=False)

    monkeypatch.setattr(nn, "UpsamplingBilinear2d", enlarged)
    model, layer, x = small(case)
    theirs = by_peer(peer.ScoreCAM, small(case), TARGET[:1])
    assert_same(attribution.score_cam(model, x, TARGET[:1], layer=layer), theirs)
