"""Train a net and measure it: one loop for every net of the course."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from coursekit.core.files import replacing
from coursekit.core.hooks import evaluating
from coursekit.core.images import check_pixels, check_tensors
from coursekit.core.labels import Labels, as_labels, class_scores
from coursekit.core.progress import progress
from coursekit.core.refusals import check_net
from coursekit.models.history import History, TrainingError

__all__ = ["History", "Settings", "TrainingError", "adversarial_loss", "evaluate", "fit"]

Attack = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: passes over the images.
        batch_size: images per step.
        lr: the highest learning rate; it rises over the first tenth of the steps and falls to 0 along a
            cosine.
        weight_decay: AdamW's, per unit of the learning rate.
        noise: standard deviation of Gaussian noise added to the pixels while training, in units of [0, 1].
        mirror: show half of the images, drawn anew in each epoch, with left and right exchanged.
        shift: show each image moved by up to so many pixels each way, drawn anew in each epoch; what
            leaves at one border comes in at the other.
        seed: of the order of the images and of all noise.
        bfloat16: compute in bfloat16 where the accuracy does not matter; about 2.5 times faster on recent
            processors.
    """

    epochs: int = 5
    batch_size: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.05
    noise: float = 0.0
    mirror: bool = False
    shift: int = 0
    seed: int = 0
    bfloat16: bool = False


def fit(
    model: nn.Module,
    images: Tensor,
    labels: Labels,
    settings: Settings = Settings(),
    *,
    attack: Callable[[float], Attack] | None = None,
    alpha: float = 0.0,
    checkpoint: Path | None = None,
    quiet: bool = False,
) -> History:
    """Train ``model`` in place by AdamW on the cross-entropy, and leave it in evaluation mode.

    Args:
        model: maps images to scores (N, K); it trains on the device that it is on.
        images: (N, C, H, W), float in [0, 1] or bytes.
        labels: (N,) int64.
        settings: epochs, learning rate and so on.
        attack: for adversarial training: given the share of the training that is done, in [0, 1], it
            returns a function (model, x, y) → x_adv that each batch passes through.
        alpha: with ``attack``, the weight in [0, 1] of the loss on the images as they are.
        checkpoint: a file to which the training is saved after each epoch, and from which it resumes if it
            exists.
        quiet: show no progress bar.

    Returns:
        The loss of each epoch and the time taken, over all runs when it resumed from ``checkpoint``.

    Raises:
        ValueError: images and labels do not fit together, or ``checkpoint`` belongs to other settings or
            images.
        TrainingError: the scores do not fit the labels, the first loss is far from that of guessing, or the
            loss is not finite or far worse than that of guessing after an epoch.
    """
    check_net(model)
    labels = _checked(images, labels)
    about = asdict(settings) | {"images": len(images), "sum of labels": int(labels.sum()), "alpha": alpha}
    run = _Run(model, settings, about, steps=settings.epochs * math.ceil(len(images) / settings.batch_size))
    if checkpoint is not None and checkpoint.exists():
        run.load(checkpoint)
    else:
        run.check_start(images, labels)
    for epoch in range(len(run.history.losses), settings.epochs):
        started = time.monotonic()
        run.history.losses.append(run.epoch(epoch, images, labels, attack, alpha, quiet))
        run.history.seconds += time.monotonic() - started
        run.check_progress()
        if checkpoint is not None:
            run.save(checkpoint)
    model.eval()
    return run.history


