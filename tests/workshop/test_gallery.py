import re

from coursekit import plots
from coursekit.plots.theme import THEMES
from coursekit.workshop import gallery


def test_every_figure_function_is_in_the_gallery():
    no_figures = {"overlay", "projector", "show", "style", "theme", "to_rgb", "write_picture"}
    shown = " ".join(gallery.figures())
    assert {name for name in {*plots.__all__} - no_figures if name not in shown} == set()


def test_a_page_for_each_theme_shows_each_figure_at_its_size(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_THEME", "dark")
    few = {name: gallery.figures()[name] for name in ("bars", "image_grid, lossless")}
    monkeypatch.setattr(gallery, "figures", lambda: few)
    first = gallery.write_gallery(tmp_path / "gallery")
    assert first.name == "light.html"
    for theme in THEMES.values():
        page = (first.parent / f"{theme.name}.html").read_text("utf-8")
        assert theme.colours.paper in page
        pictures = re.findall(r'src="([^"]+)" width="(\d+)"', page)
        assert len(pictures) == 2
        assert all((first.parent / name).is_file() for name, _ in pictures)
        assert all(int(width) >= 960 for _, width in pictures)
        assert "without loss" in page
    assert plots.theme().name == "dark"
