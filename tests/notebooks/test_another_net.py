"""COURSEKIT_MODEL and COURSEKIT_IMAGES put another net and a folder of pictures under every notebook."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights, resnet18

from coursekit.images import photographs
from coursekit.notebooks import Chapter, chapters


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A ResNet-18 never trained, in torchvision's cache, and three pictures, one of them in greyscale."""
    folder = tmp_path_factory.mktemp("another net")
    cache = folder / "hub" / "checkpoints" / Path(ResNet18_Weights.DEFAULT.url).name
    cache.parent.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save(resnet18().state_dict(), cache)
    pictures = folder / "my pictures"
    pictures.mkdir()
    for name, photograph in photographs().items():
        picture = Image.fromarray((photograph * 255).byte().permute(1, 2, 0).numpy())
        picture.save(pictures / f"{name}.jpg")
        picture.convert("L").save(pictures / "grey.png")
    assert len(list(pictures.iterdir())) == 3
    return {"TORCH_HOME": str(folder), "COURSEKIT_MODEL": "resnet18", "COURSEKIT_IMAGES": str(pictures)}


@pytest.mark.parametrize(
    "chapter",
    [chapter for chapter in chapters() if chapter.kind == "notebooks"],
    ids=lambda chapter: chapter.label,
)
def test_a_notebook_runs_on_it(chapter: Chapter, settings: dict[str, str], nbval) -> None:
    done = nbval([chapter.path], **settings)
    assert done.returncode == 0, done.stdout[-5000:]
