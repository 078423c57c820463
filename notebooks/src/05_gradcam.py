# %% [markdown]
# # 5 Grad-CAM
#
# A picture shows a house and a fish. **Where does the net look when it is asked about the house, and does
# it look elsewhere when asked about the fish?** This chapter reads the answer off the last map that the
# net computes, measures it against the truth, and shows when not to believe it.

# %%
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import coursekit as ck
from coursekit import plots, widgets
from coursekit.attribution import localisation
from coursekit.attribution.localisation import display_name
from coursekit.datasets import scenes

model = ck.subject_model()
bright = ck.subject_pictures(
    3, seed=8, classes=("car", "flower", "boat"), weather="clear", light="day", noise=0.0
)
few, few_names = bright.images, bright.names

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
clear = {"weather": "clear", "light": "day", "noise": 0.0}
both = scenes.pair(4, "house", "fish", seed=3, scale=0.33, **clear).to(ck.device())
house, fish = (usual.classes.index(name) for name in ("house", "fish"))

# %%
plots.show(
    plots.heatmap_grid(
        both.images[:3],
        {
            "asked about the house": ck.grad_cam(usual, both.images[:3], house),
            "asked about the fish": ck.grad_cam(usual, both.images[:3], fish),
        },
        over=True,
    ),
    alt="Three pictures of a house and a fish side by side. Below them, over the picture in grey, a bright "
    "blob on the house when the net is asked about the house, and on the fish when asked about the fish.",
)

# %% [markdown]
# Neither the net nor the picture has changed from row to row: only the question. (No scene that the net was
# trained on had two objects in it.) Because the scenes are drawn, we know every pixel of both objects, and
# can count:

# %%
pairs = scenes.pair(16, "house", "fish", seed=21, scale=0.33).to(ck.device())
on_house, on_fish = (
    {
        asked: ck.relevance_mass(ck.heatmap(ck.grad_cam(usual, pairs.images, target)), pairs.mask(number))
        for asked, target in {"house": house, "fish": fish}.items()
    }
    for number in (1, 2)
)
follows = (on_house["house"] > on_house["fish"]) & (on_fish["fish"] > on_fish["house"])
ck.claim(
    "In 15 or more of 16 pictures the heat moves to the object that is asked about",
    follows.sum() >= 15,
    value=f"{follows.sum()} of 16",
)

# %% [markdown]
# As in chapter 4, $x$ is an image and $s_c$ the score of class $c$ *before* the softmax; `model` is the
# net under study, `usual` and `robust` are the two that ship with the course. New is the **feature map**
# $A$, for short *map*, that a convolutional layer puts out: $K$ channels of $h \times w$ numbers each.
# Chapter 4 asked about pixels. A **class activation map** asks about the $h \times w$ positions of a layer
# instead, and is then enlarged (*upsampled*) to the picture: in the last layer, channels often answer to
# parts of things, and each position still lies where it did in the picture.

# %% [markdown]
# ## 5.1 CAM: the score, spread out
#
# Our nets end in a mean over all positions (global average pooling) and one linear layer. The sums may be
# swapped:
#
# $$s_c = b_c + \sum_k w^c_k \, \frac{1}{hw} \sum_{ij} A_{k,ij}
# = b_c + \frac{1}{hw} \sum_{ij} \underbrace{\sum_k w^c_k A_{k,ij}}_{M_{ij}}$$
#
# $M$ is the **class activation map** (CAM; Zhou et al. 2016). It is no estimate: its mean *is* the score,
# less the bias.


# %%
def cam(activation, weight, target):
    """Return the class activation map (N, h, w) of a net that ends in pooling and one linear layer."""
    return (weight[target][:, :, None, None] * activation).sum(1)


with ck.record(usual, "relu7") as outputs, torch.no_grad():
    scores = usual(both.images)
activation, target = outputs["relu7"], scores.argmax(1)
maps = cam(activation, usual.head.weight, target)

spread = maps.mean((1, 2)) + usual.head.bias[target]
ck.claim(
    "The mean of the map, plus the bias, is the score",
    torch.allclose(spread, scores.amax(1), rtol=1e-3, atol=1e-3),
    value=f"{spread[0]:.1f} for the first picture",
)
ck.claim(
    "The package gives the same map",
    torch.allclose(maps[:, None], ck.cam(usual, both.images, normalised=False, upsample=False), atol=1e-3),
)
print(f"{activation.shape[1]} channels of {maps.shape[1]} × {maps.shape[2]} positions")

# %%
named = [usual.classes[k] for k in target[:3]]
plots.show(
    plots.signed_grid(
        both.images[:3],
        {"class activation map": maps[:3]},
        [f"“{name}”" for name in named],
    ),
    alt="Three pictures of a house and a fish; below each the class activation map of the class that the "
    "net names, as 8 by 8 squares: red on that object, blue on or around the other one.",
)

# %% [markdown]
# Red positions speak for the class, blue ones against it. Note how coarse the map is: 64 numbers for 16,384
# pixels. All that looks smooth in this chapter is interpolation. And CAM needs this very ending: with a
# second linear layer, or without the pooling, the sums cannot be swapped, and there is no CAM; `ck.cam` says
# so.
#
# **What it does not show.** Where the evidence *was*. A position stands over 16 × 16 pixels, but its number
# is computed from most of the picture (sections 2.5 and 4.6). The map says where the net *keeps* the
# evidence.

# %%
position = ck.saliency(usual, both.images[:1], layer="relu7")  # of the strongest unit, at one position
reach = (position.abs().amax(1) > 0).float().mean().item()
ck.claim(
    "What a position of the last layer says depends on more than half of all pixels",
    reach > 0.5,
    value=f"{reach:.0%}",
)

# %% [markdown]
# ## 5.2 Grad-CAM: the same for any net
#
# If the score is no sum over the positions, take the next best: how does it *change* with each channel?
# **Grad-CAM** (Selvaraju et al. 2017) weighs each channel with its mean gradient, and keeps what speaks
# for the class:
#
# $$\alpha_k = \frac{1}{hw} \sum_{ij} \frac{\partial s_c}{\partial A_{k,ij}}, \qquad
# L = \mathrm{ReLU}\Bigl(\sum_k \alpha_k A_k\Bigr)$$


# %%
def layer_gradient(model, x, target, layer):
    """Return what a layer puts out, and the gradient of the score with respect to it, (N, K, h, w) each."""
    with ck.record(model, layer) as outputs:
        scores = model(x.clone().requires_grad_())
        chosen = scores[torch.arange(len(x)), target]
        (gradient,) = torch.autograd.grad(chosen.sum(), outputs[layer])
    return outputs[layer].detach(), gradient


