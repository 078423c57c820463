# %% [markdown]
# # 09 · Bias and trust: the exercises
#
# Eight short functions, the tools of an auditor: by which cue does a net decide, how sure is the number, does
# an explanation find the object and depend on the net, and for whom is the net wrong? Each has a cell that
# checks it and says what a wrong answer looks like, and most have a cell that shows what it is good for.
# About 85 minutes, 16 points.
#
# Leave the net, `x` and everything else as you found them. Only `torch` is needed and, in exercise 5, `copy`;
# later functions may use the earlier ones.

# %%
import torch

import coursekit as ck
from coursekit import plots
from coursekit.fairness import audits
from coursekit.datasets import scenes

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
conflict = scenes.cue_conflict(60, seed=11)
said = {
    name: audits.predict(net, conflict.images.to(ck.device())).cpu()
    for name, net in {"usual": usual, "robust": robust}.items()
}
few = ck.draw(4, seed=3, classes=("tree", "fish", "house", "tank"), weather="clear", light="day")
few = few.to(ck.device())
target = torch.tensor([usual.classes.index(few.classes[label]) for label in few.labels], device=ck.device())

# %% [markdown]
# ## 1 · Shape or texture
# *5 minutes, 1 point*
#
# A picture shows the outline of one class, filled with another. A net may say the one, the other, or
# something else altogether.
#
# **Write** `shape_share`: of the decisions for *either* cue, the share that is for shape
# ([Geirhos et al. 2019](https://arxiv.org/abs/1811.12231)).
#
# <details><summary>Hint</summary>
#
# `(predicted == shape).sum()` counts decisions for shape.
#
# </details>


# %% exercise="shape_share"
def shape_share(predicted, shape, texture):
    """Return the share of shape among the decisions for shape or texture.

    predicted: the class that the net gives each picture (N,)
    shape: the class of its outline (N,)
    texture: the class of its filling, never that of the outline (N,)
    returns: one number, a tensor without dimensions
    """
    # BEGIN SOLUTION
    by_shape, by_texture = (predicted == shape).sum(), (predicted == texture).sum()
    return by_shape / (by_shape + by_texture)
    # END SOLUTION


# %% check="shape_share" points=1
ck.check(shape_share)

# %%
plots.show(
    plots.image_grid(
        conflict.images[:6],
        [
            f"{conflict.classes[conflict.shape[i]]} of {conflict.classes[conflict.texture[i]]}: "
            f"{conflict.classes[said['usual'][i]]}, {conflict.classes[said['robust'][i]]}"
            for i in range(6)
        ],
        columns=3,
    ),
    alt="Six objects with the outline of one class, filled with pieces of another; above each what it is "
    "made of, and what the usual and the robust net say.",
)
for name, answers in said.items():
    print(f"{name:8}{shape_share(answers, conflict.shape, conflict.texture):.0%} by shape")

# %% [markdown]
# ## 2 · How sure is that?
# *10 minutes, 2 points*
#
# Those shares are of a few dozen decisions. Had you drawn other pictures, they would differ.
#
# **Write** `wilson_interval`: with $\hat p$ the share of hits among $n$, and $z = 1.96$,
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}
# {1 + \frac{z^2}{n}}$$
#
# <details><summary>Hint</summary>
#
# Work on whole tensors, and put the two ends side by side with `torch.stack([low, high], 1)`.
#
# </details>


# %% exercise="wilson_interval"
def wilson_interval(hits, n):
    """Return the 95 % intervals of shares.

    hits: how many hits, as floats (K,)
    n: of how many (K,)
    returns: lower and upper ends (K, 2)
    """
    # BEGIN SOLUTION
    z, share = 1.96, hits / n
    middle = share + z**2 / (2 * n)
    reach = z * (share * (1 - share) / n + z**2 / (4 * n**2)).sqrt()
    return torch.stack([middle - reach, middle + reach], 1) / (1 + z**2 / n)[:, None]
    # END SOLUTION


