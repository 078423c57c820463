import pytest
import torch
from matplotlib.collections import PathCollection

from coursekit.confounding import speaker_map, stress
from coursekit.widgets import recordings as module
from coursekit.widgets import speaker_map_picture, speaker_map_widget


@pytest.fixture
def distances():
    """Between six near recordings and six far ones, which lie far off."""
    points = torch.randn(12, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    points[6:] = points[:6] + torch.tensor([6.0, 0, 0, 0]) + 0.1 * points[6:]
    apart = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    return (apart + apart.T) / 2


PITCH = torch.linspace(100, 200, 6)


def marks(figure, panel=0):
    """Name → (places, colours) of the recordings by each microphone."""
    scatters = [c for c in figure.axes[panel].collections if isinstance(c, PathCollection)]
    return {c.get_label(): (c.get_offsets().data, c.get_facecolor()) for c in scatters}


def test_dots_are_near_and_squares_far(distances):
    points = speaker_map(distances)
    shown = marks(speaker_map_picture({"map": points}, distances, PITCH, colours=("microphone",)))
    assert (shown["near"][0] == points[:6].numpy()).all()
    assert (shown["far"][0] == points[6:].numpy()).all()
    assert (shown["near"][1] != shown["far"][1]).any()


def test_by_pitch_the_two_of_a_speaker_have_one_colour(distances):
    shown = marks(speaker_map_picture({"map": speaker_map(distances)}, distances, PITCH), panel=1)
    assert (shown["near"][1] == shown["far"][1]).all()
    light = shown["near"][1][:, :3].sum(1)
    assert (light[1:] > light[:-1]).all()


def test_a_line_joins_the_two_of_each_speaker(distances):
    points = speaker_map(distances)
    lines = speaker_map_picture({"map": points}, distances, PITCH).axes[0].lines
    ends = torch.tensor([line.get_xydata().tolist() for line in lines], dtype=torch.float64)
    assert torch.equal(ends, torch.stack([points[:6], points[6:]], 1))


def test_the_title_says_what_neighbours_share(distances):
    points = speaker_map(distances)
    title = speaker_map_picture({"my map": points}, distances, PITCH).axes[0].get_title("left")
    assert (
        title == f"my map, by microphone\nstress {stress(points, distances):.2f}, microphone 100%, speaker 0%"
    )


def test_every_control_of_the_widget_matters(distances, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "explore", lambda draw, **rest: calls.append((draw, rest)))
    speaker_map_widget(distances, PITCH)
    ((draw, rest),) = calls
    values = {name: control.value for name, control in rest.items() if name != "alt"}
    start = marks(draw(**values))
    assert (marks(draw(**values | {"weight": 0.9}))["near"][0] != start["near"][0]).any()
    assert (marks(draw(**values | {"colour": "pitch"}))["near"][1] != start["near"][1][0]).any()
    assert set(values) == {"weight", "colour"}


def test_the_largest_weight_of_the_slider_still_gives_a_map(distances, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "explore", lambda draw, **rest: calls.append((draw, rest)))
    speaker_map_widget(distances, PITCH)
    ((draw, rest),) = calls
    shown = marks(draw(weight=rest["weight"].max, colour="microphone"))
    assert abs(shown["near"][0] - shown["far"][0]).max() < 0.1
