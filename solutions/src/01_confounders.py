# %% [markdown]
# # 01 · Confounders: the exercises
#
# Nine short functions: where a net fails, what a microphone adds, a map and its stress, a camera's pattern,
# what a tag decides, and two remedies. Each has a cell that checks it and says what a wrong answer looks
# like, and most have a cell that shows or counts something with it. About 93 minutes, 16 points.
#
# Only `torch` is needed, and later functions may use the earlier ones. Leave the tensors that you are given
# as you found them.

# %%
import torch

import coursekit as ck
from coursekit import confounding, plots
from coursekit.confounding import experiments, trials

lab = trials.tanks(200, seed=1)
field = trials.tanks(120, seed=2, tied=0.5)
rain = trials.weather(field)
net = trials.train(trials.quick_net(lab.classes), lab.images, lab.labels)
said = net(field.images).argmax(1)
print(f"in the field {ck.evaluate(net, field.images, field.labels):.0%} right")

# %% [markdown]
# ## 1 · Accuracy, by class and confounder
# *8 minutes, 1 point*
#
# One accuracy hides where a net fails. Take a table: a row for each class, a column for each value of the
# confounder, and in each cell the accuracy on the pictures that belong there.
#
# **Write** `group_accuracy`: $P(\hat y = y \mid y = k, z = g)$, for classes 0 to K − 1 and groups 0 to G −
# 1. Each combination occurs at least once.
#
# <details><summary>Hint</summary>
#
# `(said == label).float()` is 1 where the net is right. `(label == k) & (group == g)` selects a cell. How
# many there are: `int(label.max()) + 1`.
#
# </details>


# %% exercise="group_accuracy"
def group_accuracy(said, label, group):
    """Return the accuracy within each class and each value of the confounder.

    said: the class that the net gave each picture (N,)
    label: its true class, 0 to K − 1 (N,)
    group: its value of the confounder, 0 to G − 1 (N,)
    returns: accuracies (K, G), from 0 to 1
    """
    # BEGIN SOLUTION
    right = (said == label).float()
    classes, groups = range(int(label.max()) + 1), range(int(group.max()) + 1)
    return torch.stack(
        [torch.stack([right[(label == k) & (group == g)].mean() for g in groups]) for k in classes]
    )
    # END SOLUTION


# %% check="group_accuracy" points=1
ck.check(group_accuracy)

# %%
cells = group_accuracy(said, field.labels, rain)
for k, name in enumerate(field.classes):
    print(f"{name:5} blue sky {cells[k, 0]:4.0%}   rain {cells[k, 1]:4.0%}")
ck.claim("It is right where the weather is that of the lab, and wrong elsewhere", cells[0, 1] > cells[0, 0])

# %% [markdown]
# ## 2 · A microphone's mean
# *8 minutes, 1 point*
#
# In decibels a microphone adds the same numbers to every recording: its transfer function. The mean over all
# recordings of a microphone holds it, plus the mean voice. Take it away.
#
# **Write** `remove_channel`: each recording less the mean of all recordings by its own microphone, band by
# band.
#
# <details><summary>Hint</summary>
#
# `bands[microphone == m].mean(0)` is the mean of microphone m. `torch.zeros_like(bands)` is a place for the
# result; do not write into `bands`.
#
# </details>


# %% exercise="remove_channel"
def remove_channel(bands, microphone):
    """Return recordings without the mean of their microphone.

    bands: decibels in each band (N, D)
    microphone: which microphone it was, 0, 1, … (N,)
    returns: the same without the mean of each microphone (N, D)
    """
    # BEGIN SOLUTION
    result = torch.zeros_like(bands)
    for m in microphone.unique():
        result[microphone == m] = bands[microphone == m] - bands[microphone == m].mean(0)
    return result
    # END SOLUTION


# %% check="remove_channel" points=1
ck.check(remove_channel)

