"""Class activation maps without gradients: change what the net sees or has found, and ask it again."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.attribution.class_activation_map import class_activation_map
from coursekit.attribution.maps import Look
from coursekit.attribution.partial_forward import tail
from coursekit.core.registry import method
from coursekit.core.targets import score

__all__ = ["ablation_cam", "score_cam"]


@method("map", "Ablation-CAM", peer="pytorch_grad_cam:AblationCAM")
@class_activation_map
def ablation_cam(seen: Look) -> Tensor:
    """Return Ablation-CAM: Σ_k w_k A_k, with w_k = (s − s_k) / |s|: what the score loses with channel k at 0.

    The paper divides by s, which for a negative score would turn the map into its opposite; a score of 0
    divides by 1. Only what lies behind the layer is run again.

    Reference: Desai & Ramaswamy 2020 (WACV, doi:10.1109/WACV45572.2020.9093360).
    """
    return torch.stack([_ablated(seen, image) for image in range(len(seen.maps))])


def _ablated(seen: Look, image: int) -> Tensor:
    """Return the weighted sum (h, w) for one image."""
    x, maps, index = seen.x[image : image + 1], seen.maps[image].contiguous(), seen.index[image : image + 1]
    clean = score(seen.outputs[image : image + 1].detach(), index)
    drops = torch.zeros_like(maps[:, 0, 0])
    channels = maps.flatten(1).any(1).nonzero()[:, 0]  # one that is 0 already loses nothing
    if not len(channels):
        return drops.new_zeros(maps.shape[1:])
    with tail(seen.scorer.model, seen.layer, x, maps[None], seen.where, seen.run) as run:
        room = max(1, x.numel() // maps.numel()) if run.skips else 1  # maps in the room of an image
        for some in channels.split(seen.scorer.batch_size * room):
            copies = maps.repeat(len(some), 1, 1, 1)
            copies[range(len(some)), some] = 0
            drops[some] = clean - score(run(copies), index.expand(len(some), 1))
    return (drops[:, None, None] * maps).sum(0) / clean.abs().masked_fill(clean == 0, 1)


@method("map", "Score-CAM", peer="pytorch_grad_cam:ScoreCAM")
@class_activation_map
def score_cam(seen: Look) -> Tensor:
    """Return Score-CAM: Σ_k w_k A_k, with w the softmax over k of the scores of the masked images x · H_k.

    The mask H_k is A_k, enlarged to the image and stretched to [0, 1]; it is 0 where A_k is all one value.

    Reference: Wang et al. 2020 (arXiv:1910.01279).
    """
    x, maps = seen.x, seen.maps
    black = score(seen.scorer.outputs(torch.zeros_like(x)), seen.index)
    scores = black[:, None].repeat(1, maps.shape[1])
    differing = (maps.amax((2, 3)) > maps.amin((2, 3))).nonzero()
    batch_size = seen.scorer.batch_size
    for some in differing.split(batch_size) if len(differing) else ():  # which splits nothing into one
        image, channel = some.unbind(1)
        masks = F.interpolate(maps[image, channel, None], x.shape[2:], mode="bilinear", align_corners=False)
        low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
        masked = (x[image] * ((masks - low) / (high - low))).contiguous(memory_format=seen.layout)
        scores[image, channel] = score(seen.scorer.outputs(masked), seen.index[image])
    return (scores.softmax(1)[:, :, None, None] * maps).sum(1)
