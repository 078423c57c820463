"""What must work with gradients, nets and files on the pretended GPU."""

import copy
import io

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn import functional as F

from tests.pretended.makers import here, net


def test_gradients_go_back_to_where_their_tensors_are() -> None:
    x = torch.rand(3, requires_grad=True)
    y = x.to("cuda").requires_grad_()
    (y * y).sum().backward()
    assert not x.grad.is_cuda
    assert x.grad.equal(2 * x.detach())
    z = here(3, requires_grad=True)
    (gradient,) = torch.autograd.grad((z.cpu() * 3).sum(), z)
    assert gradient.is_cuda


def test_gradients_of_all_kinds_of_steps_are_the_cpus() -> None:
    data = torch.rand(2, 3, 8, 8, dtype=torch.float64)

    def score(x: Tensor) -> Tensor:
        y = F.interpolate(x, scale_factor=2, mode="bilinear", antialias=True)
        y = F.max_pool2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), 3).roll(1, 2)
        y = F.grid_sample(
            y, F.affine_grid(torch.eye(2, 3).to(x).expand(2, 2, 3), y.shape, False), align_corners=False
        )
        top = (
            y.flatten(1).topk(5).values.std(1) + y[:, 0].amax((1, 2)) + y.sort(-1).values[..., 0].var((1, 2))
        )
        return (top + y.cumsum(-1).softmax(-1)[..., 2].sum((1, 2))).sum()

    gradients = []
    for device in ("cpu", "cuda"):
        x = data.to(device).clone().requires_grad_()
        gradients.append(torch.autograd.grad(score(x), x)[0].cpu())
    torch.testing.assert_close(gradients[1], gradients[0])


def test_functions_with_a_gradient_of_their_own_and_hooks() -> None:
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            assert ctx.saved_tensors[0].is_cuda
            return gradient * torch.full((3,), 5.0, device=gradient.device)

    x, seen = here(3, requires_grad=True), []
    y = Twice.apply(x)
    y.register_hook(lambda gradient: seen.append(torch.zeros(1, device=gradient.device).device.type))
    y.sum().backward()
    assert x.grad.tolist() == [5, 5, 5]
    assert seen == ["cuda"]


def test_views_and_changes_in_place() -> None:
    x = torch.zeros(2, 3, device="cuda")
    x[:, 1].add_(1)
    x.view(-1)[0] = 5
    x.unsqueeze_(0)
    assert x.shape == (1, 2, 3)
    assert x.tolist() == [[[5, 1, 0], [0, 1, 0]]]
    assert torch.add(x, 1, out=torch.empty(1, 2, 3, device="cuda")).sum().item() == 13


def test_memory_formats() -> None:
    x = here(2, 3, 4, 4).to(memory_format=torch.channels_last)
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert x.stride() == (48, 1, 12, 3)
    assert F.conv2d(x, here(5, 3, 1, 1)).is_cuda
    assert x.contiguous().stride() == (48, 16, 4, 1)


def test_a_net_moves_with_its_optimiser() -> None:
    model = net()
    weight, optimiser = model[0].weight, torch.optim.Adam(model.parameters(), lr=0.1)
    model.to("cuda")
    assert model[0].weight is weight
    assert isinstance(weight, nn.Parameter)
    assert {tensor.device.type for tensor in (*model.parameters(), *model.buffers())} == {"cuda"}
    before = weight.detach().clone()
    F.cross_entropy(model(here(4, 3, 8, 8)), torch.tensor([0, 1, 1, 0], device="cuda")).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    assert not weight.equal(before)
    model.cpu()
    assert not weight.is_cuda
    assert not weight.grad.is_cuda
    model[0].weight.data = torch.zeros(4, 3, 3, 3, device="cuda")
    assert weight.is_cuda


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.AdamW])
def test_training_ends_where_it_ends_on_the_cpu(optimiser) -> None:
    ends = []
    for device in ("cpu", "cuda"):
        model = net().double().to(device)
        data = torch.linspace(0, 1, 2 * 4 * 3 * 64, dtype=torch.float64).view(2, 4, 3, 8, 8)
        steps = optimiser(model.parameters(), lr=0.1)
        for batch in torch.utils.data.DataLoader(data, batch_size=1):
            steps.zero_grad()
            F.cross_entropy(model(batch[0].to(device)), torch.tensor([0, 1, 1, 0], device=device)).backward()
            steps.step()
        ends.append([value.cpu() for value in model.state_dict().values()])
    torch.testing.assert_close(ends[1], ends[0])


def test_copies_and_files() -> None:
    model = net().to("cuda")
    twin = copy.deepcopy(model)
    assert isinstance(twin[0].weight, nn.Parameter)
    assert twin[0].weight.is_cuda
    twin[0].weight.data.zero_()
    assert model[0].weight.any()
    for where, kind in ((None, "cuda"), ("cpu", "cpu"), ("cuda", "cuda")):
        file = io.BytesIO()
        torch.save(model.state_dict(), file)
        file.seek(0)
        loaded = torch.load(file, map_location=where, weights_only=True)
        assert {value.device.type for value in loaded.values()} == {kind}
        twin.load_state_dict(loaded)
        assert twin[0].weight.equal(model[0].weight)
    kept = load(save({name: value.cpu() for name, value in model.state_dict().items()}))
    assert kept["0.weight"].equal(model[0].weight.cpu())


def test_inference_mode() -> None:
    with torch.inference_mode():
        x = net().to("cuda").eval()(here(2, 3, 8, 8))
    assert x.is_cuda
    assert x.is_inference()
    with torch.inference_mode(), torch.inference_mode(False):
        y = here(3, requires_grad=True)
        assert torch.autograd.grad((y * y).sum(), y)[0].is_cuda


def test_autocast_runs() -> None:
    with torch.autocast("cuda", torch.bfloat16):
        assert net().to("cuda")(here(2, 3, 8, 8)).is_cuda
