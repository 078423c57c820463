# %% [markdown]
# # 08 · Deep dream: the exercises
#
# Eight short functions: a step of a climb and what keeps it from turning into grain, two parts of a dream,
# and two of a style. Each has a cell that checks it and says what a wrong answer looks like, and most have a
# cell that shows its picture. About 115 minutes, 17 points, and 2 more for an answer in words.
#
# Throughout, `x` are pictures of shape `(N, 3, H, W)` with pixels in $[0, 1]$, and `image` is what they
# differ from grey by, $I = x - 0.5$. A layer puts out maps of shape `(N, K, h, w)`: K channels, h × w places.
# Each picture's result must not depend on which others are in the batch. Leave the net, `x` and everything
# else as you found them. Only `torch` and, in exercises 5 and 8, `ck.record` are needed.

# %%
import torch

import coursekit as ck
from coursekit import plots

model = ck.load_model("scenes-robust")  # its gradients look like things
number = {name: k for k, name in enumerate(model.classes)}


def resized(x, height, width):
    """Return pictures of another size."""
    x = torch.nn.functional.interpolate(x, (height, width), mode="bilinear", antialias=True)
    return x.clamp(0, 1)


photographs = {
    name: resized(x[None], 96, 144).to(ck.device()) for name, x in ck.photographs("china", "flower").items()
}
print(", ".join(f"{name}: {tuple(x.shape)}" for name, x in photographs.items()))

# %% [markdown]
# ## 1 · A picture of two things
# *10 minutes, 2 points*
#
# The chapter climbs to one class. Nothing keeps a climb from wanting two: halfway between two objectives lies
# a third.
#
# **Write** `blend_step`, one step up $(1 - t) \, s_a + t \, s_b - \lambda \lVert I \rVert^2$, of the same
# length for every picture: $I \leftarrow \text{clip}\big(I + \alpha \, g / \lVert g \rVert_2\big)$, where $g$
# is the gradient with respect to $I$, and the clip keeps $0.5 + I$ in $[0, 1]$. $s_a$ and $s_b$ are scores
# before the softmax ([Simonyan et al. 2014](https://arxiv.org/abs/1312.6034)).
#
# <details><summary>Hint</summary>
#
# `scores[torch.arange(N), first]` picks one score for each picture; `.square().sum((1, 2, 3))` is
# $\lVert I \rVert^2$. The gradient of the batch's *sum* is each picture's own.
# `.flatten(1).norm(dim=1)[:, None, None, None]` are the lengths.
#
# </details>
#
# **The picture**: forty such steps from grey. A flower becomes a face, and a house a mushroom.


# %% exercise="blend_step"
def blend_step(model, image, first, second, share, rate, decay):
    """Return the pictures after one step of a climb to two classes at once.

    model: the net, from pictures to scores (N, classes)
    image: what the pictures differ from grey by (N, 3, H, W), from −0.5 to 0.5
    first, second: two classes for each picture (N,)
    share: the weight t of the second class; the first has 1 − t
    rate: the length of the step, α
    decay: λ
    returns: the next image (N, 3, H, W), from −0.5 to 0.5
    """
    # BEGIN SOLUTION
    image, rows = image.detach().requires_grad_(), torch.arange(len(image))
    scores = model(0.5 + image)
    goal = (1 - share) * scores[rows, first] + share * scores[rows, second]
    goal = goal - decay * image.square().sum((1, 2, 3))
    gradient = torch.autograd.grad(goal.sum(), image)[0]
    length = gradient.flatten(1).norm(dim=1)[:, None, None, None]
    return (image + rate * gradient / length).clamp(-0.5, 0.5).detach()
    # END SOLUTION


# %% check="blend_step" points=2
ck.check(blend_step)