class _Run:
    """A training under way: what has to be saved so that it can resume as if it had never stopped."""

    def __init__(self, model: nn.Module, settings: Settings, about: dict[str, Any], steps: int) -> None:
        self.model, self.settings, self.about, self.history = model, settings, about, History()
        self.device = next(model.parameters()).device
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=settings.lr, weight_decay=settings.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, settings.lr, total_steps=steps, pct_start=0.1, div_factor=10
        )

    def epoch(
        self, epoch: int, images: Tensor, labels: Tensor, attack: Any, alpha: float, quiet: bool
    ) -> float:
        """Train on each image once, in an order set by seed and epoch; return the mean loss."""
        generator = torch.Generator().manual_seed(self.settings.seed * 10_007 + epoch)
        batches = torch.randperm(len(images), generator=generator).split(self.settings.batch_size)
        total = torch.zeros((), device=self.device)
        label = f"epoch {epoch + 1}/{self.settings.epochs}"
        for i, chosen in enumerate(progress(batches, label, quiet=quiet)):
            x = self._pixels(images[chosen], generator)
            y = labels[chosen].to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bfloat16):
                now = attack and attack((epoch + i / len(batches)) / self.settings.epochs)
                total += self.step(x, y, now, alpha) * len(x)
        return total.item() / len(images)

    def step(self, x: Tensor, y: Tensor, attack: Attack | None, alpha: float) -> Tensor:
        """Take one step down the loss and return the loss."""
        self.model.train()
        if attack is None:
            loss = cross_entropy(self.model(x).float(), y)
        else:
            loss = adversarial_loss(self.model, x, y, attack, alpha)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        return loss.detach()

    def _pixels(self, images: Tensor, generator: torch.Generator) -> Tensor:
        x = images.float() / 255 if images.dtype == torch.uint8 else images
        if self.settings.noise:
            noise = torch.randn(x.shape, generator=generator).to(x)
            x = (x + self.settings.noise * noise).clamp(0, 1)
        if self.settings.shift:
            x = _shifted(x, self.settings.shift, generator)
        if self.settings.mirror:
            chosen = torch.rand(len(x), 1, 1, 1, generator=generator).to(x.device) < 0.5
            x = torch.where(chosen, x.flip(-1), x)
        return x.to(self.device, memory_format=torch.channels_last)

    def check_start(self, images: Tensor, labels: Tensor) -> None:
        """Refuse nets whose scores do not fit the labels, or that begin far from guessing."""
        with evaluating(self.model), torch.no_grad():
            x = self._pixels(images[:256], torch.Generator().manual_seed(0))
            scores = class_scores(self.model(x), len(x))
        if labels.max() >= scores.shape[1]:
            raise TrainingError(
                f"scores have shape {tuple(scores.shape)}, but labels go up to {labels.max().item()}"
            )
        self.guessing = math.log(scores.shape[1])
        loss = cross_entropy(scores, labels[:256].to(self.device)).item()
        if not loss < 3 * self.guessing:
            raise TrainingError(
                f"the first loss is {loss:.2f}, guessing gives {self.guessing:.2f}: look at the initial "
                "weights and at the scale of the images"
            )

    def check_progress(self) -> None:
        """Stop when the loss is not finite, or far worse than that of guessing."""
        last = self.history.losses[-1]
        if not math.isfinite(last):
            raise TrainingError(f"the loss is {last} after epoch {len(self.history.losses)}: lower lr")
        if last > 1.5 * self.guessing:
            raise TrainingError(
                f"loss {last:.2f} after an epoch, guessing gives {self.guessing:.2f}: lower lr"
            )

    def save(self, path: Path) -> None:
        """Write all that the training depends on."""
        saved = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "about": self.about,
            "history": asdict(self.history),
            "guessing": self.guessing,
        }
        with replacing(path) as temporary:
            torch.save(saved, temporary)

    def load(self, path: Path) -> None:
        """Go on from a file that ``save`` wrote under the same settings and for the same images."""
        saved = torch.load(path, map_location=self.device, weights_only=True)
        if saved["about"] != self.about:
            raise ValueError(
                f"{path} was saved for {saved['about']}, not {self.about}; delete it to start again"
            )
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.history, self.guessing = History(**saved["history"]), saved["guessing"]


def adversarial_loss(model: nn.Module, x: Tensor, y: Tensor, attack: Attack, alpha: float = 0.5) -> Tensor:
    """Return the loss of adversarial training: α · J(x, y) + (1 − α) · J(x_adv, y).

    Args:
        model: maps images to scores (N, K), in the mode in which it trains.
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        attack: (model, x, y) → x_adv.
        alpha: α in [0, 1]; 0 trains on attacked images alone, as Madry et al. do.

    Returns:
        The mean loss, with its graph.

    Raises:
        ValueError: ``alpha`` is out of range.

    Reference: Goodfellow, Shlens, Szegedy 2015 (arXiv:1412.6572); Madry et al. 2018 (arXiv:1706.06083).
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha: wanted a weight in [0, 1], got {alpha}")
    attacked = cross_entropy(model(attack(model, x, y)).float(), y)
    if alpha == 0:
        return attacked
    return alpha * cross_entropy(model(x).float(), y) + (1 - alpha) * attacked


def evaluate(
    model: nn.Module, images: Tensor, labels: Labels, *, attack: Attack | None = None, batch_size: int = 128
) -> float:
    """Return the accuracy: the share of images that are classified as labelled.

    Args:
        model: maps images to scores (N, K); evaluated where it is, and left in the mode it was in.
        images: (N, C, H, W), float in [0, 1] or bytes.
        labels: (N,) int64.
        attack: (model, x, y) → x_adv, applied to each batch first.
        batch_size: images at a time.

    Returns:
        The accuracy, in [0, 1].

    Raises:
        ValueError: images and labels do not fit together.
    """
    check_net(model)
    labels = _checked(images, labels)
    device = next(model.parameters()).device
    right = 0
    with evaluating(model):
        for x, y in zip(images.split(batch_size), labels.split(batch_size), strict=True):
            x, y = (x.float() / 255 if x.dtype == torch.uint8 else x).to(device), y.to(device)
            x = x if attack is None else attack(model, x, y)
            with torch.no_grad():
                scores = class_scores(model(x), len(x))
            right += int((scores.argmax(1) == y).sum())
    return right / len(labels)


def _checked(images: Tensor, values: Labels) -> Tensor:
    """Return the labels as int64, or raise unless they fit the images."""
    check_tensors(images=images)
    labels = as_labels(values).long()
    if images.ndim != 4 or not len(images) or labels.shape != (len(images),):
        raise ValueError(
            f"wanted images (N, C, H, W) and N labels, got {tuple(images.shape)} and {tuple(labels.shape)}"
        )
    if labels.min() < 0:
        raise ValueError(f"labels: wanted whole numbers from 0, got some from {labels.min().item()}")
    if images.dtype != torch.uint8:
        check_pixels(images)
    return labels


def _shifted(x: Tensor, max_shift: int, generator: torch.Generator) -> Tensor:
    moves = torch.randint(-max_shift, max_shift + 1, (len(x), 2), generator=generator).tolist()
    return torch.stack([image.roll(move, (1, 2)) for image, move in zip(x, moves, strict=True)])
