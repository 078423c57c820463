# ---
# edition: 2
# ---

# %% [markdown]
# # 5 Grad-CAM
#
# You are about to see a picture that is half a cat and half a cup of coffee. A net that knows a thousand
# classes finds both in it: "Egyptian cat" comes first, and "espresso" is among its next guesses. **Where
# does it look when you ask it about the cat, and does it look elsewhere when you ask about the coffee?**
# If it does, we have a tool that answers questions. If it doesn't, we have a tool that draws pretty
# pictures, and in this field you will meet both kinds.
#
# This chapter reads the answer off the last map that the net computes before it decides. You'll see why
# that works, write it yourself in ten lines, put five questions to an astronaut, and find a photograph in
# which the brightest spot of the map is empty sky.
#
# *The core path, sections 5.1 to 5.7, takes about 80 minutes. Whatever is marked "Further" can be left out
# without loss: open it if its first sentence is about you. The exercises are in
# `exercises/05_gradcam.ipynb`.*

# %% fold
# What this chapter uses: nets, photographs and drawn scenes.
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import coursekit as ck
from coursekit import plots, widgets
from coursekit.attribution import localisation
from coursekit.attribution.localisation import display_name
from coursekit.datasets import scenes

model = ck.subject_model("imagenet")  # EfficientNet-Lite0, unless you put in a net of your own
lite = ck.load_model("imagenet")
usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")

mixed = ck.collage("cat", "coffee")
picture = mixed.image[None].to(ck.device())
on_cat, on_coffee = mixed.masks[:, None].to(ck.device())
cat, espresso = (lite.classes.index(name) for name in ("Egyptian cat", "espresso"))

