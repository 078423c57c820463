# %% [markdown]
# # 06 · Layer-wise relevance propagation: the exercises
#
# Ten short functions, from one denominator to the reason why a digit is a 3 and not an 8. Each has a cell
# that checks it and says what a wrong answer looks like, and most have a cell that shows their picture.
# About 95 minutes, 19 points, and 2 more for an answer in words.
#
# In the rules (2 to 5, and 7) `activation` is what the layer gets (in chapter 5 it was what it puts out),
# `relevance` is what its outputs hold, and the answer is what its inputs hold, shaped like `activation`. As
# in the lecture, inputs are $j$ and outputs $k$; $w_{jk}$ is `weight[k, j]`. The first dimension is the
# batch; no input's result may depend on which others are in it. Leave nets, layers and tensors as you found
# them. Only `torch` is needed, and later functions may use the earlier ones.

# %%
import copy

import torch

import coursekit as ck
from coursekit import plots

model = ck.load_model("digits")
digits, labels = ck.load_digits("test")
x = digits[[32, 66, 15, 13]].to(ck.device())
names = ck.predicted(model, x)
print("the net says", *names)

# %% [markdown]
# ## 1 · A denominator that is never zero
# *5 minutes, 1 point*
#
# All of LRP divides what an input brought by what all inputs brought together. That sum may be as good as
# zero, where reasons for and against cancel, and a share of nearly nothing is huge. So it is moved away
# from zero by a small ε: a positive sum up, a negative one down.
#
# **Write** `stabilise`: $z + \varepsilon \cdot \operatorname{sign}(z)$, where 0 counts as positive.
#
# <details><summary>Hint</summary>
#
# `torch.sign(0)` is 0, which would leave a zero where it is. `torch.where(condition, one, other)` picks
# elements from two tensors.
#
# </details>
#
# **The picture** shows what $1/z$ becomes.


# %% exercise="stabilise"
def stabilise(z, eps):
    """Return z moved away from zero by eps.

    z: any tensor, with values of both signs, and zeros
    eps: a positive number
    returns: the same shape as z, no value nearer to 0 than eps
    """
    # BEGIN SOLUTION
    return torch.where(z >= 0, z + eps, z - eps)
    # END SOLUTION


# %% check="stabilise" points=1
ck.check(stabilise)

# %%
z = torch.linspace(-1, 1, 201)
plain = torch.where(z.abs() < 0.04, torch.nan, 1 / z)
plots.show(
    plots.lines(
        z,
        {"1 / z": plain, "ε = 0.1": 1 / stabilise(z, 0.1), "ε = 0.3": 1 / stabilise(z, 0.3)},
        xlabel="z",
        ylabel="one over the denominator",
    ),
    alt="Three curves of one over z, for z from -1 to 1. The plain one grows without end towards zero from "
    "both sides; the two with an epsilon stay finite, and jump from a negative to a positive value at zero.",
)

# %% [markdown]
# ## 2 · The ε-rule of a linear layer
# *10 minutes, 2 points*
#
# A linear layer adds up: $z_k = \sum_j a_j w_{jk} + b_k$. Going back, each output $k$ divides its
# relevance among its inputs by what they brought, $a_j w_{jk}$. An input that pulled against the output
# gets relevance of the other sign. The bias belongs to no input; its share is lost, and so is that of ε.
#
# **Write** `epsilon_rule`: $R_j = \sum_k \frac{a_j w_{jk}}{z_k + \varepsilon \operatorname{sign}(z_k)}
# R_k$ ([Bach et al. 2015](https://doi.org/10.1371/journal.pone.0130140)).
#
# <details><summary>Hint</summary>
#
# $a_j$ does not depend on $k$, so it comes out of the sum: first $s_k = R_k / (z_k + \ldots)$, then $\sum_k
# w_{jk} s_k$, which is a matrix product, and $a_j$ last. `weight` has shape `(outputs, inputs)`: one of
# the two products needs `weight.T`.
#
# </details>
#
# **The picture** follows three inputs of one unit as ε grows: all of them fade. At ε = 10 about an eighth of
# the score is left.


