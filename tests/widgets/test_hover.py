"""The map whose dots show their pictures: where the dots answer, and with which picture."""

import base64
import html.parser
import re
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from coursekit.plots import point_maps
from coursekit.widgets import hover, hover_map, hover_page

ALT = "Five dots, of which two are called odd"


class Page(html.parser.HTMLParser):
    """What a page consists of: the map, its dots, and the picture of each dot."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.dots: list[dict] = []
        self.images: list[dict] = []
        self.shown: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "i":
            self.dots.append(found)
        elif tag == "img" and self.dots:
            self.shown.append(found["src"])
        elif tag == "img":
            self.images.append(found)


def picture(address: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(address.partition("base64,")[2]))).convert("RGB"))


def place(style: str) -> tuple[float, float]:
    left, top = (float(number) / 100 for number in re.findall(r"[\d.]+(?=%)", style))
    return left, top


@pytest.fixture
def points() -> torch.Tensor:
    return torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 5.0], [10.0, 5.0], [4.0, 3.0]])


@pytest.fixture
def images() -> torch.Tensor:
    """Each of one grey, twice as wide as high."""
    return torch.linspace(0.1, 0.9, 5).view(5, 1, 1, 1).expand(5, 3, 8, 16)


@pytest.fixture
def page(points, images) -> Page:
    figure = point_maps({"": points}, torch.tensor([0, 1, 0, 1, 0]), ["even", "odd"], size=4)
    return Page(hover_page(figure, points, images, ["a", "b", "c", "d", '"<e>"'], ALT))


def test_each_dot_shows_its_own_picture(page, images) -> None:
    assert len(page.shown) == len(images)
    for address, image in zip(page.shown, images, strict=True):
        height, width = (shown := picture(address)).shape[:2]
        assert width == 2 * height
        assert abs(shown.astype(float) - 255 * image.mean().item()).max() < 3


def test_each_dot_answers_where_it_is_drawn(page) -> None:
    drawn = picture(page.images[0]["src"]).astype(int)
    height, width = drawn.shape[:2]
    for dot in page.dots:
        left, top = place(dot["style"])
        x, y = round(left * width), round(top * height)
        assert drawn[y - 1 : y + 2, x - 1 : x + 2].min() < 120  # ink, on white


def test_pictures_stay_on_the_map(page) -> None:
    sides = [dot["class"].split() for dot in page.dots]
    assert sides == [["u"], ["l", "u"], [], ["l"], []]


def test_titles_and_alt_text_are_escaped(page) -> None:
    assert [dot["data-caption"] for dot in page.dots] == ["a", "b", "c", "d", '"<e>"']
    assert page.images[0]["alt"] == ALT


def test_two_maps_in_a_notebook_have_styles_of_their_own(points, images) -> None:
    names = set()
    for some in (images, images.flip(0)):
        figure = point_maps({"": points}, torch.zeros(5), [""])
        names.add(re.search(r'class="(hover-\w+)"', hover_page(figure, points, some, ["a"] * 5, ALT))[1])
    assert len(names) == 2


def test_a_picture_for_each_dot_is_wanted(points, images) -> None:
    figure = point_maps({"": points}, torch.zeros(5), [""])
    with pytest.raises(ValueError, match="each of 5 points, got 4 and 5"):
        hover_page(figure, points, images[:4], ["a"] * 5, ALT)


@pytest.mark.parametrize("live", [True, False])
def test_a_build_keeps_the_still_alone(points, images, monkeypatch, live) -> None:
    outputs, stills = [], []
    monkeypatch.setattr(hover, "is_live", lambda: live)
    monkeypatch.setattr(hover, "display", lambda data, metadata, raw: outputs.append((data, metadata)))
    monkeypatch.setattr(hover, "show", lambda picture, alt, **_: stills.append(alt))
    hover_map(points, images, torch.tensor([0, 1, 0, 1, 0]), ["even", "odd"], alt=ALT)
    if live:
        ((data, metadata),) = outputs
        assert [dot["data-caption"] for dot in Page(data["text/html"]).dots] == [
            "even",
            "odd",
            "even",
            "odd",
            "even",
        ]
        assert metadata["image/png"]["alt"] == ALT
    assert (len(outputs), stills) == ((1, []) if live else (0, [ALT]))


def test_an_alt_text_is_wanted(points, images) -> None:
    with pytest.raises(ValueError, match="alt: wanted at least 20"):
        hover_map(points, images, torch.zeros(5), [""], alt="dots")
