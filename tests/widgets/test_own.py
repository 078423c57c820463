import base64
from datetime import UTC, datetime

import pytest
import torch
from PIL import Image

from coursekit.datasets.photographs import photograph
from coursekit.plots.output import render
from coursekit.widgets import explorer, own
from coursekit.widgets.answered import answered_picture
from coursekit.widgets.own import OwnPicture, Panel, own_picture
from tests.core.files import BROKEN, HALVES


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Nothing was uploaded before, and nothing replaces the photographs."""
    monkeypatch.setattr(own, "_UPLOADS", {})
    monkeypatch.setenv("COURSEKIT_DEVICE", "cpu")
    monkeypatch.setenv("COURSEKIT_BUILD", "")
    for name in ("COURSEKIT_MODEL", "COURSEKIT_IMAGES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def panels(monkeypatch):
    """A notebook is connected; the panels that it is shown."""
    shown = []
    monkeypatch.setattr(explorer, "get_ipython", lambda: type("Shell", (), {"kernel": None}))
    monkeypatch.setattr(explorer, "display", lambda *_, **__: None)

    class Kept(Panel):
        def __init__(self, *args, **rest):
            super().__init__(*args, **rest)
            shown.append(self)

    monkeypatch.setattr(own, "Panel", Kept)
    return shown


class Sides(torch.nn.Module):
    classes = ("red", "blue")

    def forward(self, x):
        return 9 * x.mean((2, 3))[:, [0, 2]]


def give(panel, name, data):
    """Upload a file as a browser does, to the widgets of ipywidgets 8."""
    about = {"name": name, "type": "image/jpeg", "size": len(data), "last_modified": datetime.now(UTC)}
    panel.upload.value = ({**about, "content": memoryview(data)},)


def chapters(size=32):
    return photograph("cat", size=size)[None]


def test_without_a_notebook_it_is_the_chapters(capsys):
    photo = own_picture("cat", model=Sides(), size=32)
    assert torch.equal(photo.image, chapters())
    assert photo.name == "cat"
    assert repr(photo) == "'cat', (1, 3, 32, 32)"
    assert "“cat” as a square. Beside it what the net says: red" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["COURSEKIT_BUILD", "COURSEKIT_IMAGES"])
def test_a_build_and_a_folder_of_pictures_get_no_button(panels, variable, monkeypatch, tmp_path):
    Image.new("RGB", (32, 32), "lime").save(tmp_path / "lime.png")
    monkeypatch.setenv(variable, str(tmp_path))
    photo = own_picture("cat", size=32)
    assert not panels
    assert photo.name == ("lime.png" if variable == "COURSEKIT_IMAGES" else "cat")


def test_the_size_is_that_of_the_net_under_study(panels):
    photo = own_picture("cat")
    give(panels[0], "plain.png", HALVES["plain.png"][0]())
    assert photo.image.shape == (1, 3, 224, 224)


def test_an_upload_takes_the_place_and_gives_it_back(panels):
    photo = own_picture("cat", model=Sides(), size=32)
    (panel,) = panels
    before = panel.explorer.image.value
    assert panel.back.disabled
    give(panel, "my <dog>.png", HALVES["plain.png"][0]())
    assert photo.name == "my <dog>.png"
    assert torch.equal(photo.image[0, :, 16, 8], torch.tensor([1.0, 0, 0]))
    assert panel.explorer.image.value != before
    assert "my &lt;dog&gt;.png" in panel.note.value
    panel.back.click()
    assert torch.equal(photo.image, chapters())
    assert photo.name == "cat"
    assert "dog" not in panel.note.value
    assert panel.explorer.image.value == before


def test_the_file_is_forgotten_once_it_is_read(panels):
    own_picture("cat", size=32)
    for name in ("plain.png", "plain.png"):
        give(panels[0], name, HALVES["plain.png"][0]())
        assert panels[0].upload.value == ()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_is_named_and_the_last_one_stays(name, panels):
    photo = own_picture("cat", size=32)
    (panel,) = panels
    give(panel, "plain.png", HALVES["plain.png"][0]())
    image = photo.image
    give(panel, name, BROKEN[name][0])
    assert photo.image is image
    assert photo.name == "plain.png"
    assert f"Cannot read {name}: " in panel.note.value
    assert 'role="alert"' in panel.note.value
    give(panel, "plain.png", HALVES["plain.png"][0]())
    assert "alert" not in panel.note.value


def test_a_cell_that_runs_again_keeps_the_picture_and_its_crop(panels):
    own_picture("cat", size=32)
    give(panels[0], "wide.webp", HALVES["wide.webp"][0]())
    panels[0].explorer.controls["across"].value = 1.0
    again = own_picture("cat", size=16)
    assert again.name == "wide.webp"
    assert torch.equal(again.image[0, :, 8, 4], torch.tensor([0.0, 0, 1]))  # the left of the right half
    assert panels[1].explorer.controls["across"].value == 1.0
    assert own_picture("coffee", size=16).name == "coffee"


def test_a_new_picture_is_centred_whatever_the_sliders_said(panels):
    photo = own_picture("cat", size=32)
    controls = panels[0].explorer.controls
    give(panels[0], "wide.webp", HALVES["wide.webp"][0]())
    centred = photo.image
    controls["zoom"].value, controls["across"].value, controls["down"].value = 3.0, 0.1, 0.9
    assert not torch.equal(photo.image, centred)
    give(panels[0], "again.webp", HALVES["wide.webp"][0]())
    assert torch.equal(photo.image, centred)
    assert own._UPLOADS["cat"].crop == own._CENTRED


def test_sliders_that_move_nothing_are_greyed_or_hidden(panels):
    own_picture("cat", size=32)
    controls = panels[0].explorer.controls

    def idle():
        return {name for name, control in controls.items() if control.disabled}

    assert {control.layout.display for control in controls.values()} == {"none"}
    assert idle() == {"zoom", "across", "down"}
    give(panels[0], "wide.webp", HALVES["wide.webp"][0]())
    assert {control.layout.display for control in controls.values()} == {None}
    assert idle() == {"down"}
    controls["zoom"].value = 2.0
    assert idle() == set()
    give(panels[0], "square.png", HALVES["plain.png"][0]())
    assert idle() == {"across", "down"}


def test_the_notebook_keeps_the_chapters_photograph(panels, monkeypatch):
    own_picture("cat", size=32)
    give(panels[0], "plain.png", HALVES["plain.png"][0]())
    kept = []
    monkeypatch.setattr(explorer, "display", lambda data, **rest: kept.append(data))
    own_picture("cat", size=32)
    chapters_own = render(answered_picture(chapters()))
    assert base64.b64decode(kept[0][chapters_own.mime]) == chapters_own.data
    assert "“cat”" in kept[0]["text/plain"]


def test_files_of_an_older_ipywidgets_are_read(panels):
    """Colab's: a mapping from names, of which the button cannot be asked to forget one in the same way."""
    content = HALVES["plain.png"][0]()
    assert own._files({"cat.png": {"metadata": {}, "content": content}}) == [("cat.png", content)]


def test_names_become_no_markup(panels):
    photo = OwnPicture(own.subject_photographs("cat", size=16))
    panel = Panel(photo, "cat", None, alt="a photograph of a cat")
    give(panel, "<img src=x>.png", b"")
    assert "<img" not in panel.note.value