# %% exercise="epsilon_rule"
def epsilon_rule(activation, weight, bias, relevance, eps):
    """Return the relevance of a linear layer's inputs by the ε-rule.

    activation: what the layer gets (N, inputs), of either sign
    weight: its weights (outputs, inputs)
    bias: its biases (outputs,)
    relevance: the relevance of its outputs (N, outputs)
    eps: how far the denominators are moved away from 0
    returns: the relevance of its inputs (N, inputs)
    """
    # BEGIN SOLUTION
    z = activation @ weight.T + bias
    return activation * ((relevance / stabilise(z, eps)) @ weight)
    # END SOLUTION


# %% check="epsilon_rule" points=2
ck.check(epsilon_rule)

# %%
inputs = torch.tensor([[1.0, 2.0, 1.0]])
weight, bias = torch.tensor([[2.0, 0.5, -1.5]]), torch.zeros(1)
score = inputs @ weight.T + bias
grid = torch.linspace(0, 10, 41)
shares = torch.cat([epsilon_rule(inputs, weight, bias, score, eps) for eps in grid.tolist()])
plots.show(
    plots.lines(
        grid,
        {
            "brings 2": shares[:, 0],
            "brings 1": shares[:, 1],
            "brings −1.5": shares[:, 2],
            "sum": shares.sum(1),
        },
        xlabel="ε",
        ylabel="relevance",
    ),
    alt="Four curves over epsilon. At epsilon 0 the inputs hold what they bring: 2, 1 and −1.5, in sum 1.5. "
    "All bend towards zero as epsilon grows to 10, where 0.2 of the sum is left.",
)
ck.claim("without ε and bias the inputs' relevance sums to the score", shares[0].sum().isclose(score))

# %% [markdown]
# ## 3 · The αβ-rule
# *15 minutes, 3 points*
#
# Where contributions cancel, the ε-rule hands out large shares of both signs. The αβ-rule never lets them
# meet: the positive contributions $z_{jk}^+$ share α times the relevance among themselves, the negative ones
# $z_{jk}^-$ share −β times it, and $\alpha - \beta = 1$ keeps the sum (where an output has both).
#
# **Write** `alpha_beta_rule`: $R_j = \sum_k \left( \alpha \frac{z_{jk}^+}{\sum_{j'} z_{j'k}^+ + b_k^+} -
# \beta \frac{z_{jk}^-}{\sum_{j'} z_{j'k}^- + b_k^-} \right) R_k$, with $z_{jk} = a_j w_{jk}$, and $+$ and
# $-$ for the positive and the negative part of a number. The inputs have both signs, so a negative weight
# may well speak for its output. An output without any contribution of one sign hands out nothing for that
# sign, and not `nan`.
#
# <details><summary>Hint</summary>
#
# `activation[:, None] * weight` holds all the $z_{jk}$, shape `(N, outputs, inputs)`; `clamp(min=0)` and
# `clamp(max=0)` take its parts. `stabilise` with an ε of 1e-9 turns 0/0 into 0. The sum over the outputs
# is the last step, and the same for both parts: a little function of its own, or `einsum`.
#
# </details>
#
# **The picture** is the unit of exercise 2. The more α, the more is said for and against.


# %% exercise="alpha_beta_rule"
def alpha_beta_rule(activation, weight, bias, relevance, alpha, beta):
    """Return the relevance of a linear layer's inputs by the αβ-rule.

    activation: what the layer gets (N, inputs), of either sign
    weight: its weights (outputs, inputs)
    bias: its biases (outputs,)
    relevance: the relevance of its outputs (N, outputs)
    alpha: how much of it the positive contributions share
    beta: how much the negative contributions take off; alpha − beta is 1
    returns: the relevance of its inputs (N, inputs)
    """

    # BEGIN SOLUTION
    def share(part, bias):
        total = stabilise(part.sum(2) + bias, 1e-9)
        return (part * (relevance / total)[:, :, None]).sum(1)

    z = activation[:, None] * weight
    positive = share(z.clamp(min=0), bias.clamp(min=0))
    negative = share(z.clamp(max=0), bias.clamp(max=0))
    return alpha * positive - beta * negative
    # END SOLUTION