def grad_cam(model, x, target, layer):
    """Return Grad-CAM before its ReLU, (N, h, w)."""
    activation, gradient = layer_gradient(model, x, target, layer)
    weights = gradient.mean((2, 3))
    return (weights[:, :, None, None] * activation).sum(1)


# %% [markdown]
# These lines take the map to be $(N, K, h, w)$, as convolutions make it. A transformer puts out something
# else, and `ck.grad_cam` sorts it out by itself. Should you have put in such a net, a line says so, and
# `usual` takes its place from here on.


# %%
def convolutional(net, x):
    """Raise unless the last map of the net is (N, K, h, w)."""
    layer, wanted = ck.last_map(net, x), ck.grad_cam(net, x, upsample=False).shape[2:]
    with ck.record(net, layer) as outputs, torch.no_grad():
        net(x)
    if outputs[layer].shape[2:] != wanted:
        raise ValueError(f"what {layer} puts out, {tuple(outputs[layer].shape)}, is no (N, K, h, w)")


if not ck.applicable({"Grad-CAM by hand": convolutional}, model, few):
    model = usual
last = ck.last_map(model, few)
by_hand = grad_cam(model, few, model(few).argmax(1), last)
package = ck.grad_cam(model, few, normalised=False, upsample=False)[:, 0]
ck.claim(
    f"The package gives the same, and finds the layer {last} by itself",
    torch.allclose(by_hand, package, atol=1e-5 * package.abs().max().item()),
)

# %% [markdown]
# The gradient is taken with respect to the *map*, so the backward pass stops there: at the last
# layer it costs next to nothing. **And where there is a CAM, Grad-CAM is CAM.** The derivative of the score
# above is $\partial s_c / \partial A_{k,ij} = w^c_k / hw$, the same at every position; its mean is itself:

# %%
_, gradient = layer_gradient(usual, both.images, target, "relu7")
positions = gradient.shape[2] * gradient.shape[3]
ck.claim(
    "Within a channel, the gradient is the same at all positions",
    torch.allclose(gradient, gradient[:, :, :1, :1].expand_as(gradient), rtol=1e-4, atol=1e-8),
)
ck.claim(
    "On a net with this ending, Grad-CAM is CAM divided by the number of positions",
    torch.allclose(grad_cam(usual, both.images, target, "relu7") * positions, maps, rtol=1e-3, atol=1e-3),
    value=f"h · w = {positions}",
)

# %% [markdown]
# ### From the map to the heatmap
#
# Three steps are left: ReLU, enlarge (*upsample*), stretch each picture's range to $[0, 1]$ (*normalise*).
# The ReLU comes first, or interpolation would mix what speaks for the class with what speaks against it; the
# stretching last, since interpolated values need not reach the ends.


# %%
def stretched(maps, height, width):
    """Return maps (N, h, w) enlarged to (N, height, width), each stretched to [0, 1]."""
    large = nn.functional.interpolate(maps[:, None], (height, width), mode="bilinear")[:, 0]
    low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
    return (large - low) / (high - low).clamp(min=1e-12)


def to_heatmap(maps, height, width):
    """Return heatmaps (N, height, width) of maps (N, h, w): ReLU, enlarged, each stretched to [0, 1]."""
    return stretched(maps.relu(), height, width)


small = ck.grad_cam(usual, pairs.images, house, normalised=False, upsample=False)[:, 0]
shares = {
    name: ck.relevance_mass(finish(small, *pairs.images.shape[2:]), pairs.mask(1)).mean().item()
    for name, finish in {"with": to_heatmap, "without": stretched}.items()
}
ck.claim(
    "Without the ReLU, much less of the heat lies on the house",
    shares["without"] < 0.8 * shares["with"],
    value=", ".join(f"{name} {share:.0%}" for name, share in shares.items()),
)

# %% [markdown]
# The ReLU is there for what the *picture* shows: evidence against a class is put at 0, together with what
# says nothing. Without it, the stretching puts the *strongest counter-evidence* at
# 0, and all that says nothing glows.
#
# **What it does not show.** What speaks against the class; how strong the evidence is (every map is
# stretched to the same range); and anything finer than a position of the map. And where the gradient differs
# from position to position, its mean may light up positions that did not raise the score (Draelos & Carin
# 2020).

# %% [markdown]
# ## 5.3 Guided Grad-CAM: the outline, where the class is
#
# Guided backpropagation (chapter 4) draws fine lines, nearly the same ones for every class, a little
# brighter on the one asked about. Grad-CAM knows the class and draws blobs. Their product has both:
#
# $$R = \text{guided backpropagation} \;\cdot\; \text{Grad-CAM enlarged to the picture}$$

# %% slideshow={"slide_type": "subslide"}
questions = {"house": house, "fish": fish}
guided = {name: ck.guided_backprop(usual, both.images, k) for name, k in questions.items()}
fine = {
    name: guided[name] * to_heatmap(grad_cam(usual, both.images, k, "relu7"), *both.images.shape[2:])[:, None]
    for name, k in questions.items()
}
ck.claim(
    "This product is all that there is to it: the package gives the same",
    torch.allclose(fine["house"], ck.guided_grad_cam(usual, both.images, house), atol=1e-4),
)
plots.show(
    plots.heatmap_grid(
        both.images[:3],
        {f"guided, {name}": ck.heatmap(guided[name][:3]) for name in questions}
        | {f"Guided Grad-CAM, {name}": ck.heatmap(fine[name][:3]) for name in questions},
    ),
    alt="Three pictures of a house and a fish. Guided backpropagation outlines both objects, whichever it is "
    "asked about; Guided Grad-CAM outlines the house when asked about the house, and the fish when asked "
    "about the fish.",
)


# %%
def correlation(a, b):
    """Return the mean correlation of two stacks of maps."""
    rows = [torch.stack([p.flatten(), q.flatten()]) for p, q in zip(a, b, strict=True)]
    return torch.stack([torch.corrcoef(pair)[0, 1] for pair in rows]).mean().item()


alike = {
    "guided": correlation(*map(ck.heatmap, guided.values())),
    "Guided Grad-CAM": correlation(*map(ck.heatmap, fine.values())),
}
ck.claim(
    "The two guided pictures are alike, the two Guided Grad-CAMs are not",
    alike["guided"] > 0.5 > alike["Guided Grad-CAM"] + 0.3,
    value="correlation of the house's and the fish's: "
    + ", ".join(f"{name} about {value:.1f}" for name, value in alike.items()),
)

