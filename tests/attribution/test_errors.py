"""What every method refuses, and that the message names the trouble."""

import pytest
import torch
from torch import Tensor, nn

from coursekit.attribution import saliency, smoothgrad
from coursekit.core.targets import resolve, score
from tests.attribution import methods, nets

GOOD = nets.images()
WITH_NAN = GOOD.clone()
WITH_NAN[1, 2, 3, 4] = float("nan")

BAD_INPUT = {
    "nan": (WITH_NAN, "NaN"),
    "infinite": (GOOD / 0, "infinite"),
    "0 to 255": (GOOD * 255, "divide by 255"),
    "negative": (GOOD - 0.5, r"wanted \[0, 1\]"),
    "bytes": ((GOOD * 255).byte(), r"got torch.uint8"),
    "one image": (GOOD[0], r"x\[None\]"),
    "rank 6": (GOOD[None, None], "got 6"),
    "flat": (GOOD.flatten(1), "got 2"),
    "empty": (GOOD[:0], "batch is empty"),
    "grey": (GOOD[:, :1], "got 1 channels.* convolutions take 3"),
    "with alpha": (torch.cat([GOOD, GOOD[:, :1]], 1), "got 4 channels.* take 3"),
}


@pytest.mark.parametrize(("x", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
@pytest.mark.parametrize("name", methods.ALL)
def test_bad_images(name, x, message):
    model = nets.for_masks() if name == "segmentation_saliency" else nets.Modular()
    with pytest.raises(ValueError, match=message):
        methods.ALL[name](model, x)


@pytest.mark.parametrize("name", methods.ALL)
def test_what_is_no_tensor(name):
    with pytest.raises(TypeError, match=r"wanted a torch.Tensor .* got ndarray"):
        methods.ALL[name](nets.Modular(), GOOD.numpy())


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(0, 7), "at least one row"),
        (torch.zeros(2, 7).long(), "got torch.int64"),
        (torch.full((2, 7), float("inf")), "NaN or infinite"),
    ],
)
def test_bad_tables(x, message):
    with pytest.raises(ValueError, match=f"table: .*{message}"):
        saliency(nets.for_tables(), x)


@pytest.mark.parametrize(
    ("clip", "message"),
    [
        (torch.rand(1, 2, 4, 8, 8), "got 4 channels"),
        (torch.rand(1, 2, 3, 8, 8) * 255, "divide by 255"),
        (torch.rand(1, 0, 3, 8, 8), "empty"),
    ],
)
def test_bad_clips(clip, message):
    with pytest.raises(ValueError, match=message):
        saliency(nets.ForClips(), clip)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (12, "target 12, but the net has 6 classes: 0…5"),
        (-1, "target -1, but the net has 6 classes"),
        (torch.tensor([0, 6, 1]), "target 6, but the net has 6 classes"),
        (torch.tensor([0, 1]), "wanted one for each of the 3 images, got 2"),
        (torch.tensor([0, 1, 2, 3]), "wanted one for each of the 3 images, got 4"),
        (torch.tensor([0.0, 1.0, 2.0]), "wanted whole numbers, got torch.float32"),
        (torch.tensor([True, False, True]), "wanted whole numbers, got torch.bool"),
        ((1, 2), r"wanted \(N, d\), d ≤ 1.*a tuple is one unit; for one class each give a list or a tensor"),
        (torch.zeros(3, 1, 1).long(), r"got shape \(\d, 1, 1\)"),
    ],
)
@pytest.mark.parametrize("name", methods.CLASSIFIER)
def test_bad_targets(name, target, message):
    with pytest.raises(ValueError, match=message):
        methods.CLASSIFIER[name](nets.Modular(), GOOD, target)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (8, "target 8, but the net has 8 channels"),
        ((0, 12, 0), "target 12, but the net has 12 rows"),
        ((0, 0, -1), "target -1, but the net has 12 columns"),
        ((0, 0, 0, 0), r"d ≤ 3"),
    ],
)
def test_bad_units(target, message):
    with pytest.raises(ValueError, match=message):
        saliency(nets.Modular(), GOOD, target, layer="conv2")


@pytest.mark.parametrize("name", sorted({*methods.CLASSIFIER} - {"occlusion", *methods.RELEVANCE}))
def test_a_layer_that_does_not_exist(name):
    with pytest.raises(ValueError, match=r"no layer is called 'conv4'.* 'conv3'"):
        methods.CLASSIFIER[name](nets.Modular(), GOOD, layer="conv4")


