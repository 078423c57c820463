"""What the widgets on a net share: the pictures to choose from, the net's scores, and its classes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from coursekit.core.hooks import evaluating
from coursekit.core.images import check_images
from coursekit.core.labels import class_scores

__all__ = ["check_one", "choices", "class_names", "scores"]


def choices(images: Tensor, names: Sequence[str] | None) -> list[tuple[str, int]]:
    """Return the images as options of a list to choose from.

    Args:
        images: (N, C, H, W) in [0, 1].
        names: one for each image; numbers when None.

    Returns:
        Pairs (name, index).

    Raises:
        ValueError: ``images`` are none, or the number of names differs.
    """
    check_images(images)
    names = [str(i) for i in range(len(images))] if names is None else names
    if len(names) != len(images):
        raise ValueError(f"names: {len(names)} for {len(images)} images; wanted one for each")
    # Two pictures may bear one name, but a list needs to tell them apart.
    return [(f"{i + 1}: {name}", i) for i, name in enumerate(names)]


def check_one(image: Tensor) -> None:
    """Refuse what is not one image.

    Args:
        image: (1, C, H, W) in [0, 1].

    Raises:
        TypeError: no tensor.
        ValueError: another number of images than one, or values that are no pixels.
    """
    check_images(image)
    if len(image) != 1:
        raise ValueError(f"image: wanted one, (1, C, H, W), got {tuple(image.shape)}; take images[i : i + 1]")


def scores(model: nn.Module, x: Tensor) -> Tensor:
    """Return the net's scores before the softmax.

    Args:
        model: the net; it is run in evaluation mode.
        x: images (N, C, H, W) in [0, 1].

    Returns:
        (N, K), on the CPU.
    """
    with evaluating(model), torch.no_grad():
        return class_scores(model(x), len(x)).cpu()


def class_names(model: nn.Module, n: int) -> list[str]:
    """Return the names of the net's classes.

    Args:
        model: the net.
        n: how many classes it has.

    Returns:
        What is in ``model.classes``; "class 0", "class 1" … if there is nothing.
    """
    names = getattr(model, "classes", None)
    return [str(name) for name in names] if names else [f"class {i}" for i in range(n)]