# %%
names = [["flower", "house"], ["face", "mushroom"]]
ends = torch.tensor([[number[name] for name in row] for row in names], device=ck.device())
blends = {}
for share in (0.0, 0.4, 0.5, 0.6, 1.0):
    image = torch.zeros(2, 3, 80, 80, device=ck.device())
    for _ in range(40):
        image = blend_step(model, image, *ends, share, 2.0, 0.01)
    blends[share] = 0.5 + image
plots.show(
    plots.image_grid(
        torch.stack(list(blends.values()), 1).flatten(0, 1),
        [f"t = {share:g}" for share in blends] + [""] * 5,
        columns=5,
    ),
    alt="Two rows of five pictures. Above, a flower on a stalk with leaves, whose head becomes a face from "
    "left to right; below, a house with a roof and windows, whose roof becomes the cap of a mushroom.",
)
ck.claim(
    "The ends are what they are meant to be",
    [ck.predicted(model, blends[share]) for share in (0.0, 1.0)] == names,
)
with torch.no_grad():
    both = model(blends[0.5]).topk(2).indices.sort(1).values.T
ck.claim("Half-way, the net's first two answers are the two classes", torch.equal(both, ends.sort(0).values))

# %% [markdown]
# ## 2 · What serves nothing
# *15 minutes, 2 points*
#
# Where a pixel has no effect on the score, the climb leaves clutter. A regulariser takes it away: what
# contributes least becomes grey.
#
# **Write** `clip_contribution`. What a pixel contributes is about $\big\lvert \sum_c I_c \, g_c \big\rvert$,
# its value times its gradient, added up over the colours. Set to 0 that `share` of each picture's pixels for
# which it is smallest ([Yosinski et al. 2015](https://arxiv.org/abs/1506.06579)): a pixel stays if its
# contribution is at least the quantile at `share`.
#
# <details><summary>Hint</summary>
#
# `v.flatten(1).quantile(share, dim=1)` is one limit for each picture. Keep the dimensions so that shapes fit:
# `.sum(1, keepdim=True)` and `[:, None, None, None]`.
#
# </details>
#
# **The picture**: a climb to a boat, with and without.


# %% exercise="clip_contribution"
def clip_contribution(image, gradient, share):
    """Return the pictures with those pixels set to 0 that contribute least.

    image: what the pictures differ from grey by (N, 3, H, W)
    gradient: of each picture's score with respect to it (N, 3, H, W)
    share: how many of a picture's pixels become grey, from 0 to 1
    returns: images of the same shape
    """
    # BEGIN SOLUTION
    size = (image * gradient).sum(1, keepdim=True).abs()
    limit = size.flatten(1).quantile(share, dim=1)[:, None, None, None]
    return image * (size >= limit)
    # END SOLUTION


# %% check="clip_contribution" points=2
ck.check(clip_contribution)


# %%
def boat(share):
    """Return a picture of a boat, climbed to with all but a share of the pixels."""
    image = torch.zeros(1, 3, 80, 80, device=ck.device())
    for _ in range(40):
        seen = image.detach().requires_grad_()
        gradient = torch.autograd.grad(model(0.5 + seen)[:, number["boat"]].sum(), seen)[0]
        image = (image + 2.0 * gradient / gradient.norm()).clamp(-0.5, 0.5)
        image = clip_contribution(image, gradient, share)
    return 0.5 + image


boats = {share: boat(share) for share in (0.0, 0.3, 0.6, 0.9)}
plots.show(
    plots.image_grid(torch.cat(list(boats.values())), [f"{share:.0%} clipped" for share in boats], columns=4),
    alt="Four pictures of a boat on a grey ground. The more is clipped, the less of the clutter around it "
    "is left; at 90 % only parts of the hull and of a mast remain.",
)
grey = {share: (x == 0.5).all(1).float().mean().item() for share, x in boats.items()}
ck.claim(
    "With more than half of it grey, the net still sees a boat",
    grey[0.6] > 0.5 and ck.predicted(model, boats[0.6]) == ["boat"],
)

