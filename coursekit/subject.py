"""What the notebooks look at: nets and pictures of the course, or a net and pictures of one's own.

``COURSEKIT_MODEL=vgg16`` puts another net under every notebook, ``COURSEKIT_IMAGES=folder`` other pictures.
In chapters that look at photographs, they take the place of these and of the net for them, and never of the
drawn world; in the others, of the drawn scenes and of the net for these.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.devices import device
from coursekit.core.folders import load_folder
from coursekit.core.images import check_tensors
from coursekit.core.labels import class_scores
from coursekit.datasets.photographs import photographs
from coursekit.models.checkpoints import SHIPPED, STYLES, load_model
from coursekit.models.elsewhere import tested_size
from coursekit.models.imagenet import IMAGENET

__all__ = [
    "Pictures",
    "applicable",
    "is_replaced",
    "subject_model",
    "subject_photographs",
    "subject_pictures",
]

_LARGEST = 512  # that scenes are drawn

Method = TypeVar("Method", bound=Callable[..., object])


def is_replaced(name: str = "scenes") -> bool:
    """Return whether the environment puts another net or other pictures under the notebooks.

    Args:
        name: the net that the notebook studies otherwise.

    Returns:
        True if ``COURSEKIT_MODEL`` names another net than ``name``, or ``COURSEKIT_IMAGES`` a folder.
    """
    return _name(name) != name or bool(os.environ.get("COURSEKIT_IMAGES"))


def _name(default: str = "scenes") -> str:
    return os.environ.get("COURSEKIT_MODEL") or default


def subject_model(name: str = "scenes") -> nn.Module:
    """Return the net under study: ``COURSEKIT_MODEL``, or the one that is named here.

    Args:
        name: what ``load_model`` calls the net: "imagenet" in chapters that look at photographs.

    Returns:
        The net, in evaluation mode, for images (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: no net has that name, its weights are damaged, it does not take pictures with three
            channels, or it names no classes.
        FileNotFoundError: its weights are not in torchvision's or timm's cache and cannot be downloaded.
        ModuleNotFoundError: the package with its weights, or timm, is not installed.
    """
    chosen = _name(name)
    if chosen.startswith("digits"):
        raise ValueError(
            f"COURSEKIT_MODEL={chosen}: the notebooks need a net for pictures with three channels"
        )
    if chosen in STYLES:
        raise ValueError(f"COURSEKIT_MODEL={chosen}: the notebooks need a net that names classes")
    return load_model(chosen)


def applicable(methods: Mapping[str, Method], model: nn.Module, x: Tensor) -> dict[str, Method]:
    """Return the methods that take the net under study, and name the others in a line each, with the reason.

    With one of the course's own nets all methods are returned without being tried, so that no error is
    hidden.

    Args:
        methods: name → ``method(model, images)``, which raises ``ValueError`` for a net that is not for it.
        model: the net.
        x: images (N, C, H, W) in [0, 1], of which the first is tried.

    Returns:
        Those that may be called, in the order in which they came.
    """
    if _name() in (*SHIPPED, *IMAGENET):
        return dict(methods)
    return {name: method for name, method in methods.items() if _takes(name, method, model, x[:1])}


def _takes(name: str, method: Callable[..., object], model: nn.Module, x: Tensor) -> bool:
    try:
        method(model, x)
    except ValueError as refusal:
        print(f"– skipped for {_name()}: {name}, because {refusal}")
        return False
    return True


@dataclass(frozen=True)
class Pictures:
    """Images to look at, with what is known of them.

    Attributes:
        images: (N, 3, H, W) in [0, 1].
        names: what to write above each.
        labels: the true classes (N,), or None for pictures whose classes the net does not know.
        masks: the object's pixels (N, H, W), or None where they are unknown.
    """

    images: Tensor
    names: list[str]
    labels: Tensor | None = None
    masks: Tensor | None = None


def subject_pictures(n: int, *, seed: int = 0, **drawn: Any) -> Pictures:
    """Return at most ``n`` pictures: those in ``COURSEKIT_IMAGES``, or ``n`` scenes.

    With another net, pictures have the size at which its weights were tested, mostly 224×224; else 128×128.

    Args:
        n: how many.
        seed: of the scenes, at least 0.
        **drawn: of the scenes: ``classes``, the names to draw from, and factors, each a value for all scenes
            (``weather="rain"``), a dict from class to value, or a list of n values.

    Returns:
        The pictures with their names; labels and masks where they are known.

    Raises:
        FileNotFoundError: ``COURSEKIT_IMAGES`` is no folder.
        ValueError: there is no picture in the folder, no net has the name in ``COURSEKIT_MODEL``, or a class,
            factor or value of the scenes is unknown.
    """
    foreign = _name() not in SHIPPED
    size = _tested_size(_name()) if foreign else 128
    folder = os.environ.get("COURSEKIT_IMAGES")
    if folder:
        images, names = load_folder(folder, size)
        return Pictures(images[:n].to(device()), names[:n])
    from coursekit.datasets.scenes import CLASSES, draw

    scenes = draw(n, seed=seed, size=min(size, _LARGEST), **drawn).to(device())
    images, masks = scenes.images, scenes.masks
    if size > _LARGEST:
        images = F.interpolate(images, size, mode="bilinear").clamp(0, 1)
        masks = F.interpolate(masks[:, None].float(), size)[:, 0] > 0
    names = [scenes.classes[label] for label in scenes.labels]
    # Numbers of classes are the net's, also where only some of them were drawn.
    labels = None if foreign else torch.tensor([CLASSES.index(name) for name in names], device=device())
    return Pictures(images, names, labels, masks)


def subject_photographs(*names: str, size: int | None = None) -> Pictures:
    """Return photographs as squares, or as many of the pictures in ``COURSEKIT_IMAGES``.

    Args:
        *names: of the photographs, such as "cat"; at least one.
        size: edge of the squares in pixels; when None, that at which the net under study was tested: 224, or
            what ``COURSEKIT_MODEL`` wants.

    Returns:
        The pictures (len(names), 3, size, size) with their names. A folder with fewer pictures gives them
        again from the first.

    Raises:
        FileNotFoundError: ``COURSEKIT_IMAGES`` is no folder or holds no picture, or a photograph's package is
            not installed.
        ValueError: no photograph has that name, or none is named.
    """
    if not names:
        raise ValueError("subject_photographs: wanted the name of at least one photograph, got none")
    edge = size or _tested_size(_name("imagenet"))
    folder = os.environ.get("COURSEKIT_IMAGES")
    if folder:
        images, files = load_folder(folder, edge)
        chosen = [i % len(files) for i in range(len(names))]
        return Pictures(images[chosen].to(device()), [files[i] for i in chosen])
    squares = photographs(*names, size=edge)
    return Pictures(torch.stack([squares[name] for name in names]).to(device()), list(names))


def _tested_size(name: str) -> int:
    if name in IMAGENET:
        return IMAGENET[name].size
    return 224 if name in SHIPPED else tested_size(name)


def predicted(model: nn.Module, images: Tensor) -> list[str]:
    """Return the name of the class that the net gives each image.

    Args:
        model: a net with its class names in ``classes``.
        images: (N, C, H, W) in [0, 1].

    Returns:
        N names.

    Raises:
        TypeError: ``images`` is no tensor.
    """
    check_tensors(images=images)
    names = cast("tuple[str, ...]", model.classes)
    with torch.no_grad():
        scores = class_scores(model(images), len(images))
    return [names[i] for i in scores.argmax(1).tolist()]
