"""Class activation maps: a layer's map A (N, K, h, w), weighed by what it counts for a class's score s.

Each method is a small function of what one forward pass shows, which returns the weighted sum (n, h, w);
``class_activation_map`` makes of it ``method(model, x, target=None, *, …)``. Ablation-CAM and Score-CAM,
which ask the net again, are in ``perturbed_cam``.
"""

import torch
from torch import Tensor, nn

from coursekit.attribution.class_activation_map import class_activation_map, divide
from coursekit.attribution.guided import guided_backprop
from coursekit.attribution.maps import Look
from coursekit.core.registry import method
from coursekit.core.targets import Target

__all__ = [
    "cam",
    "eigen_cam",
    "eigen_grad_cam",
    "grad_cam",
    "grad_cam_pp",
    "guided_grad_cam",
    "layer_cam",
    "xgrad_cam",
]


@method("map", "Grad-CAM", peer="pytorch_grad_cam:GradCAM")
@class_activation_map
def grad_cam(seen: Look) -> Tensor:
    """Return Grad-CAM: Σ_k α_k A_k, where α_k is the mean of ∂s/∂A_k over its positions.

    Reference: Selvaraju et al. 2017 (arXiv:1610.02391).
    """
    weights = seen.gradient().mean((2, 3), keepdim=True)
    return (weights * seen.maps).sum(1)


@method("map", "Grad-CAM++", peer="pytorch_grad_cam:GradCAMPlusPlus")
@class_activation_map
def grad_cam_pp(seen: Look) -> Tensor:
    """Return Grad-CAM++: Σ_k w_k A_k, with w_k = Σ_ij α_ij · ReLU(g_ij) and g = ∂s/∂A_k.

    For the paper's score exp(s), α_ij = g² / (2 g² + g³ Σ A_k) = 1 / (2 + g_ij Σ A_k). The gradient's factor
    exp(s) is left out: it is the same all over the map.

    Reference: Chattopadhay, Sarkar, Howlader & Balasubramanian 2018 (arXiv:1710.11063).
    """
    maps, gradient = seen.maps, seen.gradient()
    alpha = divide(torch.ones_like(maps), 2 + gradient * maps.sum((2, 3), keepdim=True))
    weights = (alpha * gradient.relu()).sum((2, 3), keepdim=True)
    return (weights * maps).sum(1)


@method("map", "XGrad-CAM", peer="pytorch_grad_cam:XGradCAM")
@class_activation_map
def xgrad_cam(seen: Look) -> Tensor:
    """Return XGrad-CAM: Σ_k w_k A_k, with w_k = Σ_ij (A_k,ij / Σ A_k) · ∂s/∂A_k,ij.

    It is the mean of the gradient where the channel is active; one that sums to 0 gets no weight.

    Reference: Fu et al. 2020 (arXiv:2008.02312).
    """
    maps = seen.maps
    weights = divide((maps * seen.gradient()).sum((2, 3), keepdim=True), maps.sum((2, 3), keepdim=True))
    return (weights * maps).sum(1)


@method("map", "Layer-CAM", peer="pytorch_grad_cam:LayerCAM")
@class_activation_map
def layer_cam(seen: Look) -> Tensor:
    """Return Layer-CAM: Σ_k ReLU(∂s/∂A_k) · A_k, a weight for each position, so that early layers work too.

    Reference: Jiang, Zhang, Hou, Cheng & Wei 2021 (doi:10.1109/TIP.2021.3089943).
    """
    return (seen.gradient().relu() * seen.maps).sum(1)


@method("map", "Eigen-CAM", peer="pytorch_grad_cam:EigenCAM")
@class_activation_map
def eigen_cam(seen: Look) -> Tensor:
    """Return Eigen-CAM: at each position, the first principal component of the K activations there.

    Each channel is centred on its mean. A component has no sign of its own, and gets the one with which it
    rises with the mean over the channels. Behind a ReLU that is where most is found. Behind a layer norm
    (Swin, ConvNeXt, ViT), whose channels have both signs and a mean of nearly 0 at each position, the rule is
    a convention and no more: what was found may as well be where the map is dark. The map does not depend on
    ``target``, which is there so that all methods are called alike.

    Reference: Muhammad & Yeasin 2020 (arXiv:2008.00299).
    """
    return _first_component(seen.maps)


