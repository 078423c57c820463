# %% [markdown]
# # 8 Deep dream
#
# A net turns pictures into answers. **What comes out when an answer is turned back into a picture, and how
# much of that is the net, how much is us?** This chapter climbs: from grey, from noise and from photographs,
# towards classes, channels, whole layers, and the manner of other pictures.

# %%
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

import coursekit as ck
from coursekit import plots, synthesis, widgets
from coursekit.datasets.scenes.textures import MAKERS
from coursekit.synthesis import channel, diversity, layer, neuron, score, variation

model = ck.subject_model()
usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
nets = {"usual net": usual, "robust net": robust}
# The referee: half of the scenes it learned from were painted over with random textures.
third = ck.load_model("scenes-stylised")
number = {name: k for k, name in enumerate(robust.classes)}


def resized(x, height, width):
    """Return pictures of another size."""
    return F.interpolate(x, (height, width), mode="bicubic", antialias=True).clamp(0, 1)


def photograph(name, width=168):
    """Return one of scikit-learn's photographs, small, as a batch of one."""
    return resized(ck.photograph(name)[None].to(ck.device()), width * 2 // 3, width)


pagoda, dahlia = photograph("china"), photograph("flower")
small_pagoda, small_dahlia = photograph("china", 126), photograph("flower", 144)

# %%
things = ["mushroom", "boat", "tree", "flower", "house"]
dreams = ck.deep_dream(
    robust, pagoda.repeat(5, 1, 1, 1), score([number[thing] for thing in things]), step_size=0.01
)
plots.show(
    plots.image_grid(torch.cat([pagoda, dreams]), ["photograph", *things], columns=3),
    alt="A photograph of a pagoda by a lake, and five dreams of it: a mushroom with a white stem; a sailing "
    "boat; a red fir tree; a flower on a leafy stem; and beside the pagoda a house with roof, door and "
    "windows.",
)
ck.claim(
    "A net that had no part in it gives at least four of the five dreams the name that was asked for",
    sum(a == b for a, b in zip(ck.predicted(third, dreams), things)) >= 4,
    value=", ".join(ck.predicted(third, dreams)),
)

# %% [markdown]
# Nothing was looked up and nothing was drawn. The robust net, which has seen drawn scenes and never a
# photograph, was shown a photograph, and the *photograph* was changed a little at a time so that one class
# scored higher. That takes some sixteen lines (8.4). Why it works so well with this net, and not with one
# that was trained as usual, is what to watch on the way.
#
# As before $s_c$ is the score of class $c$ before the softmax; `usual` and `robust` are the two nets that
# ship with the course. In chapter 7 the gradient with respect to the picture served to fool a net. Here the
# very same gradient serves to see.

# %% [markdown]
# ## 8.1 Climbing to a class
#
# Training follows the gradient of the loss with respect to the *weights*. Hold these still and follow the
# gradient of the score with respect to the *picture*, upwards (Simonyan et al. 2014):
#
# $$\max_I \; s_c(I) - \lambda\, \lVert I \rVert^2$$
#
# $I$ is the picture's difference from grey; the second term keeps it from growing in every direction. Start
# from zero, $I = 0$, or from noise.


# %%
def climb(net, classes, image, steps=40, rate=2.0, decay=0.01):
    """Return pictures with high scores for their classes: the ascent of s_c − λ‖I‖², I = picture − grey."""
    row = torch.arange(len(classes))
    for _ in range(steps):
        image = image.detach().requires_grad_()
        objective = net(0.5 + image)[row, classes] - decay * image.square().sum((1, 2, 3))
        (gradient,) = torch.autograd.grad(objective.sum(), image)
        gradient = gradient / gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        image = (image + rate * gradient).clamp(-0.5, 0.5)
    return 0.5 + image.detach()


classes = [number["house"], number["house"], number["car"], number["car"]]
zero = torch.zeros(1, 3, 80, 80)
noise = 0.15 * torch.randn(1, 3, 80, 80, generator=torch.Generator().manual_seed(0))
start = torch.cat([zero, noise, zero, noise]).to(ck.device())
climbed = {name: climb(net, classes, start) for name, net in nets.items()}
plots.show(
    plots.image_grid(
        torch.cat(list(climbed.values())),
        [f"{name}, {begin}" for name in ("usual", "robust") for begin in ("grey", "noise") * 2],
        columns=8,
    ),
    alt="Eight pictures, of a house and of a car, each from grey and from noise. Usual net: "
    "windows and wheels in outline among coloured grain. Robust net: a house with roof, door and windows, "
    "and a car on two wheels, plain to see.",
)

# %%
world = ck.draw(160, seed=30, size=80)
with torch.no_grad():
    drawn = {name: net(world.images.to(ck.device())).cpu() for name, net in nets.items()}
    made = {name: net(climbed[name]).cpu()[range(4), classes] for name, net in nets.items()}
for name in nets:
    best = drawn[name].amax(0)[classes]
    ck.claim(
        f"{name}: each of the four scores higher than the best of {len(world)} drawn scenes",
        (made[name] > best).all(),
        value=f"the cars {made[name][2:].mean():.0f}, the best of the drawn ones {best[2]:.0f}",
    )
size = {0.01: (climbed["robust net"][0] - 0.5).norm()}
for decay in (0.0, 0.1):
    size[decay] = (climb(robust, [number["house"]], start[:1], decay=decay) - 0.5).norm()
ck.claim(
    "Without λ the house is louder, and with a large one the climb does not leave the ground",
    size[0.0] > 1.1 * size[0.01] and size[0.1] < 0.2 * size[0.01],
    value=", ".join(f"λ {decay}: ‖I‖ = {size[decay]:.0f}" for decay in sorted(size)),
)
alike = {
    name: F.cosine_similarity((x[::2] - 0.5).flatten(1), (x[1::2] - 0.5).flatten(1))
    for name, x in climbed.items()
}
ck.claim(
    "From another start comes another picture",
    all((cosine < 0.8).all() for cosine in alike.values()),
    value=", ".join(f"{name}: cosine {cosine.mean():.1f}" for name, cosine in alike.items()),
)

# %% [markdown]
# Both nets are delighted: to them these are better houses and cars than any they have met. Only one net's
# pictures delight us too. The usual net asks for windows and wheels in outline *and* for a grain that means
# nothing to us. The robust net was trained to keep its answer when a picture changes a little (chapter 7);
# what moves its scores far looks, here, like a car to us as well.
#
# **What it does not show.** *The* picture of a class: another start gives another one. And a pocket of high
# score that a climb finds need not be where the net's usual pictures lie.

# %% [markdown]
# ## 8.2 What each regulariser does
#
# A climb takes whatever raises the score. A **regulariser** says what is not wanted besides. Here is each by
# itself, for a house, from the same start; $I$ is 0 at grey, $g$ is the gradient of the score.
#
# | name | what it does | against |
# |---|---|---|
# | L2 decay | after each step $I \leftarrow (1 - \theta)\, I$ | pixels that run away |
# | blur | every 4 steps a Gaussian over $I$ | fine waves |
# | small norm | $I_{ij} \leftarrow 0$ for the 30 % of pixels of smallest $\lVert I_{ij} \rVert$ | clutter |
# | small effect | the same for smallest $\lvert \sum_k I_{k,ij}\, g_{k,ij} \rvert$ | what serves nothing |
# | TV, total variation | in the objective, $- \lambda$ times the mean squared slope | grain |
# | jitter | at each step the net sees $I$ shifted at random | what fits one place only |
# | Fourier | steps along waves instead of pixels, longer ones along slow waves | grain without areas |
#
# The first four are of Yosinski et al. 2015, total variation is of Mahendran & Vedaldi 2015, jitter of
# Mordvintsev et al. 2015, and Fourier of Olah et al. 2017. The package has them all; with `bare` they are all
# off.

# %%
goal = score(number["house"])
bare = {"objective": goal, "image": "pixels", "lr": 0.1, "transforms": (), "regularisers": ()}
ways = {
    "none": bare,
    "L2 decay": bare | {"regularisers": [synthesis.decay(0.05)]},
    "blur": bare | {"regularisers": [synthesis.blur_every(4, 1.0)]},
    "small norm": bare | {"regularisers": [synthesis.clip_norm(0.3)]},
    "small effect": bare | {"regularisers": [synthesis.clip_contribution(0.3)]},
    "TV": bare | {"objective": goal - 200 * variation()},
    "jitter": bare | {"transforms": [synthesis.jitter(6)]},
    "Fourier": bare | {"image": "fourier", "lr": 0.02},
    "several": {"objective": goal},  # the defaults: Fourier, jitter, scaling, decay and blur
}
made = {
    (name, way): ck.maximize(net, size=64, steps=24, **settings)
    for name, net in nets.items()
    for way, settings in ways.items()
}
plots.show(
    plots.image_grid(torch.cat(list(made.values())), [*ways, *[""] * 9], columns=9, rows=list(nets)),
    alt="A house as two nets would have it, under nine ways to climb. Usual net: a row of windows in "
    "coloured grain; blur and several make it smooth, the clippings leave specks, Fourier adds "
    "areas of colour. Robust net: a white wall with windows under every one of them; Fourier and several "
    "give it a roof.",
)


# %%
def share(x, low, high):
    """Return the share of each picture's energy in waves between two frequencies, in cycles per pixel."""
    energy = torch.fft.fft2(x - x.mean((2, 3), keepdim=True)).abs().square().sum(1)
    rows, columns = (torch.fft.fftfreq(side, device=x.device) for side in x.shape[2:])
    frequency = torch.hypot(rows[:, None], columns)
    return (energy * ((frequency >= low) & (frequency < high))).sum((1, 2)) / energy.sum((1, 2))


slow = {key: share(x, 0, 1 / 16).mean().item() for key, x in made.items()}
fine = {key: share(x, 1 / 4, 1).mean().item() for key, x in made.items()}
contrast = {key: (x - 0.5).square().mean().sqrt().item() for key, x in made.items()}
print(f"{'':15}{'usual net':^27}{'robust net':^27}\n{'':15}{'     slow     fine contrast' * 2}")
for way in ways:
    numbers = "".join(
        f"{slow[name, way]:>9.0%}{fine[name, way]:>9.0%}{contrast[name, way]:>9.2f}" for name in nets
    )
    print(f"{way:15}{numbers}")

# %%
grain = {way: fine["usual net", way] / fine["usual net", "none"] for way in ways}
ck.claim(
    "Usual net: blur, total variation and jitter take grain away",
    max(grain[way] for way in ("blur", "TV", "jitter", "several")) < 0.85,
    value=", ".join(f"{way} {1 - grain[way]:.0%} less" for way in ("blur", "TV", "jitter", "several")),
)
ck.claim(
    "Decay and clipping do not: they take contrast",
    min(grain[way] for way in ("L2 decay", "small norm", "small effect")) > 0.75
    and all(
        contrast["usual net", way] < contrast["usual net", "none"]
        for way in ("L2 decay", "small norm", "small effect")
    ),
)
ck.claim(
    "Fourier brings slow waves, areas of one colour",
    slow["usual net", "Fourier"] > 1.3 * slow["usual net", "none"],
)
ck.claim(
    "Robust net: without any regulariser it has less grain than the usual one",
    fine["robust net", "none"] < 0.6 * fine["usual net", "none"],
)

# %% [markdown]
# Look along the rows, then down the columns. Each regulariser does what it says, and **none of them makes the
# usual net's house as plain as the robust net's**, which has a white wall and little grain without any. A
# fine picture of a class therefore says something about the net, and something about the rules; to compare
# nets, keep the rules the same.
#
# ### All classes

# %%
sheets = {
    "usual net, none": ck.maximize(usual, **bare | {"objective": score(range(10))}, size=72, steps=24),
    "usual net": ck.maximize(usual, range(10), size=88, steps=24),
    "robust net": ck.maximize(robust, range(10), size=88, steps=40),
}
plots.show(
    plots.image_grid(
        resized(torch.cat([sheets["usual net"][:5], sheets["robust net"]]), 80, 80),
        [*robust.classes[:5], *robust.classes],
        columns=5,
        rows=["usual net", "robust net", "robust net"],
    ),
    alt="Five classes of the usual net: wheels, tracks, windows and fins among patches of colour. Ten "
    "of the robust net: car, tank, house, tree, fish, boat, face, flower, rocket and mushroom, each "
    "plain to see.",
)

# %%
meant = torch.arange(10)
judges = {**nets, "third net": third}
worth, agreed = {}, {}
for judge, net in judges.items():
    with torch.no_grad():
        typical = net(world.images.to(ck.device())).cpu()[range(len(world)), world.labels].mean().item()
        for name, sheet in sheets.items():
            scores = net(sheet).cpu()
            worth[judge, name] = scores[meant, meant].mean().item() / typical
            agreed[judge, name] = (scores.argmax(1) == meant).sum().item()
print(f"{'judged by':12}{''.join(f'{name:>20}' for name in sheets)}")
for judge in judges:
    numbers = "".join(f"{agreed[judge, n]:>8} of 10, ×{worth[judge, n]:.1f}" for n in sheets)
    print(f"{judge:12}{numbers}")
ck.claim(
    "The robust net's pictures: each of two other nets names eight or more of the ten as they are meant",
    min(agreed["usual net", "robust net"], agreed["third net", "robust net"]) >= 8,
)
ck.claim(
    "Of the usual net's bare pictures each of the two others names six or more as they are meant",
    min(agreed["robust net", "usual net, none"], agreed["third net", "usual net, none"]) >= 6,
)
ck.claim(
    "To the robust net the usual net's bare pictures are worth less than an ordinary scene; to the usual net "
    "the robust net's are worth more",
    worth["robust net", "usual net, none"] < 0.9 < 1.1 < worth["usual net", "robust net"],
)

# %% [markdown]
# × is the mean score, in units of what the same judge gives an ordinary drawn scene of the class. Each net
# is most impressed by what was made for it: that part of the score is private. The name, however, mostly
# carries over, even of the bare pictures (the house among the regularisers, top left, is one: some windows in
# grain). That a picture means little to people does not prove that it shows little.
#
# ## 8.3 Any unit, channel or layer
#
# The objective need not be a class. Whatever the net computes can be asked for: a channel's map (its mean),
# one unit of it, all of a layer (its mean square), and sums of them, which are written as sums:
# `channel("bn5", 3) + 0.2 * neuron("bn4", 7)` costs one forward pass (Olah et al. 2017).

# %%
layers = ["bn2", "bn6", "bn7"]
liked = {name: ck.maximize(robust, channel(name, range(6)), size=64, steps=24) for name in layers}
plots.show(
    plots.image_grid(torch.cat(list(liked.values())), columns=6, rows=layers),
    alt="Six channels of each of three layers, one layer to a row. bn2: waves and spots in strong colours. "
    "bn6: bulges like wheels and windows, and a car. bn7: things, or nearly: a fir, a boat, a "
    "mushroom.",
)

# %% [markdown]
# Textures, then parts, then things. It is tempting to say: *this is what the channel sees*.
# Compare with chapter 2, where pictures that exist were searched for what a channel likes:

# %%
peaks = ck.activation_peaks(robust, world.images, layers)
matched = {}
for name in layers:
    with ck.record(robust, name) as outputs, torch.no_grad():
        robust(liked[name])
    best = outputs[name].amax((2, 3)).cpu()[range(6), range(6)]
    matched[name] = (peaks[name].values[:, :6].amax(0) > best).sum().item()
ck.claim(
    f"In at least a quarter of these channels one of {len(world)} scenes makes a unit fire more than the "
    "picture above does",
    sum(matched.values()) >= 6 * len(layers) / 4,
    value=", ".join(f"{name} {count} of 6" for name, count in matched.items()),
)

# %% [markdown]
# These pictures are extremes of the *mean* of a map, found by these rules. A unit may be as happy with a
# patch of the world that looks nothing like them.
#
# A unit, its channel, its layer and a class; and below, a class that turns into another,
# $(1 - t)\, s_a + t\, s_b$:

# %%
goals = {
    "a unit": neuron("bn6", 5),
    "its channel": channel("bn6", 5),
    "its layer": layer("bn6"),
    "a class": score(number["car"]),
}
tree, mushroom = score(number["tree"]), score(number["mushroom"])
for t in (0, 0.25, 0.5, 1):
    goals[f"tree {1 - t:.0%}"] = (1 - t) * tree + t * mushroom
reached = [ck.maximize(robust, goal, size=80, steps=24) for goal in goals.values()]
plots.show(
    plots.image_grid(torch.cat(reached), list(goals), columns=8),
    alt="Eight pictures. A unit: one car. Its channel: parts of cars all over. Its layer: large shapes "
    "in black and white. A class: a car. Then a tree, a tree whose trunk is half white, a mushroom "
    "with a tree's crown, and a mushroom.",
)
mixed = reached[5]  # of three quarters tree
both = {number["tree"], number["mushroom"]}
with torch.no_grad():
    ck.claim(
        "Of three quarters tree, one mushroom all nets say: tree or mushroom, in one order or the other",
        all(set(net(mixed).topk(2).indices[0].tolist()) == both for net in judges.values()),
    )

# %% [markdown]
# ### Several, and different ones
#
# One picture hides that a class has many faces. So make several at once, and add to the objective how
# *little* they are alike, here by what fires together with what (the Gram matrices of section 8.6):

# %%
face = score(number["face"])
wanted = {"alone": face, "with diversity": face + 10 * diversity("bn2")}
faces = {name: ck.maximize(robust, goal, n=4, size=80, steps=32) for name, goal in wanted.items()}
plots.show(
    plots.image_grid(torch.cat(list(faces.values())), [name for name in faces for _ in range(4)], columns=8),
    alt="Eight faces. Alone: three alike with pink hair, one dark. With diversity: four with other hair, "
    "skin and grounds, one on green and one on pale blue.",
)


def likeness(pictures, name="bn1"):
    """Return the mean cosine between the Gram matrices of different pictures."""
    with ck.record(robust, name) as outputs, torch.no_grad():
        scores = robust(pictures)
    grams = F.normalize(synthesis.gram(outputs[name]).flatten(1))
    pairs = len(grams) * (len(grams) - 1)
    return ((grams @ grams.T).sum().item() - len(grams)) / pairs, scores[:, number["face"]].mean().item()


(alike, high), (unlike, lower) = (likeness(pictures) for pictures in faces.values())
ck.claim(
    "The four are less alike, also in a layer that was not asked, and nearly as much of a face",
    unlike < alike - 0.15 and lower > 0.6 * high,
    value=f"cosine {unlike:.1f} instead of {alike:.1f}, score {lower / high:.0%}",
)

# %% [markdown]
# ## 8.4 DeepDream
#
# Start from a photograph instead of grey, and ask for no class: **whatever a layer sees there, more of it.**
# The objective is the mean square of all its activations $A$; what is strong already has the largest
# gradient, so it grows fastest (Mordvintsev et al. 2015):
#
# $$\max_x \; \frac{1}{K h w} \sum_{kij} A_{kij}(x)^2, \qquad
# x \leftarrow x + \alpha\, \frac{g}{\text{mean} |g|}$$
#
# Two tricks make it work. **Jitter**, as above. And **octaves**: a layer looks for things of one size in
# pixels, so dream in a small copy first, then enlarge what was *added*, and go on in a larger copy.


# %%
def dream(net, x, name, steps=10, step_size=0.01, seed=0):
    """Return the picture with more in it of whatever a layer sees there, at four scales."""
    generator = torch.Generator().manual_seed(seed)
    detail = torch.zeros_like(x)
    for shrink in (1.4**-3, 1.4**-2, 1.4**-1, 1):  # the octaves
        size = [round(shrink * side) for side in x.shape[2:]]
        base, detail = (F.interpolate(part, size, mode="bilinear", antialias=True) for part in (x, detail))
        picture = (base + detail).clamp(0, 1)
        for _ in range(steps):
            shift = torch.randint(-8, 9, (2,), generator=generator).tolist()
            seen = picture.roll(shift, (2, 3)).requires_grad_()
            with ck.record(net, name) as outputs:
                net(seen)
                (gradient,) = torch.autograd.grad(outputs[name].square().mean(), seen)
            gradient = gradient.roll([-pixels for pixels in shift], (2, 3))
            picture = (picture + step_size * gradient / gradient.abs().mean()).clamp(0, 1)
        detail = picture - base  # what was dreamt, for the next octave
    return picture


by_hand = dream(robust, small_dahlia, "relu6")
by_package = ck.deep_dream(robust, small_dahlia, layer("relu6"), step_size=0.01)
ck.claim("The package gives the same dream", (by_hand - by_package).abs().mean() < 0.02)

# %%
depths = ["relu2", "relu6", "relu7"]
deep = {
    (name, depth): ck.deep_dream(net, small_dahlia, layer(depth), step_size=0.01, steps=8)
    for name, net in nets.items()
    for depth in depths
}
plots.show(
    plots.image_grid(torch.cat(list(deep.values())), depths * 2, columns=3, rows=list(nets)),
    alt="A dahlia dreamt by two nets at three layers. Usual net: rainbow-coloured stripes across the flower "
    "at every layer. Robust net: at relu2 a red blot, at relu6 a round thing with windows, at relu7 a house "
    "with roof, windows and door.",
)


def strength(net, x, depth):
    """Return the mean square of what a layer puts out."""
    with ck.record(net, depth) as outputs, torch.no_grad():
        net(x)
    return outputs[depth].square().mean().item()


grown = {
    (name, depth): strength(nets[name], x, depth) / strength(nets[name], small_dahlia, depth)
    for (name, depth), x in deep.items()
}
ck.claim(
    "Every one of these layers fires at least half as strongly again",
    min(grown.values()) > 1.5,
    value=f"{min(grown.values()):.0f} to {max(grown.values()):.0f} times",
)
house_like = [ck.predicted(net, deep["robust net", "relu7"])[0] for net in judges.values()]
ck.claim(
    "At least two of three nets call the robust net's dream at relu7 a house",
    house_like.count("house") >= 2,
    value=", ".join(house_like),
)

# %% [markdown]
# Early layers dream of edges and blobs, late ones of things: a dahlia is round and has something dark in the
# middle, so why not a house with a door? The net finds in the picture what it knows, as we do in clouds.
#
# With no picture at all, only faint noise, there is nothing to amplify but the net itself:

# %%
noise = 0.5 + 0.05 * torch.randn(1, 3, 100, 150, generator=torch.Generator().manual_seed(1))
goals = {
    "relu5": layer("relu5"),
    "mushroom": mushroom,
    "flower": score(number["flower"]),
}
noise = noise.to(ck.device())
nothing = [
    ck.deep_dream(robust, noise, goal, step_size=0.015, steps=12, jitter=16) for goal in goals.values()
]
plots.show(
    plots.image_grid(torch.cat(nothing), list(goals), columns=3),
    alt="Three dreams from noise. relu5: a row of coloured pillars. "
    "Mushroom: two mushrooms. Flower: a tall plant with leaves.",
)

# %% [markdown]
# And a dream can be dreamt on: enlarge it a little, dream again, and so forth. Each frame is the middle of
# the one before.

# %%
frames = synthesis.dream_zoom(
    robust,
    resized(pagoda[..., :120], 112, 120),
    layer("relu6"),
    frames=14,
    zoom=1.05,
    octaves=3,
    steps=3,
    step_size=0.015,
)
widgets.player(
    frames,
    {},
    alt="Six frames of a flight into a dream: the pagoda turns into a face in a red hood with two large "
    "eyes, which comes nearer and fills the picture.",
)
called = ck.predicted(robust, frames)
ck.claim(
    "From frame 2 on the net sees a face in at least eight of twelve frames",
    called[2:].count("face") >= 8,
    value=f"{called[2:].count('face')} of {len(called[2:])}",
)

# %% [markdown]
# **What it does not show.** What is in the photograph: two layers, two dreams, and neither is in it.
# Nor what a layer is *for*: the loudest few channels win the climb and drown the others.

# %% [markdown]
# ## 8.5 What a layer remembers
#
# How much of a picture is left in a layer? Ask for another picture with the same features $\Phi$ there
# (Mahendran & Vedaldi 2015), the smoothest that there is:
#
# $$\min_x \; \frac{\lVert \Phi(x) - \Phi(x_0) \rVert^2}{\lVert \Phi(x_0) \rVert^2} + \lambda\, \text{TV}(x)$$
#
# What the layer does not say, the total variation makes up.

# %%
clear = {"weather": "clear", "light": "day", "noise": 0.0}
house = ck.draw(1, seed=8, size=126, classes=("house",), scale=0.4, x=0.5, y=0.7, **clear).images
house = house.to(ck.device())
originals = torch.cat([resized(house, 74, 74), resized(pagoda[..., :112], 74, 74)])
depths = ["relu1", "relu3", "relu5", "relu7"]
inverted, apart, off = {}, {}, {}
spread = (originals - originals.mean((2, 3), keepdim=True)).flatten(1).norm(dim=1)
for name, net in nets.items():
    with ck.record(net, *depths) as outputs, torch.no_grad():
        net(originals)
    for depth, features in dict(outputs).items():
        found = ck.invert(net, features, depth, size=74, steps=40)
        inverted[name, depth] = found.images
        off[name, depth] = found.error.mean().item()
        apart[name, depth] = ((found.images - originals).flatten(1).norm(dim=1) / spread).mean().item()
        print(f"{name}, {depth}: features {off[name, depth]:.0%} off, pixels {apart[name, depth]:.0%}")

# %%
plots.show(
    plots.image_grid(
        torch.cat([x[1:] for name in nets for x in (originals, *(inverted[name, d] for d in depths))]),
        ["original", *depths] * 2,
        columns=5,
        rows=list(nets),
    ),
    alt="The pagoda, and pictures with the same features at four layers. Usual net: good at relu1 and "
    "relu3, scratched at relu5, coloured shreds at relu7. Robust net: good up to relu3, a little blurred at "
    "relu5, a dark tower at relu7.",
)
ck.claim("In both nets the features of every layer are matched to within a third", max(off.values()) < 1 / 3)
ck.claim(
    "The deeper the layer, the farther the picture is from the original, in both nets",
    all(apart[name, a] < apart[name, b] for name in nets for a, b in pairwise(depths)),
)
ck.claim(
    "From the third layer on the robust net's pictures are nearer to it",
    all(apart["robust net", depth] < 0.9 * apart["usual net", depth] for depth in depths[1:]),
    value=", ".join(
        f"{d}: {apart['robust net', d]:.1f} against {apart['usual net', d]:.1f}" for d in depths[1:]
    ),
)

# %% [markdown]
# The errors are means over the pagoda and a drawn house. Those of the pixels are in units of the original's
# own contrast: 0 is the original, 1 a picture of its mean colour. Both nets' features are matched, at all
# depths; what differs is what else matches them. To the usual net's last layers a heap of coloured shreds is
# nearly the same as that pagoda. What is nearly the same to the robust net has at least a dark tower on light
# ground.
#
# **What it does not show.** That the layer has thrown away what is missing: the descent may have missed it.
# An error that stays high is no proof that no better picture exists.

# %% [markdown]
# ## 8.6 Style
#
# What do two pictures of a brick wall, taken a step apart, have in common? Hardly a pixel; but everywhere
# the same things *occur together*. Let $F$ be a layer's maps, one channel to a row, one position to a column.
# The **Gram matrix** counts which channels fire together, and forgets where (Gatys et al. 2015):
#
# $$G = \frac{1}{hw} F F^\top$$


# %%
def gram(maps):
    """Return the Gram matrices (N, K, K) of a layer's maps (N, K, h, w)."""
    rows = maps.flatten(2)
    return rows @ rows.mT / rows.shape[2]


def style_loss(maps, wanted):
    """Return how far the layers' Gram matrices are from those wanted, A: the mean of ‖G − A‖² / ‖A‖²."""
    losses = [(gram(maps[name]) - a).square().sum() / a.square().sum() for name, a in wanted.items()]
    return sum(losses) / len(losses)


with ck.record(robust, "relu1", "relu3") as outputs, torch.no_grad():
    robust(dahlia)
    maps = dict(outputs)
    robust(pagoda)
shuffled = maps["relu3"].flatten(2)[..., torch.randperm(maps["relu3"][0, 0].numel())].view_as(maps["relu3"])
ck.claim(
    "Shuffle all positions of a layer: the Gram matrix stays",
    torch.allclose(gram(shuffled), gram(maps["relu3"]), rtol=1e-3, atol=1e-4),
)
wanted = {name: gram(a) for name, a in maps.items()}
ck.claim(
    "The package has the same Gram matrix, and the same loss",
    torch.allclose(synthesis.gram(maps["relu3"]), wanted["relu3"], rtol=1e-4)
    and torch.allclose(synthesis.style_loss(outputs, wanted).mean(), style_loss(outputs, wanted), rtol=1e-4),
)

# %% [markdown]
# Now let a picture have the *content* of one, its features at a middle layer, here relu4, and the *style* of
# another, its Gram matrices at relu1 to relu5; and let it be smooth, as above:
#
# $$\min_x \; \frac{\lVert \Phi(x) - \Phi(x_\text{content}) \rVert^2}{\lVert \Phi(x_\text{content}) \rVert^2}
# + \beta\, \text{style loss}(x) + \lambda\, \text{TV}(x)$$

# %%
petals = resized(ck.photograph("flower")[None, :, 60:330, 200:470].to(ck.device()), 128, 128)


def ground(name):
    """Return a ground of the drawn scenes, seen from above, as a picture (1, 3, 128, 128)."""
    tile = torch.from_numpy(MAKERS[name](128) / 255).float().clamp(0, 1)
    return tile.permute(2, 0, 1)[None].to(ck.device())


styles = {"petals": petals, "glass": synthesis.stained_glass().to(ck.device())}
contents = torch.cat([small_pagoda, house[:, :, 35:119]])
painted = {
    name: ck.style_transfer(robust, contents, style, style_weight=3.0, steps=45)
    for name, style in styles.items()
}
plots.show(
    plots.image_grid(
        torch.cat([part[k : k + 1] for k in (0, 1) for part in (contents, *painted.values())]),
        ["content", *styles] * 2,
        columns=6,
    ),
    alt="The pagoda and a drawn house in two styles: as if of orange petals, and in blurred patches of the "
    "strong colours of stained glass.",
)


# %%
def distance(pictures, style):
    """Return the style loss of pictures against a style, with the layers that the package uses."""
    names = [f"relu{i}" for i in range(1, 6)]
    with ck.record(robust, *names) as outputs, torch.no_grad():
        robust(style)
        wanted = {name: gram(a) for name, a in outputs.items()}
        robust(pictures)
    return style_loss(outputs, wanted).item()


gone = {
    name: distance(part[:1], styles[name]) / distance(contents[:1], styles[name])
    for name, part in painted.items()
}
ck.claim(
    "More than half of the distance to the style is covered",
    max(gone.values()) < 1 / 2,
    value=", ".join(f"{name} {1 - share:.0%}" for name, share in gone.items()),
)

# %% [markdown]
# ### In one pass
#
# Forty-five steps for every picture are slow. So let a *net* learn what the steps would do: show it drawn
# scenes, and let its loss be the very sum above, for one style (Johnson et al. 2016). Ours learned to paint
# stained glass.

# %%
painter = ck.load_model("style-glass")
toys = [
    ck.draw(1, seed=12, size=144, classes=(thing,), scale=0.4, x=0.5, y=0.6, **clear).images[:, :, 28:124]
    for thing in ("rocket", "fish")
]
canvas = torch.cat([*(toy.to(ck.device()) for toy in toys), photograph("china", 144), small_dahlia])
with torch.no_grad():
    at_once = painter(canvas)
plots.show(
    plots.image_grid(at_once, ["rocket", "fish", "pagoda", "dahlia"], columns=4),
    alt="A rocket, a fish, the pagoda and the dahlia as windows of stained glass: dark lines around "
    "panes in strong green, blue and red. Rocket, fish and dahlia are easily made out, the pagoda "
    "less so.",
)


# %%
def operations(paint):
    """Return how many multiplications and additions a way to paint takes."""
    with FlopCounterMode(display=False) as counter:
        paint()
    return counter.get_total_flops()


with torch.no_grad():
    one_pass = operations(lambda: painter(small_pagoda))
one, two = (
    operations(lambda n=n: ck.style_transfer(robust, small_pagoda, styles["glass"], steps=n)) for n in (1, 2)
)
ck.claim(
    "One pass computes less than a twentieth of what forty-five steps do",
    45 * (two - one) > 20 * one_pass,
    value=f"a {round(45 * (two - one) / one_pass)}th",
)
share = {name: distance(x, styles["glass"]) for name, x in {"before": canvas, "after": at_once}.items()}
ck.claim(
    "It goes most of the way to the style",
    share["after"] < 0.6 * share["before"],
    value=f"{1 - share['after'] / share['before']:.0%}",
)
ck.claim(
    "And it is small: fewer than 200,000 weights",
    sum(weight.numel() for weight in painter.parameters()) < 200_000,
)

# %% [markdown]
# It has seen scenes only, and paints photographs too. But it paints glass and nothing else: another style is
# another training.
#
# ## 8.7 Texture
#
# Leave the content away and start from grey: what is left of a picture is what its Gram matrices say, its
# **texture**, without a plan (Gatys et al. 2015).

# %%
grounds = {"tiles": ground("tiles"), "bricks": ground("paving"), "glass": styles["glass"]}
woven = {name: ck.texture(robust, style, size=104, steps=50) for name, style in grounds.items()}
plots.show(
    plots.image_grid(
        torch.cat([x for name in grounds for x in (resized(grounds[name], 104, 104), woven[name])]),
        [title for name in grounds for title in (name, "woven")],
        columns=6,
    ),
    alt="Tiles, bricks and stained glass, each beside a texture woven from its Gram matrices: grey squares "
    "of all sizes, off the grid; small bricks more or less in rows; coloured patches with dark ones between.",
)
losses = {name: distance(woven[name], style) for name, style in grounds.items()}
pixels = {
    name: F.cosine_similarity(
        *((x - x.mean((2, 3), keepdim=True)).flatten() for x in (resized(style, 104, 104), woven[name])),
        dim=0,
    ).item()
    for name, style in grounds.items()
}
ck.claim(
    "The Gram matrices are nearly those of the original, the pixels are not",
    max(losses.values()) < 0.1 and max(map(abs, pixels.values())) < 0.3,
    value=f"losses up to {max(losses.values()):.2f}, correlations up to {max(map(abs, pixels.values())):.1f}",
)

# %% [markdown]
# Tiles and bricks are textures: any patch looks like any other, and what one patch says is all there is. Note
# what is lost: the tiles no longer lie on a grid, for that is a plan.
#
# **What it does not show.** That a Gram matrix *is* style. It holds colours, strokes and small motifs, as
# far as a net's layers respond to them; not composition, not what a painter leaves out. And it is one net's:
# put `usual` in place of `robust`, and see whether these are still the tiles.
#
# ## All of it under your hands
#
# Picture, objective, octaves and steps; above each picture stands its value of the objective. Two things to
# try: one octave instead of four; the same class on both pictures, until you can no longer tell which was
# which.

# %%
own = ck.subject_pictures(2)
dreaming = {"deep dream": lambda net, x: ck.deep_dream(net, x, score(0), steps=1)}
if ck.is_replaced() and ck.applicable(dreaming, model, own.images):
    dreamer, pictures, titles = model, own.images, own.names
    deep_layers = ck.map_layers(model, pictures[:1])
    goals = {name: layer(name) for name in (deep_layers[len(deep_layers) // 2], deep_layers[-1])}
    goals |= {model.classes[k]: score(k) for k in (0, 1)}
else:
    dreamer, titles = robust, ["pagoda", "dahlia"]
    pictures = torch.cat([photograph("china", 144), small_dahlia])
    goals = {f"layer {name}": layer(name) for name in ("relu6", "relu7", "relu5", "relu3")}
    goals |= {name: score(k) for name, k in number.items()}
widgets.dream_widget(dreamer, pictures, goals, titles)

# %% [markdown]
# ## What to remember
#
# | what is asked for | from where | what keeps it readable | beware |
# |---|---|---|---|
# | a class, $s_c - \lambda \lVert I \rVert^2$ | grey, noise | the net; the regularisers | one of many |
# | channel, unit, sums | grey | Fourier, jitter, decay, blur | extremes, not what usually fires it |
# | several at once | grey | diversity | it costs some of the score |
# | a layer's own activation (DeepDream) | photograph, noise | octaves, jitter | it finds what it knows |
# | the same features (inversion) | grey | total variation | what is missing may only be not found |
# | content and Gram matrices (style) | the content | total variation | Gram matrices are not all of style |
# | Gram matrices alone (texture) | grey | total variation | no plan survives |
#
# All of these pictures are what an optimiser and its rules find. They are not *what the net sees*: no net of
# ours ever met such a picture. And those shown here were chosen, by us, because they please; the channels of
# section 8.3, the first six of each layer, were not. A robust net's pictures are nearer to ours because it
# was trained to disregard small changes, which we do not see either. That makes it easier to look into, and
# no more right about any one answer. Chapter 9 asks how far to trust such looks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Erhan et al. 2009, Visualizing higher-layer features of a deep network; Simonyan, Vedaldi &
# Zisserman 2014 (arXiv:1312.6034); Mahendran & Vedaldi 2015 (arXiv:1412.0035); Yosinski et al. 2015
# (arXiv:1506.06579); Mordvintsev, Olah & Tyka 2015, Inceptionism: going deeper into neural networks; Gatys,
# Ecker & Bethge 2015 (arXiv:1505.07376, arXiv:1508.06576); Johnson, Alahi & Fei-Fei 2016 (arXiv:1603.08155);
# Olah, Mordvintsev & Schubert 2017, Feature visualization (doi:10.23915/distill.00007); Santurkar et al.
# 2019, Image synthesis with a single (robust) classifier (arXiv:1906.09453). **To do.**
# `exercises/08_deep_dream.ipynb`: write these methods yourself.
