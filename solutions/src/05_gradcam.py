# %% [markdown]
# # 05 · Grad-CAM: the exercises
#
# Eight short functions, from one weighted sum to a heatmap of any net, and three of its relatives. Each has
# a cell that checks it and says what a wrong answer looks like, and most have a cell that shows its
# picture. About 75 minutes, 15 points, and 2 more for an answer in words.
#
# Throughout, `activation` is the feature map that a layer puts out, $A$, of shape `(N, K, h, w)`: N images,
# K channels, h × w positions. `target` is one class for each image, shape `(N,)`. Each image's result must
# not depend on which others are in the batch. Leave the net, `x` and everything else as you found them.
# Only `torch`
# and, in exercises 2 and 5, `ck.record` are needed, and later functions may use the earlier ones.

# %%
import torch

import coursekit as ck
from coursekit import plots
from coursekit.datasets import scenes

model = ck.load_model("scenes")  # ends as CAM wants it: relu7, the mean over all positions, head
pairs = scenes.pair(3, "flower", "boat", seed=5, scale=0.35, weather="clear", light="day").to(ck.device())
x = pairs.images
height, width = x.shape[2:]
flower, boat = (
    torch.full((len(x),), model.classes.index(name), device=x.device) for name in ("flower", "boat")
)

with ck.record(model, "relu7") as outputs, torch.no_grad():
    scores = model(x)
activation = outputs["relu7"]
print(f"{activation.shape[1]} channels of {activation.shape[2]} × {activation.shape[3]} positions")

# %% [markdown]
# ## 1 · CAM
# *5 minutes, 1 point*
#
# This net ends in a mean over all positions and one linear layer. Both only add and multiply, so you may
# apply the linear layer *before* the mean: at each position by itself. What it gives there is how much
# the position adds, times the number of positions: the map's mean is the score, less the bias.
#
# **Write** `cam`: $\sum_k w^c_k A_k$, where $w^c$ is the row of the linear layer's weights that belongs to
# the class ([Zhou et al. 2016](https://arxiv.org/abs/1512.04150)).
#
# <details><summary>Hint</summary>
#
# `weight[target]` has shape `(N, K)`: a row for each image. With `[:, :, None, None]` it multiplies
# `activation`, position by position. Sum over the channels.
#
# </details>
#
# **The picture** shows the same three images, asked about the flower and about the boat. Red positions
# raise the score, blue ones lower it: what speaks for one object may speak against the other.


# %% exercise="cam"
def cam(activation, weight, target):
    """Return the class activation map Σ_k w_k A_k of each image.

    activation: what the last layer with positions puts out (N, K, h, w)
    weight: the weights of the linear layer (classes, K)
    target: one class for each image (N,)
    returns: one map for each image (N, h, w), with its sign
    """
    # BEGIN SOLUTION
    return (weight[target][:, :, None, None] * activation).sum(1)
    # END SOLUTION


# %% check="cam" points=1
ck.check(cam)

# %%
weight, bias = model.head.weight.detach(), model.head.bias.detach()
maps = {"flower": cam(activation, weight, flower), "boat": cam(activation, weight, boat)}
plots.show(
    plots.signed_grid(x, maps),
    alt="Three scenes with a flower and a boat, above their class activation maps of 8 by 8 squares. Asked "
    "about the flower, red lies where the flower is and blue where the boat is; asked about the boat, "
    "red lies where the boat is.",
)
ck.claim(
    "The mean of the map, plus the bias, is the score",
    torch.allclose(maps["boat"].mean((1, 2)) + bias[boat], scores[:, boat[0]], atol=1e-3),
)

# %% [markdown]
# ## 2 · The gradient at a layer
# *10 minutes, 2 points*
#
# Most nets do not end like that, so there is no weight to read off. But any net can be asked how its score
# would change if the layer put out a little more, at this position, in this channel: a gradient, as in
# chapter 4, and only as far back as the layer.
#
# **Write** `layer_gradient`: $\partial s_c / \partial A$. `ck.record` gives you $A$:
#
# ```python
# with ck.record(model, layer) as outputs:
#     scores = model(x)  # and from here on, outputs[layer] is A
# ```
#
# <details><summary>Hint</summary>
#
# Let a copy of `x` ask for gradients, `x.detach().requires_grad_()`: then whatever the net computes from
# it has a graph. Sum the targets' scores, before any softmax, and call `torch.autograd.grad` with
# `outputs[layer]` where chapter 4 had `x`.
#
# </details>


