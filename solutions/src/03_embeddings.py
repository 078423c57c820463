# %% [markdown]
# # 03 · Embeddings: the exercises
#
# Nine short functions, from features to a map, and to a number that says how far to trust it. Each has a
# cell that checks it and says what a wrong answer looks like, and most have a cell that shows its picture.
# About 107 minutes, 19 points, and 2 more for an answer in words.
#
# Throughout, `x` has a row for each of N points, shape `(N, D)`. Leave the net and everything else as you
# found them. Only `torch` and, in exercise 1, `ck.evaluating` and `ck.record` are needed, and later functions
# may use the earlier ones. When it is graded, scikit-learn and the package's own answers (`ck.features`,
# `ck.purity`, …) are not there.

# %%
import torch

import coursekit as ck
from coursekit import plots

model = ck.load_model("scenes")
gallery = ck.draw(200, seed=31).to(ck.device())
names, labels = gallery.classes, gallery.labels.cpu()

# %% [markdown]
# ## 1 · The features of a data set
# *12 minutes, 2 points*
#
# A data set does not fit through the net at once. So it goes in batches, and what a layer puts out is put
# aside. Three things go wrong easily: the net is in training mode, where batch norm and dropout make a
# picture's features depend on its batch and on chance; the last batch is smaller; and a graph is kept, which
# fills the memory.
#
# **Write** `collect_features`: the mean of each channel of the layer's map, for each picture, in the order of
# the pictures. The net may come in training mode, and is to be left in the mode that it came in.
#
# ```python
# with ck.record(model, layer) as outputs:
#     model(batch)  # and from here on, outputs[layer] is the map (n, K, h, w)
# ```
#
# <details><summary>Hint</summary>
#
# `with ck.evaluating(model), torch.no_grad():` puts the net in evaluation mode, and back. `x.split(size)`
# gives the batches; append to a list, and `torch.cat` it in the end.
#
# </details>


# %% exercise="collect_features"
def collect_features(model, x, layer, size):
    """Return the mean of each channel that a layer puts out, for each picture.

    model: the net, perhaps in training mode
    x: images (N, 3, H, W)
    layer: the name of a layer that puts out maps (n, K, h, w)
    size: how many pictures to a batch; the last one may be smaller
    returns: features (N, K), in the order of the pictures
    """
    # BEGIN SOLUTION
    rows = []
    with ck.evaluating(model), ck.record(model, layer) as outputs, torch.no_grad():
        for batch in x.split(size):
            model(batch)
            rows.append(outputs[layer].mean((2, 3)))
    return torch.cat(rows)
    # END SOLUTION


# %% check="collect_features" points=2
ck.check(collect_features)

# %%
seen = collect_features(model, gallery.images, "relu7", 32).cpu()
print(f"{len(seen)} pictures of {gallery.images[0].numel():,} numbers, told in {seen.shape[1]} numbers each")

# %% [markdown]
# ## 2 · Principal components
# *12 minutes, 2 points*
#
# A map of 224 dimensions has to leave out nearly all of them. Principal component analysis keeps the
# directions along which the points differ most.
#
# **Write** `principal_components`: with the mean taken off, $X - \bar X = U S V^\top$, the first $k$ columns
# of $U S$. The sign of a direction is free: turn each one (a column of $V$) so that its entry of largest
# absolute value is positive.
#
# <details><summary>Hint</summary>
#
# `U, S, Vh = torch.linalg.svd(centred, full_matrices=False)`; row `i` of `Vh` is direction `i`. Its largest
# entry is `Vh.gather(1, Vh.abs().argmax(1, keepdim=True))`, and its `.sign()` is what to multiply by.
#
# </details>
#
# **The picture**: some classes are clouds of their own; others would need a third direction.


# %% exercise="principal_components"
def principal_components(x, k):
    """Return where each point lies along the k directions of largest variance.

    x: points (N, D)
    k: how many directions
    returns: (N, k), each column with mean 0
    """
    # BEGIN SOLUTION
    U, S, Vh = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    signs = Vh.gather(1, Vh.abs().argmax(1, keepdim=True)).sign()[:, 0]
    return (U * S * signs)[:, :k]
    # END SOLUTION


# %% check="principal_components" points=2
ck.check(principal_components)

# %%
plots.show(
    plots.point_maps({"two principal components": principal_components(seen, 2)}, labels, names, size=4.2),
    alt="A map of 200 scenes by two principal components of their features: each class is a cloud; a few "
    "stand apart, the others overlap.",
)

