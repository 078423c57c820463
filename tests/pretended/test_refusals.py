"""What the pretended GPU must refuse, as CUDA does."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.pretended.makers import here, net

MIXED = "Expected all tensors to be on the same device.*cuda:0 and cpu"
NUMPY = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()"

REFUSED = {
    "sum": (lambda: here(2, 3) + torch.rand(2, 3), MIXED),
    "sum, the other way": (lambda: torch.rand(2, 3) + here(2, 3), MIXED),
    "in place": (lambda: here(3).mul_(torch.rand(3)), MIXED),
    "running total on the CPU": (lambda: torch.zeros(()).add_(here(())), MIXED),
    "result on the CPU": (lambda: torch.add(here(3), 1, out=torch.zeros(3)), MIXED),
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