# %% exercise="layer_gradient"
def layer_gradient(model, x, target, layer):
    """Return the gradient ∂s_c/∂A of the score with respect to what a layer puts out.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    layer: the layer's name, such as "relu7"
    returns: the gradient (N, K, h, w), with its sign
    """
    # BEGIN SOLUTION
    with ck.record(model, layer) as outputs:
        scores = model(x.detach().requires_grad_())[torch.arange(len(x)), target]
        return torch.autograd.grad(scores.sum(), outputs[layer])[0]
    # END SOLUTION


# %% check="layer_gradient" points=2
ck.check(layer_gradient)

# %%
gradient = layer_gradient(model, x, flower, "relu7")
ck.claim(
    "On a net with a pooled head, the gradient is CAM's weight over the number of positions, everywhere",
    torch.allclose(gradient * activation[0, 0].numel(), weight[flower][:, :, None, None], atol=1e-4),
)

# %% [markdown]
# ## 3 · Grad-CAM's weights
# *5 minutes, 1 point*
#
# Where the gradient differs from position to position, Grad-CAM takes its mean: one weight for each
# channel, which says how much the class wants that channel, wherever it is on. *Where* it is on, the
# activation says.
#
# **Write** `grad_cam_weights`: $\alpha_k = \frac{1}{h w} \sum_{ij} \partial s_c / \partial A_{k,ij}$
# ([Selvaraju et al. 2017](https://arxiv.org/abs/1610.02391)). Only one of the two arguments is needed;
# exercise 7 will need both.
#
# <details><summary>Hint</summary>
#
# The positions are the last two dimensions: 2 and 3.
#
# </details>


# %% exercise="grad_cam_weights"
def grad_cam_weights(activation, gradient):
    """Return the weight of each channel: its mean gradient.

    activation: what the layer puts out (N, K, h, w)
    gradient: the gradient of the score with respect to it (N, K, h, w)
    returns: one weight for each image and channel (N, K), with its sign
    """
    # BEGIN SOLUTION
    return gradient.mean((2, 3))
    # END SOLUTION


# %% check="grad_cam_weights" points=1
ck.check(grad_cam_weights)

# %% [markdown]
# ## 4 · From a small map to a heatmap
# *10 minutes, 2 points*
#
# A map of 8 × 8 positions shall lie over an image of 128 × 128 pixels. Three steps, and their order
# matters. First the ReLU: what is below 0 speaks against the class, and no interpolation may mix it with
# what speaks for it. Then enlarge (*upsample*). Then stretch each heatmap to [0, 1] (*normalise*): the map is
# in units of the score. This comes last, since interpolated values need not reach the ends.
#
# **Write** `to_heatmap`: ReLU; enlarged bilinearly, with each value in the middle of its square
# (`align_corners=False`); and $(m - \min) / (\max - \min)$ for each image by itself. A map with nothing
# above 0 becomes 0 everywhere.
#
# <details><summary>Hint</summary>
#
# `torch.nn.functional.interpolate` wants a channel dimension: `maps[:, None]`, and `[:, 0]` of what it
# gives. `amin((1, 2), keepdim=True)` is a minimum for each image. A division 0 / 0 gives NaN; a
# denominator `.clamp(min=1e-12)` does not.
#
# </details>
#
# **The picture** is that of exercise 1, as one is used to seeing it. All that is smooth about it is
# interpolation, and each heatmap reaches 1, however weak its evidence.


# %% exercise="to_heatmap"
def to_heatmap(maps, height, width):
    """Return maps as heatmaps over the image: ReLU, enlarged, stretched to [0, 1].

    maps: one small map for each image (N, h, w), with its sign
    height: rows of the image, H
    width: columns of the image, W
    returns: one heatmap for each image (N, H, W), from 0 to 1
    """
    # BEGIN SOLUTION
    enlarged = torch.nn.functional.interpolate(
        maps.relu()[:, None], (height, width), mode="bilinear", align_corners=False
    )[:, 0]
    low, high = enlarged.amin((1, 2), keepdim=True), enlarged.amax((1, 2), keepdim=True)
    return (enlarged - low) / (high - low).clamp(min=1e-12)
    # END SOLUTION