def test_a_layer_that_does_not_run():
    class Idle(nets.Modular):
        def __init__(self) -> None:
            super().__init__()
            self.spare = nn.ReLU()

    with pytest.raises(ValueError, match="layer 'spare' does not run"):
        saliency(Idle(), GOOD, layer="spare")


class Gives(nn.Module):
    """A net that puts out what it is told to."""

    def __init__(self, outputs) -> None:
        super().__init__()
        self.outputs = outputs

    def forward(self, x: Tensor):
        return self.outputs(x)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (lambda x: x, r"gives \(3, 3, 24, 24\) for 3 inputs"),
        (lambda x: x.sum((1, 2, 3)), r"gives \(3,\) for 3 inputs"),
        (lambda x: x.sum((2, 3))[:1], r"gives \(1, 3\) for 3 inputs"),
        (lambda x: (x, x), "gives a tuple"),
    ],
)
@pytest.mark.parametrize(
    "name", sorted({*methods.CLASSIFIER} - {"guided_backprop", "guided_grad_cam", "deconvnet"})
)
def test_outputs_that_are_no_scores(name, outputs, message):
    with pytest.raises(ValueError, match=rf"the net {message}.*; wanted scores \(N, classes\)"):
        methods.CLASSIFIER[name](Gives(outputs), GOOD)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("integrated_gradients", {"steps": 0}, "steps: wanted at least 1, got 0"),
        ("integrated_gradients", {"baseline": torch.zeros(3, 5, 5)}, r"baseline: .* got \(3, 5, 5\)"),
        ("integrated_gradients", {"baseline": float("nan")}, "baseline: there are NaN"),
        ("integrated_gradients", {"baseline": torch.tensor(float("inf"))}, "baseline: .* infinite entries"),
        ("smoothgrad", {"n_samples": 0}, "n_samples: wanted at least 1, got 0"),
        ("smoothgrad", {"noise_level": -0.1}, "noise_level: wanted at least 0"),
        ("smoothgrad", {"noise_level": float("nan")}, "noise_level: wanted"),
        ("smoothgrad", {"kind": "median"}, "kind: wanted 'mean', 'square' or 'variance', got 'median'"),
        *((name, {"batch_size": 0}, "batch_size: wanted at least 1") for name in methods.ALL),
    ],
)
def test_bad_settings(name, settings, message):
    model = nets.for_masks() if name == "segmentation_saliency" else nets.Modular()
    with pytest.raises(ValueError, match=message):
        methods.ALL[name](model, GOOD, **settings)


def test_a_fraction_of_a_step_is_a_type_error():
    with pytest.raises(TypeError):
        smoothgrad(nets.Modular(), GOOD, n_samples=2.5)


def test_images_of_another_type_than_the_nets_weights():
    message = (
        r"got torch.float64 on cpu; .* torch.float32 on cpu. Use x.to\(device='cpu', dtype=torch.float32\)"
    )
    with pytest.raises(ValueError, match=message):
        saliency(nets.Modular(), GOOD.double())
    with pytest.raises(ValueError, match=message):
        saliency(nets.for_tables(), torch.zeros(2, 7).double())


def test_images_on_another_device_than_the_net():
    with pytest.raises(ValueError, match=r"got torch.float32 on cpu; .* on meta. Use x.to\(device='meta'"):
        saliency(nets.Modular().to("meta"), GOOD)


def test_channels_may_be_those_of_a_later_convolution():
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last, self.first = nn.Conv2d(8, 2, 1), nn.Conv2d(3, 8, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.first(x)).mean((2, 3))

    assert saliency(Backwards(), GOOD).shape == GOOD.shape


def test_score_and_resolve():
    outputs = torch.arange(24.0).view(2, 3, 2, 2)
    assert score(outputs, 1).tolist() == [4 + 5 + 6 + 7, 16 + 17 + 18 + 19]
    assert score(outputs, (2, 1, 0)).tolist() == [10, 22]
    assert score(outputs, torch.tensor([0, 2])).tolist() == [6, 86]
    assert score(outputs, None).tolist() == [11, 23]
    assert resolve(outputs, None).tolist() == [[2, 1, 1], [2, 1, 1]]
    assert score(outputs[:, :, 0, 0], None).tolist() == [8, 20]