# %% [markdown]
# **What it does not show.** What it knows of the class, it has nearly all from the blob. The lines inside it
# are those that guided backpropagation draws anyhow: that a window is outlined does not mean that the window
# made it a house.

# %% [markdown]
# ## 5.4 Grad-CAM++: two of a kind
#
# The mean gradient has a weak spot. Take a channel that fires on a large object, another that fires on a
# small one of the same class, and let both have the same gradient where they fire. The mean over *all*
# positions makes the small object's weight small. **Grad-CAM++** (Chattopadhay et al. 2018) sums positive
# gradients, each with a weight of its own:
#
# $$w_k = \sum_{ij} \alpha_{k,ij} \, \mathrm{ReLU}(g_{k,ij}), \qquad
# \alpha_{k,ij} = \frac{1}{2 + g_{k,ij} \sum_{ab} A_{k,ab}}, \qquad g = \frac{\partial s_c}{\partial A}$$
#
# In the paper's notation $w_k$ is now the channel's weight, which was $\alpha_k$ for Grad-CAM, and
# $\alpha_{k,ij}$ the share of a position: the one for which the score $e^{s_c}$ would be explained by its
# second and third derivatives, $\alpha = g^2 / (2 g^2 + g^3 \sum_{ab} A_{k,ab})$;
# divide by $g^2$. The common factor
# $e^{s_c}$ of the gradients only rescales the map and is left out.


# %%
def grad_cam_pp_weights(activation, gradient):
    """Return Grad-CAM++'s weight of each channel, (N, K)."""
    alpha = 1 / (2 + gradient * activation.sum((2, 3), keepdim=True))
    return (alpha * gradient.relu()).sum((2, 3))


large_and_small = torch.zeros(1, 2, 8, 8)
large_and_small[0, 0, 1:5, 0:5] = 1
large_and_small[0, 1, 6, 6:8] = 1
gradient = (large_and_small > 0).float()
plain, plus = gradient.mean((2, 3))[0], grad_cam_pp_weights(large_and_small, gradient)[0]
ck.claim(
    "On an example made for it, Grad-CAM++ gives the small object far more of the large one's weight",
    plus[1] / plus[0] > 5 * plain[1] / plain[0],
    value=f"{plus[1] / plus[0]:.0%} instead of {plain[1] / plain[0]:.0%}",
)

# %% [markdown]
# That was arithmetic. Do nets behave so? Two fish, at the last layer and two layers earlier:

# %%
school = scenes.pair(24, "fish", "fish", seed=11, scale=0.3, **clear).to(ck.device())
tried = {
    f"{name}, {layer}": ck.heatmap(method(usual, school.images, fish, layer=layer))
    for layer in ("relu7", "relu5")
    for name, method in {"Grad-CAM": ck.grad_cam, "Grad-CAM++": ck.grad_cam_pp}.items()
}
plots.show(
    plots.heatmap_grid(school.images[:3], {name: heat[:3] for name, heat in tried.items()}, over=True),
    alt="Three pictures of two fish. At the last layer Grad-CAM and Grad-CAM++ look the same, one blob over "
    "both fish. Two layers earlier Grad-CAM marks spots, most of them on the fish; Grad-CAM++ lights up the "
    "whole picture, and most of all its border.",
)

# %%
fainter = {
    name: torch.minimum(*((heat * school.mask(i)).amax((1, 2)) for i in (1, 2))).mean().item()
    for name, heat in tried.items()
}
on_fish = {
    name: ck.relevance_mass(heat, school.mask(1) | school.mask(2)).mean().item()
    for name, heat in tried.items()
}
ck.claim(
    "At the last layer Grad-CAM sees the second fish as well as Grad-CAM++ does",
    abs(fainter["Grad-CAM, relu7"] - fainter["Grad-CAM++, relu7"]) < 0.1,
    value=f"in both the fainter fish has {fainter['Grad-CAM, relu7']:.1f} of the peak",
)
ck.claim(
    "Two layers earlier the second fish is brighter in Grad-CAM++",
    fainter["Grad-CAM++, relu5"] > fainter["Grad-CAM, relu5"] + 0.1,
    value=f"{fainter['Grad-CAM++, relu5']:.1f} against {fainter['Grad-CAM, relu5']:.1f}",
)
ck.claim(
    "But so is all else: less of its heat lies on the two fish",
    on_fish["Grad-CAM++, relu5"] < 0.7 * on_fish["Grad-CAM, relu5"],
    value=f"{on_fish['Grad-CAM++, relu5']:.0%} against {on_fish['Grad-CAM, relu5']:.0%}",
)

# %% [markdown]
# At the last layer of this net the gradient is the same at all positions (5.2), so nothing is slighted and
# there is nothing to cure. Earlier, where it differs from one to the other, the cure is worse than the
# illness: no channel may have a weight below zero, and what no channel speaks against, glows. (The bright
# rim probably comes from the zeros that convolutions put around their maps.)
#
# **What it does not show.** What speaks against the class, which is left out from the start. And at the
# last layer of a net like ours, nothing that Grad-CAM does not show.

# %% [markdown]
# ## 5.5 Other weights
#
# The recipe stays: weigh what the layer shows, and add it up. With $g = \partial s_c / \partial A$:
#
# - **XGrad-CAM** (Fu et al. 2020) takes the mean gradient *where the channel fires*:
#   $w_k = \sum_{ij} \frac{A_{k,ij}}{\sum_{ab} A_{k,ab}}\, g_{k,ij}$.
# - **Layer-CAM** (Jiang et al. 2021) has a weight for each position: $\sum_k \mathrm{ReLU}(g_k) \cdot A_k$.
# - **Eigen-CAM** (Muhammad & Yeasin 2020) draws what the layer shows most of: the first principal component
#   of $A$. It asks about no class at all: the map is the same, whichever class one has in mind.
# - **EigenGrad-CAM** (Gildenblat 2021) is the same of $g \cdot A$: it knows which channels matter to the
#   class, but, at a pooled last layer, not which of them speak for it and which against.


# %%
def eigen_cam(activation):
    """Return each position's part in the direction in which the K activations differ most, (N, h, w)."""
    rows = activation.flatten(2).mT  # (N, h·w, K): a row for each position
    rows = rows - rows.mean(1, keepdim=True)
    direction = torch.linalg.svd(rows, full_matrices=False).Vh[:, 0]
    maps = (rows @ direction[:, :, None])[..., 0].unflatten(1, activation.shape[2:])
    # A direction has no sign of its own. Let the map rise with the mean over the channels.
    rises = (maps * activation.mean(1)).sum((1, 2), keepdim=True) >= 0
    return torch.where(rises, maps, -maps)