# %% [markdown]
# ## 3 · How rough is a picture?
# *10 minutes, 1 point*
#
# Grain is what differs from pixel to pixel. As a number, it can be subtracted from an objective.
#
# **Write** `total_variation`: the mean of
# $\big((x_{i+1,j} - x_{i,j})^2 + (x_{i,j+1} - x_{i,j})^2\big)^{p/2}$ over the colours and over all pixels
# that have both neighbours, one below and one at the right ([Mahendran & Vedaldi
# 2015](https://arxiv.org/abs/1412.0035), who take the sum). With $p = 2$ it shuns edges; with $p = 1$
# an edge costs no more than a slope of the same height.
#
# <details><summary>Hint</summary>
#
# `x[..., 1:, :-1]` are the pixels below `x[..., :-1, :-1]`.
#
# </details>


# %% exercise="total_variation"
def total_variation(x, power):
    """Return how much neighbouring pixels differ.

    x: pictures (N, 3, H, W)
    power: p
    returns: one number for each picture (N,)
    """
    # BEGIN SOLUTION
    here = x[..., :-1, :-1]
    down, across = x[..., 1:, :-1] - here, x[..., :-1, 1:] - here
    return (down.square() + across.square()).pow(power / 2).mean((1, 2, 3))
    # END SOLUTION


# %% check="total_variation" points=1
ck.check(total_variation)

# %%
step, slope = torch.zeros(1, 3, 32, 32), torch.linspace(0, 1, 32).expand(1, 3, 32, 32)
step[..., 16:] = 1
rough = {p: [total_variation(x, p).item() for x in (step, slope)] for p in (1.0, 2.0)}
ck.claim(
    "From black to white in one step or in thirty: the same for p = 1, and not for p = 2",
    abs(rough[1.0][0] - rough[1.0][1]) < 1e-4 and rough[2.0][0] > 20 * rough[2.0][1],
    value=", ".join(f"p = {p:g}: {one:.3f} and {other:.3f}" for p, (one, other) in rough.items()),
)

# %% [markdown]
# ## 4 · Seen from several places
# *15 minutes, 2 points*
#
# Jitter shows the net a picture that is shifted a little, at random, and undoes the shift afterwards. What
# fits one place only cancels out over the steps. It can cancel out in one step, too.
#
# **Write** `shifted_gradient`: the mean over all `shifts` of the gradient of the target's score (before the
# softmax). For each, shift the picture by (rows, columns), round the border; take the gradient with respect
# to what the net saw; and shift that back.
#
# <details><summary>Hint</summary>
#
# `x.roll((rows, columns), (2, 3))`. `shifts.tolist()` gives whole numbers.
#
# </details>
#
# **The picture**: thirty steps along this gradient, on the net that was trained as usual: above from one
# place, below from five. The finest grain is gone, and nothing else.


# %% exercise="shifted_gradient"
def shifted_gradient(model, x, target, shifts):
    """Return the gradient of the score, averaged over shifts of the picture.

    model: the net, from pictures to scores (N, classes)
    x: pictures (N, 3, H, W) in [0, 1]
    target: one class for each picture (N,)
    shifts: rows and columns to shift by (K, 2), with their sign
    returns: the gradient (N, 3, H, W), where x has its pixels
    """
    # BEGIN SOLUTION
    gradients = []
    for rows, columns in shifts.tolist():
        seen = x.detach().roll((rows, columns), (2, 3)).requires_grad_()
        score = model(seen)[torch.arange(len(x)), target].sum()
        gradient = torch.autograd.grad(score, seen)[0]
        gradients.append(gradient.roll((-rows, -columns), (2, 3)))
    return torch.stack(gradients).mean(0)
    # END SOLUTION


# %% check="shifted_gradient" points=2
ck.check(shifted_gradient)

