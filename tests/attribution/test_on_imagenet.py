"""The methods on the net for photographs: all of them run, and those that have a peer are its equals.

Comparisons in float64, on the collage of a cat and a cup of espresso.
"""

import captum.attr as captum
import pytest
import pytorch_grad_cam as peer
import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.registry import METHODS, methods_of
from coursekit.datasets.photographs import collage
from coursekit.models.checkpoints import load_model
from tests.attribution.methods import CLASSIFIER
from tests.attribution.test_cam_peers import APART, assert_same
from tests.attribution.test_peers import assert_close, leaf

SLOW = {"occlusion": 64, "score_cam": 32}  # a pass for each patch or channel: smaller pictures


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return load_model("imagenet", device="cpu").double()


@pytest.fixture(scope="module")
def x() -> Tensor:
    return collage("cat", "coffee", size=96).image[None].double()


@pytest.fixture(scope="module", params=["Egyptian cat", "espresso"])
def target(request: pytest.FixtureRequest, model: nn.Module) -> Tensor:
    return torch.tensor([model.classes.index(request.param)])


@pytest.mark.parametrize("name", CLASSIFIER)
def test_every_method_runs(name: str, model) -> None:
    size = SLOW.get(name, 96)
    found = CLASSIFIER[name](model.float(), collage("cat", "coffee", size=size).image[None])
    model.double()
    assert found.isfinite().all()
    assert found.any()


def test_the_map_that_is_found_is_the_last(model, x) -> None:
    assert attribution.last_map(model, x) == "top"


def test_saliency_is_captums(model, x, target) -> None:
    theirs = captum.Saliency(model).attribute(leaf(x), target=target, abs=False)
    assert_close(attribution.saliency(model, x, target), theirs)


def test_integrated_gradients_are_captums(model, x, target) -> None:
    theirs = captum.IntegratedGradients(model).attribute(
        x, 0.25, target=target, n_steps=4, method="riemann_middle"
    )
    assert_close(attribution.integrated_gradients(model, x, target, steps=4, baseline=0.25), theirs)


@pytest.mark.parametrize("name", [n for n, cam in methods_of("map").items() if cam.peer and n not in APART])
def test_a_class_activation_map_is_its_peers(name: str, model, x, target) -> None:
    method = getattr(peer, METHODS[name].peer.partition(":")[2])
    with method(model=model.requires_grad_(), target_layers=[model.top]) as explain:
        theirs = torch.from_numpy(explain(x, [ClassifierOutputTarget(target.item())]))[:, None]
    model.requires_grad_(False)
    assert_same(METHODS[name].function(model, x, target), theirs)


@pytest.mark.parametrize("layer", ["block5.expand", "block11", "top"])
def test_grad_cam_of_any_layer_is_captums(layer: str, model, x, target) -> None:
    theirs = captum.LayerGradCam(model, model.get_submodule(layer)).attribute(x, target=target)
    ours = attribution.grad_cam(model, x, target, layer=layer, normalised=False, upsample=False)
    assert_close(ours, theirs)