# %% [markdown]
# ## 3 · The neighbour's microphone
# *12 minutes, 2 points*
#
# Does a map show speakers or microphones? Ask every recording for its nearest neighbour: is it by the same
# microphone? Two recordings of one *speaker* must not answer for each other, and none for itself.
#
# **Write** `neighbour_agrees`: 1 where the nearest point of another speaker has the same label, else 0.
#
# <details><summary>Hint</summary>
#
# `torch.cdist(points, points)` has all distances. Where `speaker[:, None] == speaker`, put them to
# `torch.inf`. `argmin(1)` then gives the neighbour's number, and `label[…]` its label.
#
# </details>


# %% exercise="neighbour_agrees"
def neighbour_agrees(points, label, speaker):
    """Return whether the nearest recording of another speaker has the same label.

    points: places on a map, or features (N, D)
    label: such as the microphone (N,)
    speaker: who speaks (N,)
    returns: 1.0 or 0.0 for each recording (N,)
    """
    # BEGIN SOLUTION
    apart = torch.cdist(points, points)
    apart[speaker[:, None] == speaker] = torch.inf
    return (label[apart.argmin(1)] == label).float()
    # END SOLUTION


# %% check="neighbour_agrees" points=2
ck.check(neighbour_agrees)

# %%
speech = ck.record_speakers(51, seed=0)
bands = ck.band_energies(speech.both)
microphone, speaker = torch.arange(102) // 51, torch.arange(102) % 51
before = neighbour_agrees(bands, microphone, speaker).mean().item()
after = neighbour_agrees(remove_channel(bands, microphone), microphone, speaker).mean().item()
ck.claim(
    "Without its mean, the microphone is harder to tell",
    after < before - 0.1,
    value=f"{before:.0%} → {after:.0%}",
)

# %% [markdown]
# ## 4 · Sammon's stress
# *10 minutes, 2 points*
#
# How badly does a map show distances? For every pair of points compare $\delta_{ij}$, their distance on the
# map, with $d_{ij}$, which it should be. Each square is divided by its $d$, so that near pairs count more,
# and all of it by the sum of the distances, so that it has no unit.
#
# **Write** `stress`: $\frac{1}{\sum_{i<j} d_{ij}} \sum_{i<j} \frac{(d_{ij} - \delta_{ij})^2}{d_{ij}}$
# ([Sammon 1969](https://doi.org/10.1109/T-C.1969.222678)).
#
# <details><summary>Hint</summary>
#
# `i, j = torch.triu_indices(n, n, 1)` are all pairs with i < j, each once: the diagonal, where $d = 0$, is
# not among them.
#
# </details>


# %% exercise="stress"
def stress(points, distances):
    """Return Sammon's stress of a map.

    points: the map (N, 2)
    distances: what they should be, symmetric (N, N)
    returns: one number
    """
    # BEGIN SOLUTION
    i, j = torch.triu_indices(len(points), len(points), 1)
    wanted, found = distances[i, j], (points[i] - points[j]).norm(dim=1)
    return ((wanted - found) ** 2 / wanted).sum() / wanted.sum()
    # END SOLUTION


# %% check="stress" points=2
ck.check(stress)

# %% [markdown]
# ## 5 · A penalty for pairs
# *10 minutes, 2 points*
#
# We know which two recordings belong together. Add it: their wanted distance is 0, with a weight $q$.
#
# **Write** `penalised_stress`: $(1 - q)\, E + q \, \frac{1}{\sum_p d_p} \sum_p \frac{\delta_p^2}{d_p}$, with
# $E$ from exercise 4 and the sums over the given pairs $p$ (after Maier et al. 2009).
#
# <details><summary>Hint</summary>
#
# `first, second = pairs.T`. `distances[first, second]` are the $d_p$.
#
# </details>
#
# **The picture** shows both terms as the weight grows: what the map gives up, and what it gains.


# %% exercise="penalised_stress"
def penalised_stress(points, distances, pairs, weight):
    """Return the stress of a map on which pairs should lie together.

    points: the map (N, 2)
    distances: what they should be, symmetric (N, N)
    pairs: the numbers of the two points of each pair (P, 2)
    weight: q, from 0 to 1
    returns: one number
    """
    # BEGIN SOLUTION
    first, second = pairs.T
    wanted, found = distances[first, second], (points[first] - points[second]).norm(dim=1)
    apart = (found**2 / wanted).sum() / wanted.sum()
    return (1 - weight) * stress(points, distances) + weight * apart
    # END SOLUTION


