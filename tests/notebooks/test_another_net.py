"""COURSEKIT_MODEL and COURSEKIT_IMAGES put another net and a folder of pictures under every notebook."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.models import get_model, get_model_weights

from coursekit.images import photographs
from coursekit.notebooks import Chapter, chapters

SMALL = "shufflenet_v2_x0_5"
NETS = {"05_gradcam": "resnet18", "06_lrp": "resnet18"}  # a ShuffleNet is as unlike ours, and quicker


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nets never trained, in torchvision's cache, and three pictures, one of them in greyscale."""
    folder = tmp_path_factory.mktemp("another net")
    for name in {SMALL, *NETS.values()}:
        cache = folder / "hub" / "checkpoints" / Path(get_model_weights(name).DEFAULT.url).name
        cache.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(0)
        torch.save(get_model(name).state_dict(), cache)
    pictures = folder / "my pictures"
    pictures.mkdir()
    for name, photograph in photographs().items():
        picture = Image.fromarray((photograph * 255).byte().permute(1, 2, 0).numpy())
        picture.save(pictures / f"{name}.jpg")
        picture.convert("L").save(pictures / "grey.png")
    assert len(list(pictures.iterdir())) == 3
    return {"TORCH_HOME": str(folder), "COURSEKIT_IMAGES": str(pictures)}


@pytest.mark.parametrize(
    "chapter",
    [chapter for chapter in chapters() if chapter.kind == "notebooks"],
    ids=lambda chapter: chapter.label,
)
def test_a_notebook_runs_on_it(chapter: Chapter, settings: dict[str, str], nbval) -> None:
    done = nbval([chapter.path], COURSEKIT_MODEL=NETS.get(chapter.name, SMALL), **settings)
    assert done.returncode == 0, done.stdout[-5000:]