# %% [markdown]
# ## 3 · Components as colours
# *12 minutes, 3 points*
#
# Each position of a feature map is a point too, with as many dimensions as there are channels. Its first
# three principal components make a colour: red, green, blue.
#
# **Write** `map_colours`: take all positions of all maps together as the rows of exercise 2, three
# components, and stretch each component to [0, 1] over all of them: $(c - \min) / (\max - \min)$.
#
# <details><summary>Hint</summary>
#
# `reshape` does not move axes. From `(N, K, h, w)` to rows and back: `.movedim(1, 3)`, then
# `.reshape(-1, K)`; in the end `.reshape(N, h, w, 3)` and `.movedim(3, 1)`.
#
# </details>
#
# **The picture**: nobody told the net where the object is, nor which colours to use. One colour is one way to
# fire, in all pictures.


# %% exercise="map_colours"
def map_colours(activation):
    """Return the first three principal components of all positions as red, green and blue.

    activation: feature maps (N, K, h, w)
    returns: pictures (N, 3, h, w), each colour from 0 to 1 over all of them
    """
    # BEGIN SOLUTION
    n, channels, height, width = activation.shape
    parts = principal_components(activation.movedim(1, 3).reshape(-1, channels), 3)
    low, high = parts.amin(0), parts.amax(0)
    return ((parts - low) / (high - low)).reshape(n, height, width, 3).movedim(3, 1)
    # END SOLUTION


# %% check="map_colours" points=3
ck.check(map_colours)

# %%
shown = gallery.images[:6]
with ck.record(model, "relu2", "relu7") as outputs, torch.no_grad():
    model(shown)
rows = [shown] + [
    torch.nn.functional.interpolate(map_colours(maps).clamp(0, 1), size=shown.shape[2:])
    for maps in outputs.values()
]
plots.show(
    plots.image_grid(torch.cat(rows), columns=6, rows=["picture", *outputs]),
    alt="Six scenes; below them relu2 in colours, which follow edges and surfaces; below that relu7, where "
    "each object is a blob of its own colour on a background of one colour.",
)

# %% [markdown]
# ## 4 · Whom would a point choose?
# *10 minutes, 2 points*
#
# t-SNE begins with a question to each point: if you had to choose a neighbour by lot, the nearer the
# likelier, whom would you choose?
#
# **Write** `gaussian_affinities`, $p_{j|i}$ in row $i$ and column $j$
# ([van der Maaten & Hinton 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)):
#
# $$p_{j|i} = \frac{\exp(-\lVert x_i - x_j \rVert^2 / 2\sigma_i^2)}
# {\sum_{k \neq i} \exp(-\lVert x_i - x_k \rVert^2 / 2\sigma_i^2)}, \qquad p_{i|i} = 0$$
#
# <details><summary>Hint</summary>
#
# `torch.cdist(x, x)` has all distances. A distance of infinity makes a probability of 0:
# `.fill_diagonal_(torch.inf)`. What is left is a softmax over each row.
#
# </details>


# %% exercise="gaussian_affinities"
def gaussian_affinities(x, sigma):
    """Return how likely each point would choose each other one.

    x: points (N, D)
    sigma: the width of each point's bell (N,)
    returns: p(j|i) in row i and column j (N, N); each row adds up to 1, and its diagonal entry is 0
    """
    # BEGIN SOLUTION
    apart = torch.cdist(x, x).square().fill_diagonal_(torch.inf)
    return (-apart / (2 * sigma[:, None] ** 2)).softmax(1)
    # END SOLUTION


# %% check="gaussian_affinities" points=2
ck.check(gaussian_affinities)

# %% [markdown]
# ## 5 · Perplexity
# *8 minutes, 1 point*
#
# How many neighbours does a point have? A row that gives 8 points ⅛ each has 8; one that gives nearly all to
# one point has about 1.
#
# **Write** `perplexity`: $2^{H_i}$ with $H_i = -\sum_j p_{j|i} \log_2 p_{j|i}$, the entropy of row $i$ in
# bits. A probability of 0 adds 0.
#
# <details><summary>Hint</summary>
#
# `0 * torch.log2(0)` is NaN. `torch.xlogy(p, p)` and `torch.special.entr(p)` take care of that, with the
# natural logarithm: then it is `exp` and not `2 **`.
#
# </details>


