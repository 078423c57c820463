"""Load a net by its name: one that ships with the course, the net for photographs, or one from elsewhere."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from coursekit.core.devices import device as default_device
from coursekit.core.files import data_path, replacing
from coursekit.models.elsewhere import TIMM, brief, load_timm, load_torchvision
from coursekit.models.imagenet import IMAGENET, load_imagenet
from coursekit.models.networks import StyleNet, digit_net, robust_digit_net, scene_net

__all__ = ["SHIPPED", "STYLES", "load_model", "read_card", "save_checkpoint"]

SHIPPED = ("scenes", "scenes-robust", "scenes-stylised", "digits", "digits-robust")
STYLES = ("style-glass",)
_BUILDERS: dict[str, Callable[[tuple[str, ...]], nn.Module]] = {
    "scene_net": scene_net,
    "digit_net": lambda _classes: digit_net(),
    "robust_digit_net": lambda _classes: robust_digit_net(),
    "style_net": lambda _classes: StyleNet(),
}


def load_model(name: str, *, fold: bool = True, device: torch.device | str | None = None) -> nn.Module:
    """Return a trained net, in evaluation mode, for images in [0, 1]; its class names are in ``classes``.

    Args:
        name: ``"imagenet"``, EfficientNet-Lite0 with its published weights, for photographs of 224 × 224
            pixels (``"imagenet-lite1"`` and ``"imagenet-lite2"`` where their packages are installed);
            ``"scenes"``, ``"scenes-robust"``, ``"digits"``, …, which ship with the course; a torchvision
            classifier (``"vgg16"``, …) or one of timm (``"timm/NAME"``), whose weights these take from their
            caches or download; or ``"style-glass"``, which maps pictures to pictures.
        fold: for ImageNet's nets: fold batch norms into convolutions and lay the weights channels-last, which
            gives the same scores in half the time. False gives the net as it was published.
        device: where to put it; ``coursekit.device()`` when None.

    Returns:
        The net; its parameters do not require gradients, which no method here needs. pytorch-grad-cam,
        torchcam and captum's LRP do: give them ``load_model(name).requires_grad_()``. captum has no rule of
        its own for two layers of the shipped nets: ``net.normalise.rule = IdentityRule()`` and
        ``net.flatten.rule = EpsilonRule()``, from ``captum.attr._utils.lrp_rules``.

    Raises:
        ValueError: no net has that name (the message lists the nearest), or its weights are damaged.
        FileNotFoundError: torchvision's or timm's weights are not in the cache and cannot be downloaded.
        ModuleNotFoundError: the package with the weights, or timm, is not installed.
    """
    model = _load(name, fold)
    return model.to(default_device() if device is None else device).eval().requires_grad_(False)


def _load(name: str, fold: bool) -> nn.Module:
    if name in IMAGENET:
        return load_imagenet(name, fold=fold)
    if name in (*SHIPPED, *STYLES):
        return load_checkpoint(checkpoint_path(name))
    if name.startswith(TIMM):
        return load_timm(name)
    return load_torchvision(name, (*IMAGENET, *SHIPPED))


def checkpoint_path(name: str) -> Path:
    """Return where the shipped checkpoint ``name`` lies on disk."""
    return data_path(f"{name}.safetensors")


def digest(name: str) -> str:
    """Return 16 hex digits that change when the shipped checkpoint ``name`` does."""
    return sha256(checkpoint_path(name).read_bytes()).hexdigest()[:16]


def save_checkpoint(model: nn.Module, path: Path, builder: str, card: dict[str, Any]) -> None:
    """Write the net's tensors in half precision, with what built it and its card in the file's header.

    Half precision halves the file; the accuracy on the card is measured on what is read back.

    Args:
        model: the net.
        path: the file to write, which ends in .safetensors.
        builder: name of the function that builds the net: "scene_net", "digit_net", "robust_digit_net" or
            "style_net".
        card: what is known of the net, such as its seed and accuracy; values that JSON can hold.
    """
    tensors = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
    header = {
        "builder": builder,
        "classes": json.dumps(getattr(model, "classes", ())),
        "card": json.dumps(card),
    }
    with replacing(path) as temporary:
        save_file({k: v.contiguous().cpu() for k, v in tensors.items()}, temporary, metadata=header)


def load_checkpoint(path: Path) -> nn.Module:
    """Read back what ``save_checkpoint`` wrote, in single precision.

    Args:
        path: of the file.

    Returns:
        The net, on the CPU and in training mode.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or holds something else.
    """
    if not path.exists():
        raise FileNotFoundError(f"no checkpoint {path}; make it with: coursekit train {path.stem}")
    with _naming(path), safe_open(path, "pt") as file:
        header = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        model = _BUILDERS[header["builder"]](tuple(json.loads(header["classes"])))
        model.load_state_dict(tensors)
        return model


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn any error while a checkpoint is read into a ValueError that names the file and says what to do."""
    try:
        yield
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"the checkpoint {path} is damaged ({brief(error)}); fetch it again from the repository, or "
            f"make it again with: coursekit train {path.stem}"
        ) from error


def read_card(name: str) -> dict[str, Any]:
    """Return the card of a shipped net: command, seed, versions, time and metrics.

    Args:
        name: of a net that ships with the course, such as ``"scenes"``.

    Returns:
        The card as it was written by ``coursekit train``.

    Raises:
        ValueError: no shipped net has that name, or its checkpoint is damaged.
    """
    if name not in (*SHIPPED, *STYLES):
        raise ValueError(f"no card for {name!r}; the course ships {', '.join((*SHIPPED, *STYLES))}")
    path = checkpoint_path(name)
    with _naming(path), safe_open(path, "pt") as file:
        return json.loads(file.metadata()["card"])
