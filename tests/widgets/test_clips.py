import numpy as np
import pytest
import torch

from coursekit.plots import to_rgb
from coursekit.widgets import clips, filmstrip, player


@pytest.fixture
def clip():
    """Frames that grow lighter, and heatmaps that grow hotter."""
    steps = torch.linspace(0.1, 1, 12).view(-1, 1, 1)
    return steps.view(-1, 1, 1, 1).expand(-1, 3, 16, 16), steps.expand(-1, 16, 16)


@pytest.fixture
def explored(monkeypatch):
    calls = []
    monkeypatch.setattr(clips, "explore", lambda draw, **rest: calls.append((draw, rest)))
    return calls


def panels(figure):
    return [image.get_array() for image in figure.axes[0].images]


def test_each_frame_is_shown_beside_its_heatmap(clip, explored):
    frames, heat = clip
    player(frames, {"saliency": heat}, alt="A square that grows lighter from frame to frame")
    ((draw, rest),) = explored
    assert (rest["frame"].min, rest["frame"].max) == (0, 11)
    first, last = panels(draw(0)), panels(draw(11))
    assert first[0].mean() == pytest.approx(25.5, abs=1)
    assert last[0].mean() == 255
    assert last[1].mean() > first[1].mean() + 50


def test_a_clip_has_one_scale(clip):
    frames, heat = clip
    shown = panels(filmstrip(frames, {"saliency": heat}))[6:]
    light = [panel.mean() for panel in shown]
    assert np.all(np.diff(light) > 5)
    assert to_rgb(heat)[0].mean() > 100  # on scales of their own they would all be alike


def test_the_still_is_a_strip_of_numbered_frames(clip, explored):
    frames, heat = clip
    player(frames, {"saliency": heat}, alt="A square that grows lighter from frame to frame")
    texts = [text.get_text() for text in explored[0][1]["still"].axes[0].texts if text.get_text()]
    assert [text for text in texts if text.startswith("frame")] == [f"frame {i}" for i in (0, 2, 4, 7, 9, 11)]
    assert {"picture", "saliency"} <= set(texts)


def test_a_clip_shorter_than_the_strip_is_shown_whole(clip):
    frames, heat = clip
    assert len(panels(filmstrip(frames[:3], {"saliency": heat[:3]}))) == 6


def test_a_heatmap_for_each_frame_is_wanted(clip):
    frames, heat = clip
    with pytest.raises(ValueError, match="11 maps for 12 frames"):
        filmstrip(frames, {"saliency": heat[1:]})