# %% exercise="perplexity"
def perplexity(p):
    """Return the perplexity of each row.

    p: rows of probabilities (N, M), some of them 0
    returns: 2 to the power of each row's entropy in bits (N,), from 1 to M
    """
    # BEGIN SOLUTION
    return torch.special.entr(p).sum(1).exp()
    # END SOLUTION


# %% check="perplexity" points=1
ck.check(perplexity)

# %% [markdown]
# ## 6 · A width for each point
# *18 minutes, 3 points*
#
# In a crowd a narrow bell holds thirty neighbours, in the desert it takes a wide one. So each point gets the
# width at which its row has the wanted perplexity.
#
# **Write** `find_widths`: the wider the bell, the larger the perplexity, so begin with an interval that
# surely holds $\sigma_i$, and halve it, for all points at once: if the perplexity in the middle is too large,
# the upper end moves there, else the lower one.
#
# <details><summary>Hint</summary>
#
# Search for $\log_2 \sigma$, between −20 and 20, one number for each point. Fifty times: the middle;
# exercises 4 and 5 with `2 ** middle`; and two `torch.where(too_large, …, …)`. In `x.double()` nothing gets
# lost.
#
# </details>
#
# **The picture**: the mean width of each class. Tanks are a crowd, trees are not.


# %% exercise="find_widths"
def find_widths(x, wanted):
    """Return the width at which each point has the wanted perplexity.

    x: points (N, D)
    wanted: the perplexity, above 1 and below N − 1
    returns: σ of each point (N,), to three digits or better
    """
    # BEGIN SOLUTION
    x = x.double()
    low, high = torch.full((len(x),), -20.0).double(), torch.full((len(x),), 20.0).double()
    for _ in range(50):
        middle = (low + high) / 2
        too_large = perplexity(gaussian_affinities(x, 2**middle)) > wanted
        low, high = torch.where(too_large, low, middle), torch.where(too_large, middle, high)
    return (2**middle).float()
    # END SOLUTION


# %% check="find_widths" points=3
ck.check(find_widths)

# %%
widths = find_widths(seen, 15.0)
wide = {name: widths[labels == k].mean().item() for k, name in enumerate(names)}
plots.show(
    plots.bars(wide, xlabel="mean width σ"),
    alt="Ten bars: the mean width of the points of each class, between 1.6 for tanks and 2.3 for trees.",
)
ck.claim("Tanks are a crowd, trees are not", wide["tank"] < 0.85 * wide["tree"])

# %% [markdown]
# ## 7 · Pairs
# *5 minutes, 1 point*
#
# A point in the desert chooses somebody, and nobody chooses it. A map needs one number for each pair, which
# does not forget such a point.
#
# **Write** `joint_affinities`: $p_{ij} = (p_{j|i} + p_{i|j}) / 2N$. All of them together add up to 1.
#
# <details><summary>Hint</summary>
#
# `p.T` has $p_{i|j}$ where `p` has $p_{j|i}$.
#
# </details>


# %% exercise="joint_affinities"
def joint_affinities(p):
    """Return the affinity of each pair.

    p: p(j|i) in row i and column j (N, N)
    returns: (N, N), symmetric, all entries together 1
    """
    # BEGIN SOLUTION
    return (p + p.T) / (2 * len(p))
    # END SOLUTION


# %% check="joint_affinities" points=1
ck.check(joint_affinities)

# %%
order = labels.argsort(stable=True)
pairs = joint_affinities(gaussian_affinities(seen, widths))
plots.show(
    plots.image_grid((pairs[order][:, order] / pairs.max()).sqrt()[None], ["affinities of 200 scenes"]),
    alt="A square of 200 by 200 affinities, in which the scenes are ordered by class: ten bright blocks "
    "along the diagonal, and hardly anything elsewhere.",
)

# %% [markdown]
# ## 8 · Whose neighbours are they?
# *10 minutes, 2 points*
#
# A map is for the eye; a number is for an argument. Of the $k$ nearest to a picture, how many show the same
# class?
#
# **Write** `neighbour_purity`: the share of each point's $k$ nearest *others* that bear its label.
#
# <details><summary>Hint</summary>
#
# `.topk(k, largest=False).indices` of the distances, once no point is its own neighbour any more.
# `labels[nearest]` has the labels of all of them, `(N, k)`.
#
# </details>