# %% check="alpha_beta_rule" points=3
ck.check(alpha_beta_rule)

# %%
alphas = torch.linspace(1, 3, 21)
shares = torch.cat(
    [alpha_beta_rule(inputs, weight, bias, score, alpha, alpha - 1) for alpha in alphas.tolist()]
)
plots.show(
    plots.lines(
        alphas,
        {
            "brings 2": shares[:, 0],
            "brings 1": shares[:, 1],
            "brings −1.5": shares[:, 2],
            "sum": shares.sum(1),
        },
        xlabel="α",
        ylabel="relevance",
    ),
    alt="Four straight lines over alpha from 1 to 3. The inputs that bring 2 and 1 rise, from 1 to 3 and "
    "from 0.5 to 1.5; the one that brings −1.5 falls from 0 to −3; their sum stays at 1.5.",
)
ck.claim("whatever α, the sum stays the score", shares.sum(1).isclose(score[0]).all())

# %% [markdown]
# ## 4 · Max pooling: the winner takes all
# *10 minutes, 2 points*
#
# Max pooling looks at a window and passes on its largest value. The others had no part in what came out,
# so all of the window's relevance goes to the winner ([Montavon et al.
# 2018](https://arxiv.org/abs/1706.07979)).
#
# **Write** `max_pool_rule` for square windows that lie side by side. You may rely on `size` dividing both
# sides, and on no window having two largest values.
#
# <details><summary>Hint</summary>
#
# The gradient of max pooling is 1 at the winner and 0 elsewhere. `torch.autograd.grad(pooled, activation,
# relevance)` multiplies it by the relevance of the output; it needs an activation that asks for
# gradients. Or `max_pool2d(…, return_indices=True)`, then `max_unpool2d`.
#
# </details>


# %% exercise="max_pool_rule"
def max_pool_rule(activation, relevance, size):
    """Return the relevance of the inputs of max pooling: all of a window's goes to its largest input.

    activation: what the layer gets (N, C, H, W), of either sign
    relevance: the relevance of its outputs (N, C, H // size, W // size)
    size: edge of a window
    returns: the relevance of its inputs (N, C, H, W)
    """
    # BEGIN SOLUTION
    activation = activation.detach().requires_grad_()
    pooled = torch.nn.functional.max_pool2d(activation, size)
    return torch.autograd.grad(pooled, activation, relevance)[0]
    # END SOLUTION


# %% check="max_pool_rule" points=2
ck.check(max_pool_rule)

# %% [markdown]
# ## 5 · Average pooling: in proportion
# *5 minutes, 1 point*
#
# An average is a sum: its inputs share the relevance by what they brought. That is the ε-rule with equal
# weights, which cancel. A unit that was 0 gets nothing; the gradient would give it as much as the others.
#
# **Write** `average_pool_rule`: $R_j = \frac{a_j}{\sum_{j'} a_{j'}} R_k$, where the sum runs over the
# window of $j$. A window of zeros has no relevance to share, and must not give `nan`.
#
# <details><summary>Hint</summary>
#
# `avg_pool2d(activation, size) * size**2` is the sum of each window, and `interpolate(values,
# scale_factor=size)` hands a window's value to all its inputs; both are in `torch.nn.functional`.
#
# </details>
#
# **The picture** shares out the same relevance, that of windows of 4 × 4 pixels, in three ways.


