"""Nets from elsewhere by their name: torchvision's and timm's classifiers, with their default weights."""

import textwrap
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType
from typing import Any
from urllib.error import URLError

import torch
from torch import nn

from coursekit.models.imagenet import class_names
from coursekit.models.networks import Classifier, Normalise
from coursekit.models.wrapping import wrap

__all__ = ["TIMM", "brief", "load_timm", "load_torchvision", "tested_size"]

TIMM = "timm/"
"""What stands before the name of one of timm's nets."""


def load_torchvision(name: str, others: Collection[str] = ()) -> Classifier:
    """Return torchvision's net with its default weights, behind the normalisation it was trained with.

    Args:
        name: of a torchvision classifier, such as "vgg16".
        others: names that may have been meant, beside torchvision's.

    Returns:
        The net, with layers ``normalise`` and ``net``.

    Raises:
        ValueError: torchvision has no classifier of that name, or its weights are damaged.
        FileNotFoundError: its weights are not in the cache and cannot be downloaded.
    """
    weights = _default_weights(name, others)
    preset = weights.transforms()
    layers = {"normalise": Normalise(tuple(preset.mean), tuple(preset.std)), "net": _build(name, weights)}
    return Classifier(layers, tuple(weights.meta["categories"]))


def load_timm(name: str) -> nn.Module:
    """Return one of timm's nets with its default weights, behind the normalisation it was trained with.

    Args:
        name: "timm/" and the name that ``timm.create_model`` knows, such as "timm/resnet18.a1_in1k".

    Returns:
        The net, as ``coursekit.wrap`` gives it: layers ``normalise``, ``net`` and ``scores``. Its class names
        are those of ImageNet where it has 1,000 classes, and numbers otherwise.

    Raises:
        ModuleNotFoundError: timm is not installed.
        ValueError: timm has no net of that name, or none with weights.
        FileNotFoundError: its weights are not in the cache and cannot be downloaded.
    """
    timm, short = _timm(), name.removeprefix(TIMM)
    _check_known(timm, short)
    try:
        net = timm.create_model(short, pretrained=True)
    except RuntimeError as error:
        raise ValueError(f"timm has no pretrained weights for {short!r} ({brief(error)})") from error
    except OSError as error:
        raise FileNotFoundError(
            f"the weights of {name} are not in timm's cache and could not be downloaded ({brief(error)});"
            " connect to the network once"
        ) from error
    about = net.pretrained_cfg
    names = class_names() if net.num_classes == 1000 else tuple(map(str, range(net.num_classes)))
    return wrap(net, mean=about["mean"], std=about["std"], classes=names)


def _timm() -> ModuleType:
    try:
        import timm
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "timm's nets need timm, which is not installed: pip install timm"
        ) from error
    return timm


def _check_known(timm: Any, short: str) -> None:
    known = timm.list_models(pretrained=True)
    if short not in known and short not in timm.list_models():
        raise ValueError(f"timm has no net called {short!r}; {_nearest(short, known)}")


def tested_size(name: str) -> int:
    """Return the edge of the squares, in pixels, on which the default weights of a net were tested.

    A vision transformer takes no other.

    Args:
        name: of a torchvision classifier, such as ``"vgg16"``, or of one of timm, ``"timm/NAME"``.

    Returns:
        Height and width in pixels, mostly 224.

    Raises:
        ValueError: there is no classifier of that name; the message lists the nearest.
        ModuleNotFoundError: it is one of timm's, which is not installed.
    """
    if name.startswith(TIMM):
        timm, short = _timm(), name.removeprefix(TIMM)
        _check_known(timm, short)
        return timm.get_pretrained_cfg(short).input_size[-1]
    return _default_weights(name).transforms().crop_size[0]


def _default_weights(name: str, others: Collection[str] = ()) -> Any:
    from torchvision.models import get_model_weights, list_models

    known = list_models(module=_torchvision_module())
    if name not in known:
        raise ValueError(f"no net called {name!r}; {_nearest(name, [*others, *known])}")
    return get_model_weights(name).DEFAULT


def _torchvision_module() -> Any:
    """Only classifiers: detection and segmentation live in submodules of their own."""
    import torchvision.models

    return torchvision.models


def _nearest(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(list(known)[:8])}, …"


def _build(name: str, weights: Any) -> nn.Module:
    from torchvision.models import get_model

    cache = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    try:
        return get_model(name, weights=weights)
    except (URLError, OSError) as error:
        raise FileNotFoundError(
            f"the weights of {name} are not in torchvision's cache and could not be downloaded ({error}). "
            f"Either connect to the network once, or put {weights.url} at {cache}."
        ) from error
    except (RuntimeError, EOFError, UnpicklingError) as error:
        raise ValueError(
            f"the weights of {name} at {cache} are damaged ({brief(error)}); delete the file and try again"
        ) from error


def brief(error: Exception) -> str:
    """Return the beginning of an error's message: torch lists every missing tensor.

    Args:
        error: any.

    Returns:
        At most 160 characters.
    """
    return textwrap.shorten(str(error), 160, placeholder=" …")
