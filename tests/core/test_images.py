"""What counts as an image."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import coursekit as ck
from coursekit.core.images import check_images, to_tensor

GOOD = torch.rand(2, 3, 8, 8)


def with_nan() -> torch.Tensor:
    x = GOOD.clone()
    x[0, 0, 0, 0] = float("nan")
    return x


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (with_nan(), "NaN or infinite"),
        (GOOD * float("inf"), "NaN or infinite"),
        (GOOD * 255, "divide by 255"),
        (GOOD - 0.5, r"pixels are between -0\.\d+ and 0\.\d+; wanted \[0, 1\]"),
        ((GOOD * 255).byte(), "wanted floats"),
        (GOOD[0], r"got 3.*x\[None\]"),
        (GOOD[:0], "batch is empty"),
        (GOOD[:, :1], "wanted 3 channels"),
    ],
)
def test_what_is_no_image_is_named(x: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_images(x, channels=3)


@pytest.mark.parametrize(
    ("x", "remedy"),
    [
        (GOOD.numpy(), r"ndarray\. Use torch\.as_tensor\(x, dtype=torch\.float32\).*\.permute\(0, 3, 1, 2\)"),
        (Image.new("RGB", (8, 8)), r"got Image\. Use ck\.to_tensor\(picture\)\[None\]"),
        ([GOOD[0]], r"got list\. Use torch\.stack"),
        ("cat.jpg", "got str"),
    ],
)
@pytest.mark.parametrize("function", [check_images, lambda x: ck.saliency(nn.Flatten(), x)])
def test_what_is_no_tensor_is_named_with_the_way_to_make_one(function, x: object, remedy: str) -> None:
    with pytest.raises(TypeError, match=r"wanted a torch\.Tensor .*" + remedy):
        function(x)


MAPS, KERNELS, ROWS = torch.rand(2, 8, 8), torch.rand(2, 3, 5, 5), torch.rand(9, 4)
NET = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
LABELS = torch.tensor([0, 1])
OTHERS = {
    "attribution": [lambda a: ck.heatmap(a(GOOD)), lambda a: ck.completeness_gap(NET, GOOD, a(GOOD))],
    "heat": [
        lambda a: ck.insertion(NET, GOOD, a(MAPS)),
        lambda a: ck.relevance_mass(a(MAPS), MAPS > 0.5),
        lambda a: ck.pointing_game(a(MAPS), MAPS > 0.5),
    ],
    "mask": [lambda a: ck.relevance_rank(MAPS, a(MAPS > 0.5))],
    "second": [lambda a: ck.rank_correlation(MAPS, a(MAPS))],
    "weight": [lambda a: ck.kernel_noise(a(KERNELS)), lambda a: ck.kernel_pictures(a(KERNELS))],
    "maps": [lambda a: ck.winning_channels(a(KERNELS))],
    "points": [lambda a: ck.neighbours(a(ROWS)), lambda a: ck.purity(a(ROWS), torch.arange(9))],
    "queries": [lambda a: ck.neighbours(ROWS, queries=a(ROWS))],
    "features": [lambda a: ck.invert(NET, a(torch.rand(1, 4)), size=8, steps=1, quiet=True)],
    "images": [
        lambda a: ck.activation_peaks(NET, a(GOOD), ["0"], quiet=True),
        lambda a: ck.evaluate(NET, a(GOOD), LABELS),
        lambda a: ck.predicted(NET, a(GOOD)),
    ],
}


@pytest.mark.parametrize(("name", "call"), [(name, call) for name, calls in OTHERS.items() for call in calls])
def test_an_array_for_a_tensor_is_named_with_the_way_to_make_one(name: str, call) -> None:
    with pytest.raises(
        TypeError, match=rf"^{name}: wanted a torch\.Tensor, got ndarray; use torch\.as_tensor"
    ):
        call(Tensor.numpy)


def test_the_ways_that_messages_name_lead_to_images() -> None:
    check_images(torch.as_tensor(GOOD.double().numpy(), dtype=torch.float32))
    pixels = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    made = torch.as_tensor(pixels, dtype=torch.float32).permute(0, 3, 1, 2) / 255
    assert torch.equal(made[0], to_tensor(Image.fromarray(pixels[0])))


def test_good_images_pass() -> None:
    check_images(GOOD, channels=3)
    check_images(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2))