# %% check="penalised_stress" points=2
ck.check(penalised_stress)

# %%
distances = experiments.distances(speech.both)
pairs = torch.stack([torch.arange(51), torch.arange(51) + 51], 1)
weights = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8]
maps = [confounding.speaker_map(distances, pairs, q) for q in weights]
plots.show(
    plots.lines(
        weights,
        {
            "all distances": [penalised_stress(m, distances, pairs, 0.0) for m in maps],
            "pairs": [penalised_stress(m, distances, pairs, 1.0) for m in maps],
        },
        xlabel="weight of the pairs, q",
        ylabel="stress",
    ),
    alt="Two curves over the weight of the pairs: the stress of the pairs falls from near 1 to 0, fastest at "
    "first; that of all distances rises a little and stays low.",
)

# %% [markdown]
# ## 6 · A camera's pattern
# *12 minutes, 2 points*
#
# Every pixel of a sensor has a gain of its own. Take the content of each picture away; what is left is noise,
# and its mean over many pictures is the camera's pattern. A gain shows where there is light, so bright
# places count more.
#
# **Write** `fingerprint`. For each picture $W = I - \text{mean}_{3 \times 3}(I)$, with reflection beyond the
# border, less the mean of each channel of each picture; then $K = \sum W I / \sum I^2$ over the pictures,
# less the mean of each channel ([Chen et al. 2008](https://doi.org/10.1109/TIFS.2007.916285)).
#
# <details><summary>Hint</summary>
#
# `torch.nn.functional.pad(images, (1, 1, 1, 1), mode="reflect")`, then `avg_pool2d(…, 3, stride=1)`. A mean
# over rows and columns: `.mean((2, 3), keepdim=True)`.
#
# </details>


# %% exercise="fingerprint"
def fingerprint(images):
    """Return the pattern of the camera that took the images.

    images: by one camera (N, C, H, W), from 0 to 1, none black throughout
    returns: the pattern (C, H, W), each channel with mean 0
    """
    # BEGIN SOLUTION
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), mode="reflect")
    noise = images - torch.nn.functional.avg_pool2d(padded, 3, stride=1)
    noise = noise - noise.mean((2, 3), keepdim=True)
    pattern = (noise * images).sum(0) / images.square().sum(0)
    return pattern - pattern.mean((1, 2), keepdim=True)
    # END SOLUTION


# %% check="fingerprint" points=2
ck.check(fingerprint)

# %%
size = {"size": 64, "light": "day"}
patterns = torch.stack(
    [fingerprint(ck.draw(16, seed=s, camera=c, **size).images) for s, c in enumerate("ABC")]
)
unknown = ck.draw(30, seed=9, camera=["ABC"[i % 3] for i in range(30)], **size).images
found = confounding.correlation(unknown, patterns).argmax(1)
right = (found == torch.arange(30) % 3).float().mean().item()
ck.claim("The pattern says which of three cameras took a picture", right > 0.8, value=f"{right:.0%}")

# %% [markdown]
# ## 7 · What the tag decides
# *8 minutes, 1 point*
#
# A tag was pasted on every picture. How many decisions did it turn? Only those count that it *could* turn: a
# boat that is called a boat is none, and neither is a house that was called a boat without the tag.
#
# **Write** `tag_flips`: among pictures that are not of the target class, and that were not called so before,
# the share that is called so with the tag. There is at least one.
#
# <details><summary>Hint</summary>
#
# `before.argmax(1)` are the decisions before. A tensor of bools, indexed by a tensor of bools, then
# `.float().mean()`.
#
# </details>


