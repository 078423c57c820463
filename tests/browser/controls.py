"""The sliders, lists and buttons of a widget, moved as a hand would."""

from playwright.sync_api import Locator

from tests.browser.lab import Notebook

__all__ = ["enabled", "label", "move_each", "nudge"]

_MOVES = 3
_ABOVE = "list => (list.selectedIndex || list.length) - 1"


def enabled(widget: Locator) -> list[Locator]:
    """Return what the keyboard reaches and is not greyed out, sliders before lists."""
    sliders = widget.locator(".slider:not([disabled]) .noUi-handle[tabindex='0']").all()
    return sliders + widget.locator("select:not([disabled])").all()


def label(control: Locator) -> str:
    """Return what stands before a control."""
    # Not inner_text, which is empty where the notebook has not laid out what is out of sight.
    found = _row(control).locator("label").text_content()
    assert found, "a control without a label cannot be told from the next"
    return found


def nudge(control: Locator) -> None:
    """Move a slider by a key, down at its end; in a list choose what stands above, round and round."""
    if control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(index=control.evaluate(_ABOVE))
        return
    # In what is said to a screen reader, numbers are rounded.
    readout = _row(control).locator(".widget-readout")
    at = readout.inner_text()
    for key in ("ArrowRight", "ArrowLeft"):
        control.focus()
        control.press(key)
        if readout.inner_text() != at:
            return
    raise AssertionError(f"{label(control)}: no key moves the slider")


def move_each(book: Notebook, widget: Locator) -> set[str]:
    """Move every control, also those that become enabled by it; return the labels of the idle ones.

    A control is idle when the picture stays the same. Sliders come first, since a list may grey one out.
    """
    moved, idle = set[str](), set[str]()
    while fresh := [control for control in enabled(widget) if label(control) not in moved]:
        moved.add(label(fresh[0]))
        if not _changes(book, widget, fresh[0]):
            idle.add(label(fresh[0]))
    assert moved, "a widget without controls"
    return idle


def _changes(book: Notebook, widget: Locator, control: Locator) -> bool:
    picture = widget.locator(".widget-image")
    before = picture.get_attribute("src")
    # The next class in the list may be the one that is shown already: so one more, and another.
    for _ in range(_MOVES):
        nudge(control)
        book.settle()
        if picture.get_attribute("src") != before:
            return True
    return False


def _row(control: Locator) -> Locator:
    return control.locator("xpath=ancestor::*[contains(@class, 'widget-inline-hbox')][1]")
