"""Small vision transformers with the structure, and the names, of those of Hugging Face and timm."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.hooks import passing

DOUBLE, WIDTH = torch.float64, 8


class ViTSelfAttention(nn.Module):
    """As in Hugging Face's: registered before the norm that it reads, and gives a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        weights = (self.query(x) @ self.key(x).mT / WIDTH**0.5).softmax(-1)
        return weights @ self.value(x), weights


class Fused(nn.Module):
    """As in timm's: one linear layer for all, and a fused product."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(2, (3, 2, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class HFLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.intermediate = ViTSelfAttention(), nn.Linear(WIDTH, WIDTH)
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(self.layernorm_before(x))[0] + x
        return self.intermediate(self.layernorm_after(x)).relu() + x


class TimmBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.attn, self.ls1 = nn.LayerNorm(WIDTH), Fused(), nn.Identity()
        self.norm2, self.mlp = nn.LayerNorm(WIDTH), nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """Its head reads the extra tokens, or the mean of the picture's where there are none."""

    def __init__(self, block: type[nn.Module] = TimmBlock, before: int = 1, after: int = 0) -> None:
        super().__init__()
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 6)
        self.blocks = nn.ModuleList([block(), block()])
        self.projection = nn.Conv2d(3, WIDTH, 4, 4)
        self.before, self.after = (nn.Parameter(torch.randn(1, n, WIDTH)) for n in (before, after))

    def embed(self, x: Tensor) -> Tensor:
        x = self.projection(x).flatten(2).transpose(1, 2)
        return torch.cat([self.before.expand(len(x), -1, -1), x, self.after.expand(len(x), -1, -1)], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
            x = x[0] if isinstance(x, tuple) else x
        x = self.norm(x)
        extra = [x[:, : self.before.shape[1]], x[:, x.shape[1] - self.after.shape[1] :]]
        extra = torch.cat(extra, 1) if sum(e.shape[1] for e in extra) else x
        return self.head(extra.mean(1))


class SwinLayer(HFLayer):
    """As in Hugging Face's: tokens in rows, shifted and cut into windows for the attention alone."""

    def forward(self, x: Tensor) -> Tensor:
        n, _, c = x.shape
        cut = self.layernorm_before(x).view(n, 4, 6, c).roll((-1, -1), (1, 2))
        cut = cut.view(n, 2, 2, 3, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, c)
        cut = self.attention(cut)[0].view(n, 2, 3, 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(n, 4, 6, c)
        x = x + cut.roll((1, 1), (1, 2)).reshape(n, 24, c)
        return self.intermediate(self.layernorm_after(x)).relu() + x


class PostNormLayer(HFLayer):
    """As in Hugging Face's Swin V2: a norm ends each branch, and no layer puts out the sum."""

    def __init__(self) -> None:
        super().__init__()
        self.drop_path = nn.Identity()

    def forward(self, x: Tensor) -> tuple[Tensor]:
        x = x + self.drop_path(self.layernorm_before(self.attention(x)[0]))
        return (x + self.drop_path(self.layernorm_after(self.intermediate(x).relu())),)


class WholeAttention(ViTSelfAttention):
    """An attention that has the norm and the shortcut in it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(self.norm(x))[0]


class Mixer(nn.Module):
    """Without attention: a linear layer over the positions."""

    def __init__(self) -> None:
        super().__init__()
        self.projection, self.mix = nn.Conv2d(3, WIDTH, 4, 4), nn.Linear(15, 15)
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.projection(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.mix(x.mT).relu().mT + x).mean(1))


NAMES = {HFLayer: "blocks.1.layernorm_before", TimmBlock: "blocks.1.norm1"}


def picture(h: int = 12, w: int = 20) -> Tensor:
    return torch.rand(2, 3, h, w, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))


def at_tokens(model: nn.Module, name: str, x: Tensor, before: int, grid: tuple[int, int]) -> Tensor:
    """Return Layer-CAM without the ReLU: gradient times activation at the picture's tokens, by hand."""
    kept: list[Tensor] = []
    with passing(model, lambda _, output: kept.append(output), name):
        scores = model(x)
    (gradient,) = torch.autograd.grad(scores[:, 2].sum(), kept[0])
    values = (gradient.relu() * kept[0]).sum(2)[:, before:][:, : grid[0] * grid[1]]
    return values.unflatten(1, grid)[:, None].detach()