# %% check="wilson_interval" points=2
ck.check(wilson_interval)

# %%
trials = torch.tensor([20.0, 80.0, 320.0])
rows = {f"{int(n)} trials": n for n in trials}
plots.show(
    plots.intervals(
        {
            name: {
                row: (share, *wilson_interval(share * n[None], n[None])[0].tolist())
                for row, n in rows.items()
            }
            for name, share in {"19 of 20": 0.95, "three of four": 0.75}.items()
        },
        xlabel="share, with its interval",
    ),
    alt="Intervals of two shares, 0.95 and 0.75, for 20, 80 and 320 trials. With four times as many "
    "trials they are about half as wide. They lean towards one half, the more the fewer trials there are.",
)

# %% [markdown]
# ## 3 · On the object?
# *10 minutes, 2 points*
#
# An object covers $K$ pixels. If a map were perfect, its $K$ hottest pixels would be those.
#
# **Write** `relevance_rank`: the share of the $K$ hottest pixels that lie on the object
# ([Arras et al. 2022](https://arxiv.org/abs/2003.07258)). $K$ differs from picture to picture. No two pixels
# of a map are equally hot.
#
# <details><summary>Hint</summary>
#
# `heat.flatten(1).argsort(1, descending=True).argsort(1)` is each pixel's place: 0 for the hottest. Which
# pixels have a place below $K$?
#
# </details>


# %% exercise="relevance_rank"
def relevance_rank(heat, mask):
    """Return how many of the K hottest pixels lie on the object of K pixels, as a share.

    heat: maps (N, H, W), without ties
    mask: the object's pixels (N, H, W), bool
    returns: one share for each picture (N,)
    """
    # BEGIN SOLUTION
    inside = mask.flatten(1)
    size = inside.sum(1)
    place = heat.flatten(1).argsort(1, descending=True).argsort(1)
    return ((place < size[:, None]) & inside).sum(1) / size
    # END SOLUTION


# %% check="relevance_rank" points=2
ck.check(relevance_rank)

# %%
maps = {
    "saliency, usual net": ck.heatmap(ck.saliency(usual, few.images, target)),
    "saliency, robust net": ck.heatmap(ck.saliency(robust, few.images, target)),
}
plots.show(
    plots.heatmap_grid(few.images, maps, [few.classes[label] for label in few.labels]),
    alt="Four scenes and their saliency maps: of the usual net specks in and around the object, of the "
    "robust net its outline.",
)
for name, heat in maps.items():
    print(f"{name:22}" + "  ".join(f"{share:.2f}" for share in relevance_rank(heat, few.masks)))

# %% [markdown]
# ## 4 · Alike?
# *10 minutes, 2 points*
#
# Two maps of one picture: do they agree on which pixels are hot? Values cannot be compared, a gradient is
# smaller than a probability. Ranks can.
#
# **Write** `rank_correlation`: Spearman's $\rho$, the correlation of the two maps' ranks,
#
# $$\rho = \frac{\sum_i (a_i - \bar a)(b_i - \bar b)}
# {\sqrt{\sum_i (a_i - \bar a)^2} \sqrt{\sum_i (b_i - \bar b)^2}}$$
#
# with $a_i$ and $b_i$ the rank of pixel $i$ within its own map. No two pixels of a map are equally hot.
#
# <details><summary>Hint</summary>
#
# `argsort` once says which pixel comes first; twice, which place each pixel has.
#
# </details>


# %% exercise="rank_correlation"
def rank_correlation(first, second):
    """Return Spearman's rank correlation of each pair of maps.

    first: maps (N, H, W), without ties
    second: the maps that they are compared with (N, H, W)
    returns: one number in [-1, 1] for each pair (N,)
    """
    # BEGIN SOLUTION
    a, b = (maps.flatten(1).argsort(1).argsort(1).float() for maps in (first, second))
    a, b = (ranks - ranks.mean(1, keepdim=True) for ranks in (a, b))
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))
    # END SOLUTION


