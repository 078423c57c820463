# %% [markdown]
# # 04 · Saliency: the exercises
#
# Eight short functions: five answer one question in five ways, *which pixels made the net say so?*, and
# three help them. Each has a cell that checks it and says what a wrong answer looks like, and a cell that
# shows its picture. About 80 minutes, 16 points.
#
# All of them get a net, images `x` of shape `(N, 3, H, W)` with values from 0 to 1, and `target`, one
# class for each image, shape `(N,)`. Each image's result must not depend on which others are in the
# batch. Leave the net, `x` and everything else as you found it. Only `torch` is needed; names of layers
# are not.

# %%
import torch

import coursekit as ck
from coursekit import plots

model = ck.subject_model()
robust = ck.load_model("scenes-robust")
x = ck.subject_pictures(2, seed=11).images
target = model(x).argmax(1)
names = ck.predicted(model, x)

# %% [markdown]
# ## 1 · The score of a class
# *5 minutes, 1 point*
#
# A net ends in one number for each class: its scores, which a softmax turns into probabilities. Saliency
# explains the score: a probability also rises when the *other* classes lose, so its gradient mixes
# reasons for this class with reasons against the others, and it is nearly zero where the net is sure.
# Everything below starts from these N numbers.
#
# **Write** `target_scores`: for each image, the score of the class that `target` names, before any
# softmax.
#
# <details><summary>Hint</summary>
#
# `model(x)` has shape `(N, classes)`. You need column `target[0]` of row 0, column `target[1]` of row 1,
# and so on: index with two tensors at once, or use `gather`.
#
# </details>


# %% exercise="target_scores"
def target_scores(model, x, target):
    """Return the score s_c(x) of each image's class c.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    returns: scores (N,)
    """
    # BEGIN SOLUTION
    return model(x)[torch.arange(len(x)), target]
    # END SOLUTION


# %% check="target_scores" points=1
ck.check(target_scores)

# %% [markdown]
# ## 2 · The gradient as a picture
# *10 minutes, 2 points*
#
# How would the score change if a pixel got a little lighter? That is the gradient of the score with
# respect to the pixel, and one backward pass gives it for all pixels. A strongly negative value matters
# as much as a positive one, so the picture is the absolute value; a pixel has three channels, so it shows
# the largest of the three.
#
# **Write** `gradient_saliency`: $\max_{\text{channel}} \left| \partial s_c / \partial x \right|$ for each
# pixel ([Simonyan et al. 2014](https://arxiv.org/abs/1312.6034)).
#
# <details><summary>Hint</summary>
#
# Take an `x` cut off from any graph, and let it ask for gradients: `x.detach().requires_grad_()`. The
# images do not influence each other, so the gradient of the *sum* of their scores holds each image's own
# gradient: one `torch.autograd.grad` does it.
#
# </details>
#
# **The picture** lights up around the object, with speckles. The second net was trained against small
# changes of the pixels, and what its score reacts to lies closer to what you would look at.


# %% exercise="gradient_saliency"
def gradient_saliency(model, x, target):
    """Return the saliency max over channels of |∂s_c/∂x|.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    returns: one map for each image (N, H, W), never negative
    """
    # BEGIN SOLUTION
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(target_scores(model, x, target).sum(), x)
    return gradient.abs().amax(1)
    # END SOLUTION


# %% check="gradient_saliency" points=2
ck.check(gradient_saliency)

# %%
maps = {
    "usual net": gradient_saliency(model, x, target),
    "robust net": gradient_saliency(robust, x, robust(x).argmax(1)),
}
plots.show(
    plots.heatmap_grid(x, maps, names),
    alt="A rocket and a flower stand above their gradient saliency. The usual net's is speckled and spreads "
    "beyond the object; the robust net's follows the object's shape more closely.",
)

