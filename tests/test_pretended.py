"""The pretended GPU's own proof: what must raise on it, as on CUDA, and what must work."""

import copy
import io

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn import functional as F

from tests.gpu.pretended import pretending

MIXED = "Expected all tensors to be on the same device.*cuda:0 and cpu"
NUMPY = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()"


@pytest.fixture(autouse=True)
def _on_it():
    with pretending():
        yield


def here(*shape: int, **options) -> Tensor:
    return torch.rand(*shape, device="cuda", **options)


def net() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ]
    return nn.Sequential(*layers, nn.Linear(4, 2))


REFUSED = {
    "sum": (lambda: here(2, 3) + torch.rand(2, 3), MIXED),
    "sum, the other way": (lambda: torch.rand(2, 3) + here(2, 3), MIXED),
    "in place": (lambda: here(3).mul_(torch.rand(3)), MIXED),
    "matrix product": (lambda: here(2, 3) @ torch.rand(3, 2), MIXED),
    "convolution": (lambda: F.conv2d(here(1, 3, 8, 8), torch.rand(4, 3, 3, 3)), MIXED),
    "image into a net on the CPU": (lambda: net()(here(2, 3, 8, 8)), MIXED),
    "image from the CPU into a net": (lambda: net().to("cuda")(torch.rand(2, 3, 8, 8)), MIXED),
    "labels": (lambda: F.cross_entropy(here(2, 3), torch.tensor([0, 1])), MIXED),
    "comparison": (lambda: here(3) == torch.rand(3), MIXED),
    "where": (lambda: torch.where(torch.ones(3) > 0, here(3), here(3)), MIXED),
    "masked_fill": (lambda: here(3).masked_fill(torch.ones(3) > 0, 0), MIXED),
    "cat": (lambda: torch.cat([here(3), torch.rand(3)]), MIXED),
    "stack of numbers": (lambda: torch.stack([here(()), torch.rand(())]), MIXED),
    "gather": (lambda: here(3, 3).gather(1, torch.zeros(3, 1, dtype=torch.int64)), MIXED),
    "index_select": (lambda: here(3).index_select(0, torch.tensor([0])), MIXED),
    "equal": (lambda: torch.equal(here(3), torch.rand(3)), MIXED),
    "searchsorted": (lambda: torch.searchsorted(here(3), torch.rand(3)), MIXED),
    "index from the device": (
        lambda: torch.rand(3)[torch.tensor([0], device="cuda")],
        "indices should be either on",
    ),
    "mask from the device": (lambda: torch.rand(3)[here(3) > 0], "indices should be either on"),
    "index_put_ by factors": (
        lambda: torch.zeros(2, 2).index_put_((torch.tensor([0, 1], device="cuda"),) * 2, torch.ones(2)),
        "indices should be either on",
    ),
    "values of index_put_": (lambda: here(3).index_put_((torch.tensor([0, 1]),), torch.ones(2)), MIXED),
    "numpy": (lambda: here(3).numpy(), NUMPY),
    "asarray": (lambda: np.asarray(here(3)), NUMPY),
    "list to NumPy": (lambda: np.array([here(3), here(3)]), NUMPY),
    "generator of the CPU": (
        lambda: here(3, generator=torch.Generator()),
        "Expected a 'cuda' device type for generator but found 'cpu'",
    ),
    "generator of the device": (
        lambda: torch.rand(3, generator=torch.Generator("cuda")),
        "Expected a 'cpu' device type for generator but found 'cuda'",
    ),
    "multinomial": (
        lambda: torch.multinomial(here(3), 2, generator=torch.Generator()),
        "Expected a 'cuda' device type for generator but found 'cpu'",
    ),
    "normal_": (
        lambda: torch.empty(3).normal_(generator=torch.Generator(device="cuda")),
        "Expected a 'cpu' device type for generator but found 'cuda'",
    ),
    "gradient elsewhere": (lambda: _assign_gradient(), "device"),
    "cosine similarity": (lambda: F.cosine_similarity(here(1, 3), torch.rand(1, 3)), MIXED),
    "another card": (lambda: torch.zeros(1, device="cuda:1"), "invalid device ordinal"),
}


def _assign_gradient() -> None:
    weight = here(3, requires_grad=True)
    weight.grad = torch.zeros(3)


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_cuda_refuses(call, words: str) -> None:
    with pytest.raises((RuntimeError, TypeError), match=words):
        call()


def test_it_says_where_it_is() -> None:
    x = here(2)
    assert x.device == torch.device("cuda:0")
    assert x.is_cuda
    assert not x.is_cpu
    assert not x.is_meta
    assert x.get_device() == 0
    assert torch.cuda.is_available()
    assert torch.cuda.device_count() == 1
    assert "device='cuda:0'" in repr(x)
    assert f"{x.sum():.3f}" == f"{x.sum().item():.3f}"


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.zeros(2, device="cuda"),
        lambda: torch.full((2,), 3.0, device=torch.device("cuda", 0)),
        lambda: torch.arange(3, device="cuda:0"),
        lambda: torch.tensor([1.0, 2.0], device="cuda"),
        lambda: torch.as_tensor(np.ones(2), device="cuda"),
        lambda: torch.from_numpy(np.ones(2)).to("cuda"),
        lambda: torch.ones(2).cuda(),
        lambda: torch.zeros_like(torch.ones(2), device="cuda"),
        lambda: torch.empty_like(here(2)),
        lambda: here(2).new_zeros(3),
        lambda: here(2).new_tensor([1, 2]),
        lambda: torch.ones(2).to(here(1)),
        lambda: nn.Linear(2, 2, device="cuda").weight,
        lambda: F.one_hot(torch.tensor([0, 1], device="cuda"), 3),
        lambda: torch.fft.rfft2(here(1, 4, 4)).abs(),
        lambda: torch.vmap(lambda row: row * torch.arange(3, device=row.device))(here(2, 3)),
    ],
)
def test_what_is_made_on_it_stays_on_it(make) -> None:
    assert make().device == torch.device("cuda:0")