# %% check="rank_correlation" points=2
ck.check(rank_correlation)

# %%
alike = rank_correlation(*maps.values())
print("usual and robust net:", "  ".join(f"{rho:.2f}" for rho in alike))
ck.claim("the two nets agree on much, though not on all", 0.4 < alike.mean() < 0.95)

# %% [markdown]
# ## 5 · Forgetting
# *15 minutes, 3 points*
#
# A map that explains what a net has learned must change when the net forgets it.
#
# **Write** `forgetting`: give the layers `head`, `conv3`, `conv2`, `conv1`, in this order, the weights of
# the untrained net `fresh`, one after the other, and each for good. After each step, compare the saliency
# $\max_{\text{channels}} |\partial s_c / \partial x|$ with that of the net that has forgotten nothing, by
# your `rank_correlation`. The class stays `target`
# ([Adebayo et al. 2018](https://arxiv.org/abs/1810.03292)).
#
# <details><summary>Hint</summary>
#
# Change a copy: `import copy` in the function, and `copy.deepcopy(model)`.
# `net.get_submodule(name).load_state_dict(…)` takes what `fresh.get_submodule(name).state_dict()` gives.
#
# </details>


# %% exercise="forgetting"
def forgetting(model, fresh, x, target):
    """Return how alike the saliency stays while the net forgets, from the head down.

    model: the net, with layers head, conv3, conv2, conv1
    fresh: a net with the same layers and other weights
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    returns: rank correlations with the map of the whole net (4, N), a row for each step
    """
    # BEGIN SOLUTION
    import copy

    def saliency(net):
        images = x.detach().requires_grad_()
        scores = net(images)[torch.arange(len(x)), target]
        return torch.autograd.grad(scores.sum(), images)[0].abs().amax(1)

    net, before, rows = copy.deepcopy(model), saliency(model), []
    for name in ("head", "conv3", "conv2", "conv1"):
        net.get_submodule(name).load_state_dict(fresh.get_submodule(name).state_dict())
        rows.append(rank_correlation(before, saliency(net)))
    return torch.stack(rows)
    # END SOLUTION


# %% check="forgetting" points=3
ck.check(forgetting)

# %%

torch.manual_seed(0)
untrained = ck.scene_net(usual.classes).to(ck.device()).eval()
steps = forgetting(usual, untrained, few.images, target).mean(1)
print("the usual net, as it forgets four of its layers:", "  ".join(f"{rho:.2f}" for rho in steps))

# %% [markdown]
# ## 6 · Do the marked pixels count?
# *15 minutes, 3 points*
#
# **Write** `deletion_curve`: cover the hottest $k/\text{steps}$ of each image's pixels with grey, 0.5 in all
# channels, for $k = 0, 1, \ldots, \text{steps}$, and record the probability of the class
# ([Petsiuk et al. 2018](https://arxiv.org/abs/1806.07421)). The cases have pixels that divide evenly into the
# steps.
#
# <details><summary>Hint</summary>
#
# As in exercise 3: a pixel is covered when its place is below $k$ times the pixels in a step. `torch.where`
# takes a mask of shape `(N, 1, H, W)`.
#
# </details>


