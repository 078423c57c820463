import asyncio
import gc
import weakref

import ipywidgets
import numpy as np
import pytest
from matplotlib.figure import Figure

from coursekit.widgets import choice, explore, explorer, slider
from coursekit.widgets.explorer import Explorer

ALT = "A square that is as light as the slider says"


def square(light):
    """A picture that says which value it was drawn from."""
    return np.full((8, 8, 3), light, dtype=np.uint8)


@pytest.fixture
def published(monkeypatch):
    """What a live notebook would have got: (data, metadata) of each output."""
    outputs = []
    monkeypatch.setattr(
        explorer, "display", lambda data, metadata=None, raw=False: outputs.append((data, metadata))
    )
    monkeypatch.setattr(
        explorer, "show", lambda picture, alt, **_: outputs.append(({"picture": picture}, alt))
    )
    return outputs


def live(monkeypatch, build=""):
    monkeypatch.setenv("COURSEKIT_BUILD", build)
    monkeypatch.setattr(explorer, "get_ipython", lambda: type("Shell", (), {"kernel": None}))


def test_moving_a_control_changes_the_picture():
    widget = Explorer(square, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    before = widget.image.value
    widget.controls["light"].value = 200
    assert widget.image.value != before
    widget.controls["light"].value = 10
    assert widget.image.value == before


def test_a_control_that_changes_nothing_now_is_greyed():
    controls = {"light": slider("Light", 0, 255, 10), "night": choice("Night", ["no", "yes"])}
    widget = Explorer(
        lambda light, night: square(0 if night == "yes" else light),
        controls,
        alt=ALT,
        idle=lambda light, night: {"light"} if night == "yes" else (),
    )
    assert not controls["light"].disabled
    widget.controls["night"].value = "yes"
    assert controls["light"].disabled
    assert not controls["night"].disabled
    widget.controls["night"].value = "no"
    assert not controls["light"].disabled


def test_a_redraw_leaves_no_figure_to_the_collector():
    """Such figures grow old, and the old are many: a collection then takes longer than the picture."""
    figures = []

    def draw(light):
        figures.append(weakref.ref(figure := Figure()))
        figure.add_subplot()
        return figure

    widget = Explorer(draw, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    widget.controls["light"].value = 200
    assert gc.isenabled()
    assert figures[1]() is None


def test_a_collector_that_is_off_stays_off():
    widget = Explorer(square, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    gc.disable()
    try:
        widget.controls["light"].value = 200
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_error_is_shown_in_place_and_forgotten_afterwards():
    def draw(light):
        if light == 13:
            raise ValueError("13 is <b>unlucky</b>")
        return square(light)

    widget = Explorer(draw, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    before = widget.image.value
    widget.controls["light"].value = 13
    assert "ValueError: 13 is &lt;b&gt;unlucky" in widget.message.value
    assert widget.image.value == before
    widget.controls["light"].value = 200
    assert widget.message.value == ""
    assert widget.image.value != before


def test_a_widget_that_fails_at_first_comes_to_life_later(published):
    widget = Explorer(lambda light: square(255 // light), {"light": slider("Light", 0, 9, 0)}, alt=ALT)
    assert "ZeroDivisionError" in widget.message.value
    widget.display()
    assert "image/png" not in published[0][0]
    widget.controls["light"].value = 1
    assert widget.image.value


def test_only_the_newest_of_many_values_are_drawn():
    drawn = []

    def draw(light):
        drawn.append(light)
        return square(light)

    async def drag():
        widget = Explorer(draw, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
        for light in (20, 30, 40):
            widget.controls["light"].value = light
        assert drawn == [10]
        await asyncio.sleep(3 * explorer._PAUSE)
        widget.controls["light"].value = 50
        await asyncio.sleep(3 * explorer._PAUSE)

    asyncio.run(drag())
    assert drawn == [10, 40, 50]


def test_values_that_come_while_drawing_are_drawn_next():
    drawn = []

    def draw(light):
        drawn.append(light)
        if light == 20:  # the reader goes on dragging
            widget.controls["light"].value = 30
            widget.controls["light"].value = 40
        return square(light)

    async def drag():
        widget.controls["light"].value = 20
        for _ in range(2000):  # until it is drawn, however busy the machine is
            await asyncio.sleep(explorer._PAUSE)
            if len(drawn) > 2:
                break
        await asyncio.sleep(6 * explorer._PAUSE)

    widget = Explorer(draw, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    asyncio.run(drag())
    assert drawn == [10, 20, 40]


def test_a_slow_picture_is_announced(monkeypatch):
    monkeypatch.setattr(explorer, "_SLOW", -1.0)
    said = []
    widget = Explorer(square, {"light": slider("Light", 0, 255, 10)}, alt=ALT)
    widget.message.observe(lambda change: said.append(change.new), "value")
    widget.controls["light"].value = 20
    assert said == ["drawing …", ""]


def test_a_build_gets_the_still_picture_alone(monkeypatch, published):
    live(monkeypatch, build="1")
    explore(square, alt=ALT, light=slider("Light", 0, 255, 10))
    ((data, alt),) = published
    assert (data["picture"] == square(10)).all()
    assert alt == ALT


def test_a_build_fails_with_the_picture(monkeypatch):
    live(monkeypatch, build="1")
    with pytest.raises(ZeroDivisionError):
        explore(lambda light: square(1 // light), alt=ALT, light=slider("Light", 0, 9, 0))


def test_a_live_notebook_gets_the_widget_and_keeps_the_still(monkeypatch, published):
    live(monkeypatch)
    explore(square, alt=ALT, light=slider("Light", 0, 255, 10))
    ((data, metadata),) = published
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= set(data)
    assert metadata["image/png"]["alt"] == ALT == data["text/plain"]


def test_another_still_can_be_given(monkeypatch, published):
    live(monkeypatch, build="1")
    explore(square, alt=ALT, still=square(99), light=slider("Light", 0, 255, 10))
    assert (published[0][0]["picture"] == square(99)).all()


def test_alt_text_and_controls_are_wanted():
    with pytest.raises(ValueError, match="20 characters"):
        explore(square, alt="short", light=slider("Light", 0, 255, 10))
    with pytest.raises(ValueError, match="no control"):
        explore(square, alt=ALT)


def test_sliders_are_of_the_kind_of_their_numbers():
    assert isinstance(slider("n", 0, 9, 3), ipywidgets.IntSlider)
    assert isinstance(slider("σ", 0.0, 1.0, 0.5, 0.1), ipywidgets.FloatSlider)
    control = slider("A long description of what this does", 0, 9, 3)
    assert control.continuous_update
    assert control.style.description_width == "initial"


def test_a_choice_takes_names_or_pairs():
    assert choice("c", ["a", "b"]).value == "a"
    assert choice("c", {"a": 1, "b": 2}, 2).value == 2
    assert choice("c", [("a", 1), ("b", 2)], 2).label == "b"


def test_the_image_bears_no_tooltip() -> None:
    """JupyterLab's view of an image widget fails on one, and shows an error where the picture should be."""
    widget = Explorer(lambda n: np.zeros((4, 4, 3), np.uint8), {"n": slider("n", 0, 3, 0)}, alt="a" * 20)
    assert widget.image.tooltip is None
