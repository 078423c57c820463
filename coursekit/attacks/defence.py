"""Defences: one that detects attacks, and one that only seems to work."""

import torch
from torch import Tensor, nn

from coursekit.attacks.robustness import Attack, attacked_images
from coursekit.attribution.gradient import saliency
from coursekit.attribution.heatmap import heatmap
from coursekit.core.devices import seeded
from coursekit.core.labels import Labels
from coursekit.models.networks import Classifier, Normalise
from coursekit.models.training import Settings, fit

__all__ = ["Staircase", "train_detector", "with_saliency"]

_DETECTOR = Settings(epochs=15, batch_size=32, lr=5e-3)


def with_saliency(model: nn.Module, x: Tensor, *, batch_size: int = 16) -> Tensor:
    """Return the images with their saliency map as one more channel: what the detector looks at.

    Args:
        model: the net that is attacked; maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        batch_size: how many images go through the net at once.

    Returns:
        (N, C + 1, H, W) in [0, 1]; each map, of the predicted class, is divided by its maximum.

    Raises:
        ValueError: ``x`` is no image batch.
    """
    maps = heatmap(saliency(model, x, batch_size=batch_size))[:, None]
    return torch.cat([x.detach(), maps / maps.amax((2, 3), keepdim=True).clamp_min(1e-12)], 1)


def train_detector(
    model: nn.Module,
    x: Tensor,
    y: Labels,
    attack: Attack,
    settings: Settings = _DETECTOR,
    *,
    quiet: bool = True,
) -> nn.Module:
    """Train a small net to tell attacked images from others, by image and saliency map.

    It knows the one attack that it is shown; whoever attacks it as well gets past it.

    Args:
        model: the net that is attacked.
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        attack: (model, x, y) → x_adv.
        settings: of the training.
        quiet: show no progress bar.

    Returns:
        The detector, in evaluation mode: it maps ``with_saliency(model, x)`` to the scores of "original" and
        "attacked".

    Raises:
        ValueError: images and labels do not fit together.

    Reference: Zhang et al. 2018, Detecting adversarial perturbations with saliency (arXiv:1803.08773).
    """
    attacked = attacked_images(model, x, y, attack)
    pictures = torch.cat([with_saliency(model, x), with_saliency(model, attacked)])
    labels = torch.arange(2).repeat_interleave(len(x))
    with seeded(settings.seed):
        detector = _detector(pictures.shape[1]).to(x.device)
    fit(detector, pictures, labels, settings, quiet=quiet)
    return detector.requires_grad_(False)


def _detector(channels: int) -> Classifier:
    layers = {
        "normalise": Normalise((0.5,), (0.5,)),
        "conv1": nn.Conv2d(channels, 16, 3, padding=1),
        "bn1": nn.BatchNorm2d(16),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(16, 32, 3, stride=2, padding=1),
        "bn2": nn.BatchNorm2d(32),
        "relu2": nn.ReLU(),
        "gap": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "head": nn.Linear(32, 2),
    }
    return Classifier(layers, ("original", "attacked"))


class Staircase(nn.Module):
    """A net behind a smooth staircase of 256 grey levels: a false sense of security.

    x ← (k + 4 (255 x − k)³) / 255, with k = round(255 x)

    An image of 8 bits passes as it is, and there the slope of every step is 0: a gradient taken at the image
    is empty, and FGSM changes nothing. From anywhere else, as after a random start, the slope is seen.

    Args:
        model: the net behind it; maps images to scores (N, K).

    Reference: Athalye, Carlini, Wagner 2018, Obfuscated gradients give a false sense of security
        (arXiv:1802.00420).
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Put images through the staircase and the net.

        Args:
            x: images (N, C, H, W) in [0, 1].

        Returns:
            Scores (N, K).
        """
        level = (255 * x).round()
        return self.model((level + 4 * (255 * x - level) ** 3) / 255)