# %% exercise="average_pool_rule"
def average_pool_rule(activation, relevance, size):
    """Return the relevance of the inputs of average pooling: each window's is shared in proportion.

    activation: what the layer gets (N, C, H, W), never negative
    relevance: the relevance of its outputs (N, C, H // size, W // size)
    size: edge of a window
    returns: the relevance of its inputs (N, C, H, W)
    """
    # BEGIN SOLUTION
    total = torch.nn.functional.avg_pool2d(activation, size) * size**2
    share = relevance / stabilise(total, 1e-9)
    return activation * torch.nn.functional.interpolate(share, scale_factor=size)
    # END SOLUTION


# %% check="average_pool_rule" points=1
ck.check(average_pool_rule)

# %%
relevance = torch.nn.functional.avg_pool2d(x, 4)
maps = {
    "shared equally": torch.nn.functional.interpolate(relevance, scale_factor=4) / 16,
    "in proportion": average_pool_rule(x, relevance, 4),
    "to the winner": max_pool_rule(x, relevance, 4),
}
plots.show(
    plots.heatmap_grid(x, {name: relevance[:, 0] for name, relevance in maps.items()}, names),
    alt="Four handwritten digits, 3, 8, 9 and 4, above the relevance of windows of four by four pixels, "
    "handed down in three ways. Shared equally, it shows blocks; in proportion, the strokes of the digit; "
    "to the winner, single bright pixels on the strokes.",
)

# %% [markdown]
# ## 6 · Batch norm, folded away
# *10 minutes, 2 points*
#
# In evaluation mode a batch norm multiplies each output of the layer before it by a number and adds
# another. Relevance that passes both one after the other meets two biases; folded into one, the two
# layers are a layer like any other, and the rules apply as they stand.
#
# **Write** `fold_batch_norm`: with $f = \text{scale} / \sqrt{\text{variance} + \varepsilon}$, weights
# $W' = f W$ and biases $b' = f (b - \text{mean}) + \text{shift}$, put together as one matrix $[W' \,|\,
# b']$, the biases in its last column.
#
# <details><summary>Hint</summary>
#
# There is one $f$ for each output, and an output is a row of `weight`: `f[:, None]` lets it multiply rows.
# `torch.cat([…, …], 1)` puts matrices side by side; a vector becomes a column by `[:, None]`.
#
# </details>


# %% exercise="fold_batch_norm"
def fold_batch_norm(weight, bias, mean, variance, scale, shift, eps):
    """Return one linear layer that does what a linear layer and the batch norm behind it do.

    weight: the layer's weights (outputs, inputs)
    bias: its biases (outputs,)
    mean: the batch norm's running mean (outputs,)
    variance: its running variance (outputs,)
    scale: its weight (outputs,)
    shift: its bias (outputs,)
    eps: what it adds to the variance
    returns: weights and, in the last column, biases (outputs, inputs + 1)
    """
    # BEGIN SOLUTION
    factor = scale / (variance + eps).sqrt()
    return torch.cat([weight * factor[:, None], ((bias - mean) * factor + shift)[:, None]], 1)
    # END SOLUTION


# %% check="fold_batch_norm" points=2
ck.check(fold_batch_norm)

# %% [markdown]
# A convolution is a linear layer whose weights are its flattened kernels. With your function the net for
# digits loses its batch norms. What it sees are pixels from −1 for black to 1 for white.


# %%
def folded(convolution, norm):
    """Return one convolution for two layers; the convolutions of this net have no bias."""
    none = torch.zeros_like(norm.bias)
    matrix = fold_batch_norm(
        convolution.weight.flatten(1),
        none,
        norm.running_mean,
        norm.running_var,
        norm.weight,
        norm.bias,
        norm.eps,
    )
    convolution = copy.deepcopy(convolution)
    convolution.weight.data = matrix[:, :-1].reshape(convolution.weight.shape)
    convolution.bias = torch.nn.Parameter(matrix[:, -1], requires_grad=False)
    return convolution


layers = dict(model.named_children())
normalise = layers.pop("normalise")
for i in (1, 2, 3):
    layers[f"conv{i}"] = folded(layers[f"conv{i}"], layers.pop(f"bn{i}"))