@method("map", "EigenGrad-CAM", peer="pytorch_grad_cam:EigenGradCAM")
@class_activation_map
def eigen_grad_cam(seen: Look) -> Tensor:
    """Return Eigen-CAM of A · ∂s/∂A instead of A, which then depends on the class.

    Reference: Gildenblat 2021 (github.com/jacobgil/pytorch-grad-cam).
    """
    return _first_component(seen.maps * seen.gradient())


def _first_component(maps: Tensor) -> Tensor:
    """Project the values (n, K, h, w) at each position on the direction in which they differ most."""
    rows = maps.flatten(2) - maps.flatten(2).mean(2, keepdim=True)
    # The smaller of the two Gram matrices; on the CPU, since MPS has neither doubles nor this decomposition.
    wide = rows.shape[2] > rows.shape[1]
    gram = (rows @ rows.mT if wide else rows.mT @ rows).cpu().double()
    values, vectors = (part[..., -1:].to(rows) for part in torch.linalg.eigh(gram))
    projection = (rows.mT @ vectors if wide else vectors * values.clamp(min=0).sqrt()[:, None]).squeeze(2)
    rising = (projection * maps.flatten(2).mean(1)).sum(1, keepdim=True) >= 0
    return torch.where(rising, projection, -projection).unflatten(1, maps.shape[2:])


@method("map", "CAM")
@class_activation_map
def cam(seen: Look) -> Tensor:
    """Return the class activation map: Σ_k w_k A_k, with w the class's weights in the net's last layer.

    For nets with s = w · mean_ij(A_ij) + b: global average pooling, then one linear layer. There the mean of
    the map is the score less b. A ReLU between layer and pooling, as in DenseNet, is applied. A net
    whose scores are made otherwise is a ``ValueError``.

    Reference: Zhou, Khosla, Lapedriza, Oliva & Torralba 2016 (arXiv:1512.04150).
    """
    outputs = seen.outputs.detach()
    shape, tolerance = (outputs.shape[1], seen.maps.shape[1]), 1e-3 * outputs.abs().max().item()
    for head in seen.scorer.model.modules():
        if isinstance(head, nn.Linear) and head.weight.shape == shape:
            for maps in (seen.maps, seen.maps.relu()):
                if torch.allclose(head(maps.mean((2, 3))), outputs, rtol=0, atol=tolerance):
                    weights = head.weight.detach()[seen.index[:, 0], :, None, None]
                    return (weights * maps).sum(1)
    raise ValueError(
        f"cam: the scores are not made by one linear layer from the mean of each channel of {seen.layer!r},"
        " so no weights say what a position counts for; use grad_cam, which needs no such head"
    )


@method("product", "Guided Grad-CAM", row="guided Grad-CAM", peer="captum.attr:GuidedGradCam")
def guided_grad_cam(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return Guided Grad-CAM: guided backpropagation times Grad-CAM, in detail and only where the class is.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].
        target: the class: one for all, one each (N,), or None for the predicted one.
        layer: name of Grad-CAM's layer; None for the one that ``last_map`` finds.
        batch_size: how many images go through the net at once.

    Returns:
        Attribution shaped like ``x``, with its sign.

    Raises:
        ValueError: bad input or target; a layer that does not exist or puts out no map; a net without a map,
            without a ReLU, or with another rectifier.

    Reference: Selvaraju et al. 2017 (arXiv:1610.02391).
    """
    detail = guided_backprop(model, x, target, batch_size=batch_size)
    return detail * grad_cam(model, x, target, layer=layer, batch_size=batch_size)
