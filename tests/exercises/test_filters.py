"""Chapter 02: answers whose exercises start from tensors, held against the package's functions."""

import torch

import coursekit as ck
from coursekit.exercises import Net, find, lookup
from coursekit.models.networks import scene_net
from tests.attribution.nets import seeded

CHAIN = torch.tensor([[9, 2, 4, 1], [2, 2, 0, 1], [3, 1, 1, 1], [3, 1, 1, 1]]).float()


def reference(name: str):
    return lookup(name).reference


def test_kernels() -> None:
    weight = torch.randn(4, 3, 9, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(reference("kernel_pictures")(weight), ck.kernel_pictures(weight))
    torch.testing.assert_close(reference("kernel_noise")(weight, 0.2), ck.kernel_noise(weight, cutoff=0.2))


def test_read_out() -> None:
    net = Net("classifier", 3).build().double()
    x = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = reference("read_out")(net, x, torch.tensor([1, 4]), "relu2")
    (reading,) = ck.activation_ranges(net, x, torch.tensor([1, 4]), layers=["relu2"])
    ends = (reading.low, reading.high, reading.gradient_low, reading.gradient_high)
    torch.testing.assert_close(found, torch.stack(ends, 1))


def test_fields_strongest_units_and_crops() -> None:
    net = seeded(lambda: scene_net(("a", "b"), width=4), dtype=torch.float64)
    x = torch.rand(6, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    field = ck.receptive_field(net, x, "conv3")
    size, stride, offset = reference("receptive_field")(CHAIN).int().tolist()
    assert (size, stride, offset) == (field.size[0], field.stride[0], field.offset[0])
    with ck.record(net, "conv3") as outputs, torch.no_grad():
        net(x)
    wanted = ck.top_patches(x, ck.activation_peaks(net, x, ["conv3"], quiet=True)["conv3"], 2, k=3)
    found = reference("strongest")(outputs["conv3"], 2, 3).int().tolist()
    assert [image for image, _, _ in found] == wanted.images.tolist()
    crops = [reference("crop")(x[i], row, column, size, stride, offset) for i, row, column in found]
    assert torch.equal(torch.stack(crops), wanted.crops)


def test_winners() -> None:
    activation = torch.randn(9, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(reference("winning_kernels")(activation), ck.winning_channels(activation)[0].float())


def test_what_students_are_told_to_use_is_there_when_graded() -> None:
    hidden = {name for exercise in find("02_filters") for name in exercise.hidden}
    assert not any(f"{ck.record.__module__}.".startswith(f"{name}.") for name in hidden)