net = torch.nn.Sequential()
for name, layer in layers.items():
    net.add_module(name, layer)

seen = normalise(x)
scores = net(seen)
print(*layers)
apart = (scores - model(x)).abs().max() / scores.abs().max()
ck.claim("the folded net gives the same scores", apart < 0.01)

# %% [markdown]
# ## 7 · Any layer, as a modified gradient
# *10 minutes, 2 points*
#
# For a convolution nobody wants to write the sums of exercise 2. But $\sum_k w_{jk} s_k$ is what a backward
# pass computes: it brings $s_k = R_k / (z_k + \varepsilon \operatorname{sign}(z_k))$ from the outputs back
# to the inputs. So two calls do for every layer that is linear in its input, whatever its shape.
#
# **Write** `layer_rule`: the ε-rule of exercise 2, for any such layer. The bias stands in $z$, as before.
#
# <details><summary>Hint</summary>
#
# `torch.autograd.grad(z, activation, s)` is $\sum_k s_k \, \partial z_k / \partial a_j$. It needs an
# activation that asks for gradients, `activation.detach().requires_grad_()`, and an $s$ that is a mere
# number to it: `s.detach()`.
#
# </details>


# %% exercise="layer_rule"
def layer_rule(layer, activation, relevance, eps):
    """Return the relevance of a layer's inputs by the ε-rule.

    layer: from inputs to outputs, linear but for its bias; such as a convolution
    activation: what the layer gets
    relevance: the relevance of its outputs, shaped like them
    eps: how far the denominators are moved away from 0
    returns: the relevance of its inputs, shaped like activation
    """
    # BEGIN SOLUTION
    activation = activation.detach().requires_grad_()
    z = layer(activation)
    factor = (relevance / stabilise(z, eps)).detach()
    return activation.detach() * torch.autograd.grad(z, activation, factor)[0]
    # END SOLUTION


# %% check="layer_rule" points=2
ck.check(layer_rule)

# %%
features = net[:-1](seen)
of_matrix = epsilon_rule(features, net.head.weight, net.head.bias, scores, 0.1)
ck.claim(
    "for a linear layer it is the rule of exercise 2",
    torch.allclose(layer_rule(net.head, features, scores, 0.1), of_matrix, atol=1e-4),
)

# %% [markdown]
# ## 8 · From the score to the pixels
# *15 minutes, 3 points*
#
# Now the whole way. Keep what each layer got on the way forward. Start with the score of the target
# class, and 0 for all the others; then hand the relevance down, layer by layer, from the last to the
# first. A ReLU passes it on as it is: where any arrives, its output is its input. `Flatten` only changes
# the shape.
#
# **Write** `lrp`: the relevance of each value of each image, by the ε-rule in every layer. Use
# `layer_rule` wherever it is neither a ReLU nor `Flatten`: pooling too is in good hands with it, since its
# gradient knows the winner.
#
# <details><summary>Hint</summary>
#
# A list of all activations: `values = [x]`, and `values.append(layer(values[-1]))` for each layer. Then
# `for layer, activation in zip(reversed(model), reversed(values[:-1]))`. One way to the first relevance:
# `scores * torch.nn.functional.one_hot(target, scores.shape[1])`.
#
# </details>
#
# **The picture** has a sign: red speaks for the digit, blue against it. What the net sees of black is
# −1, so black paper can have relevance as well. With a small ε much cancels; each map has its own scale.


# %% exercise="lrp"
def lrp(model, x, target, eps):
    """Return the relevance of the images for the score of a class, by the ε-rule in every layer.

    model: from images to scores (N, classes), an nn.Sequential of Conv2d, Linear, pooling, ReLU and Flatten
        layers
    x: images (N, C, H, W)
    target: one class for each image (N,)
    eps: the ε of every layer
    returns: the relevance (N, C, H, W), with its sign
    """
    # BEGIN SOLUTION
    values = [x]
    for layer in model:
        values.append(layer(values[-1]))
    scores = values.pop()
    relevance = scores * torch.nn.functional.one_hot(target, scores.shape[1])
    for layer, activation in zip(reversed(model), reversed(values)):
        if isinstance(layer, (torch.nn.ReLU, torch.nn.Flatten)):
            relevance = relevance.reshape(activation.shape)
        else:
            relevance = layer_rule(layer, activation, relevance, eps)
    return relevance
    # END SOLUTION