activation, gradient = layer_gradient(usual, both.images, house, "relu7")
package = ck.eigen_cam(usual, both.images, normalised=False, upsample=False)[:, 0]
ck.claim(
    "The package gives the same",
    torch.allclose(eigen_cam(activation), package, atol=1e-3 * package.abs().max().item()),
)
for_and_against = eigen_cam(gradient * activation)
all_for = eigen_cam(gradient.abs() * activation)
ck.claim(
    "If all channels against the house spoke for it, EigenGrad-CAM's map would be the same, or its negative",
    correlation(for_and_against.abs(), all_for.abs()) > 0.999,
)
ck.claim(
    "On our nets XGrad-CAM is Grad-CAM: where all gradients are one number, so is each of their means",
    torch.allclose(
        ck.xgrad_cam(usual, both.images, house), ck.grad_cam(usual, both.images, house), atol=1e-3
    ),
)

# %% [markdown]
# **What it does not show.** Eigen-CAM shows what stands out in the layer, be it the object or the sun: of
# two objects it cannot tell which made the score.

# %% [markdown]
# ## 5.6 Without gradients
#
# A gradient says what an infinitely small change would do. Two methods try a real one:
#
# - **Ablation-CAM** (Desai & Ramaswamy 2020) sets one channel after the other to zero, and weighs it with
#   what the score loses: $w_k = (s_c - s_c^{(k)}) / |s_c|$.
# - **Score-CAM** (Wang et al. 2020) masks the *picture* with each channel's map $H_k$, enlarged and
#   stretched: $w_k = \mathrm{softmax}_k\, s_c(x \cdot H_k)$.
#
# Both ask the net once for each channel, but for channels that are 0 everywhere; and Ablation-CAM asks only
# what lies behind the layer, which a second pass finds. Here is what they cost at the last layer.


# %%
def work(method):
    """Return how much a method computes to explain one picture, in forward passes of the usual net."""
    with FlopCounterMode(display=False) as one_pass, torch.no_grad():
        usual(both.images[:1])
    with FlopCounterMode(display=False) as all_of_it:
        method(usual, both.images[:1], house)
    return all_of_it.get_total_flops() / one_pass.get_total_flops()


methods = {
    "Grad-CAM": ck.grad_cam,
    "Grad-CAM++": ck.grad_cam_pp,
    "XGrad-CAM": ck.xgrad_cam,
    "Layer-CAM": ck.layer_cam,
    "Eigen-CAM": ck.eigen_cam,
    "EigenGrad-CAM": ck.eigen_grad_cam,
    "Ablation-CAM": ck.ablation_cam,
    "Score-CAM": ck.score_cam,
}
passes = {name: work(method) for name, method in methods.items()}
for name, n in passes.items():
    print(f"{name:14} {n:6.2f} forward passes")
ck.claim("At the last layer Ablation-CAM costs no more than three passes", passes["Ablation-CAM"] < 3)
ck.claim(
    "Score-CAM costs more than a hundred times as much as any other",
    passes["Score-CAM"] > 100 * max(n for name, n in passes.items() if name != "Score-CAM"),
)

# %% [markdown]
# All but CAM and Guided Grad-CAM, on the same picture: in the first row at the last layer, in the second at a
# layer in the middle of the net. (Each title lacks its “-CAM”.)


# %%
def layers_with_maps(net, x):
    """Return the names of the layers that put out a map of several positions, first to last."""
    # In our nets the maps behind each ReLU. Others may use one ReLU many times: there, convolutions.
    kind = nn.Conv2d if ck.is_replaced() else nn.ReLU
    names = [name for name, layer in net.named_modules() if isinstance(layer, kind)]
    with ck.record(net, *names) as outputs, torch.no_grad():
        net(x[:1])
    return [name for name in names if outputs[name].shape[-1] > 1]


