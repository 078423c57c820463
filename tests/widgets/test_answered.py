import pytest
import torch

from coursekit.widgets.answered import answered_alt, answered_picture, likeliest

IMAGE = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Fixed(torch.nn.Module):
    classes = ("ant", "bee $x$", "c" * 60, "dog")

    def forward(self, x):
        return torch.tensor([[0.1, 0.4, 0.3, 0.2]]).log().expand(len(x), -1)


def test_the_three_likeliest_come_first():
    answers = likeliest(Fixed(), IMAGE)
    assert [name for name, _ in answers] == ["bee $x$", "c" * 60, "dog"]
    assert [probability for _, probability in answers] == pytest.approx([0.4, 0.3, 0.2])
    assert likeliest(None, IMAGE) == []


def test_each_answer_has_its_name_its_number_and_a_bar_of_its_length():
    figure = answered_picture(IMAGE, likeliest(Fixed(), IMAGE))
    axes = figure.axes[1]
    assert [text.get_text() for text in axes.texts] == ["bee $x$", "40%", "c" * 33 + "…", "30%", "dog", "20%"]
    grounds, bars = axes.patches[::2], axes.patches[1::2]
    shares = [bar.get_width() / ground.get_width() for bar, ground in zip(bars, grounds, strict=True)]
    assert shares == pytest.approx([0.4, 0.3, 0.2])


def test_without_answers_there_is_the_picture_alone():
    assert len(answered_picture(IMAGE).axes) == 1
    assert answered_alt("cat", []) == "The photograph “cat” as a square."


def test_the_words_name_what_is_seen():
    assert answered_alt("cat", [("tabby", 0.61), ("lynx", 0.2)]).endswith("net says: tabby 61%, lynx 20%.")


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_nothing_is_cut_off(theme, monkeypatch):
    monkeypatch.setenv("COURSEKIT_THEME", theme)
    figure = answered_picture(IMAGE, [("W" * 20, 1.0), ("i" * 60, 0.0), ("dog", 0.0)])
    figure.canvas.draw()
    for text in figure.axes[1].texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_only_one_picture_is_taken():
    with pytest.raises(ValueError, match="wanted one"):
        answered_picture(IMAGE.expand(2, -1, -1, -1))