# %% check="to_heatmap" points=2
ck.check(to_heatmap)

# %%
heat = {name: to_heatmap(small, height, width) for name, small in maps.items()}
plots.show(
    plots.heatmap_grid(x, heat, over=True),
    alt="Three scenes with a flower and a boat, above their heatmaps. Asked about the flower, one smooth "
    "bright blob lies on the flower; asked about the boat, on the boat.",
)

# %% [markdown]
# ## 5 · Grad-CAM
# *10 minutes, 2 points*
#
# All the parts are there. Grad-CAM works on any net and on any layer that has positions, and it needs no more
# than one forward and one backward pass.
#
# **Write** `grad_cam`: the heatmap of $\mathrm{ReLU}\left(\sum_k \alpha_k A_k\right)$, as large as the
# image, from 0 to 1.
#
# <details><summary>Hint</summary>
#
# Copy exercise 2's lines: they have the gradient, and there `outputs[layer]` *is* the activation. (To call
# exercise 2, and record a forward pass once more, is right too, and slower.) Then exercises 3 and 4, and
# `.detach()` where a graph is left.
#
# </details>
#
# **The picture** asks about the boat at three depths. Deep layers have fewer positions (relu6 and relu7
# both have 8 × 8), and the deeper the layer, the better its channels tell a boat from a flower.


# %% exercise="grad_cam"
def grad_cam(model, x, target, layer):
    """Return the Grad-CAM heatmap of each image.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    layer: the layer's name, such as "relu7"
    returns: one heatmap for each image (N, H, W), from 0 to 1
    """
    # BEGIN SOLUTION
    with ck.record(model, layer) as outputs:
        scores = model(x.detach().requires_grad_())[torch.arange(len(x)), target]
        gradient = torch.autograd.grad(scores.sum(), outputs[layer])[0]
    activation = outputs[layer].detach()
    weights = grad_cam_weights(activation, gradient)
    return to_heatmap((weights[:, :, None, None] * activation).sum(1), *x.shape[2:])
    # END SOLUTION


# %% check="grad_cam" points=2
ck.check(grad_cam)

# %%
depths = {layer: grad_cam(model, x, boat, layer) for layer in ("relu2", "relu6", "relu7")}
plots.show(
    plots.heatmap_grid(x, depths, over=True),
    alt="Three scenes with a flower and a boat, above the Grad-CAM of the boat at three layers. At relu2 "
    "thin bright lines or a few spots lie on the boat and, in two of the scenes, on the flower; at relu7 one "
    "smooth blob lies on the boat.",
)
astray = {layer: ck.relevance_mass(heat, pairs.mask(1)).mean().item() for layer, heat in depths.items()}
ck.claim(
    "At relu2, more of the boat's heat lies on the flower than at relu7",
    astray["relu2"] > 2 * astray["relu7"],
    value=", ".join(f"{layer} {share:.0%}" for layer, share in astray.items()),
)

# %% [markdown]
# ## 6 · Guided Grad-CAM
# *5 minutes, 1 point*
#
# Guided backpropagation draws fine lines, of other objects too; Grad-CAM keeps to the class, and draws a
# blob. Their product has fine lines where the class is.
#
# **Write** `guided_grad_cam`: the guided gradient times the heatmap of `maps`, enlarged to its size.
#
# <details><summary>Hint</summary>
#
# Exercise 4 makes the heatmap, `(N, H, W)`; all three colour channels of an image are multiplied by the
# same one. Mind how `(N, 3, H, W)` and `(N, H, W)` are broadcast.
#
# </details>
#
# **The picture**: guided backpropagation draws the other object too, only fainter. The product leaves it
# out.


# %% exercise="guided_grad_cam"
def guided_grad_cam(guided, maps):
    """Return Guided Grad-CAM: the guided gradient, where the heatmap is bright.

    guided: the guided gradient of each image (N, 3, H, W), with its sign
    maps: the small map Σ_k α_k A_k of each image (N, h, w), with its sign
    returns: the product (N, 3, H, W), with its sign
    """
    # BEGIN SOLUTION
    return guided * to_heatmap(maps, *guided.shape[2:])[:, None]
    # END SOLUTION


