"""A widget that lays an adversarial patch on a picture, and shows what the net makes of it."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.attacks.patch import paste
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.pictures import check_one, choices
from coursekit.widgets.saliency import changed_picture

__all__ = ["patch_picture", "patch_widget"]


def patch_widget(model: nn.Module, images: Tensor, patch: Tensor, names: Sequence[str] | None = None) -> None:
    """Lay a patch on pictures: its row, column, scale and angle, and the probabilities that follow.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], to choose from.
        patch: (3, s, s) in [0, 1].
        names: one for each image; numbers when None.

    Raises:
        ValueError: ``images`` are none, or the number of names differs.
    """
    pictures = choices(images, names)
    height, width = images.shape[2:]

    def draw(picture: int, row: int, column: int, scale: float, angle: float) -> Figure:
        image = images[picture : picture + 1]
        return patch_picture(model, image, patch, row=row, column=column, scale=scale, angle=angle)

    explore(
        draw,
        alt="A picture with a square patch of bright colours on it, and the probabilities of the likeliest "
        "classes: bars with the patch, outlines without.",
        picture=choice("Picture", pictures, 0),
        row=slider("Row", 0, height - 1, height // 4),
        column=slider("Column", 0, width - 1, width // 4),
        scale=slider("Scale", 0.1, 0.6, 0.35, 0.05),
        angle=slider("Angle", -180.0, 180.0, 0.0, 5.0),
    )


def patch_picture(
    model: nn.Module,
    image: Tensor,
    patch: Tensor,
    *,
    row: float,
    column: float,
    scale: float,
    angle: float = 0.0,
) -> Figure:
    """Return a picture with a patch on it, and the probabilities: bars with the patch, outlines without.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        patch: (3, s, s) in [0, 1].
        row: of the patch's centre, in pixels.
        column: of the patch's centre.
        scale: edge of the patch as a share of the picture's shorter edge.
        angle: by which it is turned, in degrees, counter-clockwise.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image, or what ``paste`` raises.
    """
    check_one(image)
    return changed_picture(
        model, image, paste(image, patch, row=row, column=column, scale=scale, angle=angle)
    )
