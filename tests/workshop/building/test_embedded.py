from dataclasses import replace
from io import BytesIO

import nbformat
import pytest
import torch
from PIL import Image

from coursekit.plots.encoding import encode_photograph
from coursekit.plots.pixels import to_pixels
from coursekit.workshop.building import BuildError, Chapter, build
from coursekit.workshop.building.embedded import embedded_pictures, faults, jpeg_quality, tables
from coursekit.workshop.building.gate import max_bytes
from tests.plots.stored import panels_of

SOURCE = """\
# %% [markdown]
# # Noise

# %%
import torch
from coursekit import plots

noise = torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(0))
plots.show(
    plots.image_grid(noise, ["one", "two", "three"]),
    alt="Three squares of coloured noise, side by side",
    caption="Noise, pixel by pixel.",
    lossless=True,
)

# %%
plots.show(plots.image_grid(noise), alt="Three squares of coloured noise", aside=True)
"""


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """A chapter that was built."""
    root = tmp_path_factory.mktemp("course")
    chapter = Chapter("notebooks", "01_tiny", root)
    chapter.source.parent.mkdir(parents=True)
    chapter.source.write_text(SOURCE)
    build(root=root)
    return chapter


@pytest.fixture
def picture(noise):
    return next(embedded_pictures(nbformat.read(noise.path, as_version=4)))


def test_a_lossless_figure_holds_the_very_bytes_of_the_tensor(noise):
    notebook = nbformat.read(noise.path, as_version=4)
    figure, caption = next(cell.outputs for cell in notebook.cells if len(cell.get("outputs", ())) == 2)
    wanted = torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    shown = panels_of(figure)
    assert len(shown) == 3
    for pixels, image in zip(shown, to_pixels(wanted), strict=True):
        assert pixels.tobytes() == image.tobytes()
    assert caption.data["text/plain"] == "Noise, pixel by pixel."


def test_pictures_are_listed_with_width_density_and_encoding(noise):
    first, second = embedded_pictures(nbformat.read(noise.path, as_version=4))
    assert (first.width, first.density, first.encoding) == (1000, 2, "PNG, lossless")
    assert first.lossless
    assert not first.aside
    assert second.aside
    listed = tables(["01_tiny"], noise.root).splitlines()
    assert listed[0].startswith("notebooks/01_tiny.ipynb: 2 pictures")
    assert "1000     2.0" in listed[2]
    assert listed[3].endswith(", aside")
    with pytest.raises(BuildError, match="no source for 02_none"):
        tables(["02_none"], noise.root)


@pytest.mark.parametrize("quality", [30, 60, 75, 89, 90, 95])
def test_quality_is_read_from_the_tables(quality):
    stream = BytesIO()
    Image.effect_noise((32, 32), 60).convert("RGB").save(stream, "jpeg", quality=quality)
    assert abs(jpeg_quality(Image.open(stream)) - quality) <= 1


def test_what_is_drawn_here_is_good_enough():
    noise = torch.rand(1, 3, 64, 64).cumsum(2).div(64)
    assert jpeg_quality(Image.open(BytesIO(encode_photograph(to_pixels(noise)[0]).data))) >= 90


def test_only_main_figures_have_to_be_wide(picture):
    narrow = replace(picture, width=500)
    assert list(faults(picture, wide=True)) == list(faults(narrow)) == []
    assert "a figure 500 pixels wide; wanted 960" in next(faults(narrow, wide=True))
    assert list(faults(replace(narrow, aside=True), wide=True)) == []


def test_how_heavy_a_notebook_may_be(tmp_path):
    sizes = {
        (kind, name): max_bytes(Chapter(kind, name, tmp_path))
        for kind in ("notebooks", "solutions")
        for name in ("04_saliency", "08_deep_dream")
    }
    assert [size // 1_000_000 for size in sizes.values()] == [3, 8, 1, 1]
