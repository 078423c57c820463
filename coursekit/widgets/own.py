"""A photograph in whose place a student puts one of their own, with sliders that move its square."""

import html
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import ipywidgets
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from coursekit.core.reader import read_picture, square
from coursekit.plots.output import show
from coursekit.subject import Pictures, subject_photographs
from coursekit.widgets.answered import answered_alt, answered_picture, likeliest
from coursekit.widgets.explorer import Explorer, is_live, slider

__all__ = ["OwnPicture", "own_picture"]

_MOST_ZOOM = 4.0
# What is larger is lost on its way to the kernel, where the server is not started as `make lab` does.
_WANTED = "JPEG, PNG or the like, of up to 10 MB"
_CENTRED = {"zoom": 1.0, "across": 0.5, "down": 0.5}
# A button says how many files it holds, "(0)", whatever is written on it: so write beside that.
_LABEL = "Use my own picture"
_STYLE = f"""<style>
.own-picture {{font-size: 0 !important; width: auto}}
.own-picture i, .own-picture::after {{font-size: var(--jp-widgets-font-size, 13px)}}
.own-picture::after {{content: "{_LABEL}"}}
</style>"""


@dataclass
class _Upload:
    """A picture that came from the browser, and the square that is looked at.

    Attributes:
        name: of its file.
        picture: what ``read_picture`` returns.
        crop: zoom, across and down, as ``square`` takes them.
    """

    name: str
    picture: Image.Image
    crop: dict[str, float]


_UPLOADS: dict[str, _Upload] = {}
"""By the name of the photograph: what was put in its place. A cell that runs again finds it here."""


class OwnPicture:
    """A picture to look at: the chapter's photograph, or the one that the student has put in its place.

    Args:
        chapter: the photograph as ``subject_photographs`` returns it, alone.

    Attributes:
        image: (1, 3, size, size) in [0, 1], on the course's device.
        name: of the photograph, such as "cat", or the name of the student's file, such as "my dog.jpg".
    """

    def __init__(self, chapter: Pictures) -> None:
        self._chapter = chapter
        self.image, self.name = chapter.images, chapter.names[0]

    def __repr__(self) -> str:
        return f"{self.name!r}, {tuple(self.image.shape)}"

    def show_chapter(self) -> None:
        """Make ``image`` and ``name`` those of the chapter's photograph."""
        self.image, self.name = self._chapter.images, self._chapter.names[0]

    def show_part(self, name: str, picture: Image.Image, crop: Mapping[str, float]) -> None:
        """Make ``image`` a square part of another picture.

        Args:
            name: of that picture.
            picture: what ``read_picture`` returns.
            crop: zoom, across and down, as ``square`` takes them.
        """
        self.name, size = name, self._chapter.images.shape[-1]
        self.image = square(picture, size, **crop)[None].to(self._chapter.images)


def own_picture(name: str, *, model: nn.Module | None = None, size: int | None = None) -> OwnPicture:
    """Show a photograph with a button that puts one's own in its place, and return what holds the picture.

    ``photo = ck.own_picture("cat", model=model)`` shows the cat and what the net says of it. From the next
    cell on, ``photo.image`` is the picture that is shown. An own picture, and its crop, stay when the cell is
    run again; the second button, or a restart of the kernel, brings the chapter's photograph back. The file
    is kept in memory alone, and the notebook's file keeps the chapter's photograph. Files of more than 10 MB
    do not reach the kernel, unless JupyterLab was started by ``make lab``.

    In a build (``COURSEKIT_BUILD=1``), with ``COURSEKIT_IMAGES``, which replaces all photographs already, and
    where no notebook is connected, there is no button.

    Args:
        name: of the photograph, such as "cat", "coffee" or "rocket".
        model: a net whose three likeliest classes are shown; none when None.
        size: edge of the picture in pixels; when None, that at which the net under study was tested, mostly
            224.

    Returns:
        The picture: ``photo.image``, (1, 3, size, size) in [0, 1], and ``photo.name``.

    Raises:
        FileNotFoundError: ``COURSEKIT_IMAGES`` is no folder or holds no picture, or the photograph's package
            is not installed.
        ValueError: no photograph has that name.
    """
    photo = OwnPicture(subject_photographs(name, size=size))
    answers = likeliest(model, photo.image)
    first, alt = answered_picture(photo.image, answers), answered_alt(photo.name, answers)
    if is_live() and not os.environ.get("COURSEKIT_IMAGES"):
        Panel(photo, name, model, alt=alt).explorer.display(first)
    else:
        show(first, alt, aside=True)
    return photo


