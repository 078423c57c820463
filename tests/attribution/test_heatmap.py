import pytest
import torch

from coursekit.attribution import heatmap


def test_pixels_become_the_largest_absolute_value_over_the_channels():
    a = torch.tensor([1.0, -3.0, 2.0]).view(1, 3, 1, 1).expand(2, 3, 4, 5)
    assert torch.equal(heatmap(a), torch.full((2, 4, 5), 3.0))
    assert torch.equal(heatmap(a, signed=True), torch.zeros(2, 4, 5))


def test_a_single_channel_keeps_its_sign_when_asked():
    a = torch.tensor([[[[-2.0, 1.0]]]])
    assert heatmap(a).tolist() == [[[2, 1]]]
    assert heatmap(a, signed=True).tolist() == [[[-2, 1]]]


def test_maps_are_enlarged_bilinearly():
    a = torch.tensor([[[[0.0, 4.0]]]])
    assert heatmap(a, size=(2, 4)).tolist() == [[[0, 1, 3, 4], [0, 1, 3, 4]]]


def test_clips_keep_their_frames():
    a = torch.randn(2, 5, 3, 4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.equal(heatmap(a)[1, 2], a[1, 2].abs().amax(0))
    torch.testing.assert_close(heatmap(a, size=(8, 12))[1], heatmap(a[1], size=(8, 12)))


def test_no_graph_is_kept():
    assert not heatmap(torch.randn(1, 3, 2, 2, requires_grad=True)).requires_grad


def test_a_table_has_no_map():
    with pytest.raises(ValueError, match=r"got \(4, 7\)"):
        heatmap(torch.zeros(4, 7))