# The same picture, for the net under study, unless you put in pictures of your own.
album = ck.subject_photographs("cat", "coffee", "astronaut")
side = album.images.shape[-1]
halves = [photo[..., side // 4 : side // 4 + side // 2] for photo in album.images[:2]]
collage = torch.cat(halves, dim=2)[None]
if not ck.applicable({"Grad-CAM": ck.grad_cam}, model, collage):
    model = lite  # a line has said why


def number(name, likely):
    """Return the number of a class, or another one where the net has no class of that name."""
    return model.classes.index(name) if name in model.classes else int(likely)


def photograph(name):
    """Return a photograph of the course as the net takes it, (1, 3, 224, 224)."""
    return ck.photograph(name, size=224)[None].to(ck.device())


def laid(image, heats):
    """Return heatmaps, each laid over the same picture (1, 3, H, W)."""
    return torch.cat([torch.tensor(plots.overlay(image, heat)) for heat in heats]).permute(0, 3, 1, 2) / 255


# %% [markdown]
# ## 5.1 Two questions to one picture
#
# Here is the picture, and beside it what the net answers. Nobody has trained it on half a cat, so its
# probabilities are a little spread out, but you can see that it noticed both.

# %% fold
# The collage, and the net's seven likeliest classes.
with torch.no_grad():
    answers = model(collage).softmax(1)
first, second = answers[0].topk(2).indices
questions = {"Egyptian cat": number("Egyptian cat", first), "espresso": number("espresso", second)}
plots.show(
    plots.answers(collage, model.classes, answers, top=7),
    alt="A collage: the left half is the face of a tabby cat, with one eye and half of the nose, the right "
    "half a white cup of coffee on a dark red saucer. Beside it bars of the likeliest classes: Egyptian cat "
    "first by far, then tabby cat and tiger cat, then espresso and cup with a few per cent.",
)

# %% [markdown]
# In chapter 4 you asked which *pixels* the score of a class depends on, and the answer came in specks.
# Before you run the next cell, make a guess: if we ask about "Egyptian cat" and then about "espresso",
# how much of the **gradient**'s heat will lie on the half that we asked about? And how much of that of
# **Grad-CAM**, the method of this chapter? Write down four percentages, since in a minute you won't
# remember that you didn't know them.

# %% fold
# Gradient and Grad-CAM, asked about the cat and about the espresso.
gradients = {name: ck.heatmap(ck.saliency(model, collage, target)) for name, target in questions.items()}
maps = {name: ck.heatmap(ck.grad_cam(model, collage, target)) for name, target in questions.items()}
plots.show(
    plots.plate(
        torch.cat([laid(collage, maps.values()), laid(collage, gradients.values())]),
        [f"{method}: “{name}”" for method in ("Grad-CAM", "gradient") for name in questions],
        columns=4,
        smooth=True,
    ),
    alt="The collage of cat and coffee under four heatmaps. Grad-CAM covers the cat's face "
    "when the net is asked about the Egyptian cat, and the inside of the cup when asked about espresso. "
    "The gradient is specks all over the picture both times, hardly denser on the half that was asked "
    "about.",
    caption="One net, one picture, two questions. Grad-CAM jumps from the cat to the coffee. The gradient "
    "hardly moves.",
)

# %% fold
# How much of the heat lies on the half that is asked about.
left = torch.zeros(1, side, collage.shape[-1], dtype=torch.bool, device=ck.device())
left[..., : side // 2] = True
asked_about = dict(zip(questions, (left, ~left), strict=True))
shares = {
    method: [ck.relevance_mass(heat[name], half).item() for name, half in asked_about.items()]
    for method, heat in {"gradient": gradients, "Grad-CAM": maps}.items()
}
ck.claim(
    "Grad-CAM puts more than four fifths of its heat on the half that it is asked about; the gradient, "
    "never two thirds",
    min(shares["Grad-CAM"]) > 0.8 and max(shares["gradient"]) < 2 / 3,
    value="; ".join(f"{name} {one:.0%} and {two:.0%}" for name, (one, two) in shares.items()),
    only="imagenet",
)

# %% [markdown]
# Nothing has changed between the two columns but the question, neither the net nor the picture. When we
# ask about the cat, Grad-CAM shows us a cat, and when we ask about the coffee it goes to the coffee,
# though the net itself had put its money on the cat.
#
# Still, one collage is an anecdote, and a nice one at that. To find out whether it was luck, we need many
# pictures with two things in them, and we need to know for every pixel what it belongs to. That's what
# the drawn scenes are for: below are a house and a fish, side by side on a meadow, which no scene in the
# training of this second net ever had. There are sixteen such pictures, and we can simply count.

# %% fold
# Sixteen scenes of a house and a fish, three of them shown.
clear = {"weather": "clear", "light": "day", "noise": 0.0}
house, fish = (usual.classes.index(name) for name in ("house", "fish"))
both = scenes.pair(4, "house", "fish", seed=3, scale=0.33, **clear).to(ck.device())
pairs = scenes.pair(16, "house", "fish", seed=21, scale=0.33).to(ck.device())
plots.show(
    plots.heatmap_grid(
        both.images[:3],
        {
            f"“{name}”": ck.grad_cam(usual, both.images[:3], k)
            for name, k in {"house": house, "fish": fish}.items()
        },
        over=True,
    ),
    alt="Three drawn scenes with a house and a fish side by side. Asked about the house, a bright blob "
    "lies on the house; asked about the fish, on the fish.",
)


def follows(heat_of, pairs, first, second):
    """Return in which pictures of two objects the heat moves to the one that is asked about."""
    on_first, on_second = (
        {k: ck.relevance_mass(ck.heatmap(heat_of(k)), pairs.mask(number)) for k in (first, second)}
        for number in (1, 2)
    )
    return (on_first[first] > on_first[second]) & (on_second[second] > on_second[first])


# %% fold
# In how many of the sixteen the heat moves.
moved = follows(lambda k: ck.grad_cam(usual, pairs.images, k), pairs, house, fish)
ck.claim(
    "In at least 15 of 16 drawn scenes the heat moves to the object that is asked about",
    moved.sum() >= 15,
    value=f"{moved.sum()} of 16",
)

# %% [markdown]
# So it isn't luck. Two things remain odd, though, and they'll keep us busy for the rest of the evening.
# The maps are blobs, so whatever Grad-CAM knows, it doesn't know it to the pixel. And the maps are
# *about* a class, which is strange if you think of it: how can a net that outputs a thousand numbers tell
# us where one of them came from?

# %% [markdown]
# ## 5.2 The last map
#
# To answer that, we have to look into the net, so here is its plan. It reads from left to right and from
# top to bottom. Each box is a layer or a block of layers, the numbers below say what comes out of it, and
# the names are those that you'll pass as `layer=` for the rest of this chapter.

# %% fold
# The plan of the net.
plots.show(
    plots.net_diagram(lite, 224),
    alt="A diagram of EfficientNet-Lite0: a stem that halves the picture, sixteen blocks in which the "
    "maps shrink from 112 by 112 to 7 by 7 while the channels grow from 16 to 320, a layer called top "
    "with 1,280 channels of 7 by 7, the mean over all positions called gap, and head, a linear layer with "
    "1,000 outputs.",
)

# %% [markdown]
# If you follow the sizes, you see that a photograph enters as three channels of 224 × 224 pixels. Each
# step to a lower box halves the resolution, and in exchange the net gets more channels to say what it
# found. What comes out of the layer `top` has 1,280 channels of 7 × 7 numbers. We call such an output a
# **feature map** (or *map*, for short) and write it as $A$: $A_{k,ij}$ is the number in channel $k$ at
# row $i$ and column
# $j$. Then comes a step that throws all the geography away: `gap`, the *global average pooling*, replaces
# each channel by its mean. From these 1,280 means, `head` computes the thousand scores.
#
# So `top` is the last place in the net where "where" still exists, and there it exists in a very
# convenient form. The map has 7 rows and 7 columns, and the picture has 224: each position of the map
# lies over a square of 32 × 32 pixels. If a channel is on in the left half of the map, then something in
# the left half of the picture has switched it on. Or so it would seem, and we'll come back to that.
#
# Let's see what the channels of `top` make of our collage. We pick the three that add most to the
# score of "Egyptian cat", and the three that add most to that of "espresso".

# %%
asked = {"Egyptian cat": cat, "espresso": espresso}
with ck.record(lite, "top") as outputs, torch.no_grad():
    scores = lite(picture)
activation = outputs["top"]  # A, of shape (1, 1280, 7, 7)
weight, bias = lite.head.weight, lite.head.bias

adds = {name: weight[target] * activation[0].mean((1, 2)) for name, target in asked.items()}
strongest = {name: part.topk(3).indices.tolist() for name, part in adds.items()}

# %% fold
# Six channels over the picture.
picked = [k for three in strongest.values() for k in three]
plots.show(
    plots.image_grid(
        laid(picture, [activation[:, k] for k in picked]),
        [f"channel {k}" for k in picked],
        columns=3,
        rows=("most for the cat", "most for espresso"),
        smooth=True,
    ),
    alt="The collage six times, each time with one channel of layer top over it. The three channels that "
    "add most to the score of Egyptian cat lie mostly on the cat, those of espresso mostly on the cup, "
    "but not all: some of them glow on both halves.",
)
largest = max((part.max() / scores[0, asked[name]]).item() for name, part in adds.items())
with ck.quietly():
    ck.claim("No channel adds a twentieth of either score", largest < 0.05, value=f"at most {largest:.1%}")
    speak = adds["Egyptian cat"].clamp(min=0).sort(descending=True).values
    few = int((speak.cumsum(0) < 0.9 * speak.sum()).sum())
    ck.claim(
        "More than a hundred channels bring nine tenths of what speaks for the cat", few > 100, value=few
    )

# %% [markdown]
# You may have hoped for a cat detector, and there isn't one. The channel that does most for "Egyptian
# cat" adds less than a twentieth of its score, and if you ask which other classes it serves, you find
# nautiluses and prayer rugs. The score is the work of a committee: it takes nearly two hundred channels
# to bring nine tenths of it together, and each of them knows a little. Looking at them one by one will
# therefore get us nowhere. But nobody says that we have to: we know how much weight `head` gives to each
# of them, so why not add them up with these weights *before* the geography is thrown away?

# %% [markdown]
# ## 5.3 The score, spread out over 49 places
#
# This is the whole idea of the **class activation map**, or CAM ([Zhou et al.
# 2016](https://arxiv.org/abs/1512.04150)), and it takes one line of school algebra. `gap` takes a mean
# over positions, `head` takes a weighted sum over channels, and it doesn't matter which of two sums you
# take first:
#
# $$s_c \;=\; b_c + \sum_k w^c_k \Bigl( \frac{1}{hw} \sum_{ij} A_{k,ij} \Bigr)
# \;=\; b_c + \frac{1}{hw} \sum_{ij} \underbrace{\Bigl( \sum_k w^c_k\, A_{k,ij} \Bigr)}_{M_{ij}}$$
#
# Here $s_c$ is the score of class $c$ before the softmax, $w^c_k$ is the weight that `head` gives to
# channel $k$ for this class, $b_c$ is its bias, and $hw = 49$ is the number of positions. The left side
# has the net's own order, first the mean and then the sum. The right side has ours, where we first sum
# over the channels, at each position separately, which gives a map $M$ of 7 × 7 numbers, and then take
# its mean. In code this is even shorter than in the formula:


# %%
def cam(activation, weight, target):
    """Return the class activation map (N, h, w) of a net that ends in a mean and one linear layer."""
    return (weight[target][:, :, None, None] * activation).sum(1)


spread = {name: cam(activation, weight, [target]) for name, target in asked.items()}

# %% [markdown]
# And here are all 49 numbers, for both questions. Red squares speak for the class, blue ones against it.

# %% fold
# The two class activation maps as numbers.
import matplotlib.pyplot as plt

with plots.style(1.2):
    figure, axes = plt.subplots(1, 2, figsize=(9.8, 5.3), dpi=200, layout="constrained")
    for ax, (name, squares) in zip(axes, spread.items(), strict=True):
        coloured = plots.to_rgb(squares, signed=True)[0]
        grey = picture[0].mean(0).cpu().numpy()
        ax.imshow(grey, cmap="gray", vmin=-2.4, vmax=2, extent=(0, 7, 7, 0), interpolation="bicubic")
        ax.imshow(coloured, alpha=0.75, extent=(0, 7, 7, 0))
        for row in range(7):
            for column in range(7):
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    f"{squares[0, row, column].round().int()}",
                    ha="center",
                    va="center",
                    color="black",
                )
        target = asked[name]
        ax.set_title(
            f"“{name}”: mean {squares.mean():.2f} + bias {bias[target]:.2f} = score {scores[0, target]:.2f}"
        )
        ax.axis("off")
plots.show(
    figure,
    alt="The picture twice, each under a grid of 7 by 7 squares with a number in each. For Egyptian cat the "
    "squares on the cat hold numbers from about 10 to 29, those on the cup about 0 or slightly below. For "
    "espresso the squares on the cup hold numbers up to 22, those on the cat about 0.",
    caption="Where a score comes from, to the last digit: the mean of the 49 numbers, plus the bias, is "
    "the score.",
)

# %% fold
# The sums, held against the scores.
ck.claim(
    "The mean of the map, plus the bias, is the score: nothing is estimated, and nothing left out",
    all(
        torch.allclose(squares.mean() + bias[asked[name]], scores[0, asked[name]], atol=1e-3)
        for name, squares in spread.items()
    ),
    value=", ".join(
        f"{squares.mean() + bias[asked[name]]:.2f} for “{name}”" for name, squares in spread.items()
    ),
)

# %% [markdown]
# Take a moment to look at what you have. Most explanations in this course are estimates of something, and
# we argue about how good they are. This one is bookkeeping, since the net *is* adding up these 49 numbers
# when it decides on a cat, whether or not anybody looks. Everything that you admired in the plate above
# follows from this. The right half of the left map is about zero because coffee cups contribute nothing
# to "Egyptian cat", and there are a few small negative numbers, too, because the cup argues, weakly,
# against the cat.
#
# The catch is that CAM needs exactly this ending, one mean and one linear layer. If there is a second
# linear layer, as in VGG or AlexNet, or if you'd like to look at a layer further up, then the two sums
# can't be swapped, because something non-linear stands between them. What could we do there instead?

# %% [markdown]
# ## 5.4 Grad-CAM: the same for any net and any layer
#
# The weight $w^c_k$ told us how much the score grows when channel $k$ grows. If a net has no such weight
# written down, we can still ask how the score *would* change if the channel were a bit stronger, and
# that's a derivative. At every position there is one, $\partial s_c / \partial A_{k,ij}$, and
# **Grad-CAM** ([Selvaraju et al. 2017](https://arxiv.org/abs/1610.02391)) takes their mean as the weight
# of the channel:
#
# $$\alpha_k = \frac{1}{hw} \sum_{ij} \frac{\partial s_c}{\partial A_{k,ij}}, \qquad
# L = \mathrm{ReLU}\Bigl(\sum_k \alpha_k A_k\Bigr)$$
#
# If you read it aloud, $\alpha_k$ says how much the class wants channel $k$, wherever it is on, and $A_k$
# says where it is on, so that their product, added up over all channels, says where the class finds what
# it wants. Here it is, from the net to the map, and there is no more to it:


# %%
def grad_cam(model, x, target, layer):
    """Return Grad-CAM of each image before its ReLU, (N, h, w)."""
    with ck.record(model, layer) as outputs:
        scores = model(x.clone().requires_grad_())
        chosen = scores[torch.arange(len(x)), target].sum()
        (gradient,) = torch.autograd.grad(chosen, outputs[layer])
    weights = gradient.mean((2, 3))
    return (weights[:, :, None, None] * outputs[layer].detach()).sum(1)


# %% [markdown]
# `ck.record` keeps what the named layer puts out, and we differentiate with respect to that instead of
# the pixels. So the backward pass ends at the layer, and at the last one it costs next to nothing:
# Grad-CAM is hardly dearer than asking the net for its answer.
#
# What would you expect on our own net, where CAM and Grad-CAM both apply? The score is a mean over
# positions, so its derivative is $w^c_k / hw$ at each of them, and the mean of 49 equal numbers is that
# number. If our ten lines are right, Grad-CAM must be CAM, divided by 49:

# %%
small = {name: grad_cam(lite, picture, [target], "top") for name, target in asked.items()}
ck.claim(
    "Where there is a CAM, Grad-CAM is CAM divided by the number of positions",
    all(torch.allclose(49 * small[name], spread[name], rtol=1e-3, atol=1e-2) for name in asked),
)

# %% fold
# The package, and a layer in the middle, as checks.
with ck.quietly():
    for layer in ("top", "block11"):
        theirs = ck.grad_cam(lite, picture, cat, layer=layer, normalised=False, upsample=False)[:, 0]
        mine = grad_cam(lite, picture, [cat], layer)
        ck.claim(
            f"ck.grad_cam gives the same at {layer}",
            torch.allclose(mine, theirs, atol=1e-4 * theirs.abs().max().item()),
        )
    ck.claim("ck.grad_cam finds the layer top by itself", ck.last_map(lite, picture) == "top")
    package = ck.cam(lite, picture, cat, normalised=False, upsample=False)[:, 0]
    ck.claim("ck.cam gives the same", torch.allclose(package, spread["Egyptian cat"], atol=1e-2))

# %% [markdown]
# ### From the map to the picture
#
# Between these 7 × 7 numbers and the blobs of the first figure lie three steps, and each of them changes
# what you see. First the ReLU, which sets everything negative to 0. Then the map is enlarged to the size
# of the picture (*upsampled*), and at last its values are stretched so that the largest becomes 1
# (*normalised*).


# %%
def to_heatmap(maps, height, width):
    """Return heatmaps (N, height, width) of maps (N, h, w): ReLU, enlarged, each stretched to [0, 1]."""
    positive = maps.relu()[:, None]
    large = nn.functional.interpolate(positive, (height, width), mode="bilinear", align_corners=False)[:, 0]
    low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
    return (large - low) / (high - low).clamp(min=1e-12)


# %% fold
# The three steps for a house beside a fish, and what comes out without the ReLU.
scene = both.images[:1]
raw = grad_cam(usual, scene, [house], "relu7")
enlarged = nn.functional.interpolate(raw[:, None], scene.shape[2:], mode="bilinear")[:, 0]


def square(maps):
    """Return maps enlarged to the scene, each position a square."""
    return nn.functional.interpolate(maps[:, None], scene.shape[2:])[:, 0]


steps = {
    "the map": plots.overlay(scene, square(raw), signed=True),
    "after the ReLU": plots.overlay(scene, square(raw.relu())),
    "enlarged, stretched": plots.overlay(scene, to_heatmap(raw, *scene.shape[2:])),
    "without the ReLU": plots.overlay(scene, (enlarged - enlarged.min()) / (enlarged.max() - enlarged.min())),
}
plots.show(
    plots.image_grid(
        torch.cat([torch.tensor(step) for step in steps.values()]).permute(0, 3, 1, 2) / 255,
        list(steps),
        columns=4,
        smooth=True,
    ),
    alt="A house and a fish, four times. First the map for house as squares, red on the house and blue on "
    "the fish. Then its positive part alone, on the house. Then enlarged to a smooth blob on the house. "
    "Last what comes out without the ReLU: a haze over the whole picture, and only the fish is dark.",
)

# %% [markdown]
# Why do we need the ReLU? In the first panel the fish is blue, because a fish is evidence against a
# house. If we stretched the map with these values still in it, the strongest counter-argument would
# become black, and every position that says *nothing*, with a value of 0, would end up somewhere above it
# and glow as if it mattered. That's the haze in the last panel. Setting negative values to 0 first keeps
# "no evidence" dark.
#
# And all that looks so smooth in these maps is interpolation. There are 49 numbers in each of them, and
# not one more. When you see the outline of a blob follow the outline of a cup, remember that the net
# didn't draw it.

# %% [markdown]
# ## 5.5 Five questions to an astronaut
#
# Now you have a tool, so let's use it on something that we don't understand. Here is Eileen Collins, the
# first woman to command a space shuttle, and beside her you see the net's answer. What in the world made
# it say *that*?

# %% fold
# The astronaut, and the net's answers.
astronaut = album.images[2:]
with torch.no_grad():
    answers = model(astronaut).softmax(1)
plots.show(
    plots.answers(astronaut, model.classes, answers, top=7),
    alt="A portrait of an astronaut in an orange suit with a helmet in her arm, a flag and a model of the "
    "space shuttle behind her. The net's likeliest classes: bobsled with 20 per cent, football helmet "
    "with 17, then go-kart and crash helmet.",
)

# %% [markdown]
# It says bobsled. It would be easy to laugh and go on, but we can do better, because we can ask the net
# where it sees the bobsled. And since the last map holds a score for *every* class, not only for the
# winner, we may ask about things that the net hasn't even mentioned: about the space shuttle (its
# probability is below one in a hundred), about a bow tie, about a flagpole. Guess where each of the five
# maps will light up before you scroll.

# %% fold
# The plate: one portrait, five questions.
wishes = ("bobsled", "football helmet", "space shuttle", "flagpole", "bow tie")
likely = answers[0].topk(len(wishes)).indices
five = [number(name, other) for name, other in zip(wishes, likely, strict=True)]
heats = [ck.grad_cam(model, astronaut, target) for target in five]
plots.show(
    plots.plate(
        torch.cat([astronaut.cpu(), laid(astronaut, heats)]),
        ["", *(f"“{model.classes[target]}”" for target in five)],
        columns=3,
        smooth=True,
    ),
    alt="The portrait of the astronaut six times, first as it is. Asked about bobsled, the heat lies on "
    "the white harness and the helmet in her arm; about football helmet, on the helmet; about space "
    "shuttle, on the model of the shuttle behind her; about flagpole, on the flag; about bow tie, on her "
    "face and neck.",
    caption="One portrait, five questions. The net would never have named the shuttle or the flag, and still "
    "it knows where they are.",
)

# %% fold
# What the text says of the five maps, as checks.
heat = dict(zip(wishes, map(ck.heatmap, heats), strict=True))
with ck.quietly():
    for name, detail in {"space shuttle": "shuttle", "bow tie": "face", "football helmet": "helmet"}.items():
        mask = ck.detail_mask(detail, size=side)[None].to(ck.device())
        ck.claim(
            f"“{name}”: more than twice as much of the heat lies there as the area is large",
            ck.relevance_mass(heat[name], mask).item() > 2 * mask.float().mean(),
            value=f"{ck.relevance_mass(heat[name], mask).item():.0%} on {mask.float().mean().item():.0%}",
            only="imagenet",
        )
    ck.claim(
        "The shuttle, the flagpole and the bow tie have less than one in a hundred each",
        answers[0, five[2:]].max() < 0.01,
        only="imagenet",
    )

# %% [markdown]
# The bobsled turns out to be the harness and the helmet: white straps across a bright suit, and a shining
# round thing in the lower right corner. That's a far more useful answer than "the net is wrong", because
# it tells you which photographs would fool it next. And it found the shuttle, and it found the flag,
# although it would never have told you so, since both have lost against better matches. A classifier
# knows more than it says.
#
# The bow tie is my favourite, because there isn't one. The net lights up her face and her neck, where it
# has seen bow ties all its life, and says, in effect, that this would be the place for it.

# %% [markdown]
# ## 5.6 Three ways to be wrong
#
# By now you probably trust these maps, and it's time to lose a part of that trust. The next three figures
# are not about exotic failures. You'll meet each of them in the first week of using Grad-CAM on your own
# data.
#
# ### The empty sky
#
# Here is a rocket on its launch pad, between two towers. The net says "missile", which is fair enough.

# %% fold
# The rocket, the map for missile, and its hottest square.
rocket = photograph("rocket")
missile = lite.classes.index("missile")
hot = ck.grad_cam(lite, rocket, missile)
plots.show(
    plots.image_grid(
        torch.cat([rocket.cpu(), laid(rocket, [hot])]),
        ["the photograph", "Grad-CAM for “missile”"],
        columns=2,
        smooth=True,
    ),
    alt="A rocket at dusk between two thin lattice towers. Grad-CAM for missile has two bright spots: one "
    "in the empty sky between the left tower and the rocket, one in the empty sky at its right.",
)

# %% [markdown]
# The map is hottest in the sky, left and right of the rocket, where there's nothing at all. Is the sky
# the reason? A heatmap is only an observation, but this is a question that an experiment can settle. We
# paint out the towers, then the rocket, and then both, each time with the colours of the sky beside them,
# and ask for the score again.


# %%
def painted(image, *columns, top=60, bottom=200):
    """Return the image with these columns of pixels (left, right) replaced by the sky at either side."""
    image = image.clone()
    for left, right in columns:
        one = image[..., top:bottom, left - 3 : left].mean(3, keepdim=True)
        other = image[..., top:bottom, right : right + 3].mean(3, keepdim=True)
        across = torch.linspace(0, 1, right - left, device=image.device)
        image[..., top:bottom, left:right] = one * (1 - across) + other * across
    return image


towers, body = [(36, 56), (172, 190)], (98, 128)
versions = {
    "as it is": rocket,
    "without the towers": painted(rocket, *towers),
    "without the rocket": painted(rocket, body),
    "without both": painted(rocket, *towers, body),
}
with torch.no_grad():
    evidence = {name: lite(image)[0, missile].item() for name, image in versions.items()}

# %% fold
# The four versions, with their scores and maps.
plots.show(
    plots.image_grid(
        torch.cat(
            [*(v.cpu() for v in versions.values())]
            + [laid(v, [ck.grad_cam(lite, v, missile)]) for v in versions.values()]
        ),
        [f"{name}: {score:.1f}" for name, score in evidence.items()] + [""] * 4,
        columns=4,
        smooth=True,
    ),
    alt="Four versions of the photograph and their maps for missile, with the score above each. Without "
    "the towers the score stays as it was and the map covers the rocket's surroundings. Without the "
    "rocket it falls, yet the map still glows in the same empty sky. Without both hardly anything is left.",
)
ck.claim(
    "The sky has stayed; without rocket and towers, more than half of the score is gone",
    evidence["without both"] < 0.5 * evidence["as it is"],
    value=", ".join(f"{name} {score:.1f}" for name, score in evidence.items()),
)

# %% [markdown]
# The sky is still there in the last picture, and the score isn't. So the reason was the rocket (and, when
# the rocket is missing, the towers have to do), but the evidence is *kept* in the sky. That's possible
# because the net doesn't look through 49 separate windows. Each of the 49 positions lies over a square of
# 32 pixels, but it is computed from far more than that: every convolution on the way has looked a little
# to the left and right, and after fifty of them a position has seen most of the picture. A position
# midway between two upright things is a good place to notice that there are two.
#
# This corrects what I told you in section 5.2, and it's the most common misreading of these maps. **The
# map says where the net keeps its evidence, and that is often, but not always, where the evidence was.**

# %% fold
# How much of the picture one position of the last map depends on.
pixels = rocket.clone().requires_grad_()
with ck.record(lite, "top") as outputs:
    lite(pixels)
(seen,) = torch.autograd.grad(outputs["top"][0, :, 2, 2].sum(), pixels)
reach = (seen.abs().amax(1) > 0).float().mean().item()
with ck.quietly():
    ck.claim(
        "One position of the last map depends on more than half of all pixels",
        reach > 0.5,
        value=f"{reach:.0%}",
    )

# %% [markdown]
# ### The dial telephone
#
# Suppose that a colleague shows you the map on the right, and says: "The net looks at the engine, so it
# must be thinking of a motorcycle."

# %% fold
# Two maps of the motorcycle, for its likeliest class and for one that is not there.
motorcycle = photograph("motorcycle")
called = {name: lite.classes.index(name) for name in ("moped", "dial telephone")}
raws = {
    name: ck.grad_cam(lite, motorcycle, k, normalised=False, upsample=False) for name, k in called.items()
}
with torch.no_grad():
    found = lite(motorcycle).softmax(1)[0]
plots.show(
    plots.image_grid(
        torch.cat(
            [motorcycle.cpu(), laid(motorcycle, [ck.grad_cam(lite, motorcycle, k) for k in called.values()])]
        ),
        ["the photograph", "a map", "another map"],
        columns=3,
        smooth=True,
    ),
    alt="A red motorcycle in a garage, and two maps over it, equally bright: one over the seat and the "
    "engine, the other on the tank and the engine.",
)
peaks = {name: raw.max().item() for name, raw in raws.items()}

# %%
for name, k in called.items():
    print(f"{name:15} probability {found[k]:.4f}   largest value of the map {peaks[name]:.2f}")
ck.claim(
    "A map for a class that is not there is drawn as brightly as any other",
    found[called["dial telephone"]] < 0.001 and peaks["dial telephone"] < 0.3 * peaks["moped"],
    value=f"its peak is {peaks['dial telephone'] / peaks['moped']:.0%} of the moped's, its colours the same",
)

# %% [markdown]
# It was thinking of a dial telephone. (You didn't notice any difference in brightness because there is
# none.) The last of the three steps stretches *every* map to its own largest value, so a whisper looks
# like a shout. There is a simple remedy, which papers rarely follow: print the probability, and the peak
# of the raw map, beside every heatmap.
#
# ### The right place, for the wrong reason
#
# The third failure can't be seen in the map at all, so we'll build a net in which we know it by
# construction. It tells cars from tanks, and its maps lie neatly on the object, always. Would you be
# willing to ship it?


# %% fold
# A net that is small enough to write down, and its maps.
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


def repainted(n, seed, car, tank):
    """Return cars and tanks, each in a colour of its own."""
    colours = {"car": car, "tank": tank}
    return ck.draw(
        n, seed=seed, classes=("car", "tank"), colour=colours, accent=colours, ground="grass", **clear
    ).to(ck.device())


colour_net = Colours().requires_grad_(False).eval().to(ck.device())
lab, field = repainted(24, 62, "red", "yellow"), repainted(24, 61, "yellow", "red")
some = torch.cat([lab.images[:2], field.images[:2]])
plots.show(
    plots.heatmap_grid(
        some,
        {"Grad-CAM": ck.grad_cam(colour_net, some, layer="pool")},
        [
            f"{where}: “{name}”"
            for where, name in zip(["lab"] * 2 + ["field"] * 2, ck.predicted(colour_net, some), strict=True)
        ],
        over=True,
    ),
    alt="Two red cars or yellow tanks, named rightly, then two yellow cars or red tanks, named wrongly. "
    "Grad-CAM lies neatly on each of them, right or wrong.",
)
right = {
    name: ck.evaluate(colour_net, part.images, part.labels)
    for name, part in {"lab": lab, "field": field}.items()
}
heat = ck.heatmap(ck.grad_cam(colour_net, field.images, layer="pool"))
ck.claim(
    "In the field it is wrong every time, and its map points at the object every time",
    right["field"] == 0 and ck.pointing_game(heat, field.masks).mean() >= 1 - 1e-6,
    value=f"right in the lab {right['lab']:.0%}, in the field {right['field']:.0%}",
)

# %% [markdown]
# This net knows nothing of wheels or turrets. It weighs red against yellow, one pixel at a time, and in
# the lab, where cars happened to be red and tanks yellow, that was enough. In the field the colours are
# swapped and it is wrong on every single picture, while its maps go on pointing at the object. A map on
# the car says that the reason is *on the car*; whether the reason is the car's shape, its colour or the
# dirt on its wheels, it can't say. For that you need another experiment, such as repainting it.

# %% [markdown]
# ## 5.7 Layer by layer
#
# We've always looked at the last map, but `grad_cam` takes any layer, and earlier maps are finer:
# `block5` has 28 × 28 positions instead of 7 × 7. So why does everybody settle for the blob? Before you
# scroll, what do you expect to see at `block5` when you ask about the cat?

# %% fold
# Grad-CAM and Layer-CAM at four depths, for the cat.
depths = ("block5", "block8", "block13", "top")
by_layer = {
    name: [method(lite, picture, cat, layer=layer) for layer in depths]
    for name, method in {"Grad-CAM": ck.grad_cam, "Layer-CAM": ck.layer_cam}.items()
}
plots.show(
    plots.image_grid(
        torch.cat([laid(picture, heats) for heats in by_layer.values()]),
        [*depths, *[""] * len(depths)],
        columns=len(depths),
        rows=tuple(by_layer),
        smooth=True,
    ),
    alt="The collage at five depths, asked about Egyptian cat, above by Grad-CAM and below by Layer-CAM. "
    "Grad-CAM: spots on fur and cup at first, at block13 a bright patch in the "
    "corner above the cup, and only at the last layer the cat's face. Layer-CAM: spots on the eye, the "
    "cheek and the nose from block8 on.",
)

# %% fold
# How much of the heat lies on the cat at each depth.
on_it = {
    name: [ck.relevance_mass(ck.heatmap(heat), on_cat).item() for heat in heats]
    for name, heats in by_layer.items()
}
with ck.quietly():
    ck.claim(
        "At block13 Grad-CAM has less than half of its heat on the cat",
        on_it["Grad-CAM"][2] < 0.5,
        value=f"{on_it['Grad-CAM'][2]:.0%}",
    )
    ck.claim(
        "Layer-CAM has more than two thirds there",
        on_it["Layer-CAM"][2] > 2 / 3,
        value=f"{on_it['Layer-CAM'][2]:.0%}",
    )

# %% [markdown]
# Finer it is, but look at `block13` in the upper row: asked about the cat, Grad-CAM points at a corner
# above the *cup*. What has gone wrong there? At the last layer, the gradient of a channel was the same
# everywhere, so taking its mean lost nothing. In the middle of the net it isn't: a channel may help the
# cat where it sits on the fur and harm it in the corner. The mean mixes the two, and then multiplies the
# mixture with wherever the channel happens to be strong ([Draelos & Carin
# 2020](https://arxiv.org/abs/2011.08891) make a theorem of this).
#
# The cure suggests itself, since we only have to stop taking the mean. **Layer-CAM** ([Jiang et al.
# 2021](https://doi.org/10.1109/TIP.2021.3089943)) gives each position the gradient that belongs to it,
# and keeps what is positive:
#
# $$L = \sum_k \mathrm{ReLU}\Bigl(\frac{\partial s_c}{\partial A_k}\Bigr) \cdot A_k$$
#
# In the lower row you see an eye, a cheek, a nose from `block8` on. The price is that nothing can speak
# against the class any more. So this is the rule of thumb that I'd give you, **Grad-CAM at the last
# layer, and Layer-CAM before it.**
#
# Is that rule true for more than one collage? Once more the house and the fish can tell, since there we
# can count how often the heat follows the question.

# %% fold
# How often the heat follows the question, at the first layer and at the last.
ends = {
    f"{name}, {layer}": follows(
        lambda k, method=method, layer=layer: method(usual, pairs.images, k, layer=layer), pairs, house, fish
    )
    .sum()
    .item()
    for name, method in {"Grad-CAM": ck.grad_cam, "Layer-CAM": ck.layer_cam}.items()
    for layer in ("relu1", "relu7")
}
ck.claim(
    "Grad-CAM follows the question at the last layer and not at the first; Layer-CAM follows it at both",
    ends["Grad-CAM, relu1"] <= 10 and sorted(ends.values())[1] >= 14,
    value=", ".join(f"{where} {n}" for where, n in ends.items()) + " of 16 scenes",
)

# %% [markdown]
# ## All of it under your hands
#
# Choose a class, a layer and a method, and decide how much of the picture shines through. There are three
# things that I'd try first. Ask for a class that isn't there and watch the peak, keep the class and walk
# through the layers, and find out which part of the motorcycle the net calls a "disk brake". With the
# button above it you can put your own photograph in the place of the rocket.

# %%
photo = ck.own_picture("rocket", model=model)

# %%
others = ck.subject_photographs("motorcycle", "astronaut", "coffee")
methods = {
    "Grad-CAM": ck.grad_cam,
    "Layer-CAM": ck.layer_cam,
    "Grad-CAM++": ck.grad_cam_pp,
    "Eigen-CAM": ck.eigen_cam,
}
widgets.cam_widget(
    model,
    torch.cat([photo.image, others.images]),
    ck.applicable(methods, model, photo.image),
    [ck.last_map(model, photo.image)] if ck.is_replaced("imagenet") else list(depths),
    [photo.name, *others.names],
)

# %% [markdown]
# ## The same with the libraries that people use
#
# You'll hardly write Grad-CAM by hand at work. These are the lines that do it with
# [pytorch-grad-cam](https://github.com/jacobgil/pytorch-grad-cam), which knows some twenty methods, and
# with [Captum](https://captum.ai), PyTorch's own library. Both want a net whose
# weights ask for gradients, or at least an input that does, and pytorch-grad-cam stretches its maps in
# its own way, so compare the raw sums.

# %%
if pytorch_grad_cam := ck.library("pytorch_grad_cam"):
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with pytorch_grad_cam.GradCAM(lite, [lite.top]) as explain:
        theirs = torch.tensor(explain(picture.clone().requires_grad_(), [ClassifierOutputTarget(espresso)]))

# %%
if captum := ck.library("captum.attr"):
    layer_grad_cam = captum.LayerGradCam(lite, lite.top)
    sums = layer_grad_cam.attribute(picture.clone().requires_grad_(), target=espresso)

# %% fold
# Their numbers beside ours, as checks.
with ck.quietly():
    if pytorch_grad_cam:
        ours = to_heatmap(small["espresso"], 224, 224).cpu()
        ck.claim("pytorch-grad-cam's heatmap is ours", (theirs - ours).abs().max() < 0.02)
    if captum:
        ck.claim("Captum's 49 numbers are ours", torch.allclose(sums[:, 0], small["espresso"], atol=1e-4))

# %% [markdown] further
# ## Further: two of a kind, and Grad-CAM++
#
# *For you if your pictures hold several objects of one class, or if you've read that Grad-CAM++ is simply the
# better Grad-CAM.*

# %% [markdown]
# The mean gradient has a weak spot. Imagine a channel that fires on a large fish at twenty positions, and
# another that fires on a small fish at two, and let both matter equally *where* they fire. The mean over
# all positions divides both by the same 64, so the small fish gets a tenth of the weight. **Grad-CAM++**
# ([Chattopadhay et al. 2018](https://arxiv.org/abs/1710.11063)) therefore sums only positive gradients,
# and gives each position a share of its own:
#
# $$w_k = \sum_{ij} \alpha_{k,ij} \, \mathrm{ReLU}(g_{k,ij}), \qquad
# \alpha_{k,ij} = \frac{1}{2 + g_{k,ij} \sum_{ab} A_{k,ab}}, \qquad g = \frac{\partial s_c}{\partial A}$$
#
# Beware of the letters, because $w_k$ is now the weight of the channel, and $\alpha_{k,ij}$ the share of a
# position. The share comes from the paper's wish to explain not $s_c$ but its exponential $e^{s_c}$,
# whose second and third derivatives are simply the powers $g^2$ and $g^3$ (times
# $e^{s_c}$) where the net is piecewise linear; in the paper it reads $g^2 / (2 g^2 + g^3 \sum_{ab}
# A_{k,ab})$, and we've divided by $g^2$.


# %%
def grad_cam_pp_weights(activation, gradient):
    """Return Grad-CAM++'s weight of each channel, (N, K)."""
    alpha = 1 / (2 + gradient * activation.sum((2, 3), keepdim=True))
    return (alpha * gradient.relu()).sum((2, 3))


# %% fold
# The example in numbers, and two fish at the last layer and two layers earlier.
large_and_small = torch.zeros(1, 2, 8, 8)
large_and_small[0, 0, 1:5, 0:5] = 1
large_and_small[0, 1, 6, 6:8] = 1
step = (large_and_small > 0).float()
plain, plus = step.mean((2, 3))[0], grad_cam_pp_weights(large_and_small, step)[0]

school = scenes.pair(24, "fish", "fish", seed=11, scale=0.3, **clear).to(ck.device())
tried = {
    f"{name}, {layer}": ck.heatmap(method(usual, school.images, fish, layer=layer))
    for layer in ("relu7", "relu5")
    for name, method in {"Grad-CAM": ck.grad_cam, "Grad-CAM++": ck.grad_cam_pp}.items()
}
shown = [name for name in tried if "relu5" in name]
plots.show(
    plots.heatmap_grid(school.images[:3], {name: tried[name][:3] for name in shown}, over=True),
    alt="Three pictures of two fish. Two layers before the last Grad-CAM marks spots, most of them on the "
    "fish; Grad-CAM++ lights up the whole picture, and most of all its border.",
)
fainter = {
    name: torch.minimum(*((heat * school.mask(i)).amax((1, 2)) for i in (1, 2))).mean().item()
    for name, heat in tried.items()
}
on_fish = {
    name: ck.relevance_mass(heat, school.mask(1) | school.mask(2)).mean().item()
    for name, heat in tried.items()
}
with ck.quietly():
    ck.claim(
        "On the example Grad-CAM++ gives the small object far more of the large one's weight",
        plus[1] / plus[0] > 5 * plain[1] / plain[0],
        value=f"{plus[1] / plus[0]:.0%} instead of {plain[1] / plain[0]:.0%}",
    )
    ck.claim(
        "At the last layer both see the second fish equally well",
        abs(fainter["Grad-CAM, relu7"] - fainter["Grad-CAM++, relu7"]) < 0.1,
    )
    ck.claim(
        "Two layers earlier the second fish is brighter in Grad-CAM++",
        fainter["Grad-CAM++, relu5"] > fainter["Grad-CAM, relu5"] + 0.1,
    )
    ck.claim(
        "But less of its heat lies on the two fish",
        on_fish["Grad-CAM++, relu5"] < 0.7 * on_fish["Grad-CAM, relu5"],
        value=f"{on_fish['Grad-CAM++, relu5']:.0%} against {on_fish['Grad-CAM, relu5']:.0%}",
    )

# %% [markdown]
# On an example made for it, the small object now gets nearly all of the large one's weight. But do real
# nets behave like the example? At the last layer the gradient is the same at all positions, so nothing
# was slighted and there's nothing to cure. Two layers earlier there is, as you see above, and indeed the
# second fish becomes brighter. So does everything else, because no weight can be below zero any more, so
# nothing speaks against the meadow, and it glows. Most of all glows the rim, probably because
# convolutions pad their maps with zeros there. Before you reach for Grad-CAM++, check whether your layer
# has the illness that it cures.

# %% [markdown] further
# ## Further: Guided Grad-CAM
#
# *For you if you've seen those crisp, embossed pictures in papers and would like to know what they're worth.*

# %% [markdown]
# Guided backpropagation (chapter 4) draws fine lines, but nearly the same ones for every class. Grad-CAM
# knows the class, but it draws blobs. Selvaraju and his colleagues multiply the two, so that the lines
# stay only where the blob is:
#
# $$R = \text{guided backpropagation} \;\cdot\; \text{Grad-CAM, enlarged to the picture}$$

# %% fold
# Guided backpropagation and Guided Grad-CAM of the picture.
guided = {name: ck.guided_backprop(lite, picture, k) for name, k in asked.items()}
fine = {name: ck.guided_grad_cam(lite, picture, k) for name, k in asked.items()}
shown = [ck.heatmap(heat) for heat in (guided["espresso"], *fine.values())]
plots.show(
    plots.image_grid(
        torch.cat(
            [picture.cpu(), *(torch.tensor(plots.to_rgb(heat)).permute(0, 3, 1, 2) / 255 for heat in shown)]
        ),
        ["the picture", "guided, “espresso”", *(f"Guided Grad-CAM, “{name}”" for name in asked)],
        columns=4,
    ),
    alt="The collage and three drawings in light dots on black. Guided backpropagation for espresso draws "
    "the cat's eye and nose and the rim of the cup. Guided Grad-CAM keeps the cat alone for Egyptian cat, "
    "and the cup alone for espresso.",
)


def correlation(a, b):
    """Return the mean correlation of two stacks of maps."""
    rows = [torch.stack([p.flatten(), q.flatten()]) for p, q in zip(a, b, strict=True)]
    return torch.stack([torch.corrcoef(pair)[0, 1] for pair in rows]).mean().item()


alike = {
    name: correlation(*map(ck.heatmap, two.values()))
    for name, two in {"guided": guided, "fine": fine}.items()
}
product = guided["espresso"] * to_heatmap(small["espresso"], 224, 224)[:, None]
with ck.quietly():
    ck.claim(
        "The two guided pictures are alike, the two Guided Grad-CAMs are not",
        alike["guided"] > 0.5 > alike["fine"] + 0.3,
        value=f"correlation {alike['guided']:.2f} and {alike['fine']:.2f}",
    )
    ck.claim("The product is all that there is to it", torch.allclose(product, fine["espresso"], atol=1e-4))

# %% [markdown]
# Guided backpropagation was asked about the espresso and draws the cat all the same (for "Egyptian cat"
# you'd get nearly the same picture). In the product the cup is gone for the cat, and the cat for the cup.
# (In the papers these pictures are as crisp as an engraving. They were made with VGG, whose poolings hand
# a gradient on to one pixel in four; our net halves its maps with convolutions instead, so you see more
# grain.) But everything that this product knows about the class it has from the blob. The lines inside
# the blob are those that guided backpropagation would have drawn anyway: that the cat's pupil is outlined
# doesn't mean that the pupil made it a cat. Chapter 9 shows how little these lines depend on what the net
# has learned.

# %% [markdown] further
# ## Further: the family
#
# *For you if you have to choose a method, or to read a paper that proposes the twenty-first.*

# %% [markdown]
# Since 2017 dozens of methods have kept the recipe (weigh the channels, add them up) and replaced the
# weights. With $g = \partial s_c / \partial A$, these are the ones that you'll meet:
#
# - **XGrad-CAM** ([Fu et al. 2020](https://arxiv.org/abs/2008.02312)) takes the mean gradient *where the
#   channel fires*, $w_k = \sum_{ij} \frac{A_{k,ij}}{\sum_{ab} A_{k,ab}}\, g_{k,ij}$, because a gradient at
#   a place where the channel is silent concerns nobody.
# - **Eigen-CAM** ([Muhammad & Yeasin 2020](https://arxiv.org/abs/2008.00299)) draws the first principal
#   component of $A$: the pattern that the layer shows most of. It asks about no class at all. The paper
#   takes the component as it is; here, as in pytorch-grad-cam, each channel is first centred   on its mean,
#   and the sign, which a component doesn't have, is the one with which the map rises with the mean over the
#   channels.
# - **EigenGrad-CAM** ([Gildenblat 2021](https://github.com/jacobgil/pytorch-grad-cam)) does the same to $g
#   \cdot A$, so the class comes back in.
# - **Ablation-CAM** ([Desai & Ramaswamy 2020](https://doi.org/10.1109/WACV45572.2020.9093360)) uses no
#   gradient. It switches off one channel after the other and weighs each with what the score loses, $w_k =
#   (s_c - s_c^{(k)}) / |s_c|$.
# - **Score-CAM** ([Wang et al. 2020](https://arxiv.org/abs/1910.01279)) uses none either. It looks at the
#   *picture* through each channel's map $H_k$, enlarged and stretched, and weighs the channel with the
#   score of what can be seen: $w_k = \mathrm{softmax}_k\, s_c(x \cdot H_k)$.

# %% fold
# The family on the collage, asked about the espresso, at the last layer and, for four of them, at block11.
family = {
    "Grad-CAM": ck.grad_cam,
    "Layer-CAM": ck.layer_cam,
    "EigenGrad-CAM": ck.eigen_grad_cam,
    "Ablation-CAM": ck.ablation_cam,
    "Grad-CAM++": ck.grad_cam_pp,
    "XGrad-CAM": ck.xgrad_cam,
    "Score-CAM": ck.score_cam,
    "Eigen-CAM": ck.eigen_cam,
}
at_top, at_block = (
    [method(lite, picture, espresso, layer=layer) for method in family.values()]
    for layer in ("top", "block11")
)
plots.show(
    plots.image_grid(
        torch.cat([laid(picture, at_top), laid(picture, at_block[:4])]),
        [*family, *list(family)[:4]],
        columns=4,
        rows=("top", "top", "block11"),
        smooth=True,
    ),
    alt="The collage, asked about espresso. Two rows show eight methods at the last layer: seven of them "
    "lie on the inside of the cup and look alike, Eigen-CAM lies on the cat. The third row shows four of "
    "them at block11, and all differ: rim, saucer, spoon, corners.",
)
of_top, of_block = (dict(zip(family, map(ck.heatmap, maps), strict=True)) for maps in (at_top, at_block))
without_eigen = [name for name in family if name not in ("Grad-CAM", "Eigen-CAM")]
at_last, in_middle = (
    [correlation(found["Grad-CAM"], found[name]) for name in without_eigen] for found in (of_top, of_block)
)
ck.claim(
    "At the last layer, all of them but Eigen-CAM show much the same; in the middle of the net they don't",
    min(at_last) > 0.8 > max(in_middle),
    value=f"correlation with Grad-CAM {min(at_last):.2f} to {max(at_last):.2f}, and {min(in_middle):.2f} "
    f"to {max(in_middle):.2f}",
)
with ck.quietly():
    ck.claim(
        "Asked about the espresso, Eigen-CAM shows the cat",
        ck.relevance_mass(of_top["Eigen-CAM"], on_cat) > 0.9,
    )

# %% [markdown]
# Here is what papers about these methods seldom show you: at the last layer of a net that ends in a mean,
# it hardly matters which of them you take. They differ where the gradient does, in the middle of the net,
# and there they differ wildly. The one exception is Eigen-CAM, which was asked about the espresso and
# shows the cat. It isn't wrong, since the cat *is* what this layer shows most of; it simply wasn't
# listening.
#
# They differ in price, too. Score-CAM asks the net 1,280 times, once for each channel. Ablation-CAM does so
# too, but it needs only what lies behind the layer, and behind the last one that's nearly nothing.


# %%
def work(method):
    """Return how much a method computes to explain one scene, in forward passes of the net for scenes."""
    with FlopCounterMode(display=False) as one_pass, torch.no_grad():
        usual(both.images[:1])
    with FlopCounterMode(display=False) as all_of_it:
        method(usual, both.images[:1], house)
    return all_of_it.get_total_flops() / one_pass.get_total_flops()


passes = {name: work(method) for name, method in family.items()}
for name, n in passes.items():
    print(f"{name:14} {n:6.2f} forward passes of the net for scenes")
with ck.quietly():
    ck.claim("Ablation-CAM costs no more than three", passes["Ablation-CAM"] < 3)
    ck.claim(
        "Score-CAM costs more than a hundred times as much as any other",
        passes["Score-CAM"] > 100 * max(n for name, n in passes.items() if name != "Score-CAM"),
    )

# %% [markdown]
# Are the two without gradients nearer to the truth? They change something real instead of something
# infinitely small, which sounds like an advantage. But a channel that is switched off, and a picture seen
# through the holes of a mask, are things that the net has never met in training, so it may answer
# anything.

# %% [markdown] further
# ## Further: five hundred scenes
#
# *For you if you'd like to see these methods, and those of chapter 4, measured instead of admired.*

# %% [markdown]
# A drawn scene comes with the exact mask of its object, so we can count. **Pointing** is the *pointing
# game* of [Zhang et al. 2018](https://arxiv.org/abs/1608.00507): does the hottest pixel lie on the
# object? (The paper forgives a miss by 15 pixels. We don't.) **Mass** is the share of the heat that lies
# on the object, and **rank** the share of the object among the $P$ hottest pixels when the object has $P$
# of them (both [Arras et al. 2022](https://arxiv.org/abs/2003.07258)). The table ships with the course,
# because it takes longer than a notebook should; a sample of it is computed below, so that you needn't
# believe us.

# %% fold
# How often each method points at the object, with intervals.
table = ck.measured("localisation")
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
shown.sort(key=lambda name: tables["scenes"][name]["pointing"][0])
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
with ck.quietly():
    for name, net in {"usual": "scenes", "robust": "scenes-robust"}.items():
        pointing, mass, rank = (
            {m: row[k][0] for m, row in tables[net].items()} for k in localisation.METRICS
        )
        chance = tables[net]["random"]["pointing"][2]
        ck.claim(
            f"{name}: every method is better than chance",
            all(row["pointing"][1] > chance for m, row in tables[net].items() if m != "random"),
        )
        ck.claim(
            f"{name}: guided backpropagation points as well as any, to 3 percentage points",
            pointing["guided backprop"] > max(pointing.values()) - 0.03,
        )
        ck.claim(
            f"{name}: Eigen-CAM has more mass on the object than Grad-CAM",
            mass["Eigen-CAM"] > mass["Grad-CAM"] + 0.03,
        )
        cams = {m: value for m, value in mass.items() if "CAM" in m}
        ck.claim(
            f"{name}: of the maps in this chapter Guided Grad-CAM has most",
            max(cams, key=cams.get) == "guided Grad-CAM",
        )
    sample = localisation.fresh_scenes(localisation.SAMPLE).to(ck.device())
    farthest = 0.0
    for net, loaded in {"scenes": usual, "scenes-robust": robust}.items():
        for method in ("random", "saliency", "Grad-CAM", "Grad-CAM++", "Layer-CAM", "Eigen-CAM"):
            live = localisation.localise(loaded, sample, localisation.methods()[method])
            for metric, score in live.items():
                farthest = max(farthest, abs(score.mean().item() - table["sample"][net][method][metric]))
    ck.claim(
        f"Six methods on the first {len(sample)} scenes, computed here, give what the table has",
        farthest < 0.05,
    )

# %% [markdown]
# Every method beats chance, and by far. But before you pick the winner, look at who is near the top:
# guided backpropagation, which hardly knows which class it was asked about. These scenes have a single
# object, so a method that finds whatever stands out scores well without knowing anything of the class.
# That's why this chapter began with *two* objects. A benchmark measures what it measures, and "the heat
# lies on the object" is a different question from "the heat answers mine".

# %% [markdown] further
# ## Further: how much traffic?
#
# *For you if your classes aren't things but amounts: low, medium, high.*

# %% [markdown]
# Nothing says that a class must be a thing. Here it's a quantity. You see a road with 0 to 6 cars, and
# the answer is *low* (0 or 1), *medium* (2 to 4) or *high* (5 or 6). The layers are those of our nets for
# scenes, which have never been asked to count. Only a new last layer is trained, here and now, in a
# second. What do you expect the map for "low" to show on an empty road, where there's nothing to point
# at?

# %% fold
# Roads, and two nets that learn to answer low, medium or high.
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
few_cars = ck.traffic(4, seed=9, cars=[0, 1, 3, 6], **clear)[torch.tensor([0, 1, 3])].to(ck.device())
low, high = (roads.classes.index(level) for level in ("low", "high"))
plots.show(
    plots.signed_grid(
        few_cars.images,
        {
            f"“low”, {name}": ck.grad_cam(net, few_cars.images, low, normalised=False)
            for name, net in counters.items()
        },
        ["no car", "1 car", "6 cars"],
        over=True,
    ),
    alt="Roads with no, 1 and 6 cars, and Grad-CAM with its sign for low. With the usual net the cars are "
    "blue, and so is most of the empty road, but for two red spots. With the robust net the empty road is "
    "mostly red, and the cars are blue.",
    caption="Grad-CAM before its ReLU: red speaks for the class, blue against it.",
)

# %% fold
# What the text says of the counting nets, as checks.
busy = roads[roads.masks.flatten(1).any(1).cpu()]
empty = roads[torch.tensor([f["cars"] == 0 for f in roads.factors])]


def mean_inside(maps, masks):
    """Return the mean of each map within its mask."""
    return (maps * masks).sum((1, 2)) / masks.sum((1, 2))


for_low = {name: ck.grad_cam(net, empty.images, low, normalised=False) for name, net in counters.items()}
bias_of = counters["usual"][-1].bias
called_low = (counters["usual"](empty.images).argmax(1) == low).float().mean().item()
with ck.quietly():
    for name, net in counters.items():
        rate = ck.evaluate(net, roads.images, roads.labels)
        ck.claim(f"{name}: far better than guessing (a third) on new roads", rate > 0.6, value=f"{rate:.0%}")
        for level, wanted in ((high, True), (low, False)):
            signed = ck.grad_cam(net, busy.images, level, normalised=False)[:, 0]
            more = (mean_inside(signed, busy.masks) > mean_inside(signed, ~busy.masks)).float().mean().item()
            ck.claim(
                f"{name}: cars speak {'more' if wanted else 'less'} for “{roads.classes[level]}” than the "
                "rest",
                more > 0.75 if wanted else more < 0.25,
            )
    ck.claim(
        "robust: most of the picture of an empty road speaks for “low”",
        (for_low["robust"] > 0).float().mean() > 0.6,
    )
ck.claim(
    "The usual net calls every empty road “low” although the picture, as a whole, speaks against it: what "
    "decides is the bias, which no map shows",
    called_low == 1 and for_low["usual"].mean() < 0 and bias_of.argmax() == low,
    value=f"biases of low, medium, high: {', '.join(f'{b:.0f}' for b in bias_of.tolist())}",
)

# %% [markdown]
# Presence is easy to show: in both nets the cars are blue for "low" (and red for "high", which you can
# check by changing one word). Absence is harder, since it has no place. The robust net finds it nearly
# everywhere, as one would hope. The usual net hardly finds it at all. Its map for "low" is mostly blue on
# an empty road, and "low" wins nevertheless, because its bias is the largest and what speaks against it
# weighs less than that. Go back to the formula of section 5.3: the bias $b_c$ was outside the sum over
# positions, and so it's in no map.
#
# And do these nets count *cars*? Let's show them one thing alone, large and on no road; and then one car
# as large as those of the traffic, off the road and on it.

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
for (name, thing), part in levels.items():
    print(
        f"{name:7} one {thing:14}"
        + ", ".join(f"{p:.0%} {c}" for p, c in zip(part, roads.classes, strict=True))
    )
with ck.quietly():
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
# One thing should be "low", whatever it is, and a flower isn't even a car. For the usual net any large
# thing will do. The maps fit a net that counts cars, and they fit a net that adds up whatever stands out,
# because they show *where* a score comes from and not what is done with it there.

# %% [markdown] further
# ## Further: small things
#
# *For you if what you look for is small: a tumour, a crack, a bird in the distance.*

# %% [markdown]
# A map of 8 × 8 positions can't draw anything that is smaller than a position. To see what it does
# instead, we let objects become smaller and smaller, and measure the object, its blob (where the heat is
# above a half), and how often the hottest pixel still lies on it.

# %%
print("object  blob  hottest pixel on it")
covered, blob, hit = [], [], []
for scale in (0.5, 0.35, 0.25, 0.18, 0.12):
    part = ck.draw(24, seed=9, scale=scale).to(ck.device())
    heat = ck.heatmap(ck.grad_cam(usual, part.images, part.labels))
    covered.append(part.masks.float().mean().item())
    blob.append((heat > 0.5).float().mean().item())
    hit.append(ck.pointing_game(heat, part.masks).mean().item())
    print(f"{covered[-1]:5.0%}{blob[-1]:7.0%}{hit[-1]:10.0%}")
with ck.quietly():
    ck.claim(
        "From the largest to scale 0.18 the object shrinks far more than its blob",
        covered[3] / covered[0] < 0.5 * blob[3] / blob[0],
    )
    ck.claim("Of the smallest objects hardly any is found", hit[-1] < 0.3 < 0.6 < hit[1])

# %% [markdown]
# The object shrinks, and its blob shrinks far less, so you can't read an object's size off a map. The
# smallest objects aren't found at all, for the good reason that the net hasn't recognised them either. If
# small things matter to you, take an earlier layer with Layer-CAM, or feed the net enlarged crops.

# %% [markdown]
# ## What to remember
#
# | method | weight of a channel | passes | what it can't show |
# |---|---|---|---|
# | CAM | that of the last linear layer | 1 forward | needs a mean and one linear layer at the end |
# | **Grad-CAM** | mean gradient | 1 each way | between its positions; before the last layer, much |
# | **Layer-CAM** | the gradient, position by position | 1 each way | what speaks against the class |
# | Guided Grad-CAM | Grad-CAM × guided backpropagation | 2 each way | that its lines matter |
# | Grad-CAM++ | positive gradients, weighed | 1 each way | what speaks against the class; early, it glows |
# | Eigen-CAM | first principal component | 1 forward | the class |
# | Ablation-CAM | what the score loses without it | 1 forward and 1 per channel | real pictures |
# | Score-CAM | score of the picture seen through it | 1 forward per channel | the same; and it's slow |
#
# Three things hold for all of them. A map is stretched, so print the score beside it. It shows where
# evidence is kept, which may be beside the thing itself. And it shows a place, but never a reason.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## Where to go next
#
# - [pytorch-grad-cam](https://jacobgil.github.io/pytorch-gradcam-book): twenty methods, and how to use them
#   on detectors, segmentation and transformers.
# - [Selvaraju et al. 2017](https://arxiv.org/abs/1610.02391), section 4 onwards: weak localisation,
#   counterfactual maps (the gradient times −1), and a study of whether people trust the better of two nets.
# - [Draelos & Carin 2020](https://arxiv.org/abs/2011.08891): why the mean of the gradient can mislead, and
#   HiResCAM, which leaves it out.
# - [Adebayo et al. 2018](https://arxiv.org/abs/1810.03292): do these maps depend on what the net has
#   learned? Chapter 9 repeats it.
# - [Chefer et al. 2021](https://arxiv.org/abs/2012.09838): what takes the place of these maps in
#   transformers, where "where" gets mixed at every layer.
# - `exercises/05_gradcam.ipynb`: write these methods yourself; each answer is checked where it stands.