class Panel:
    """The buttons, the sliders and the picture that belong to an ``OwnPicture``.

    Args:
        photo: what a student's picture goes into.
        key: the name of the photograph in whose place it is put.
        model: a net that is asked about the picture, or None.
        alt: what the chapter's photograph shows.

    Attributes:
        upload: the button that takes a file.
        back: the button that brings the chapter's photograph back.
        note: says what is shown, or what is wrong with a file.
        explorer: all of it, to be displayed.
    """

    def __init__(self, photo: OwnPicture, key: str, model: nn.Module | None, *, alt: str) -> None:
        self._photo, self._key, self._model = photo, key, model
        self.upload = ipywidgets.FileUpload(accept="image/*", multiple=False, tooltip=_LABEL)
        self.upload.add_class("own-picture")
        self.back = ipywidgets.Button(description="Back to the chapter's", layout={"width": "auto"})
        self.note = ipywidgets.HTML()
        self._crop: dict[str, ipywidgets.ValueWidget] = {
            "zoom": slider("Zoom", 1.0, _MOST_ZOOM, 1.0, 0.1),
            "across": slider("Across", 0.0, 1.0, 0.5, 0.01),
            "down": slider("Down", 0.0, 1.0, 0.5, 0.01),
        }
        self._resume()
        for control in self._crop.values():
            control.layout.width, control.layout.flex = "260px", "0 1 auto"  # one row, on slides too
            control.observe(self._cropped, "value")
        extras = [ipywidgets.HTML(_STYLE), self.upload, self.back, self.note]
        self.explorer = Explorer(self._draw, self._crop, alt=alt, extras=extras, idle=self._idle)
        self.upload.observe(self._uploaded, "value")
        self.back.on_click(self._chapter_again)

    def _resume(self) -> None:
        """Show the picture that was uploaded before, if there is one, or else the chapter's."""
        kept = _UPLOADS.get(self._key)
        crop = dict(kept.crop if kept else _CENTRED)  # a copy, since each slider that moves changes it
        for name, control in self._crop.items():
            control.layout.display = None if kept else "none"
            control.value = crop[name]
        self.back.disabled = kept is None
        self.note.value = _of_own(kept.name) if kept else _WANTED
        self._look()

    def _look(self) -> None:
        if kept := _UPLOADS.get(self._key):
            self._photo.show_part(kept.name, kept.picture, kept.crop)
        else:
            self._photo.show_chapter()

    def _cropped(self, _change: Any) -> None:
        """Follow a slider at once: the next cell may run before the picture is drawn."""
        if kept := _UPLOADS.get(self._key):
            kept.crop = {name: control.value for name, control in self._crop.items()}
            self._look()

    def _uploaded(self, change: Any) -> None:
        """Read what came, and keep nothing of the file itself."""
        if not (files := _files(change["new"])):
            return
        name, content = files[-1]
        size = self._photo.image.shape[-1]
        try:
            picture = read_picture(BytesIO(content), name, size)
        except ValueError as error:
            self.note.value = _refusal(name, error)
        else:
            _UPLOADS[self._key] = _Upload(name, picture, dict(_CENTRED))
            self._resume()
            self.explorer.redraw()
        _empty(self.upload)

    def _chapter_again(self, _button: Any) -> None:
        _UPLOADS.pop(self._key, None)
        self._resume()
        self.explorer.redraw()

    def _draw(self, **_crop: float) -> Figure:
        return answered_picture(self._photo.image, likeliest(self._model, self._photo.image))

    def _idle(self, zoom: float, **_place: float) -> Collection[str]:
        """Return the sliders that move nothing: the square fills the picture, or it is the chapter's."""
        if not (kept := _UPLOADS.get(self._key)):
            return self._crop
        edge, lengths = min(kept.picture.size) / zoom, zip(("across", "down"), kept.picture.size, strict=True)
        return [name for name, length in lengths if length <= edge]


def _files(value: Any) -> list[tuple[str, Any]]:
    """Return names and bytes of what a button holds."""
    if isinstance(value, Mapping):  # ipywidgets 7, as on Colab
        return [(name, file["content"]) for name, file in value.items()]
    return [(file["name"], file["content"]) for file in value]


def _empty(upload: ipywidgets.FileUpload) -> None:
    """Let the button forget the file, which would otherwise be saved with the states of widgets."""
    if isinstance(upload.value, Mapping):
        upload.data, upload.metadata = [], []
        upload.set_trait("value", {})
    else:
        upload.value = ()


def _of_own(name: str) -> str:
    return f"<b>{html.escape(name)}</b> is here now. Run the cells below again: they look at it."


def _refusal(name: str, error: ValueError) -> str:
    what = html.escape(f"{name}: {error}.")
    return (
        f'<div role="alert" style="border-left: 4px solid #a3195b; padding-left: 8px">Cannot read {what}'
        " Save it as JPEG or PNG, and choose that.</div>"
    )