# %%
usual = ck.load_model("scenes")
wanted = torch.tensor([number[name] for name in ("house", "car", "flower")], device=ck.device())
places = {
    "one place": torch.tensor([[0, 0]]),
    "five places": torch.tensor([[0, 0], [3, -2], [-2, 3], [-3, -3], [2, 2]]),
}
climbed = {}
for name, shifts in places.items():
    image = torch.zeros(3, 3, 64, 64, device=ck.device())
    for _ in range(30):
        gradient = shifted_gradient(usual, 0.5 + image, wanted, shifts)
        image = (image + 1.5 * gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None]).clamp(
            -0.5, 0.5
        )
    climbed[name] = 0.5 + image
plots.show(
    plots.image_grid(
        torch.cat(list(climbed.values())), ["house", "car", "flower"] * 2, columns=3, rows=list(places)
    ),
    alt="Two rows of three pictures: dark outlines and stripes of colour on grey. In the upper row fine "
    "lattices and waves lie around them; the lower row has fewer of them.",
)
rough = {name: total_variation(x, 2.0) / (x - 0.5).square().mean((1, 2, 3)) for name, x in climbed.items()}
ck.claim(
    "For its contrast, every picture is less rough when it is seen from five places",
    (rough["five places"] < 0.95 * rough["one place"]).all(),
)

# %% [markdown]
# ## 5 · A guided dream
# *20 minutes, 3 points*
#
# A dream amplifies what a layer sees already. With a **guide**, it is told what to look for: at every place,
# more of that which the guide has, and which is most like what is there already.
#
# **Write** `guided_dream_step`. A layer gives each place of `x` a vector $a_i$ of K numbers, and each place
# of the guide a vector $b_j$. Take one step up $\sum_i \max_j \langle a_i, b_j \rangle$, of the same mean
# size for every picture:
# $x \leftarrow \text{clip}_{[0, 1]}\big(x + \alpha \, g / \text{mean} \lvert g \rvert\big)$ (Mordvintsev et
# al. 2015). The guide is one picture, of any size, and stays as it is.
#
# <details><summary>Hint</summary>
#
# `with ck.record(model, layer) as outputs:` catches the maps of each forward pass. `maps.flatten(2).mT` is a
# row for each place, `(N, h·w, K)`; one matrix product has all $\langle a_i, b_j \rangle$, `(N, h·w, h'·w')`.
#
# </details>
#
# **The picture**: the pagoda, guided by flowers and by houses.


# %% exercise="guided_dream_step"
def guided_dream_step(model, x, guide, layer, step):
    """Return the pictures after one step towards what a guide shows.

    model: the net
    x: pictures (N, 3, H, W) in [0, 1]
    guide: one picture (1, 3, H', W') in [0, 1]
    layer: the layer's name, such as "relu6"
    step: by how much a pixel changes, on average, α
    returns: pictures of the shape of x, in [0, 1]
    """
    # BEGIN SOLUTION
    x = x.detach().requires_grad_()
    with ck.record(model, layer) as outputs:
        model(guide)
        wanted = outputs[layer][0].flatten(1).detach()  # (K, h'·w')
        model(x)
        products = outputs[layer].flatten(2).mT @ wanted
    gradient = torch.autograd.grad(products.amax(2).sum(), x)[0]
    mean = gradient.abs().mean((1, 2, 3), keepdim=True)
    return (x + step * gradient / mean).clamp(0, 1).detach()
    # END SOLUTION


# %% check="guided_dream_step" points=3
ck.check(guided_dream_step)

# %%
guides = {
    name: ck.draw(1, seed=2, classes=(name,), scale=0.6, weather="clear", light="day").images.to(ck.device())
    for name in ("flower", "house")
}
guided = {}
for name, guide in guides.items():
    dream = photographs["china"]
    for _ in range(30):
        dream = guided_dream_step(model, dream, guide, "relu6", 0.01)
    guided[name] = dream