# %% check="guided_grad_cam" points=1
ck.check(guided_grad_cam)

# %%
rows = {}
for name, target in {"flower": flower, "boat": boat}.items():
    guided = ck.guided_backprop(model, x, target)
    rows[f"guided, {name}"] = ck.heatmap(guided)
    rows[f"Guided Grad-CAM, {name}"] = ck.heatmap(guided_grad_cam(guided, maps[name]))
plots.show(
    plots.heatmap_grid(x[:2], {name: heat[:2] for name, heat in rows.items()}),
    alt="Two scenes with a flower and a boat. For either class, guided backpropagation draws outlines of "
    "that object, and fainter ones of the other; Guided Grad-CAM keeps those of the object alone.",
)

# %% [markdown]
# ## 7 · Grad-CAM++'s weights
# *15 minutes, 3 points*
#
# A mean over all positions is small where the gradient is large at a few of them and around zero, or
# below, elsewhere: a small object loses against a large one. Grad-CAM++ lets only the positions with a
# *positive* gradient count, and gives each a share of its own.
#
# **Write** `grad_cam_pp_weights`, with $g = \partial s_c / \partial A$ and $S_k = \sum_{ab} A_{k,ab}$
# ([Chattopadhay et al. 2018](https://arxiv.org/abs/1710.11063)):
#
# $$w_k = \sum_{ij} \frac{g_{k,ij}^2}{2 g_{k,ij}^2 + S_k \, g_{k,ij}^3} \; \mathrm{ReLU}(g_{k,ij})$$
#
# Where the gradient is 0, a position counts nothing. In the paper's notation $w_k$ is now the channel's
# weight, which was $\alpha_k$ in exercise 3, and $\alpha_{k,ij}$ is the fraction, the share of a position:
# the one for which the score $e^{s_c}$ would be explained by its second and third derivatives.
# The common factor
# $e^{s_c}$ of the gradients only rescales the map and is left out.
#
# <details><summary>Hint</summary>
#
# $S_k$ is one number for each channel: `activation.sum((2, 3), keepdim=True)`. Divide the share through by
# $g^2$, on paper: then there is no 0 / 0 to take care of.
#
# </details>
#
# **The picture** shows scenes with two fish, and a layer in the middle of the net. Grad-CAM++ lights up more
# of both fish, and more of everything else: no weight is below 0, so nothing lowers the map.


# %% exercise="grad_cam_pp_weights"
def grad_cam_pp_weights(activation, gradient):
    """Return the weight of each channel under Grad-CAM++.

    activation: what the layer puts out (N, K, h, w), never negative
    gradient: the gradient of the score with respect to it (N, K, h, w)
    returns: one weight for each image and channel (N, K), never negative
    """
    # BEGIN SOLUTION
    total = activation.sum((2, 3), keepdim=True)
    shares = 1 / (2 + total * gradient)
    return (shares * gradient.relu()).sum((2, 3))
    # END SOLUTION


# %% check="grad_cam_pp_weights" points=3
ck.check(grad_cam_pp_weights)

# %%
school = scenes.pair(4, "fish", "fish", seed=11, scale=0.3, weather="clear", light="day").to(x.device)
fish = torch.full((4,), model.classes.index("fish"), device=x.device)
with ck.record(model, "relu5") as outputs, torch.no_grad():
    model(school.images)
early = outputs["relu5"]
gradient = layer_gradient(model, school.images, fish, "relu5")
rows = {
    name: to_heatmap((weights(early, gradient)[:, :, None, None] * early).sum(1), height, width)
    for name, weights in {"Grad-CAM": grad_cam_weights, "Grad-CAM++": grad_cam_pp_weights}.items()
}
plots.show(
    plots.heatmap_grid(school.images[:3], {name: heat[:3] for name, heat in rows.items()}, over=True),
    alt="Three scenes with two fish each, above Grad-CAM and Grad-CAM++ at layer relu5. Grad-CAM has a few "
    "small bright spots on and beside the fish; Grad-CAM++ glows over both fish, the ground and the rim of "
    "the picture.",
)
on_fish = {
    name: min(((heat * school.mask(i)).sum() / school.mask(i).sum()).item() for i in (1, 2))
    for name, heat in rows.items()
}
share = {
    name: ck.relevance_mass(heat, school.mask(1) | school.mask(2)).mean().item()
    for name, heat in rows.items()
}
ck.claim("Grad-CAM++ is brighter on either fish", on_fish["Grad-CAM++"] > 2 * on_fish["Grad-CAM"])
ck.claim(
    "But less of its heat lies on the fish",
    share["Grad-CAM++"] < share["Grad-CAM"] - 0.1,
    value=", ".join(f"{name} {part:.0%}" for name, part in share.items()),
)

