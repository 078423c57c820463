"""A map of dots where pointing at a dot shows its picture: HTML and CSS alone, which need no kernel.

Each picture is small and lies beside its dot, so that only one is decoded when the pointer moves: a large one
of all of them would take the browser longer.
"""

import base64
import html
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from coursekit.plots.embedding_maps import point_maps
from coursekit.plots.output import check_alt, mime_bundle, render, show
from coursekit.plots.pixels import Pixels, to_pixels
from coursekit.plots.theme import theme
from coursekit.widgets.explorer import is_live

__all__ = ["hover_map", "hover_page"]

_SIZE = 112  # pixels: the height of a picture
_QUALITY = 70
_REACH = 14  # pixels: a dot answers within a square of this size
_INCHES = 6.4

_STYLE = """
.{name} {{position: relative; display: inline-block}}
.{name} > img {{display: block; max-width: none; width: {width}px}}
.{name} i {{position: absolute; width: {reach}px; height: {reach}px; margin: -{half}px; border-radius: 50%}}
.{name} i:hover {{outline: 2px solid {ink}; z-index: 2}}
.{name} i img {{display: none}}
.{name} i:hover img {{display: block; position: absolute; max-width: none; pointer-events: none;
  left: {reach}px; top: {reach}px; outline: 2px solid {ink}}}
.{name} i.l:hover img {{left: auto; right: {reach}px}}
.{name} i.u:hover img {{top: auto; bottom: {reach}px}}
.{name} i:hover::before {{content: attr(data-caption); position: absolute; left: {reach}px; top: 0;
  z-index: 3; font: 14px sans-serif; white-space: nowrap; padding: 0 4px; color: {ink}; background: {paper}}}
.{name} i.l:hover::before {{left: auto; right: {reach}px}}
"""


def hover_map(
    points: Tensor,
    images: Tensor | Pixels,
    labels: Tensor,
    names: Sequence[str],
    *,
    alt: str,
    captions: Sequence[str] = (),
) -> None:
    """Show a map where pointing at a dot shows its picture, and leave a still one in the notebook.

    In a build (``COURSEKIT_BUILD=1``), and where no notebook is connected, there is only the still picture.

    Args:
        points: (N, 2).
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1].
        labels: (N,) whole numbers into ``names``.
        names: of the classes.
        alt: what the still picture shows, at least 20 characters.
        captions: what stands above each picture; the name of its class when empty.

    Raises:
        ValueError: numbers that differ, or ``alt`` is too short.
    """
    check_alt(alt)
    figure = point_maps({"": points}, labels, names, size=_INCHES)
    if not is_live():
        show(figure, alt, aside=True)
        return
    titles = list(captions) or [names[label] for label in labels.tolist()]
    data, metadata = mime_bundle(render(figure), alt, aside=True)
    display(
        {**data, "text/html": hover_page(figure, points, images, titles, alt)}, metadata=metadata, raw=True
    )


def hover_page(
    figure: Figure, points: Tensor, images: Tensor | Pixels, captions: Sequence[str], alt: str
) -> str:
    """Return HTML: a figure with one map, on which each dot answers the pointer with its picture.

    Args:
        figure: what ``point_maps`` returns for one map.
        points: (N, 2), where the dots of the map are.
        images: (N, 3, H, W), (N, 1, H, W) or (N, H, W) in [0, 1], or bytes (N, H, W, 3).
        captions: what stands above each picture (N,).
        alt: what the figure shows.

    Returns:
        HTML with its own style sheet and pictures.

    Raises:
        ValueError: numbers that differ.
    """
    pixels = to_pixels(images)
    if not len(points) == len(pixels) == len(captions):
        raise ValueError(
            f"wanted an image and a caption for each of {len(points)} points, got {len(pixels)} and"
            f" {len(captions)}"
        )
    still = render(figure, fast=True)
    # In parts of the figure, from the left and from the top.
    at = figure.axes[0].transData.transform(points.detach().cpu().numpy()) / figure.bbox.size
    pictures = [_address(_jpeg(one), "image/jpeg") for one in pixels]
    name = f"hover-{sha256(''.join([alt, *pictures]).encode() + still.data).hexdigest()[:12]}"
    colours = theme().colours
    sizes = {"width": still.width, "reach": _REACH, "half": _REACH // 2}
    style = _STYLE.format(name=name, ink=colours.ink, paper=colours.paper, **sizes)
    dots = [
        f'<i class="{"l" * (x > 0.5)} {"u" * (y < 0.5)}" data-caption="{html.escape(title)}" '
        f'style="left:{x:.2%};top:{1 - y:.2%}"><img alt="" decoding="sync" src="{address}"></i>'
        for (x, y), address, title in zip(at.tolist(), pictures, captions, strict=True)
    ]
    map_of_dots = f'<img alt="{html.escape(alt)}" src="{_address(still.data, still.mime)}">'
    return f'<style>{style}</style><div class="{name}">{map_of_dots}{"".join(dots)}</div>'


def _jpeg(pixels: Pixels) -> bytes:
    """Return one picture (H, W, 3) as a small file."""
    stream = BytesIO()
    width = round(_SIZE * pixels.shape[1] / pixels.shape[0])
    resized = Image.fromarray(pixels).resize((width, _SIZE), Image.Resampling.BOX)
    resized.save(stream, "jpeg", quality=_QUALITY, optimize=True)
    return stream.getvalue()


def _address(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