# %% check="lrp" points=3
ck.check(lrp)

# %%
target = scores.argmax(1)
maps = {f"ε = {eps}": lrp(net, seen, target, eps)[:, 0] for eps in (0.01, 0.1, 1)}
plots.show(
    plots.signed_grid(x, maps, names),
    alt="Four handwritten digits, 3, 8, 9 and 4, above their relevance with three values of epsilon. With "
    "the two small ones red and blue specks lie all over; with 1 there is less blue, and red lines "
    "follow the strokes and their edges.",
)

# %% [markdown]
# ## 9 · Where does it leak?
# *10 minutes, 2 points*
#
# LRP promises that no relevance is lost or made. Ours does not keep it: biases and ε take their share, and
# how much is what you are about to find out. A leak that you can see is a leak that you can blame on
# something, and the best test of an LRP that you did not write.
#
# **Write** `leaks`: for each layer of the net, in the order of the net, the sum of the relevance of its
# outputs minus the sum of the relevance of its inputs.
#
# <details><summary>Hint</summary>
#
# Take your `lrp`, and note `relevance.flatten(1).sum(1)` at the start and after each layer. Of $L + 1$
# sums, neighbours differ by $L$ leaks. You went from the last layer to the first: turn them round.
#
# </details>
#
# **The picture** is for the 3. The outlines show the same with hardly any ε, where only biases are left to
# blame; what a bar has beyond its outline is ε's. In sum over the layers, what lost more, the biases or ε?
# And in conv2?


# %% exercise="leaks"
def leaks(model, x, target, eps):
    """Return how much relevance each layer loses on the way back, by the ε-rule in every layer.

    model: from images to scores (N, classes), an nn.Sequential of Conv2d, Linear, pooling, ReLU and Flatten
        layers
    x: images (N, C, H, W)
    target: one class for each image (N,)
    eps: the ε of every layer
    returns: relevance of the outputs minus that of the inputs, for each layer (N, layers), first layer first
    """
    # BEGIN SOLUTION
    values = [x]
    for layer in model:
        values.append(layer(values[-1]))
    scores = values.pop()
    relevance = scores * torch.nn.functional.one_hot(target, scores.shape[1])
    sums = [relevance.sum(1)]
    for layer, activation in zip(reversed(model), reversed(values)):
        if isinstance(layer, (torch.nn.ReLU, torch.nn.Flatten)):
            relevance = relevance.reshape(activation.shape)
        else:
            relevance = layer_rule(layer, activation, relevance, eps)
        sums.append(relevance.flatten(1).sum(1))
    return torch.stack(sums[::-1], 1).diff(dim=1)
    # END SOLUTION


# %% check="leaks" points=2
ck.check(leaks)

# %%
lost, by_bias = (leaks(net, seen, target, eps) for eps in (0.1, 1e-6))
plots.show(
    plots.bars(
        dict(zip(layers, lost[0].tolist())),
        before=dict(zip(layers, by_bias[0].tolist())),
        xlabel="relevance lost with ε = 0.1; outlined: with hardly any ε",
        ordered=True,
    ),
    alt="Bars for the eleven layers of the net. The second convolution loses by far the most, between 3 and "
    "4 units; its outline, without ε, is a fifth shorter. The pooling layers lose less than 1, and have no "
    "outline. The first convolution gains a little, and by its outline a whole unit. ReLUs and flatten lose "
    "nothing.",
)
print(f"in all: biases {by_bias[0].sum():.1f}, ε {(lost - by_bias)[0].sum():.1f}")
conv2 = list(layers).index("conv2")
print(f"in conv2: biases {by_bias[0, conv2]:.1f}, ε {(lost - by_bias)[0, conv2]:.1f}")
left = lrp(net, seen, target, 0.1).flatten(1).sum(1)
ck.claim(
    "what leaked and what is left make the score",
    torch.allclose(left + lost.sum(1), scores.amax(1), rtol=1e-3),
)
pools = [list(layers).index(name) for name in ("pool1", "pool2", "gap")]
ck.claim("pooling, which has no biases, loses nothing without ε", by_bias[:, pools].abs().max() < 1e-3)