shown = torch.cat(
    [photographs["china"], *(resized(guide, 96, 144) for guide in guides.values()), *guided.values()]
)
plots.show(
    plots.image_grid(
        shown, ["photograph", "guide: flower", "guide: house", "dream of it", "dream of it"], columns=5
    ),
    alt="A photograph of a pagoda; a drawn flower; a drawn house; and two dreams of the photograph. In the "
    "first the pagoda is a stack of round blossoms, in the second a house with windows has grown from "
    "it.",
)
flowery, homely = (ck.predicted(model, x)[0] for x in guided.values())
ck.claim("The net sees the guide's class in each dream", (flowery, homely) == ("flower", "house"))

# %% [markdown]
# ## 6 · To the next octave
# *10 minutes, 2 points*
#
# A layer looks for things of one size in pixels. So a dream begins in a small copy of the picture, an
# *octave*, and goes on in larger ones. The small copy has lost what is fine in the picture; what it has
# gained, the **detail**, must not be lost.
#
# **Write** `next_octave`: the picture that the next octave starts from. Take from the dream what it has added
# to `x` at *its* size; enlarge that to the next size; add it to `x` at the next size; clip to $[0, 1]$.
# Change sizes by `torch.nn.functional.interpolate(…, mode="bilinear", antialias=True)`.
#
# <details><summary>Hint</summary>
#
# `dream.shape[2:]` is the size of this octave. `x` has the size of the last one, and is made smaller twice:
# to this octave's size and to the next one's.
#
# </details>
#
# **The picture**: a dream in four octaves, with the detail carried over and without.


# %% exercise="next_octave"
def next_octave(x, dream, height, width):
    """Return what the next octave starts from: the picture, with the detail of the dream.

    x: pictures (N, 3, H, W) in [0, 1], at full size
    dream: what has become of them in this octave (N, 3, h, w), in [0, 1]
    height, width: the size of the next octave
    returns: pictures (N, 3, height, width) in [0, 1]
    """

    # BEGIN SOLUTION
    def resize(picture, size):
        return torch.nn.functional.interpolate(picture, size, mode="bilinear", antialias=True)

    detail = dream - resize(x, dream.shape[2:])
    return (resize(x, (height, width)) + resize(detail, (height, width))).clamp(0, 1)
    # END SOLUTION


# %% check="next_octave" points=2
ck.check(next_octave)


# %%
def dream(x, carried):
    """Return a dream in four octaves, with the detail carried over or lost."""
    picture = x
    for octave, shrink in enumerate((1.5**-3, 1.5**-2, 1.5**-1, 1)):
        size = [round(shrink * side) for side in x.shape[2:]]
        picture = next_octave(x, picture, *size) if octave and carried else resized(x, *size)
        for _ in range(8):
            picture = guided_dream_step(model, picture, picture, "relu6", 0.01)
    return picture


dahlia = photographs["flower"]
dreams = {"detail lost": dream(dahlia, False), "detail carried over": dream(dahlia, True)}
plots.show(
    plots.image_grid(
        torch.cat([resized(picture, 160, 240) for picture in (dahlia, *dreams.values())]),
        ["photograph", *dreams],
        columns=3,
    ),
    alt="A photograph of a dahlia, and two dreams of it. With the detail lost, small dark spots and strokes "
    "have come up in the petals; with the detail carried over the whole flower has become something "
    "else, with large parts.",
)
coarse = {
    name: (resized(x, 12, 18) - resized(dahlia, 12, 18)).abs().mean().item() for name, x in dreams.items()
}
ck.claim(
    "What was dreamt in the small copies is large: seen from afar, it changes the picture more",
    coarse["detail carried over"] > 1.3 * coarse["detail lost"],
    value=", ".join(f"{name}: {change:.2f}" for name, change in coarse.items()),
)

