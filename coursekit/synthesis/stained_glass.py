"""A drawn church window: a picture with a style of its own."""

import numpy as np
import torch
from matplotlib.colors import hsv_to_rgb
from torch import Tensor

__all__ = ["stained_glass"]

_LEAD, _PANES = 0.017, 70  # width of the leading between the panes, as a share of the side; how many panes
_HUES = (0.0, 0.04, 0.11, 0.14, 0.33, 0.55, 0.6, 0.65)  # red and amber, a green, blues: a church window's


def stained_glass(size: int = 128, *, seed: int = 0) -> Tensor:
    """Draw a church window: coloured panes with lead between them.

    Args:
        size: edge of the picture, in pixels.
        seed: of the panes and their colours, at least 0.

    Returns:
        One picture (1, 3, size, size) in [0, 1].
    """
    from scipy.spatial import cKDTree  # here, since it takes half a second to import

    rng = np.random.default_rng(seed)
    places = np.indices((size, size)).reshape(2, -1).T / size
    far, pane = cKDTree(rng.uniform(0, 1, (_PANES, 2))).query(places, k=2)
    bright, vivid = rng.uniform(0.55, 1, _PANES), rng.uniform(0.6, 0.95, _PANES)
    colours = hsv_to_rgb(np.stack([rng.choice(_HUES, _PANES), vivid, bright], axis=1))
    light = np.where(far[:, 1:] - far[:, :1] < _LEAD, 0.06, colours[pane[:, 0]])
    return torch.from_numpy(light.T.reshape(1, 3, size, size)).float()