# %% [markdown]
# ## 3 · Occlusion
# *15 minutes, 3 points*
#
# Without any gradient: cover a part of the image with grey and see how much the net minds. A large drop
# says that the part was needed; a negative one says that the class does better without it. It costs a
# forward pass for each patch, and it asks about patches where the gradient asks about single pixels, so
# the two may well disagree.
#
# **Write** `occlusion`: for each square patch of a grid, $p_c(x) - p_c(x \text{ with the patch
# covered})$, where $p_c$ is the *probability* of the class, after the softmax ([Zeiler & Fergus
# 2014](https://arxiv.org/abs/1311.2901)). The patches lie side by side, from the top left corner; you may
# rely on `size` dividing both sides.
#
# <details><summary>Hint</summary>
#
# Two loops: `for top in range(0, H, size)` and one for `left`. Cover a fresh `x.clone()` each time, the
# whole batch at once: `covered[:, :, top : top + size, left : left + size] = fill`.
#
# </details>
#
# **The picture** is coarse. Is it red on the object only? A grey square is itself something new to the
# net, and may cost probability where there was no evidence. Each map has a scale of its own, so red
# says *where* the drop is largest, not that it is large.


# %% exercise="occlusion"
def occlusion(model, x, target, size, fill):
    """Return how much probability the class loses when each patch is covered.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    size: edge of a patch in pixels; it divides H and W
    fill: the value that covers, in all channels
    returns: the drop for each patch (N, H // size, W // size), negative where the class gains
    """

    # BEGIN SOLUTION
    def probability(images):
        return model(images).softmax(1)[torch.arange(len(images)), target]

    clean = probability(x)
    drops = clean.new_zeros(len(x), x.shape[2] // size, x.shape[3] // size)
    for row in range(drops.shape[1]):
        for column in range(drops.shape[2]):
            covered = x.clone()
            covered[:, :, row * size : (row + 1) * size, column * size : (column + 1) * size] = fill
            drops[:, row, column] = clean - probability(covered)
    return drops
    # END SOLUTION


# %% check="occlusion" points=3
ck.check(occlusion)

# %%
drops = occlusion(model, x, target, size=16, fill=0.5)
plots.show(
    plots.signed_grid(x, {"occlusion": drops}, over=True),
    alt="A rocket and a flower stand above grey copies of themselves. Red marks the few patches whose "
    "covering costs the class the most probability; elsewhere covering changes little.",
)

# %% [markdown]
# ## 4 · SmoothGrad
# *10 minutes, 2 points*
#
# The gradient of a ReLU net jumps from one pixel value to the next, so much of what a saliency map shows
# is an accident of where exactly the image lies. Average the gradient over noisy copies of the image:
# what flickers cancels, what they share stays. Average *with the sign*, or the flicker adds up instead of
# cancelling.
#
# **Write** `smoothgrad`: $\frac{1}{n} \sum_i \partial s_c / \partial x$ at $x + \text{noise}_i$ ([Smilkov
# et al. 2017](https://arxiv.org/abs/1706.03825)). The noise is given, so that your result can be
# compared.
#
# <details><summary>Hint</summary>
#
# `noise` has shape `(n, N, 3, H, W)`: `for some in noise` gives one noise for the whole batch. Return the
# mean gradient itself, shaped like `x`: no absolute value, no maximum. Exercise 2 has the line that you
# need.
#
# </details>
#
# **The picture** shows what the noisy copies agree on. Is it calmer than that of exercise 2?


# %% exercise="smoothgrad"
def smoothgrad(model, x, target, noise):
    """Return the gradient ∂s_c/∂x, averaged over noisy copies of the images.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    noise: what to add to x, for each of n copies (n, N, 3, H, W)
    returns: the mean gradient (N, 3, H, W), with its sign
    """
    # BEGIN SOLUTION
    total = torch.zeros_like(x)
    for some in noise:
        noisy = (x + some).detach().requires_grad_()
        total += torch.autograd.grad(target_scores(model, noisy, target).sum(), noisy)[0]
    return total / len(noise)
    # END SOLUTION


# %% check="smoothgrad" points=2
ck.check(smoothgrad)

# %%
generator = torch.Generator().manual_seed(0)
noise = 0.1 * torch.randn(16, *x.shape, generator=generator).to(x)
maps = {"SmoothGrad, 16 copies": ck.heatmap(smoothgrad(model, x, target, noise))}
plots.show(
    plots.heatmap_grid(x, maps),
    alt="A rocket and a flower stand above their SmoothGrad. It is speckled as the usual net's gradient is "
    "(task 2); some of the bright places have moved, and others are dimmer.",
)

# %% [markdown]
# ## 5 · Integrated Gradients
# *15 minutes, 3 points*
#
# The gradient says what the *next* bit of light in a pixel is worth, not what the light that is there was
# worth: a net can be sure, and its gradient flat. So go from a baseline, such as black, to the image in a
# straight line, and collect the gradient on the way. Times the way that each pixel went, this divides the
# change of the score among the pixels.
#
# **Write** `integrated_gradients`: $(x - x_0) \cdot \frac{1}{n} \sum_{k=0}^{n-1} \partial s_c / \partial
# x$ at $x_0 + \alpha_k (x - x_0)$, with the middles of $n$ equal steps, $\alpha_k = (k + \frac{1}{2}) /
# n$ ([Sundararajan et al. 2017](https://arxiv.org/abs/1703.01365)).
#
# <details><summary>Hint</summary>
#
# It is SmoothGrad with other points: a loop over `k`, a forward and a backward pass at each point, a
# mean. At the end comes the factor `x - baseline`.
#
# </details>
#
# **The picture** is the sum over the channels: red pixels raised the score above that of the baseline,
# blue ones lowered it. Black pixels get exactly nothing, since they went no way from black: the choice of
# the baseline shows.


# %% exercise="integrated_gradients"
def integrated_gradients(model, x, target, baseline, steps):
    """Return Integrated Gradients along the straight line from the baseline to x.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    baseline: where the line starts, one for each image (N, 3, H, W)
    steps: how many steps, n
    returns: the attribution (N, 3, H, W), with its sign
    """
    # BEGIN SOLUTION
    total = torch.zeros_like(x)
    for k in range(steps):
        alpha = (k + 0.5) / steps
        point = (baseline + alpha * (x - baseline)).detach().requires_grad_()
        total += torch.autograd.grad(target_scores(model, point, target).sum(), point)[0]
    return (x - baseline) * total / steps
    # END SOLUTION


# %% check="integrated_gradients" points=3
ck.check(integrated_gradients)

# %%
black = torch.zeros_like(x)
attribution = integrated_gradients(model, x, target, black, 16)
plots.show(
    plots.signed_grid(x, {"Integrated Gradients": ck.heatmap(attribution, signed=True)}),
    alt="A rocket and a flower stand above their Integrated Gradients. Red pixels, which raised the score, "
    "and blue ones, which lowered it, lie side by side, most of them on the object.",
)

# %% [markdown]
# ## 6 · Does it add up?
# *5 minutes, 1 point*
#
# Integrated Gradients promises completeness: the attributions of all pixels sum to what the score gained
# on the way from the baseline to the image. A sum in place of an integral keeps that promise only nearly.
# The gap tells whether there were enough steps, and it costs two forward passes.
#
# **Write** `completeness_gap`: $s_c(x) - s_c(x_0) - \sum \text{attribution}$ for each image.
#
# <details><summary>Hint</summary>
#
# `target_scores` does most of it. Sum over all dimensions but the first: `attribution.flatten(1).sum(1)`.
#
# </details>
#
# **The picture** is a curve. With very few steps its height is a matter of luck; with more it falls to
# zero.


# %% exercise="completeness_gap"
def completeness_gap(model, x, target, baseline, attribution):
    """Return what an attribution leaves unexplained of the change of the score.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    baseline: where the path started (N, 3, H, W)
    attribution: what a method made of it (N, 3, H, W)
    returns: s_c(x) − s_c(x₀) − Σ attribution for each image (N,), with its sign
    """
    # BEGIN SOLUTION
    change = target_scores(model, x, target) - target_scores(model, baseline, target)
    return change - attribution.flatten(1).sum(1)
    # END SOLUTION


# %% check="completeness_gap" points=1
ck.check(completeness_gap)

# %%
counts = [1, 2, 4, 8, 16]
gaps = []
for steps in counts:
    attribution = integrated_gradients(model, x, target, black, steps)
    gaps.append(completeness_gap(model, x, target, black, attribution).abs().mean().item())

plots.show(
    plots.lines(counts, {"gap": gaps}, xlabel="steps", ylabel="mean |gap|, in units of the score"),
    alt="A curve shows the mean size of the completeness gap for 1 to 16 steps. It is uneven for the fewest "
    "steps, and close to zero for the most.",
)
ck.claim("16 steps leave a smaller gap than 2", gaps[-1] < gaps[1])

# %% [markdown]
# ## 7 · The rule of guided backpropagation
# *5 minutes, 1 point*
#
# On the way back, a ReLU passes a gradient on where the unit was on in the forward pass, and stops it
# where it was off. The deconvnet stops it where the gradient itself is negative instead: it only follows
# what speaks *for* the class. Guided backpropagation asks for both.
#
# **Write** `guided_relu`: what leaves the ReLU, $g \cdot [g > 0] \cdot [\text{output} > 0]$
# ([Springenberg et al. 2015](https://arxiv.org/abs/1412.6806)).
#
# <details><summary>Hint</summary>
#
# A comparison such as `gradient > 0` gives a mask, and a tensor can be multiplied by a mask.
#
# </details>


# %% exercise="guided_relu"
def guided_relu(gradient, output):
    """Return the gradient that a ReLU passes back under the guided rule.

    gradient: the gradient that arrives from above, any shape
    output: what the ReLU put out in the forward pass, the same shape
    returns: the gradient that leaves, the same shape
    """
    # BEGIN SOLUTION
    return gradient * (gradient > 0) * (output > 0)
    # END SOLUTION


# %% check="guided_relu" points=1
ck.check(guided_relu)

# %% [markdown]
# ## 8 · Guided backpropagation
# *15 minutes, 3 points*
#
# Now let every ReLU of a net follow the rule. PyTorch lets you look at a layer's gradient, and replace
# it, with a backward hook. A hook stays until it is removed: one that is forgotten changes, without a
# word, every gradient that is taken of this net from then on.
#
# **Write** `guided_backprop`: the gradient of the score with respect to `x`, where each `nn.ReLU` passes
# gradients by the guided rule. No hook may be left, not even when something raises.
#
# <details><summary>Hint</summary>
#
# `layer.register_full_backward_hook(hook)` calls `hook(layer, grad_input, grad_output)`, both tuples.
# `grad_output` is what arrives; `grad_input` is what would leave, already zero where the unit was off:
# half of the rule is done. What the hook returns, a tuple again, replaces `grad_input`. Keep the handles,
# and call `remove()` on each in a `finally`.
#
# </details>
#
# **The picture** is crisp, and it follows edges. Compare the two classes: it hardly changes with the
# class, so it shows what the net *sees* more than why it decides ([Adebayo et al.
# 2018](https://arxiv.org/abs/1810.03292)).


# %% exercise="guided_backprop"
def guided_backprop(model, x, target):
    """Return the gradient of the score, with the guided rule at every ReLU.

    model: the net, from images to scores (N, classes); its ReLUs are nn.ReLU layers, none in place
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    returns: the guided gradient (N, 3, H, W), with its sign
    """

    # BEGIN SOLUTION
    def hook(layer, grad_input, grad_output):
        return (grad_input[0].clamp(min=0),)

    relus = [layer for layer in model.modules() if isinstance(layer, torch.nn.ReLU)]
    handles = [relu.register_full_backward_hook(hook) for relu in relus]
    try:
        x = x.detach().requires_grad_()
        return torch.autograd.grad(target_scores(model, x, target).sum(), x)[0]
    finally:
        for handle in handles:
            handle.remove()
    # END SOLUTION


# %% check="guided_backprop" points=3
ck.check(guided_backprop)

# %%
best, second = robust(x).topk(2).indices.T
maps = {
    "guided": ck.heatmap(guided_backprop(robust, x, best)),
    "guided, runner-up class": ck.heatmap(guided_backprop(robust, x, second)),
}
plots.show(
    plots.heatmap_grid(x, maps),
    alt="A rocket and a flower stand above two guided gradients. Both draw the object's outlines, and look "
    "almost the same for the first class and the runner-up.",
)

# %% [markdown]
# ## What you have
#
# Five methods that disagree about the same pictures. Which is right? None shows *why* in the sense in
# which a person would say it: the gradient is about the next bit of light, occlusion about grey squares,
# Integrated Gradients about a way from black. The lecture's notebook puts them side by side; the chapters
# that follow score them against the object's own mask.