# %% [markdown]
# ## 7 · The style of a part
# *15 minutes, 2 points*
#
# The Gram matrix counts which channels fire together, wherever they do. With a mask it counts only where the
# mask is 1: the style of the sky, without that of the ground.
#
# **Write** `masked_gram`: $G = \sum_p w_p F_p F_p^\top \big/ \sum_p w_p$, where $F_p$ are the K numbers of a
# layer at place $p$, and $w_p$ is the mean of the mask over what that place covers:
# `torch.nn.functional.adaptive_avg_pool2d` makes the mask as small as the maps ([Gatys et al.
# 2017](https://arxiv.org/abs/1611.07865)).
#
# <details><summary>Hint</summary>
#
# With `rows = features.flatten(2)` and weights of shape `(N, 1, h·w)`, the sum over all places is one matrix
# product, `(weights * rows) @ rows.mT`.
#
# </details>
#
# **The picture**: for each of six scenes, that one of 24 whose ground has the style most like its own, and
# that one whose object has.


# %% exercise="masked_gram"
def masked_gram(features, mask):
    """Return which channels fire together where the mask is 1.

    features: what a layer puts out (N, K, h, w)
    mask: 1 where the part is, else 0 (N, H, W), as large as the pictures
    returns: Gram matrices (N, K, K)
    """
    # BEGIN SOLUTION
    weights = torch.nn.functional.adaptive_avg_pool2d(mask[:, None], features.shape[2:]).flatten(2)
    rows = features.flatten(2)
    return (weights * rows) @ rows.mT / weights.sum(2, keepdim=True)
    # END SOLUTION


# %% check="masked_gram" points=2
ck.check(masked_gram)

# %%
world = ck.draw(24, seed=21, weather="clear", light="day").to(ck.device())
with ck.record(model, "relu1") as outputs, torch.no_grad():
    model(world.images)
objects, grounds = world.masks.float(), [factors["ground"] for factors in world.factors]
nearest, same = {}, {}
for name, mask in {"by the ground": 1 - objects, "by the object": objects}.items():
    styles = torch.nn.functional.normalize(masked_gram(outputs["relu1"], mask).flatten(1))
    alike = (styles @ styles.T).fill_diagonal_(0).argmax(1).tolist()
    nearest[name] = world.images[alike[:6]]
    same[name] = sum(grounds[i] == grounds[j] for i, j in enumerate(alike))
plots.show(
    plots.image_grid(
        torch.cat([world.images[:6], *nearest.values()]),
        columns=6,
        rows=["scene", *nearest],
        smallest=120,
    ),
    alt="Six scenes; below each the one with the most similar style around the object, mostly with the same "
    "kind of ground; and below that the one with the most similar style of the object, on other "
    "grounds.",
)
ck.claim(
    "The style around the object finds the same kind of ground for most scenes, that of the object for few",
    same["by the ground"] >= 12 and same["by the object"] <= 6,
    value=", ".join(f"{name} {count} of 24" for name, count in same.items()),
)

# %% [markdown]
# ## 8 · The loss of a style transfer
# *20 minutes, 3 points*
#
# A picture shall hold what one picture shows, in the manner of another. Two wishes become one number by a
# weight, and that only means something if both are measured in the same unit: relative to what is wanted.
#
# **Write** `transfer_loss`, with $\text{err}(a, b) = \lVert a - b \rVert^2 / \lVert b \rVert^2$:
#
# $$\text{err}\big(F_\text{deep}(x), F_\text{deep}(\text{content})\big) + \beta \, \tfrac{1}{2} \sum_{l}
# \text{err}\big(G_l(x), G_l(\text{style})\big)$$
#
# where $l$ runs over the two layers `shallow` and `deep`, $F_l$ is what a layer puts out, and
# $G_l = F_l F_l^\top / (h w)$ its Gram matrix ([Gatys et al. 2015](https://arxiv.org/abs/1508.06576)). The
# style is one picture, of any size, for all.
#
# <details><summary>Hint</summary>
#
# `with ck.record(model, shallow, deep) as outputs:` catches both layers; `dict(outputs)` keeps them before
# the next forward pass fills them anew. With a mask of ones, exercise 7 is the Gram matrix.
#
# </details>
#
# **The picture**: the pagoda in the manner of a church window, by descending this loss together with exercise
# 3's total variation.