# %% exercise="deletion_curve"
def deletion_curve(model, x, target, heat, steps):
    """Return the probability of the class as ever more of the hottest pixels are covered with grey.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    heat: maps (N, H, W), without ties
    steps: into how many equal parts the pixels are split
    returns: probabilities (N, steps + 1), from the whole image to the grey one
    """
    # BEGIN SOLUTION
    place = heat.flatten(1).argsort(1, descending=True).argsort(1).view_as(heat)
    curve = []
    for k in range(steps + 1):
        covered = torch.where((place < k * heat[0].numel() // steps)[:, None], 0.5, x)
        curve.append(model(covered).softmax(1)[torch.arange(len(x)), target])
    return torch.stack(curve, 1)
    # END SOLUTION


# %% check="deletion_curve" points=3
ck.check(deletion_curve)

# %%
noise = torch.rand(maps["saliency, usual net"].shape, generator=torch.Generator().manual_seed(0))
order = {"saliency": maps["saliency, usual net"], "noise": noise.to(ck.device())}
with torch.no_grad():
    curves = {
        name: deletion_curve(usual, few.images, target, heat, 16).mean(0) for name, heat in order.items()
    }
plots.show(
    plots.lines(
        torch.linspace(0, 1, 17),
        curves,
        xlabel="share of the pixels covered, hottest first",
        ylabel="probability of the class",
        ylim=(0, 1),
    ),
    alt="Two falling curves: in the order of the saliency map the probability falls much sooner than in a "
    "random order.",
)
ck.claim(
    "covered in the order of the saliency, the class is lost sooner than in a random order",
    curves["saliency"].mean() < curves["noise"].mean(),
)

# %% [markdown]
# ## 7 · By group
# *10 minutes, 2 points*
#
# **Write** `group_rates`: for each group $a$, the rate of true positives $P(\hat Y = 1 \mid Y = 1, A = a)$
# and that of false positives $P(\hat Y = 1 \mid Y = 0, A = a)$.
#
# <details><summary>Hint</summary>
#
# The bar means *among*: of those that have it, how many are said to?
#
# </details>


# %% exercise="group_rates"
def group_rates(predicted, labels, groups):
    """Return the rates of true and of false positives of each group.

    predicted: what the net says, 0 or 1 (N,)
    labels: what is true, 0 or 1 (N,)
    groups: the number of each picture's group, 0, 1, … (N,)
    returns: true positives and false positives (groups, 2)
    """
    # BEGIN SOLUTION
    rows = []
    for group in range(int(groups.max()) + 1):
        here = groups == group
        rows.append(torch.stack([(predicted == 1)[here & (labels == y)].float().mean() for y in (1, 0)]))
    return torch.stack(rows)
    # END SOLUTION


# %% check="group_rates" points=2
ck.check(group_rates)

# %% [markdown]
# ## 8 · Equalised odds
# *10 minutes, 1 point*
#
# [Hardt et al. 2016](https://arxiv.org/abs/1610.02413) ask that both rates be the same for all groups.
#
# **Write** `odds_gaps`: by how much does each rate differ between the two groups that are farthest apart?
#
# <details><summary>Hint</summary>
#
# Two calls on what your `group_rates` returns: `.amax(0)` and `.amin(0)`.
#
# </details>


# %% exercise="odds_gaps"
def odds_gaps(predicted, labels, groups):
    """Return the largest differences between groups in true and in false positives.

    predicted: what the net says, 0 or 1 (N,)
    labels: what is true, 0 or 1 (N,)
    groups: the number of each picture's group, 0, 1, … (N,)
    returns: the gap in true positives, and that in false positives (2,)
    """
    # BEGIN SOLUTION
    rates = group_rates(predicted, labels, groups)
    return rates.amax(0) - rates.amin(0)
    # END SOLUTION


# %% check="odds_gaps" points=1
ck.check(odds_gaps)

# %%
_, asked, told = audits.face_audit(audits.SHARES["thin"], seed=0)
tones = torch.tensor([record["skin"] - 1 for record in asked.factors], device=told.device)
for tone, (hits, alarms) in enumerate(group_rates(told, asked.labels, tones).tolist(), 1):
    print(f"tone {tone}: glasses found {hits:4.0%}, glasses made up {alarms:4.0%}")
hits, alarms = odds_gaps(told, asked.labels, tones).tolist()
ck.claim(
    "a net that saw twelve faces of tones 4 to 6 among 600 is far from equalised odds",
    max(hits, alarms) > 0.1,
    value=f"gaps {hits:.0%} and {alarms:.0%}",
)

# %% [markdown]
# ## What you have
#
# The questions that come before trust, as functions: by which cue, how sure, on the object, of this net,
# does it count, and for whom. None of them alone is a proof, and most cost a minute.
