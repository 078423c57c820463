"""What the notebooks look at: a shipped net and drawn scenes, or a net and pictures of one's own.

``COURSEKIT_MODEL=vgg16`` puts another net under every notebook, ``COURSEKIT_IMAGES=folder`` other pictures.
"""

import os
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from coursekit.checkpoints import SHIPPED, load_model
from coursekit.devices import device
from coursekit.images import check_tensors, load_folder

__all__ = ["Pictures", "is_replaced", "subject_model", "subject_pictures"]


def is_replaced() -> bool:
    """Return whether the environment puts another net or other pictures under the notebooks."""
    return _name() != "scenes" or bool(os.environ.get("COURSEKIT_IMAGES"))


def _name() -> str:
    return os.environ.get("COURSEKIT_MODEL") or "scenes"


def subject_model() -> nn.Module:
    """Return the net under study: ``COURSEKIT_MODEL``, or the shipped ``scenes``.

    Raises:
        ValueError, FileNotFoundError: as ``load_model``; also for ``digits``, which does not see colours.
    """
    if _name() == "digits":
        raise ValueError("COURSEKIT_MODEL=digits: the notebooks need a net for pictures with three channels")
    return load_model(_name())


@dataclass(frozen=True)
class Pictures:
    """Images to look at, with what is known of them.

    Attributes:
        images: (N, 3, H, W) in [0, 1].
        names: what to write above each.
        labels: the true classes (N,), or None for pictures whose classes the net does not know.
        masks: the object's pixels (N, H, W), or None where nobody knows them.
    """

    images: Tensor
    names: list[str]
    labels: Tensor | None = None
    masks: Tensor | None = None


def subject_pictures(n: int, *, seed: int = 0, **drawn: Any) -> Pictures:
    """Return at most ``n`` pictures: those in ``COURSEKIT_IMAGES``, or ``n`` scenes.

    With another net, pictures are 224×224, the size that torchvision's nets were trained on; else 128×128.

    Args:
        n: how many.
        seed: of the scenes.
        **drawn: ``classes`` and factors of the scenes, as for ``coursekit.draw``.

    Raises:
        FileNotFoundError, ValueError: as ``load_folder`` and ``coursekit.draw``.
    """
    foreign = _name() not in SHIPPED
    size = 224 if foreign else 128
    folder = os.environ.get("COURSEKIT_IMAGES")
    if folder:
        images, names = load_folder(folder, size)
        return Pictures(images[:n].to(device()), names[:n])
    from coursekit.scenes import CLASSES, draw

    scenes = draw(n, seed=seed, size=size, **drawn).to(device())
    names = [scenes.classes[label] for label in scenes.labels]
    # Numbers of classes are the net's, also where only some of them were drawn.
    labels = None if foreign else torch.tensor([CLASSES.index(name) for name in names], device=device())
    return Pictures(scenes.images, names, labels, scenes.masks)


def predicted(model: nn.Module, images: Tensor) -> list[str]:
    """Return the name of the class that the net gives each image (N, C, H, W)."""
    check_tensors(images=images)
    names = cast("tuple[str, ...]", model.classes)
    with torch.no_grad():
        return [names[i] for i in model(images).argmax(1).tolist()]
