"""Explorers: a widget is a pure function from the values of its controls to a picture.

``explore`` puts sliders on such a function. The picture follows the newest values only, and stays while the
next one is being drawn. An error is shown in the widget, in words, since a traceback would not be seen.
What it shows first stays in the saved notebook as a still picture, for the web.
"""

import asyncio
import gc
import html
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from coursekit.plots.output import Picture, check_alt, mime_bundle, render, show

__all__ = ["Explorer", "choice", "explore", "is_live", "slider"]

Draw = Callable[..., Picture]
Idle = Callable[..., Collection[str]]

_VIEW = "application/vnd.jupyter.widget-view+json"  # ipywidgets 7, as on Colab, has no method for it
_PAUSE = 0.005  # seconds, in which messages that wait are read; a slider sends its next when one was answered
_SLOW = 0.3  # seconds after which the widget says that it is drawing


def explore(
    draw: Draw,
    *,
    alt: str,
    still: Picture | None = None,
    extras: Sequence[ipywidgets.Widget] = (),
    idle: Idle | None = None,
    **controls: ipywidgets.ValueWidget,
) -> None:
    """Show ``draw`` with its controls, and leave a still picture in the notebook.

    In a build (``COURSEKIT_BUILD=1``), and where no notebook is connected, there is only the still picture.

    Args:
        draw: called with the value of each control by its name; returns a figure, or bytes (H, W, 3).
        alt: what the still picture shows, at least 20 characters.
        still: what to leave; the picture of the first values when None.
        extras: widgets to show beside the controls, such as one that moves them.
        idle: called as ``draw`` is; returns the names of the controls that now change nothing, to be greyed.
        **controls: name → widget with a value, such as ``slider`` and ``choice`` return.

    Raises:
        ValueError: ``alt`` is too short, or there is no control.
    """
    check_alt(alt)
    if not controls:
        raise ValueError("explore: there is no control; wanted name=slider(…) or name=choice(…)")
    if not is_live():
        show(still if still is not None else draw(**_values(controls)), alt, aside=True)
        return
    Explorer(draw, controls, alt=alt, extras=extras, idle=idle).display(still)


def slider(
    description: str, low: float, high: float, value: float, step: float = 1
) -> ipywidgets.ValueWidget:
    """Return a slider; of whole numbers if all four numbers are ints.

    Args:
        description: what stands beside it.
        low: the smallest value.
        high: the largest value.
        value: the first value.
        step: from one value to the next.

    Returns:
        A widget with a ``value``.
    """
    integers = all(isinstance(number, int) for number in (low, high, value, step))
    kind = ipywidgets.IntSlider if integers else ipywidgets.FloatSlider
    return kind(value, min=low, max=high, step=step, description=description, **_looks())


def choice(
    description: str, options: Sequence[Any] | Mapping[str, Any], value: Any = None
) -> ipywidgets.ValueWidget:
    """Return a list to choose from.

    Args:
        description: what stands beside it.
        options: the values, pairs (name, value), or name → value.
        value: the one that is chosen at first; that of the first option when None.

    Returns:
        A widget with a ``value``.
    """
    pairs = list(options.items()) if isinstance(options, Mapping) else list(options)
    chosen = {} if value is None else {"value": value}
    return ipywidgets.Dropdown(options=pairs, description=description, **chosen, **_looks())