# %% exercise="tag_flips"
def tag_flips(before, after, label, target):
    """Return the share of decisions that a tag turns to the target.

    before: scores without the tag (N, K)
    after: scores with the tag (N, K)
    label: the true classes (N,)
    target: the class that the tag goes with
    returns: one number, from 0 to 1
    """
    # BEGIN SOLUTION
    was, now = before.argmax(1), after.argmax(1)
    could = (label != target) & (was != target)
    return (now == target)[could].float().mean()
    # END SOLUTION


# %% check="tag_flips" points=1
ck.check(tag_flips)

# %% [markdown]
# ## 8 · Weights that make independent
# *10 minutes, 2 points*
#
# Nine in ten tanks stand in the rain. Give each picture a weight, so that in the weighted pictures class and
# weather have nothing to do with each other, and each is as frequent as before.
#
# **Write** `independence_weights`: $w = P(y) P(z) / P(y, z)$, with shares counted in the given pictures
# ([Kamiran & Calders 2012](https://doi.org/10.1007/s10115-011-0463-8)).
#
# <details><summary>Hint</summary>
#
# `(label[:, None] == label).float().mean(1)` is, for each picture, the share of pictures of its class:
# $P(y)$. For $P(y, z)$ two such tables must hold at once.
#
# </details>


# %% exercise="independence_weights"
def independence_weights(label, confounder):
    """Return a weight for each picture under which label and confounder are independent.

    label: the classes (N,)
    confounder: its values (N,)
    returns: weights (N,), with mean 1
    """
    # BEGIN SOLUTION
    same_label, same_confounder = label[:, None] == label, confounder[:, None] == confounder
    both = (same_label & same_confounder).float().mean(1)
    return same_label.float().mean(1) * same_confounder.float().mean(1) / both
    # END SOLUTION


# %% check="independence_weights" points=2
ck.check(independence_weights)

# %%
leaky = trials.tanks(400, seed=3, tied=0.9)
weights = independence_weights(leaky.labels, trials.weather(leaky))
chance = torch.Generator().manual_seed(0)
drawn = torch.multinomial(weights.cpu(), 400, replacement=True, generator=chance)
better = trials.train(trials.quick_net(leaky.classes), leaky.images[drawn], leaky.labels[drawn])
right = ck.evaluate(better, field.images, field.labels)
ck.claim("Trained on pictures drawn that often, it is right in the field", right > 0.75, value=f"{right:.0%}")

# %% [markdown]
# ## 9 · The gradient that unlearns
# *15 minutes, 3 points*
#
# A body computes features $f$. One linear head names the class, another reads the confounder. The body
# should get better for the first and *worse* for the second: on its way back the second head's gradient is
# multiplied by $-\lambda$.
#
# **Write** `body_gradient`: $\partial L_y / \partial f - \lambda \, \partial L_z / \partial f$, where both
# losses are mean cross-entropies, of scores $f W^\top$ ([Ganin & Lempitsky
# 2015](https://arxiv.org/abs/1409.7495)).
#
# <details><summary>Hint</summary>
#
# Let a copy ask for gradients: `features.detach().requires_grad_()`. `torch.autograd.grad(loss, copy)[0]` is
# the gradient of a loss; since the gradient of a sum is the sum of gradients, one call for
# $L_y - \lambda L_z$ will do *here*. (In a training the second *head* needs its gradient unreversed, which is
# why the reversal sits between body and head.)
#
# </details>


# %% exercise="body_gradient"
def body_gradient(features, class_head, confounder_head, label, confounder, scale):
    """Return the gradient that reaches the features.

    features: what the body puts out (N, D)
    class_head: weights of the linear head for the class (K, D)
    confounder_head: weights of the linear head for the confounder (G, D)
    label: the classes (N,)
    confounder: its values (N,)
    scale: λ, at least 0
    returns: the gradient (N, D)
    """
    # BEGIN SOLUTION
    f = features.detach().requires_grad_()
    of_class = torch.nn.functional.cross_entropy(f @ class_head.T, label)
    of_confounder = torch.nn.functional.cross_entropy(f @ confounder_head.T, confounder)
    return torch.autograd.grad(of_class - scale * of_confounder, f)[0]
    # END SOLUTION


# %% check="body_gradient" points=3
ck.check(body_gradient)
