import numpy as np
import pytest
import torch

from coursekit.plots import answers
from coursekit.plots.output import render

NAMES = ["cat", "dog", "a very long name of a class that nobody could fit", "cup"]
SHARES = torch.tensor([[0.1, 0.6, 0.05, 0.25], [0.4, 0.3, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0]])


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_likeliest_classes_stand_in_order_with_their_numbers(pictures):
    figure = answers(pictures, NAMES, SHARES, top=2, titles=["one", "two", "three"])
    written = texts(figure)
    assert written[:5] == ["one", "dog", "0.60", "cup", "0.25"]
    assert written[5:10] == ["two", "cat", "0.40", "dog", "0.30"]
    assert written[11].endswith("…")
    assert render(figure).width >= 960


def test_a_bar_is_as_long_as_the_probability_and_the_truth_in_colour(pictures):
    figure = answers(pictures[:1], NAMES, SHARES[:1], top=3, truth=["cup"])
    patches = [patch for patch in figure.axes[0].patches if patch.get_height() < 20]
    tracks, bars = patches[::2], patches[1::2]
    lengths = [bar.get_width() / track.get_width() for bar, track in zip(bars, tracks, strict=True)]
    np.testing.assert_allclose(lengths, [0.6, 0.25, 0.1])
    plain, right, other = (bar.get_facecolor() for bar in bars)
    assert plain == other != right
    assert [panel.left + panel.width <= bars[0].get_x() for panel in figure.panels] == [True]


def test_below_each_picture_stand_its_own_answers(pictures):
    figure = answers(pictures, NAMES, SHARES)
    assert len(figure.panels) == 3
    assert all(panel.width >= 150 for panel in figure.panels)
    tops = [text.get_position()[1] for text in figure.axes[0].texts]
    assert min(tops) > max(panel.top + panel.height for panel in figure.panels)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda x: answers(x.repeat(2, 1, 1, 1), NAMES, SHARES.repeat(2, 1)), "1 to 5, got 6"),
        (lambda x: answers(x, NAMES[:2], SHARES), r"wanted \(3, 2\), got \(3, 4\)"),
        (lambda x: answers(x, NAMES, 5 * SHARES), r"take scores.softmax\(1\)"),
        (lambda x: answers(x, NAMES, SHARES, titles=["one"]), "titles: 1 for 3"),
        (lambda x: answers(x, NAMES, SHARES, truth=["cat"]), "truth: 1 for 3"),
    ],
)
def test_bad_input_is_named(pictures, make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make(pictures)