# %% exercise="transfer_loss"
def transfer_loss(model, x, content, style, shallow, deep, weight):
    """Return how far pictures are from what one shows, in the manner of another.

    model: the net
    x: pictures (N, 3, H, W) in [0, 1]
    content: what they shall show (N, 3, H, W)
    style: in whose manner (1, 3, H', W')
    shallow, deep: names of two layers
    weight: of the style, β
    returns: one loss for each picture (N,)
    """

    # BEGIN SOLUTION
    def maps(picture):
        with ck.record(model, shallow, deep) as outputs:
            model(picture)
            return dict(outputs)

    def gram(features):
        rows = features.flatten(2)
        return rows @ rows.mT / rows.shape[2]

    def error(found, wanted):
        return (found - wanted).flatten(1).square().sum(1) / wanted.flatten(1).square().sum(1)

    here, kept, manner = maps(x), maps(content), maps(style)
    styles = [error(gram(here[layer]), gram(manner[layer])) for layer in (shallow, deep)]
    return error(here[deep], kept[deep]) + weight * sum(styles) / 2
    # END SOLUTION


# %% check="transfer_loss" points=3
ck.check(transfer_loss)

# %%
from coursekit.synthesis import stained_glass

content, window = photographs["china"], stained_glass(96).to(ck.device())
painted = content.clone().requires_grad_()
optimiser = torch.optim.Adam([painted], lr=0.03)
losses = []
for _ in range(60):
    losses.append(transfer_loss(model, painted, content, window, "relu1", "relu3", 3.0).sum())
    smooth = 30 * total_variation(painted, 2.0).sum()
    painted.grad = torch.autograd.grad(losses[-1] + smooth, painted)[0]
    optimiser.step()
    painted.data.clamp_(0, 1)
plots.show(
    plots.image_grid(
        torch.cat([resized(picture.detach(), 160, 240) for picture in (content, window, painted)]),
        ["content", "style", "both"],
        columns=3,
    ),
    alt="A photograph of a pagoda by a lake, a drawn church window of coloured pieces between black lines, "
    "and the pagoda in patches of such colours with dark contours.",
)
first, last = losses[0].item(), losses[-1].item()
ck.claim("The loss falls to less than half", last < first / 2, value=f"from {first:.1f} to {last:.1f}")

# %% [markdown]
# ## 9 · What a picture of a class shows
# *5 minutes, 2 points, graded by hand*
#
# A report shows a picture that was climbed to from grey for the class *tank*, with several regularisers:
# barrels and tracks, sharp and clean. It concludes: "This is what the net takes for a tank. So it looks at
# barrels and tracks, as it should, and not at the weather."
#
# **Write** two to four sentences: what may have come from elsewhere than from the net, and which two tests of
# the conclusion would you make?

# %% [markdown] written="class_picture" points=2
# *From elsewhere*: blur, decay and the Fourier start rule out grain and faint, wide areas whether or not the
# net likes them, and the picture is one of many with a high score. A cloudy sky is the first thing that such
# rules remove. So barrels and tracks *raise* the score; that nothing else does, the picture cannot show.
#
# *Tests*: climb again with the regularisers off one at a time, from several starts, and see what stays. Above
# all, test on pictures that exist: tanks in sunshine and empty fields under clouds, with everything else the
# same, as in chapter 1; or measure how much of the attribution lies on the tank and how much on the sky.

# %% [markdown]
# ## What you have
#
# A step up and three ways to keep it honest; what a dream adds, told what to look for and carried from size
# to size; and the two numbers of which style transfer is made. The lecture's notebook puts them together, on
# both nets.