layers = layers_with_maps(model, few)
middle = layers[len(layers) // 2]
second = few[:2][-1:]  # the only one, if there is but one
at_last = {name: method(model, second) for name, method in methods.items()}
at_middle = {name: method(model, second, layer=middle) for name, method in methods.items()}


def over(images, heats):
    """Return a row of pictures (n, 3, H, W): one image, then each map laid over it."""
    laid = [torch.tensor(plots.overlay(images, heat)).permute(0, 3, 1, 2) / 255 for heat in heats]
    return torch.cat([images.cpu(), *laid])


titles = ["picture", *(name.replace("-CAM", "") for name in methods)]
plots.show(
    plots.image_grid(
        torch.cat([over(second, maps.values()) for maps in (at_last, at_middle)]),
        titles + [""] * len(titles),
        columns=len(titles),
        rows=(last, middle),
    ),
    alt="Two rows, each a picture of a flower and eight class activation maps of it. First row, at the last "
    "layer: nearly the same blob on the flower eight times. Second row, at a layer in the middle: the maps "
    "differ. Those of Grad-CAM and EigenGrad-CAM lie mostly beside the flower, the others on parts of it.",
)


# %%
def with_grad_cam(maps):
    """Return the correlation of each other method's map with Grad-CAM's."""
    first, *rest = (ck.heatmap(heat) for heat in maps.values())
    return [correlation(first, heat) for heat in rest]


alike = {"last": with_grad_cam(at_last), "middle": with_grad_cam(at_middle)}
ck.claim(
    "On this picture all methods agree with Grad-CAM at the last layer; in the middle none does",
    min(alike["last"]) > 0.8 > max(alike["middle"]),
    value="correlation from "
    + ", ".join(f"{min(found):.2f} to {max(found):.2f} ({where})" for where, found in alike.items()),
    only="scenes",
)

# %% [markdown]
# **What it does not show.** That a method without gradients is nearer to the truth. A channel at zero, and a
# picture seen through the holes of a mask, are things that the net was never trained on.

# %% [markdown]
# ## 5.7 Depth by depth
#
# The layer is a choice. Deep maps are coarse, early ones fine. One backward pass gives the gradient at all
# layers at once:


# %%
def at_every_layer(model, x, target, layers):
    """Return (activation, gradient) at each of several layers, from one pass."""
    with ck.record(model, *layers) as outputs:
        chosen = model(x.clone().requires_grad_())[torch.arange(len(x)), target]
        gradients = torch.autograd.grad(chosen.sum(), [outputs[layer] for layer in layers])
    return {layer: (outputs[layer].detach(), g) for layer, g in zip(layers, gradients, strict=True)}


def two_maps(activation, gradient, size):
    """Return the heatmaps of Grad-CAM and of Layer-CAM."""
    maps = {
        "Grad-CAM": (gradient.mean((2, 3), keepdim=True) * activation).sum(1),
        "Layer-CAM": (gradient.relu() * activation).sum(1),
    }
    return {name: to_heatmap(heat, *size) for name, heat in maps.items()}


depths = [layers[i] for i in torch.linspace(0, len(layers) - 1, 5).long()]
one = few[:1]
flow = at_every_layer(model, one, model(one).argmax(1), depths)
by_layer = {layer: two_maps(*flow[layer], one.shape[2:]) for layer in depths}
rows = [over(one, [by_layer[layer][name] for layer in depths])[1:] for name in ("Grad-CAM", "Layer-CAM")]
plots.show(
    plots.image_grid(
        torch.cat(rows), depths + [""] * len(depths), columns=len(depths), rows=("Grad-CAM", "Layer-CAM")
    ),
    alt="Two rows of maps of one picture, at five depths. Above, Grad-CAM: specks on and beside the object "
    "in the first layers, a blob on it in the last. Below, Layer-CAM: on the object at every depth, "
    "fine at first, a blob at last.",
)

# %% [markdown]
# Which of them know the class? The house and the fish once more: how often does the heat move to the object
# that is asked about?

# %%
ends = ("relu1", "relu7")
for name, net in {"usual": usual, "robust": robust}.items():
    asked = {k: at_every_layer(net, pairs.images, k, ends) for k in (house, fish)}
    moves = {}
    for layer in ends:
        maps = {k: two_maps(*flow[layer], pairs.images.shape[2:]) for k, flow in asked.items()}
        for method in maps[house]:
            on_house, on_fish = (
                {k: ck.relevance_mass(maps[k][method], pairs.mask(number)) for k in maps} for number in (1, 2)
            )
            moved = (on_house[house] > on_house[fish]) & (on_fish[fish] > on_fish[house])
            moves[f"{method}, {layer}"] = moved.sum().item()
    ck.claim(
        f"{name}: Grad-CAM follows the question at the last layer, not at the first; Layer-CAM at both",
        moves["Grad-CAM, relu1"] <= 10 and sorted(moves.values())[1] >= 14,
        value=", ".join(f"{where} in {n}" for where, n in moves.items()) + f" of {len(pairs)}",
    )

# %% [markdown]
# And do they find the object, where there is but one?

# %%
fresh = ck.draw(128, seed=50).to(ck.device())
relus = [f"relu{i}" for i in range(1, 8)]
pointing, mass = {}, {}
for name, net in {"usual": usual, "robust": robust}.items():
    hits, shares = {}, {}
    for some in torch.arange(len(fresh)).split(16):
        part = fresh[some]
        for layer, found in at_every_layer(net, part.images, part.labels, relus).items():
            for method, heat in two_maps(*found, part.images.shape[2:]).items():
                hits.setdefault((method, layer), []).append(ck.pointing_game(heat, part.masks))
                shares.setdefault((method, layer), []).append(ck.relevance_mass(heat, part.masks))
    for method in ("Grad-CAM", "Layer-CAM"):
        curve = f"{method}, {name}"
        pointing[curve], mass[curve] = (
            [torch.cat(scores[method, layer]).mean().item() for layer in relus] for scores in (hits, shares)
        )

area = fresh.masks.float().mean().item()
plots.show(
    plots.lines(
        list(range(1, 8)),
        {
            "Layer-CAM points at it": pointing["Layer-CAM, usual"],
            "Grad-CAM points at it": pointing["Grad-CAM, usual"],
            "Layer-CAM's heat on it": mass["Layer-CAM, usual"],
            "Grad-CAM's heat on it": mass["Grad-CAM, usual"],
            "a blind guess": [area] * 7,
        },
        xlabel="layer (relu1 to relu7)",
        ylabel="share, usual net",
        ylim=(0, 1),
    ),
    alt="By layer, how often the hottest pixel lies on the object, and how much of the heat does. Grad-CAM "
    "points at it in two thirds of the scenes at first, in fewer in the middle, and in 0.8 at the last "
    "layer; the share of its heat on it is largest at the fifth, under a half. "
    "Layer-CAM points at it in about 0.8 at all depths, and "
    "its heat is best placed at the third. All lie above a blind guess.",
)
for name in ("usual", "robust"):
    curve, share = pointing[f"Grad-CAM, {name}"], mass[f"Grad-CAM, {name}"]
    first = {"usual": 6, "robust": 5}[name]  # in the robust net the last two are about as good
    ck.claim(
        f"{name}: Grad-CAM points best from the last {'layer' if first == 6 else 'two layers'}",
        max(curve[first:]) > max(curve[:first]) + 0.03,
        value=f"{max(curve[first:]):.0%} against {max(curve[:first]):.0%}, the best of the others",
    )
    ck.claim(
        f"{name}: but more of its heat lies on the object two layers earlier",
        share[4] > share[6] + 0.05,
        value=f"{share[4]:.0%} against {share[6]:.0%}",
    )
    curve, fine = pointing[f"Layer-CAM, {name}"], mass[f"Layer-CAM, {name}"]
    ck.claim(
        f"{name}: Layer-CAM needs no deep layer to point at the object, nor to lie on it",
        curve[0] > curve[6] - 0.1 and fine[0] > fine[6] + 0.05,
        value=f"{fine[0]:.0%} of its heat lies on the object in the first layer, {fine[6]:.0%} in the last",
    )

# %% [markdown]
# The Grad-CAM paper judges, by eye on one photograph (its figure 13), that the deepest maps look best. Here
# that holds for where the map *points*, and for whether it knows the class. It does not hold for how much of
# the heat is in the right place: at the last layer, one position is 16 pixels wide, wider than many parts of
# an object. And Layer-CAM, with a weight for each position, needs depth for none of the three.

# %% [markdown]
# ### All methods, measured
#
# The same for every method of the course, on many scenes (CAM and XGrad-CAM are Grad-CAM here, and left out
# of the figure). That takes longer than a notebook should, so the table ships (`coursekit measure
# localisation` makes it); a sample of it is computed here.

# %%
table = ck.measured("localisation")
print(f"{table['scenes']} scenes")
tables = {  # chapter 6 has LRP
    net: {method: row for method, row in rows.items() if not method.startswith("LRP")}
    for net, rows in table["nets"].items()
}
shown = [
    "random",
    "saliency",
    "guided backprop",
    *(name for name in tables["scenes"] if "CAM" in name and name not in ("CAM", "XGrad-CAM")),
]
plots.show(
    plots.intervals(
        {
            name: {display_name(method): tables[net][method]["pointing"] for method in shown}
            for name, net in {"usual net": "scenes", "robust net": "scenes-robust"}.items()
        },
        xlabel=f"hottest pixel on the object, share of {table['scenes']} scenes (95 % intervals)\n"
        "dashed: the object's share of the picture",
        floor=table["area"],
        xlim=(0, 1),
    ),
    alt="How often the hottest pixel of each map lies on the object, for both nets, with intervals: that of "
    "chance as often as the object is large, those of all methods far more often.",
)

# %% [markdown]
# All of them as numbers. *Pointing* is the figure above, the *pointing game* (Zhang et al. 2018); *mass* the
# share of the heat that lies on the object (*relevance mass accuracy*); *rank*, for an object of $P$ pixels,
# the share of it among the $P$ hottest (*relevance rank accuracy*; both Arras et al. 2022). The question is
# about the true class, and heat is the *absolute* value: evidence against the class counts too, where a
# method shows any.

# %%
for name, net in {"usual net": "scenes", "robust net": "scenes-robust"}.items():
    print(f"\n{name:24}{'pointing':20}{'mass':20}{'rank':20}")
    for method, row in tables[net].items():
        cells = [f"{mean:.2f} ({low:.2f}–{high:.2f})" for mean, low, high in row.values()]
        print(f"{display_name(method):24}" + "".join(f"{cell:20}" for cell in cells))

# %%
for name, net in {"usual": "scenes", "robust": "scenes-robust"}.items():
    found = tables[net]
    best = max(found, key=lambda method: found[method]["pointing"][0])
    chance = found["random"]["pointing"][2]
    ck.claim(
        f"{name}: the best method points at the object in 95 % of the scenes or more",
        found[best]["pointing"][0] >= 0.95,
        value=f"{display_name(best)}, {found[best]['pointing'][0]:.0%}",
    )
    ck.claim(
        f"{name}: every method is better than chance",
        all(row["pointing"][1] > chance for method, row in found.items() if method != "random"),
        value=f"chance {found['random']['pointing'][0]:.0%}",
    )
    cams = {method: row["mass"][0] for method, row in found.items() if "CAM" in method}
    ck.claim(
        f"{name}: of the maps in this chapter, Guided Grad-CAM has most of its heat on the object",
        max(cams, key=cams.get) == "guided Grad-CAM",
        value=f"{cams['guided Grad-CAM']:.0%}",
    )

# %% [markdown]
# **What it does not show.** The reason. These scenes have one object, and a map that finds whatever stands
# out scores well: guided backpropagation, which hardly knows the class (5.3), points as well as any, and
# Eigen-CAM, which knows none, has more of its heat on the object than Grad-CAM. *Mass* also punishes blobs
# for being blobs; *rank* does so less.

# %%
for name, net in {"usual": "scenes", "robust": "scenes-robust"}.items():
    pointing, mass, rank = (
        {method: row[measure][0] for method, row in tables[net].items()} for measure in localisation.METRICS
    )
    ck.claim(
        f"{name}: guided backpropagation points as well as any, to 3 percentage points",
        pointing["guided backprop"] > max(pointing.values()) - 0.03,
    )
    ck.claim(
        f"{name}: Eigen-CAM has more of its heat on the object than Grad-CAM",
        mass["Eigen-CAM"] > mass["Grad-CAM"] + 0.03,
        value=f"{mass['Eigen-CAM']:.0%} against {mass['Grad-CAM']:.0%}",
    )
    ck.claim(
        f"{name}: against the gradient, whose map is fine, Grad-CAM does better by rank than by mass",
        rank["Grad-CAM"] - rank["saliency"] > mass["Grad-CAM"] - mass["saliency"] + 0.03,
    )

# %%
sample = localisation.fresh_scenes(localisation.SAMPLE).to(ck.device())
quick = ("random", "saliency", "Grad-CAM", "Grad-CAM++", "Layer-CAM", "Eigen-CAM")
farthest = 0.0
for net, loaded in {"scenes": usual, "scenes-robust": robust}.items():
    for method in quick:
        live = localisation.localise(loaded, sample, localisation.methods()[method])
        for metric, score in live.items():
            farthest = max(farthest, abs(score.mean().item() - table["sample"][net][method][metric]))
ck.claim(
    f"Six methods on the first {len(sample)} scenes, computed here, give what they gave for the table",
    farthest < 0.05,
)

# %% [markdown]
# ## 5.8 How much traffic?
#
# Nothing says that a class must be a thing. Here it is a quantity: a road with 0 to 6 cars, and the answer
# *low* (0 or 1), *medium* (2 to 4) or *high* (5 or 6). The layers are those of our nets, which have never
# been asked to count; only a new last layer is trained, here and now.

# %%
lessons = ck.traffic(240, seed=1).to(ck.device())
roads = ck.traffic(60, seed=2).to(ck.device())


def counting_net(net, lessons):
    """Return a scene net whose last layer is replaced by one trained to tell low, medium and high."""
    body = nn.Sequential(*list(net.children())[:-1])
    with torch.no_grad():
        features = torch.cat([body(x) for x in lessons.images.split(32)])
    mean, std = features.mean(0), features.std(0) + 0.01
    torch.manual_seed(0)
    head = nn.Linear(features.shape[1], len(lessons.classes)).to(features.device)
    optimiser = torch.optim.AdamW(head.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.cross_entropy(head((features - mean) / std), lessons.labels).backward()
        optimiser.step()
    with torch.no_grad():  # the standardisation moves into the layer
        head.weight /= std
        head.bias -= head.weight @ mean
    return nn.Sequential(*body, head).requires_grad_(False).eval()


counters = {name: counting_net(net, lessons) for name, net in {"usual": usual, "robust": robust}.items()}
for name, net in counters.items():
    right = ck.evaluate(net, roads.images, roads.labels)
    ck.claim(
        f"{name}: far better than guessing (a third), on roads not seen before",
        right > 0.6,
        value=f"{right:.0%}",
    )

# %%
shown = ck.traffic(4, seed=9, cars=[0, 1, 3, 6], **clear)[torch.tensor([0, 1, 3])].to(ck.device())
low, high = (roads.classes.index(level) for level in ("low", "high"))
plots.show(
    plots.signed_grid(
        shown.images,
        {
            f"“{roads.classes[level]}”, {name}": ck.grad_cam(net, shown.images, level, normalised=False)
            for name, net in counters.items()
            for level in (low, high)
        },
        ["no car", "1 car", "6 cars"],
        over=True,
    ),
    alt="Roads with no, 1 and 6 cars, and Grad-CAM with its sign for low and for high, of both nets. "
    "With the usual net the cars are red for high and blue for low, and the empty road has two red spots "
    "for low. With the robust net the empty road is mostly red for low and blue for high; the single "
    "car is a blue spot for low on a red road; the six are blue for low and in part red for high.",
)

# %% [markdown]
# These maps are Grad-CAM *before* the ReLU: red for the class, blue against it. On the
# cars the map for *high* is higher than beside them, and the map for *low* lower.

# %%
busy = roads[roads.masks.flatten(1).any(1).cpu()]


def mean_inside(maps, masks):
    """Return the mean of each map within its mask."""
    return (maps * masks).sum((1, 2)) / masks.sum((1, 2))


for name, net in counters.items():
    share = {}
    for level in (low, high):
        raw = ck.grad_cam(net, busy.images, level, normalised=False)[:, 0]
        more = mean_inside(raw, busy.masks) > mean_inside(raw, ~busy.masks)
        share[level] = more.float().mean().item()
    ck.claim(
        f"{name}: cars speak more for “high” than the rest of the picture",
        share[high] > 0.75,
        value=f"in {share[high]:.0%} of the scenes with cars",
    )
    ck.claim(f"{name}: and less for “low”", share[low] < 0.25, value=f"in {1 - share[low]:.0%}")

# %% [markdown]
# Absence is harder to show, for it has no place. The robust net finds it nearly everywhere in the picture.
# The usual net hardly finds it: its map for *low* is mostly blue. There *low* wins by its **bias**: what
# speaks against it weighs less.

# %%
empty = roads[torch.tensor([f["cars"] == 0 for f in roads.factors])]
for_low = {name: ck.grad_cam(net, empty.images, low, normalised=False) for name, net in counters.items()}
bias = counters["usual"][-1].bias
called = (counters["usual"](empty.images).argmax(1) == low).float().mean().item()
ck.claim(
    "robust: most of the picture of an empty road speaks for “low”",
    (for_low["robust"] > 0).float().mean() > 0.6,
    value=f"{(for_low['robust'] > 0).float().mean():.0%} of it",
)
ck.claim(
    "usual: empty roads are called “low”, though as a whole they speak against it: it has the largest bias",
    called == 1 and for_low["usual"].mean() < 0 and bias.argmax() == low,
    value=f"{called:.0%} of {len(empty)}; "
    f"biases of low, medium and high {', '.join(f'{b:.0f}' for b in bias.tolist())}",
)
for name, net in counters.items():
    with torch.no_grad():
        features, average = (net[:-1](some.images).mean(0) for some in (empty, roads))
    ck.claim(
        f"{name}: counted from the average road, the empty ones speak for “low”",
        net[-1].weight[low] @ (features - average) > 1,
    )

# %% [markdown]
# No map shows a bias. And much of this one is bookkeeping: counted from the average road instead of from 0,
# the same pictures speak *for* low. Zero is a choice of baseline, as in chapter 4.
#
# And do these nets count *cars*? One thing alone, large and on no road; and one car, as large as those of the
# traffic, off the road and on it:

# %%
alone = {
    thing: ck.draw(20, seed=3, classes=[thing.split()[-1]], scale=scale).images.to(ck.device())
    for thing, scale in {"tank": 0.4, "car": 0.4, "flower": 0.4, "small car": 0.155}.items()
}
alone["car on a road"] = ck.traffic(20, seed=3, cars=1).images.to(ck.device())
levels = {
    (name, thing): net(images).argmax(1).bincount(minlength=3) / len(images)
    for name, net in counters.items()
    for thing, images in alone.items()
}
for (name, thing), share in levels.items():
    print(f"{name:7} one {thing:14}" + ", ".join(f"{p:.0%} {c}" for p, c in zip(share, roads.classes)))
ck.claim(
    "usual: one large car is “low” in fewer than half of the cases, a flower hardly ever",
    levels["usual", "car"][low] < 0.5 and levels["usual", "flower"][low] < 0.3,
)
for name in counters:
    ck.claim(f"{name}: one large tank is hardly ever “low”", levels[name, "tank"][low] < 0.3)
    ck.claim(
        f"{name}: one car is more often “low” on a road than as small and on none",
        levels[name, "car on a road"][low] > levels[name, "small car"][low] + 0.1,
    )

# %% [markdown]
# One thing should be *low*, whatever it is, and a tank or a flower is not even a car. For the usual net any
# large thing will do; the robust one takes the tank alone for more than there is. And off the road both are
# lost more often even with one car of the right size.
#
# **What it does not show.** That something is counted: the maps fit a net that adds up wheels, or whatever
# stands out, as well as one that counts cars. They show *where* a score comes from, not what is done with it
# there.

# %% [markdown]
# ## 5.9 Where it fails
#
# ### Small things
#
# A map of 8 × 8 positions cannot draw anything smaller than a position. The same car, smaller and smaller:

# %%
scales = [0.5, 0.35, 0.25, 0.18, 0.12]
car = usual.classes.index("car")
shrinking = scenes.sweep(5, seed=6, label="car", x=0.3, y=0.85, scale=scales, ground="grass", **clear)
small = shrinking.images[[0, 2, 3, 4]].to(ck.device())
with torch.no_grad():
    answers = usual(small)
least = answers.argmin(1)
plots.show(
    plots.heatmap_grid(
        small,
        {
            "Grad-CAM for car": ck.grad_cam(usual, small, car),
            "for the least likely class": ck.grad_cam(usual, small, least),
        },
        [f"{p:.0%} car" for p in answers.softmax(1)[:, car]],
        over=True,
    ),
    alt="One car four times, smaller and smaller. Grad-CAM for car: the blob shrinks less than the car, and "
    "is elsewhere for the smallest one. Grad-CAM for the least likely class: nothing for the largest car, "
    "else a bright spot at the upper border.",
)

# %%
covered, blob, hit, recognised = [], [], [], []
for scale in scales:
    some = ck.draw(24, seed=9, scale=scale).to(ck.device())
    heat = ck.heatmap(ck.grad_cam(usual, some.images, some.labels))
    covered.append(some.masks.float().mean().item())
    blob.append((heat > 0.5).float().mean().item())
    hit.append(ck.pointing_game(heat, some.masks).mean().item())
    recognised.append(ck.evaluate(usual, some.images, some.labels))
ck.claim(
    "From the largest to scale 0.18, the object shrinks far more than its blob (heat above a half)",
    covered[3] / covered[0] < 0.5 * blob[3] / blob[0],
    value=f"object {covered[0]:.0%} → {covered[3]:.0%} of the picture, blob {blob[0]:.0%} → {blob[3]:.0%}",
)
ck.claim(
    "Of the smallest objects hardly any is found, and few are recognised",
    hit[-1] < 0.3 < 0.6 < hit[1] and recognised[-1] < 0.3,
    value=f"hottest pixel on the object: {', '.join(f'{h:.0%}' for h in hit)}; "
    f"of the smallest {recognised[-1]:.0%} are recognised",
)

# %% [markdown]
# No map finds what the net has not seen.
#
# ### A class that is not there
#
# Every map is stretched to $[0, 1]$. So there is something to see even where there is nothing: the last row
# above is for the class with the *lowest* score. How much was it before the stretching?

# %%
some = fresh.images[:64]
least = usual(some).argmin(1)
peaks = {
    name: ck.grad_cam(usual, some, target, normalised=False).amax((1, 2, 3))
    for name, target in {"named": None, "least": least}.items()
}
ck.claim(
    "In most scenes something speaks for the least likely class, and is drawn at full brightness",
    (peaks["least"] > 0).float().mean() > 0.6,
    value=f"in {(peaks['least'] > 0).float().mean():.0%}",
)
ck.claim(
    "Its peak is less than a twentieth of that of the class that the net names",
    (peaks["least"].clamp(min=0) / peaks["named"]).median() < 0.05,
    value=f"{(peaks['least'].clamp(min=0) / peaks['named']).median():.1%} in the median scene",
)

# %% [markdown]
# **Print the score, and the peak of the raw map, beside every heatmap.**
#
# ### The right place, for the wrong reason
#
# Here is a net that tells cars from tanks, and whose maps lie neatly on the object. It is small enough
# to write down.


# %%
class Colours(nn.Module):
    """Tells cars from tanks by how much of the picture is red and how much is yellow."""

    classes = ("car", "tank")

    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(3, 2, 1)  # sees one pixel at a time: no shape at all
        self.look.weight.data = torch.tensor([[1.0, -1.5, -0.5], [1.0, 1.0, -2.0]])[:, :, None, None]
        self.look.bias.data = torch.tensor([-0.1, -0.8])
        self.pool = nn.AvgPool2d(8)
        self.head = nn.Linear(2, 2, bias=False)
        self.head.weight.data = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])

    def forward(self, x):
        self_made = self.pool(self.look(x).relu())
        return self.head(self_made.mean((2, 3)))


