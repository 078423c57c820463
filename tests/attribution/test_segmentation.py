import pytest
import torch
from torch import nn

from coursekit.attribution import segmentation_saliency
from tests.attribution import nets


def by_definition(model: nn.Module, x: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Sum the loss pixel by pixel: −log softmax at the pixel's class."""
    x = x.clone().requires_grad_()
    scores = model(x)
    if scores.shape[1] == 1:
        scores = torch.cat([torch.zeros_like(scores), scores], dim=1)
    loss = -scores.log_softmax(1).gather(1, masks.long()[:, None]).sum()
    return torch.autograd.grad(loss, x)[0]


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_the_loss_is_summed_over_all_pixels(classes):
    model = nets.seeded(lambda: nets.for_masks(classes), dtype=torch.float64)
    x = nets.images(5, size=10, dtype=torch.float64)
    masks = torch.randint(max(classes, 2), (5, 10, 10), generator=torch.Generator().manual_seed(0))
    expected = by_definition(model, x, masks)
    torch.testing.assert_close(segmentation_saliency(model, x, masks, batch_size=2), expected)
    if classes <= 2:
        torch.testing.assert_close(segmentation_saliency(model, x, masks.bool()), expected)


@pytest.mark.parametrize("classes", [1, 4])
def test_without_masks_the_predicted_ones_are_taken(classes):
    model = nets.seeded(lambda: nets.for_masks(classes), seed=9, dtype=torch.float64)
    x = nets.images(dtype=torch.float64)
    scores = model(x)
    predicted = scores.argmax(1) if classes > 1 else scores[:, 0] > 0
    assert predicted.unique().numel() > 1
    torch.testing.assert_close(segmentation_saliency(model, x), by_definition(model, x, predicted))


def test_torchvisions_dict_and_clips():
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nets.for_masks()

        def forward(self, x):
            return {"aux": None, "out": self.net(x)}

    class ForClips(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv3d(3, 2, 3, padding=1)

        def forward(self, x):
            return self.conv(x.transpose(1, 2))

    model, x = nets.seeded(Wrapped, dtype=torch.float64), nets.images(dtype=torch.float64)
    torch.testing.assert_close(segmentation_saliency(model, x), segmentation_saliency(model.net, x))
    clip = torch.rand(2, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    masks = torch.ones(2, 4, 8, 8, dtype=torch.bool)
    moving = nets.seeded(ForClips, dtype=torch.float64)
    torch.testing.assert_close(segmentation_saliency(moving, clip, masks), by_definition(moving, clip, masks))


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (torch.zeros(2, 24, 24).long(), "one for each of the 3 images, got 2"),
        (torch.zeros(3, 24, 23).long(), r"wanted whole numbers \(3, 24, 24\), got torch.int64 \(3, 24, 23\)"),
        (torch.zeros(3, 24, 24), "got torch.float32"),
        (torch.full((3, 24, 24), 4), r"wanted classes 0…3, got 4…4"),
        (torch.full((3, 24, 24), -1), r"wanted classes 0…3, got -1…-1"),
    ],
)
def test_bad_masks_are_errors(masks, message):
    with pytest.raises(ValueError, match=message):
        segmentation_saliency(nets.seeded(nets.for_masks), nets.images(), masks)


def test_a_classifier_gives_no_maps():
    with pytest.raises(ValueError, match=r"the net gives \(3, 6\); wanted scores"):
        segmentation_saliency(nets.seeded(nets.Modular), nets.images())
    with pytest.raises(ValueError, match="the net gives a tuple"):
        segmentation_saliency(nn.MaxPool2d(2, return_indices=True), nets.images())