# %% [markdown]
# ## 10 · Why this class and not that one?
# *5 minutes, 1 point*
#
# "Why is this a 3?" mostly means: why not an 8? Much of what speaks for a 3 speaks for an 8 as well. What
# is left when you subtract the one from the other is the reason for the *difference* of the two scores.
#
# **Write** `contrast`: the relevance for the score of `this` minus the relevance for that of `that`.
#
# <details><summary>Hint</summary>
#
# One line, with your `lrp`.
#
# </details>
#
# **The picture**: red says "this rather than that", blue the opposite. Look at the black paper where
# the strokes of the other digit would have been: what is not there counts as well.


# %% exercise="contrast"
def contrast(model, x, this, that, eps):
    """Return the relevance for the difference of two scores, by the ε-rule in every layer.

    model: from images to scores (N, classes), an nn.Sequential of Conv2d, Linear, pooling, ReLU and Flatten
        layers
    x: images (N, C, H, W)
    this: one class for each image (N,)
    that: the class that it is held against (N,)
    eps: the ε of every layer
    returns: the relevance (N, C, H, W), positive where it speaks for this rather than that
    """
    # BEGIN SOLUTION
    return lrp(model, x, this, eps) - lrp(model, x, that, eps)
    # END SOLUTION


# %% check="contrast" points=1
ck.check(contrast)

# %%
other = target[[1, 0, 3, 2]]
maps = {
    "this": lrp(net, seen, target, 1)[:, 0],
    "that": lrp(net, seen, other, 1)[:, 0],
    "this, not that": contrast(net, seen, target, other, 1)[:, 0],
}
pairs = [f"{names[i]}, not {names[j]}" for i, j in enumerate((1, 0, 3, 2))]
plots.show(
    plots.signed_grid(x, maps, pairs),
    alt="The digits 3, 8, 9 and 4 above three rows of relevance: for their own class, for another class, and "
    "the difference. For an 8, the open lower left of the 3 is dark blue; for a 3, the left strokes of the 8 "
    "are. In the difference these places are red.",
)

against = maps["that"][0].clamp(max=0)
ck.claim(
    "a quarter or more of what speaks against an 8 lies in a tenth of the 3: where an 8's loop would close",
    against[18:28, 8:19].sum() / against.sum() > 0.25,
)

# %% [markdown]
# ## 11 · What conservation proves
# *5 minutes, 2 points, graded by hand*
#
# Somebody has a rule of their own. Its relevance sums to the score on every picture, to the last digit,
# and they say: "So the heatmaps are right."
#
# **Write** two to four sentences: give a rule that conserves just as well and whose heatmaps are worthless,
# and name one test that would tell the two apart.

# %% [markdown] written="conservation" points=2
# Give each of the n pixels the score divided by n. The sum is right, and the picture is the same flat grey
# whatever the net has seen: conservation says how much is handed out, not to whom.
#
# A test has to ask the net, or the truth: blot out the pixels with the most relevance and see whether the
# score falls faster than with pixels drawn at random; draw the weights anew and see whether the heatmap
# changes; or measure how much of the relevance lies in the object's mask, where there is one.

# %% [markdown]
# ## What you have
#
# A score taken apart down to its pixels, and the books that say how much went missing, and where. Sums
# that are right do not make the picture right: ε in every layer gives a noisy one. Which rule serves which
# layer, and how well the result finds the object, is in the lecture's notebook.
