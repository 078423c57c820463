"""The figures with sliders, and a picture of one's own. Each widget leaves a still picture in the notebook.

A module is imported when a name of it is first used: the sandbox of the grader hides what some of them stand
on, and shows the others.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "cam": ["cam_picture", "cam_widget"],
    "clips": ["filmstrip", "player"],
    "dream": ["dream_picture", "dream_widget"],
    "explorer": ["choice", "explore", "slider"],
    "hover": ["hover_map", "hover_page"],
    "microscope": ["microscope_picture", "microscope_widget"],
    "own": ["OwnPicture", "own_picture"],
    "patch": ["patch_picture", "patch_widget"],
    "recordings": ["speaker_map_picture", "speaker_map_widget"],
    "relevance": ["relevance_picture", "relevance_widget"],
    "saliency": ["method_picture", "method_widget", "occlusion_picture", "occlusion_widget"],
    "whatif": ["whatif_picture", "whatif_widget"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"coursekit.widgets.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module 'coursekit.widgets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