class Explorer:
    """The controls, the picture and the line for messages of one widget.

    Args:
        draw: called with the value of each control by its name; returns a figure, or bytes (H, W, 3).
        controls: name → widget with a value.
        alt: what the first picture shows, at least 20 characters.
        extras: widgets to show beside the controls.
        idle: called as ``draw`` is; returns the names of the controls that now change nothing, to be greyed.

    Attributes:
        controls: name → widget.
        image: shows the newest picture.
        message: empty, "drawing …", or what went wrong.
        box: all of it, to be displayed.
    """

    def __init__(
        self,
        draw: Draw,
        controls: Mapping[str, ipywidgets.ValueWidget],
        *,
        alt: str,
        extras: Sequence[ipywidgets.Widget] = (),
        idle: Idle | None = None,
    ) -> None:
        self.controls = dict(controls)
        self.image = ipywidgets.Image(format="jpeg", layout={"max_width": "100%"})
        self.message = ipywidgets.HTML()
        row = ipywidgets.HBox([*extras, *self.controls.values()], layout={"flex_flow": "row wrap"})
        self.box = ipywidgets.VBox([row, self.image, self.message])
        self._draw, self._alt, self._idle = draw, alt, idle
        self._waiting = False
        self._seconds = 0.0
        self._first = self._drawn()
        for control in self.controls.values():
            control.observe(self._changed, "value")

    def display(self, still: Picture | None = None) -> None:
        """Display the widget; the same output holds a still picture for readers that run no widgets.

        Args:
            still: the picture; that of the controls' first values when None.
        """
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        data: dict[str, Any] = {_VIEW: view, "text/plain": repr(self.box)}
        picture = self._first if still is None else still
        if picture is None:
            display(data, raw=True)
            return
        pictures, metadata = mime_bundle(render(picture), self._alt, aside=True)
        display({**data, **pictures}, metadata=metadata, raw=True)

    def redraw(self) -> None:
        """Draw the picture of the controls' present values; if that fails, say why and keep the last one."""
        self._waiting = False
        with _uncollected():
            self._drawn()

    def _drawn(self) -> Picture | None:
        """Redraw, and return the picture; None if that failed."""
        if self._seconds > _SLOW:
            self.message.value = "drawing …"
        start = time.perf_counter()
        try:
            values = _values(self.controls)
            self._grey(values)
            picture = self._draw(**values)
            still = render(picture, fast=True, lossy=True)
        except Exception as error:  # whatever it is, the reader must see it, and the widget must live on
            self.message.value = _in_words(error)
            return None
        self._seconds = time.perf_counter() - start
        self.image.layout.width = f"{still.width}px"
        self.image.value = still.data
        self.message.value = ""
        return picture

    def _grey(self, values: Mapping[str, Any]) -> None:
        """Disable the controls that change nothing at these values."""
        if self._idle is not None:
            idle = set(self._idle(**values))
            if unknown := idle - self.controls.keys():
                raise ValueError(f"idle: no control {sorted(unknown)}; there are {', '.join(self.controls)}")
            for name, control in self.controls.items():
                control.disabled = name in idle

    def _changed(self, _change: Any) -> None:
        """Ask for a redraw, after all messages that have come in: only the newest values are drawn."""
        if self._waiting:
            return
        self._waiting = True
        try:
            asyncio.get_running_loop().call_later(_PAUSE, self.redraw)
        except RuntimeError:  # no loop runs outside a notebook
            self.redraw()


def is_live() -> bool:
    """Return whether there is a notebook that can show a widget.

    Returns:
        False in a build (``COURSEKIT_BUILD=1``), and where no notebook is connected.
    """
    return not os.environ.get("COURSEKIT_BUILD") and hasattr(get_ipython(), "kernel")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put the garbage collector off until a picture is out.

    A figure is full of reference cycles. If the collector runs while it is in use, it moves to an older
    generation, and to collect that one takes a third of a second, every twenty figures. A figure that is
    freed before its first collection costs milliseconds.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _values(controls: Mapping[str, ipywidgets.ValueWidget]) -> dict[str, Any]:
    return {name: control.value for name, control in controls.items()}


def _in_words(error: Exception) -> str:
    what = html.escape(f"{type(error).__name__}: {error}")
    return f'<p role="alert" style="border-left: 4px solid #a3195b; padding-left: 8px">{what}</p>'


def _looks() -> dict[str, Any]:
    """No description is cut off, and a slider is long enough to hit every value."""
    return {"style": {"description_width": "initial"}, "layout": {"width": "24em", "max_width": "100%"}}