def painted(n, seed, car, tank):
    """Return cars and tanks, each in a colour of its own."""
    colours = {"car": car, "tank": tank}
    return ck.draw(
        n, seed=seed, classes=("car", "tank"), colour=colours, accent=colours, ground="grass", **clear
    ).to(ck.device())


colour_net = Colours().requires_grad_(False).eval().to(ck.device())
lab, field = painted(24, 62, "red", "yellow"), painted(24, 61, "yellow", "red")
mixed = torch.cat([lab.images[:2], field.images[:2]])
heats = ck.grad_cam(colour_net, mixed, layer="pool")
plots.show(
    plots.heatmap_grid(
        mixed,
        {"Grad-CAM": heats},
        [
            f"{where}: “{name}”"
            for where, name in zip(["lab"] * 2 + ["field"] * 2, ck.predicted(colour_net, mixed))
        ],
        over=True,
    ),
    alt="Red cars and yellow tanks, named rightly, then yellow cars and red tanks, named wrongly. Grad-CAM "
    "lies neatly on each of them, right or wrong.",
)
right = {
    where: ck.evaluate(colour_net, some.images, some.labels)
    for where, some in {"lab": lab, "field": field}.items()
}
ck.claim("In the lab, where cars are red and tanks yellow, it is always right", right["lab"] == 1)
ck.claim("In the field, where it is the other way round, it is always wrong", right["field"] == 0)
heat = ck.heatmap(ck.grad_cam(colour_net, field.images, layer="pool"))
ck.claim(
    "And its maps point at the object in every wrong answer",
    ck.pointing_game(heat, field.masks).mean() >= 1 - 1e-6,
    value=f"{ck.pointing_game(heat, field.masks).mean():.0%}",
)

