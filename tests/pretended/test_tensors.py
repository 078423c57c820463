"""What must work with tensors on the pretended GPU, and its random numbers."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.gpu.pretended import pretending
from tests.pretended.makers import here


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
        assert F.conv2d(x[..., ::2].expand(2, 1, 3, 2), kernel).unique().tolist() == [1 + 2**-10]
        assert F.conv2d(x.double(), kernel.double()).equal(x.double())
        assert (x * 1).equal(x)
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
        assert F.conv2d(x, kernel).equal(x)


UNWRITTEN = {
    "empty": lambda dtype: torch.empty(2, 3, dtype=dtype, device="cuda"),
    "empty_like": lambda dtype: torch.empty_like(torch.zeros(2, 3, dtype=dtype, device="cuda")),
    "empty_like of the CPU": lambda dtype: torch.empty_like(torch.zeros(2, 3, dtype=dtype), device="cuda"),
    "new_empty": lambda dtype: here(1).new_empty(2, 3, dtype=dtype),
    "new_empty_strided": lambda dtype: here(1).new_empty_strided((2, 3), (3, 1), dtype=dtype),
    "empty_strided": lambda dtype: torch.empty_strided((2, 3), (3, 1), dtype=dtype, device="cuda"),
    "empty_permuted": lambda dtype: torch.empty_permuted((2, 3), (1, 0), dtype=dtype, device="cuda"),
}
POISON = {
    **dict.fromkeys((torch.float16, torch.float32, torch.float64, torch.complex64), torch.nan),
    **dict.fromkeys((torch.int8, torch.int16, torch.int32, torch.int64), -128),
    torch.uint8: 127,
    torch.bool: True,
}


@pytest.mark.parametrize("dtype", POISON)
@pytest.mark.parametrize("name", UNWRITTEN)
def test_memory_that_nobody_wrote_to_is_poisoned(name: str, dtype: torch.dtype) -> None:
    found = UNWRITTEN[name](dtype)
    assert found.is_cuda
    wanted = torch.full((2, 3), POISON[dtype], dtype=dtype)
    torch.testing.assert_close(found.cpu(), wanted, rtol=0, atol=0, equal_nan=True)