# %% exercise="neighbour_purity"
def neighbour_purity(x, labels, k):
    """Return the share of each point's k nearest others that bear its label.

    x: points (N, D)
    labels: the class of each (N,)
    k: how many neighbours
    returns: one share for each point (N,), from 0 to 1
    """
    # BEGIN SOLUTION
    nearest = torch.cdist(x, x).fill_diagonal_(torch.inf).topk(k, largest=False).indices
    return (labels[nearest] == labels[:, None]).float().mean(1)
    # END SOLUTION


# %% check="neighbour_purity" points=2
ck.check(neighbour_purity)

# %%
pixels = torch.nn.functional.avg_pool2d(gallery.images, 4).flatten(1).cpu()
pure = {
    name: neighbour_purity(x, labels, 5).mean().item()
    for name, x in {"pixels": pixels, "relu7": seen}.items()
}
ck.claim(
    "By pixels the neighbours are anybody, by features they are of the same class",
    pure["pixels"] < 0.2 and pure["relu7"] > 0.9,
    value=", ".join(f"{name} {share:.2f}" for name, share in pure.items()),
)

# %% [markdown]
# ## 9 · Trustworthiness
# *20 minutes, 3 points*
#
# A map invents a neighbour when two points lie side by side on it that are far apart in the data.
#
# **Write** `trustworthiness` ([Venna & Kaski 2001](https://doi.org/10.1007/3-540-44668-0_68)): let $r(i, j)$
# be the rank of $j$ among all others by distance from $i$ *in the data*, 1 for the nearest, and $U_k(i)$ the
# $k$ nearest to $i$ *on the map*.
#
# $$T = 1 - \frac{2}{N k (2N - 3k - 1)} \sum_i \sum_{j \in U_k(i)} \max(0,\; r(i, j) - k)$$
#
# <details><summary>Hint</summary>
#
# `torch.cdist(x, x).argsort(1)` lists the points by distance, itself first; a second `.argsort(1)` gives each
# point's rank, with 0 for itself. On the map, `fill_diagonal_` and `topk` as in exercise 8; then
# `ranks.gather(1, nearest)`.
#
# </details>


# %% exercise="trustworthiness"
def trustworthiness(x, y, k):
    """Return how far the neighbours on a map are neighbours in the data.

    x: the data (N, D)
    y: the map (N, 2)
    k: how many neighbours count
    returns: a tensor of one number, shape (): 1 for a map that invents no neighbour
    """
    # BEGIN SOLUTION
    n = len(x)
    ranks = torch.cdist(x, x).fill_diagonal_(-1).argsort(1).argsort(1)
    nearest = torch.cdist(y, y).fill_diagonal_(torch.inf).topk(k, largest=False).indices
    penalty = (ranks.gather(1, nearest) - k).clamp(min=0).float().sum()
    return 1 - penalty * 2 / (n * k * (2 * n - 3 * k - 1))
    # END SOLUTION


# %% check="trustworthiness" points=3
ck.check(trustworthiness)

# %%
anywhere = torch.rand(len(seen), 2, generator=torch.Generator().manual_seed(0))
flat = {
    "of features": (seen, principal_components(seen, 2)),
    "of pixels": (pixels, principal_components(pixels, 2)),
}
for name, (x, y) in flat.items():
    kept, lost = (trustworthiness(x, points, 5) for points in (y, anywhere))
    print(f"two components {name}: {kept:.2f}, dots anywhere: {lost:.2f}")
ck.claim(
    "Half is what a map earns that knows nothing",
    abs(trustworthiness(seen, anywhere, 5) - 0.5) < 0.1 < 0.7 < trustworthiness(*flat["of features"], 5),
)

# %% [markdown]
# ## 10 · Believing a map
# *5 minutes, 2 points, graded by hand*
#
# A colleague shows a t-SNE map of 5,000 patients. There are two islands; one is small and dense, and far from
# the other. "A rare, uniform disease, and quite unlike the common one."
#
# **Write** two to four sentences: which two parts of that sentence does the map not support, and what would
# you compute before you believe the rest?

# %% [markdown] written="believing_a_map" points=2
# *Not supported*: "uniform", since t-SNE evens out densities, so the size of an island says nothing about its
# spread; and "quite unlike", since t-SNE does not keep the distance between islands.
#
# *Before I believe the rest*: that there is an island at all may be the perplexity or the seed, so I would
# draw maps with others, and compute the trustworthiness. I would measure spread and distances in the original
# features. And it may be an island of something else than a disease, such as a hospital, a scanner or an age:
# does a linear probe read that off the features as well?