# %% [markdown]
# A map on the car says that the reason is *on the car*. It does not say that the reason is its shape. That
# takes another experiment: repaint the car (chapter 1).

# %% [markdown]
# ## All of it under your hands
#
# Picture, class, layer and method; and how much of the picture shines through. Two things to try: ask for a
# class that is not there, and watch the peak; keep the class, and go through the layers.

# %%
widgets.cam_widget(
    model if ck.is_replaced() else robust,
    few if ck.is_replaced() else torch.cat([both.images, few]),
    {name: method for name, method in methods.items() if name != "Score-CAM"},
    layers,
    few_names if ck.is_replaced() else ["house and fish"] * 4 + few_names,
)

# %% [markdown]
# ## What to remember
#
# | method | weight of a channel | passes (each way: 1 forward, 1 backward) | beware |
# |---|---|---|---|
# | CAM | the class's weight in the last layer | 1 forward | needs pooling and one linear layer |
# | Grad-CAM | mean gradient | 1 each way | coarse; stretched, so always bright |
# | Guided Grad-CAM | Grad-CAM × guided backpropagation | 2 each way | its lines hardly know the class |
# | Grad-CAM++ | positive gradients, weighed | 1 each way | before the last layer it may glow all over |
# | XGrad-CAM | gradient where the channel fires | 1 each way | at a pooled last layer it is Grad-CAM |
# | Layer-CAM | one weight for each position | 1 each way | nothing that speaks against the class |
# | Eigen-CAM | first principal component | 1 forward | knows no class |
# | EigenGrad-CAM | the same, of gradient × map | 1 each way | for and against look alike |
# | Ablation-CAM | what the score loses without it | 2 forward; per channel, what lies behind | 0 is new |
# | Score-CAM | score of the picture seen through it | 1 forward per channel | slow |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Zhou et al. 2016 (arXiv:1512.04150); Selvaraju et al. 2017 (arXiv:1610.02391); Chattopadhay et
# al. 2018 (arXiv:1710.11063); Fu et al. 2020 (arXiv:2008.02312); Muhammad & Yeasin 2020 (arXiv:2008.00299);
# Jiang et al. 2021 (doi:10.1109/TIP.2021.3089943); Desai & Ramaswamy 2020
# (doi:10.1109/WACV45572.2020.9093360); Wang et al. 2020 (arXiv:1910.01279); Gildenblat 2021
# (github.com/jacobgil/pytorch-grad-cam); Draelos & Carin 2020 (arXiv:2011.08891). To measure maps: Zhang et
# al. 2018 (arXiv:1608.00507); Arras, Osman & Samek 2022 (arXiv:2003.07258). **To do.**
# `exercises/05_gradcam.ipynb`: write these methods yourself.