def test_data_goes_there_and_back() -> None:
    data = torch.rand(2, 3)
    x = data.to("cuda")
    assert x.cpu().equal(data)
    assert x.to("cuda") is x
    assert x.tolist() == data.tolist()
    assert torch.tensor([x[0, 0], x[0, 1]]).tolist() == data[0, :2].tolist()
    assert torch.as_tensor(x, device="cpu").equal(data)
    assert x.mean().item() == data.mean().item()


def test_numbers_and_indices_from_the_cpu_are_welcome() -> None:
    x = torch.arange(6.0, device="cuda").view(2, 3)
    assert (x * torch.tensor(2.0)).tolist() == [[0, 2, 4], [6, 8, 10]]
    assert torch.where(x > 2, x, torch.tensor(0.0)).sum().item() == 12
    assert x[torch.tensor([1])].tolist() == x[[1]].tolist() == x[np.array([1])].tolist() == [[3, 4, 5]]
    assert x[[0, 1], [2, 0]].tolist() == [2, 3]
    assert x[:, [True, False, False]].tolist() == [[0], [3]]
    assert x[range(2), 0].tolist() == [0, 3]
    assert x[[]].shape == (0, 3)
    assert x[:, torch.tensor([True, False, True])].tolist() == [[0, 2], [3, 5]]
    x[torch.tensor([0]), torch.tensor([1])] = 9
    x[1] = torch.ones(3)
    x[[1], [2]] = 1
    x.index_put_((torch.tensor([0]), torch.tensor([2])), torch.tensor(7.0))
    assert x.tolist() == [[0, 9, 7], [1, 1, 1]]


def test_copies_between_devices() -> None:
    there, x = torch.zeros(3), torch.ones(3, device="cuda")
    assert there.copy_(x).tolist() == [1, 1, 1]
    assert not there.is_cuda
    assert x.copy_(torch.full((3,), 2.0)).tolist() == [2, 2, 2]
    assert x.is_cuda


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


def test_one_seed_gives_it_another_stream_than_the_cpu() -> None:
    for generators in (
        (torch.Generator().manual_seed(3), torch.Generator("cuda").manual_seed(3)),
        (None, None),
    ):
        torch.manual_seed(3)
        theirs, ours = (
            torch.rand(8, generator=generator, device=device)
            for generator, device in zip(generators, ("cpu", "cuda"), strict=True)
        )
        assert not ours.cpu().equal(theirs)
    assert isinstance(torch.Generator(), torch.Generator)
    assert torch.Generator("cuda").device.type == "cuda"


def test_its_random_state_is_kept_apart() -> None:
    torch.manual_seed(1)
    wanted, own = torch.rand(4), here(4)
    torch.manual_seed(1)
    assert here(4).equal(own)
    assert torch.rand(4).equal(wanted)
    torch.cuda.manual_seed(1)
    with torch.random.fork_rng([torch.device("cuda")], device_type="cuda"):
        here(9), torch.rand(9), F.dropout(here(9))
    assert here(4).equal(own)


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_touches_products_in_single_precision_a_little_and_always_alike(dtype: torch.dtype) -> None:
    x, kernels = here(2, 3, 8, 8, dtype=dtype), here(4, 3, 3, 3, dtype=dtype)
    exact = F.conv2d(x, kernels)
    with pretending(rounding=True):
        off = F.conv2d(x, kernels)
        assert off.equal(F.conv2d(x, kernels))
        assert (x + x).equal(2 * x)
    error = ((off - exact) / exact).abs().max().item()
    assert error <= 1.2e-6
    assert (error > 1e-7) is (dtype == torch.float32)


def test_nothing_is_left_of_it_afterwards() -> None:
    names = {
        "rand": torch.rand,
        "to": Tensor.to,
        "Generator": torch.Generator,
        "seed": torch.cuda.manual_seed,
    }
    with pretending():
        assert torch.rand is not names["rand"]
    now = {"rand": torch.rand, "to": Tensor.to, "Generator": torch.Generator, "seed": torch.cuda.manual_seed}
    assert now == names


def test_tf32_shortens_what_a_convolution_multiplies_unless_it_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = torch.full((1, 1, 3, 3), 1 + 2**-10 + 2**-12, device="cuda")
    kernel = torch.ones(1, 1, 1, 1, device="cuda")
    with pretending(tf32=True):
        assert F.conv2d(x, kernel).unique().tolist() == [1 + 2**-10]
        assert F.conv2d(x.double(), kernel.double()).equal(x.double())
        assert (x * 1).equal(x)
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
        assert F.conv2d(x, kernel).equal(x)