# %% [markdown]
# ## 8 · Eigen-CAM
# *15 minutes, 3 points*
#
# What would a map look like that asks about no class at all? At each position, the layer puts out K
# numbers: a point in K dimensions. Eigen-CAM finds the direction in which these h · w points differ most,
# and shows how far each reaches along it. Where one object stands before a background, that is often the
# object.
#
# **Write** `eigen_cam`: the first principal component of the positions' K numbers, for each image by
# itself ([Muhammad & Yeasin 2020](https://arxiv.org/abs/2008.00299)). Centre each channel on its mean over
# the positions. A component may come with either sign: take the one with which the map rises with
# `activation.mean(1)`, the mean over the channels.
#
# <details><summary>Hint</summary>
#
# `activation.flatten(2).mT`, then `torch.linalg.svd(…, full_matrices=False)`: which of its factors holds
# directions in the space of the channels?
#
# </details>
#
# **The picture**: one map, whatever you ask. Here it marks what the layer shows most of, the boat, and
# looks as if it had been asked about it.


# %% exercise="eigen_cam"
def eigen_cam(activation):
    """Return the first principal component of what a layer puts out.

    activation: what the layer puts out (N, K, h, w)
    returns: one map for each image (N, h, w), of the sign with which it rises with activation.mean(1)
    """
    # BEGIN SOLUTION
    rows = activation.flatten(2).mT
    rows = rows - rows.mean(1, keepdim=True)
    direction = torch.linalg.svd(rows, full_matrices=False).Vh[:, 0]
    maps = (rows @ direction[:, :, None])[:, :, 0].unflatten(1, activation.shape[2:])
    rises = (maps * activation.mean(1)).sum((1, 2), keepdim=True) >= 0
    return torch.where(rises, maps, -maps)
    # END SOLUTION


# %% check="eigen_cam" points=3
ck.check(eigen_cam)

# %%
rows = {
    "Eigen-CAM": to_heatmap(eigen_cam(activation), height, width),
    "Grad-CAM, flower": grad_cam(model, x, flower, "relu7"),
    "Grad-CAM, boat": grad_cam(model, x, boat, "relu7"),
}
plots.show(
    plots.heatmap_grid(x, rows, over=True),
    alt="Three scenes with a flower and a boat, above Eigen-CAM and the Grad-CAM of either class. Eigen-CAM "
    "marks the boat in all three, much as the boat's Grad-CAM does.",
)

# %% [markdown]
# ## 9 · What a heatmap does not say
# *5 minutes, 2 points, graded by hand*
#
# A report shows the Grad-CAM heatmap of one picture. The car is red, everything else is pale, and the
# report concludes: "The net is certain that this is a car, and what lies outside the red played no part."
#
# **Write** two to four sentences: which two steps of `to_heatmap` take away what this conclusion would
# need?

# %% [markdown] written="conclusion" points=2
# *Certain*: `to_heatmap` stretches each map to run from 0 to 1. It ends at 1 whether the score is high or
# low, so nothing in it tells how much evidence there is.
#
# *No part*: the ReLU cuts off what speaks against the class, so pale may mean "against" as well as
# "nothing". Besides, each position of the layer has seen far more of the picture than the square that it is
# drawn on: what lies outside the red may have caused it.

# %% [markdown]
# ## What you have
#
# Four ways to weigh a layer's channels: by what the head says, by the mean gradient, by its positive part,
# by no class at all; one way to show them; and one to add detail. The lecture's notebook holds them and
# their relatives against the masks of 500 scenes. Without the lines of exercise 6 none can be finer than the
# layer's positions, and none shows how *much* evidence there is: each heatmap ends at 1.
