# %% [markdown]
# # 3 Embeddings
#
# Before the net names a picture, it has turned it into 224 numbers. **Which pictures have nearly the same
# numbers, and what has the net learned to overlook?** This chapter draws maps of what it sees, measures them,
# and shows how maps mislead.

# %%
import os
import tempfile
from pathlib import Path

import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from torch.nn import functional as F

import coursekit as ck
from coursekit import embeddings, plots, widgets
from coursekit.datasets import scenes
from coursekit.confounding import linear_probe

model = ck.subject_model()
few = ck.subject_pictures(4, seed=8, classes=("car", "boat", "face", "tree")).images

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
gallery = ck.draw(400, seed=77).to(ck.device())
names = gallery.classes
seen = ck.features(usual, gallery.images)

# %%
queries = torch.tensor([int((gallery.labels == names.index(name)).nonzero()[1]) for name in names[::4]])
by_pixel, by_feature = (ck.neighbours(points, 2)[queries] for points in (gallery.images, seen))
shown = torch.cat([queries[:, None].to(by_pixel.device), by_pixel, by_feature], 1)
plots.show(
    plots.image_grid(
        gallery.images[shown.flatten()],
        ["picture", *["nearest pixels"] * 2, *["nearest features"] * 2] + [""] * 10,
        columns=5,
    ),
    alt="Three rows. At the left a picture: of a car, a fish and a rocket. Beside it the two whose "
    "pixels are nearest: the same light and background, mostly other things. Then the two whose features "
    "are nearest: the same thing, in other places, weathers and colours.",
)

# %% [markdown]
# At the left a picture, then the two pictures of 400 whose *pixels* differ least from it, then the two
# whose *features* do: what the last layer but one puts out. Pixels find the same sky. Features find the same
# thing. A list of numbers in which distance means something is called an **embedding**.

# %% [markdown]
# ## 3.1 Features
#
# In the code, `model` is the net under study, `usual` and `robust` the two that ship with the course.
# The last layer is linear: $s = W f + b$. So all that the net can use of a picture is in the **features** $f$
# that this layer is given. Getting them for a whole data set takes a few lines: batch by batch, without
# gradients, in evaluation mode.


# %%
def features(net, images, layer="flatten", size=32):
    """Return what a layer puts out for each image, (N, D)."""
    rows = []
    with ck.evaluating(net), ck.record(net, layer) as outputs, torch.no_grad():
        for batch in images.split(size):
            net(batch)
            rows.append(outputs[layer])
    return torch.cat(rows)


some = gallery.images[:50]
by_hand = features(usual, some)
ck.claim(
    "The package gives the same, and finds what the last linear layer is given by itself",
    by_hand.shape[1] == 224 and torch.allclose(by_hand, ck.features(usual, some), atol=1e-4),
    value=f"{by_hand.shape[1]} numbers for {some[0].numel():,} pixel values",
)
with torch.no_grad():
    ck.claim(
        "The scores are a linear function of them",
        torch.allclose(usual.head(by_hand), usual(some), atol=1e-3),
    )
ck.claim(
    "It does so for any net that ends in a linear layer",
    ck.features(model, few).shape[0] == len(few),
)

# %% [markdown]
# The pass through the net is the slow part, and it need not be done twice. Given a folder, `ck.features`
# keeps what it computed, under a **hash** of everything that it depends on: each weight, each pixel, the
# layer. Change one of them, and the name changes, so nothing stale can be read. (`COURSEKIT_CACHE=folder`
# does so for all calls; `make lab` sets it to `build/features`.)

# %%
with tempfile.TemporaryDirectory() as folder:
    calls = [ck.features(usual, x, cache=folder) for x in (some, some, (some * 1.01).clamp(max=1))]
    kept = len(os.listdir(folder))
ck.claim("Twice the same pictures: one file, the same numbers", torch.equal(calls[0], calls[1]))
ck.claim("A hundredth brighter: another file", kept == 2 and not torch.equal(calls[1], calls[2]))

# %% [markdown]
# **What it does not show.** That these 224 numbers mean something one by one. Any rotation of them, undone in
# $W$, would give the same scores and the same distances.

# %% [markdown]
# ## 3.2 Principal components: a map, and colours
#
# 224 dimensions are hard to look at. **Principal component analysis** looks for the directions along which
# the features differ most: with the mean taken off, $F - \bar F = U S V^\top$, and the first two columns of
# $U S$ are a map of the plane that keeps as much of the variance as a plane can.


# %%
def principal_components(points, k):
    """Return where each point lies along the k directions of largest variance, (N, k)."""
    left, sizes, _ = torch.linalg.svd(points - points.mean(0), full_matrices=False)
    return left[:, :k] * sizes[:k]


pca = PCA(10, svd_solver="full").fit(seen.cpu())
flat = principal_components(seen, 2)
ck.claim(
    "scikit-learn finds the same, but for the sign, which is free",
    torch.allclose(
        flat.abs().cpu(), torch.from_numpy(pca.transform(seen.cpu())[:, :2]).abs().float(), atol=1e-2
    ),
)
shares = pca.explained_variance_ratio_
ck.claim(
    "Two directions keep a third of the variance, nine nearly all",
    0.2 < shares[:2].sum() < 0.5 and shares[:9].sum() > 0.85,
    value=f"{shares[:2].sum():.0%} and {shares[:9].sum():.0%}",
)

# %%
pixels = F.avg_pool2d(gallery.images, 4).flatten(1)  # 32 × 32 pixels are quite enough to fail with
plots.show(
    plots.point_maps(
        {"pixels": embeddings.principal_components(pixels), "features": flat},
        gallery.labels,
        names,
        columns=2,
        size=3.4,
    ),
    alt="Two maps by principal components. Of pixels: all classes mixed. Of features: each "
    "class is a cloud of its own; car, flower and boat stand apart, others overlap.",
)

# %% [markdown]
# Nine directions hold nearly all, because ten classes need nine: in features trained for ten answers, little
# else is left. A plane can show only some of them; classes that overlap here need not do so in 224
# dimensions.
#
# ### Three components as red, green and blue
#
# Take the *map* that a layer puts out, $K$ channels of $h \times w$ positions. Each position is a point in
# $K$ dimensions; the first three principal components of all positions of all pictures, stretched to $[0,
# 1]$, make a colour. Along a row below, one colour then stands for one way to fire, in whatever picture; each
# row has components of its own. (The *robust* net is that of chapter 0: it has seen scenes that an attacker
# had changed.)

# %%
landscapes = ck.draw(5, seed=5, weather="clear", light="day", noise=0.0, scale=0.45).to(ck.device())
layers = ("relu2", "relu5", "relu7")
rows = {"picture": landscapes.images}
for name, net, some in (("usual", usual, layers), ("robust", robust, layers[-1:])):
    with ck.record(net, *some) as outputs, torch.no_grad():
        net(landscapes.images)
    for layer in some:
        colours = embeddings.component_colours(outputs[layer])
        rows[f"{name}, {layer}"] = F.interpolate(colours, size=landscapes.images.shape[2:])
plots.show(
    plots.image_grid(torch.cat(list(rows.values())), columns=5, rows=list(rows)),
    alt="Five scenes, and below them four rows in which colour stands for how a layer fires there. Early "
    "layers colour edges and surfaces. At the deepest layer each object is a blob of a colour of its "
    "own on a background of one colour.",
)

# %% [markdown]
# Nobody told the net where the object is. To name it, it had to treat the object unlike everything else. How
# often does the most unusual position lie on the object? Objects keep to the middle, so compare with the one
# pixel that lies on it in the most scenes:

# %%
with ck.record(usual, "relu7") as outputs, torch.no_grad():
    usual(gallery.images[:100])
maps = outputs["relu7"]
first = embeddings.principal_components(maps.movedim(1, 3).flatten(0, 2), 3).norm(dim=1)
strong = first.reshape(len(maps), *maps.shape[2:])
strong = F.interpolate(strong[:, None], gallery.images.shape[2:], mode="bilinear")[:, 0]
hit = ck.pointing_game(strong, gallery.masks[:100]).mean().item()
always = gallery.masks[:100].float().mean(0).max().item()
ck.claim(
    "Where the components are farthest from their mean lies the object, more often than at any one pixel",
    hit > 0.75 and hit > always + 0.08,
    value=f"{hit:.0%} and {always:.0%}",
)
last = ck.last_map(model, few)
with ck.record(model, last) as outputs, torch.no_grad():
    model(few)
ck.claim(
    "The same three lines work on any net",
    embeddings.component_colours(outputs[last]).shape[:2] == (len(few), 3),
)

# %% [markdown]
# ## 3.3 t-SNE: who is whose neighbour
#
# A plane through the data cannot keep all distances. **t-SNE** (van der Maaten & Hinton 2008) gives up on
# most of them, and keeps *neighbours*. How likely would picture $i$ choose picture $j$ as its neighbour?
#
# $$p_{j|i} = \frac{\exp(-\lVert f_i - f_j \rVert^2 / 2\sigma_i^2)}
# {\sum_{k \neq i} \exp(-\lVert f_i - f_k \rVert^2 / 2\sigma_i^2)}, \qquad p_{i|i} = 0$$
#
# Each point has a width $\sigma_i$ of its own, narrow in a crowd, wide in the desert, such that it has the
# same number of neighbours everywhere. That number is the **perplexity**, $2^{H}$ with the entropy $H$ of row
# $i$ in bits. It falls as $\beta_i = 1 / 2\sigma_i^2$ grows, so halving an interval finds it.


# %%
def affinities(points, perplexity):
    """Return p(j|i), (N, N): each row with the same perplexity."""
    apart = torch.cdist(points, points).square().fill_diagonal_(torch.inf)
    low, high = torch.full((len(points), 1), -40.0), torch.full((len(points), 1), 40.0)  # of log2 β
    for _ in range(50):
        middle = (low + high) / 2
        rows = (-apart * 2**middle).softmax(1)
        bits = torch.special.entr(rows).sum(1, keepdim=True) / torch.tensor(2.0).log()
        too_wide = 2**bits > perplexity
        low, high = torch.where(too_wide, middle, low), torch.where(too_wide, high, middle)
    return rows


points = seen.cpu().double()
each = affinities(points, 30)
together = (each + each.T) / (2 * len(each))
ck.claim(
    "The package gives the same",
    torch.allclose(together, embeddings.joint_affinities(points, 30), atol=1e-6),
)
same = gallery.labels.cpu()[:, None] == gallery.labels.cpu()
ck.claim(
    "Nearly all that the pictures choose is of their own class",
    (each * same).sum(1).mean() > 0.9,
    value=f"{(each * same).sum(1).mean():.0%}",
)

# %%
counted = {}
for perplexity in (5, 30, 100):
    p = embeddings.conditional_affinities(points, perplexity).sort(descending=True).values
    counted[perplexity] = int((p.cumsum(1) < 0.9).sum(1).median()) + 1
    print(
        f"perplexity {perplexity:3}: {counted[perplexity]:3} neighbours have 90 % of the probability (median)"
    )
ck.claim(
    "The perplexity is about the number of neighbours that count",
    3 < counted[5] < 15 < counted[30] < 60 < counted[100],
)

# %% [markdown]
# (There are about 40 pictures of each class. Perplexity 100 would like more neighbours than that, and has to
# take them from other classes.)
#
# Symmetrised, $p_{ij} = (p_{j|i} + p_{i|j}) / 2N$, these are what the map should keep. On the map, nearness
# is $q_{ij} \propto 1 / (1 + \lVert y_i - y_j \rVert^2)$: a curve with a long tail, so that what is
# moderately far may move far away. t-SNE moves the points $y$ downhill on $\mathrm{KL}(P \Vert Q) = \sum_{ij}
# p_{ij} \ln (p_{ij} / q_{ij})$. It is dear to have near points far apart, and cheap to have far points near:
# maps by t-SNE are to be read locally. scikit-learn does the walking:


# %%
def tsne(points, perplexity=30, seed=0, init="pca", steps=500):
    """Return a map (N, 2) by t-SNE."""
    walk = TSNE(perplexity=perplexity, random_state=seed, init=init, max_iter=steps)
    return torch.from_numpy(walk.fit_transform(points.cpu().numpy()))


def divergence(p, y):
    """Return KL(P || Q) of a map y (N, 2)."""
    near = (1 / (1 + torch.cdist(y, y).square())).fill_diagonal_(0)
    q = near / near.sum()
    return (torch.special.xlogy(p, p) - torch.special.xlogy(p, q.clamp(min=1e-12))).sum()


def trust(points, y):
    """Return the trustworthiness of a map: 1 where all neighbours on the map are neighbours indeed."""
    return trustworthiness(points.cpu().numpy(), y.numpy(), n_neighbors=5)


placed = tsne(seen, steps=1000)
anywhere = placed[torch.randperm(len(placed), generator=torch.Generator().manual_seed(0))]
cost = {
    name: divergence(together, y.double()).item() for name, y in {"map": placed, "shuffled": anywhere}.items()
}
ck.claim(
    "The same places, dealt out at random, keep far less",
    cost["map"] < cost["shuffled"] / 3,
    value=", ".join(f"{name} {value:.1f} nats" for name, value in cost.items()),
)
ck.claim(
    "Neighbours on the map are neighbours indeed",
    trust(seen, placed) > 0.95,
    value=f"trustworthiness {trust(seen, placed):.2f}",
)
ck.claim(
    "More so than on the map by two principal components",
    trust(seen, placed) > trust(seen, flat.cpu()) + 0.02,
    value=f"{trust(seen, flat.cpu()):.2f}",
)

# %% [markdown]
# **Trustworthiness** (Venna & Kaski 2001) counts who is among the five nearest on the map without being near
# in the data, and by how many ranks. It is 1 for a map that invents no neighbour; it does not notice
# neighbours that the map tears apart. Point at a dot, and see whose it is.

# %% slideshow={"slide_type": "subslide"}
widgets.hover_map(
    placed,
    gallery.images,
    gallery.labels,
    names,
    alt="A map of 400 scenes by t-SNE: ten well separated islands, one for each class, with hardly a dot on "
    "an island of another class.",
)

# %% [markdown]
# **What it does not show.** How far apart two islands are, how large one is, which one is between two others:
# section 3.7 shows how wrong that can be.

# %% [markdown]
# ## 3.4 The map made of pictures
#
# Dots do not say why two pictures are near. So lay the pictures themselves out: a square for each, such that
# the sum of the squared distances from dot to square is as small as it can be. That is a **linear
# assignment**, which SciPy solves exactly.

# %% slideshow={"slide_type": "subslide"}
places = embeddings.grid_places(placed, 20, 20)
plots.show(
    plots.image_map(gallery.images, places, size=24),
    alt="Four hundred small scenes in a square of 20 by 20. Things of one class lie together in patches.",
)
large = plots.write_picture(
    plots.image_map(gallery.images, places), Path(tempfile.mkdtemp(), "image-map.jpg")
)
print(f"Large enough to zoom into: {large.name}; large.parent is the folder that it is in")

# %%
beside = (places[:, None] - places).abs().sum(2) == 1
alike = ((same & beside).sum() / beside.sum()).item()
ck.claim("Most squares that touch show one class", alike > 0.7, value=f"{alike:.0%}")

# %% [markdown]
# The same grid, and in each square the first three principal components of its features as a colour: one
# colour, one kind of picture. Where colours change abruptly, the map has put strangers side by side, since
# there is no room for empty squares.

# %%
colours = embeddings.component_colours(seen[:, :, None, None])
plots.show(
    plots.image_map(colours, places, size=16),
    alt="The same 20 by 20 squares in colours. Each patch of one class has about one colour, with sharp "
    "borders between patches; some classes share a colour.",
)

# %% [markdown]
# ## 3.5 Neighbours, and what the net overlooks
#
# A map is for the eye. To measure, go back to the 224 dimensions: of the five nearest pictures, how many show
# the same class?


# %%
def purity(points, labels, k=5):
    """Return the share of each point's k nearest others that bear its label, (N,)."""
    apart = torch.cdist(points, points).fill_diagonal_(torch.inf)  # no point is its own neighbour
    nearest = apart.topk(k, largest=False).indices
    return (labels[nearest] == labels[:, None]).float().mean(1)


spaces = {
    "pixels": gallery.images.flatten(1),
    "usual": seen,
    "robust": ck.features(robust, gallery.images),
}
pure = {space: purity(points, gallery.labels).mean().item() for space, points in spaces.items()}
ck.claim(
    "Among features of the usual net, the neighbours are of the same class",
    pure["usual"] >= 0.95,
    value=f"purity {pure['usual']:.2f}",
)
ck.claim("Nearly so for the robust net", pure["robust"] >= 0.9, value=f"{pure['robust']:.2f}")
ck.claim(
    "Among pixels, one in ten, as if drawn from a hat",
    abs(pure["pixels"] - 0.1) < 0.05,
    value=f"{pure['pixels']:.2f}",
)
ck.claim(
    "The package counts the same",
    abs(ck.purity(seen, gallery.labels).mean().item() - pure["usual"]) < 1e-3,
)

# %% [markdown]
# So the net has learned to overlook what moves pixels and does not matter. What exactly? Because the scenes
# are drawn, one thing can be changed at a time. Here are twenty scenes, changed in eight ways, and in a ninth
# way that does matter: all is left as it was, but there stands another thing.

# %%
PLAIN = {"weather": "clear", "light": "day", "scale": 0.4, "x": 0.3, "colour": "red", "accent": "yellow"}
PLAIN |= {"ground": "grass", "mirror": False}
CHANGES = {
    "moved": {"x": 0.7},
    "smaller": {"scale": 0.28},
    "mirrored": {"mirror": True},
    "recoloured": {"colour": "blue", "accent": "green"},
    "by night": {"light": "night"},
    "in the rain": {"weather": "rain"},
    "in fog": {"weather": "fog"},
    "on sand": {"ground": "sand"},
    "another thing": {},
}


def changed(step=0, **change):
    """Return twenty scenes, two of each class, with a change; with a step, each with another thing in it."""
    each = [
        scenes.sweep(1, seed=500 + k, label=names[(k + step) % 10], **PLAIN | change).images
        for k in range(20)
    ]
    return torch.cat(each).to(ck.device())


before = changed()
after = {name: changed(3 * (name == "another thing"), **change) for name, change in CHANGES.items()}
plots.show(
    plots.image_grid(
        torch.stack([before[4], *(images[4] for images in after.values())]),
        ["as it was", *after],
        columns=5,
    ),
    alt="Ten pictures of one scene: as it was, with a red fish; moved, smaller, mirrored, recoloured, by "
    "night, in the rain, in fog, on sand; and with a flower in place of the fish.",
)

# %%
views = {
    "pixels": lambda x: x.flatten(1),
    "usual net": lambda x: ck.features(usual, x),
    "robust net": lambda x: ck.features(robust, x),
}
moved = {}
for space, view in views.items():
    start = view(before)
    unit = torch.pdist(start).mean()  # how far two different scenes are from each other
    steps = {name: (view(images) - start).norm(dim=1) / unit for name, images in after.items()}
    moved[space] = {
        name: [step.quantile(q).item() for q in (0.5, 0.25, 0.75)] for name, step in steps.items()
    }
plots.show(
    plots.intervals(moved, xlabel="distance, in units of that between two scenes", floor=1.0),
    alt="Nine rows, one for each change, with three dots. In pixels, night moves a scene farther than "
    "another thing does, and all else about half as far as another scene. In features of both nets, "
    "another thing moves it as far as another scene, all else by a tenth to two fifths.",
)

# %%
harmless = [name for name in CHANGES if name != "another thing"]
ck.claim(
    "In pixels it is nearer to itself with another thing in it than to itself by night",
    moved["pixels"]["another thing"][0] < 0.8 < 1.1 < moved["pixels"]["by night"][0],
    value=f"{moved['pixels']['another thing'][0]:.1f} and {moved['pixels']['by night'][0]:.1f}",
)
for space in ("usual net", "robust net"):
    worst = max(harmless, key=lambda name: moved[space][name][0])
    ck.claim(
        f"{space}: what does not matter moves it less than half as far as what does",
        moved[space][worst][0] < 0.5 * moved[space]["another thing"][0],
        value=f"most of all “{worst}”, by {moved[space][worst][0]:.1f}; another thing by "
        f"{moved[space]['another thing'][0]:.1f}",
    )
ck.claim(
    "The robust net notices the light and the size more than the usual one does",
    all(moved["robust net"][name][0] > moved["usual net"][name][0] for name in ("by night", "smaller")),
)

# %% [markdown]
# None of it was taught in so many words. The net was shown cars all over the lower half, in all colours and
# weathers, and they were all called *car*.
#
# **What it does not show.** That it overlooks what it was *not* shown in all kinds. And to overlook is not to
# forget: 224 numbers may hold what does not move them much. Ask a linear model what it can read.

# %%
fish = ck.draw(150, seed=900, classes=("fish",)).to(ck.device())
of_fish = {"usual": ck.features(usual, fish.images), "robust": ck.features(robust, fish.images)}


def read(factor, value, pictures, spaces):
    """Return how well a linear model reads, off the features of each net, whether a factor has a value."""
    is_so = torch.tensor([record[factor] == value for record in pictures.factors]).long()
    return {net: linear_probe(spaces[net], is_so) for net in ("usual", "robust")}


def told(shares):
    return ", ".join(f"{net} {share:.0%}" for net, share in shares.items()) + "; guessing gives 50 %"


night, looks = read("light", "night", gallery, spaces), read("mirror", True, gallery, spaces)
ck.claim(
    "Off the robust net's features a linear model reads whether it is night, off the usual net's hardly",
    night["robust"] > night["usual"] + 0.15,
    value=told(night),
)
ck.claim(
    "Off neither whether the thing, whatever it is, looks left or right",
    max(looks.values()) < 0.6,
    value=told(looks),
)
fish_look = read("mirror", True, fish, of_fish)
ck.claim("But of fish alone, off both", min(fish_look.values()) > 0.63, value=told(fish_look))

# %% [markdown]
# In the features, what tells a fish that looks left from one that looks right need not be what tells two cars
# apart. So what *one* linear model cannot read off all classes may still be there.

# %% [markdown]
# ## 3.6 Layer by layer
#
# Where in the net do the classes come apart? Put a linear probe (section 1.10) at each layer: a
# linear model, fitted to what that layer puts out (here: the mean of each channel), and tested on pictures
# that it was not fitted to. The purity of the neighbours needs no fitting at all.

# %%
depth = [f"relu{k}" for k in range(1, 8)]
by_layer = {
    name: ck.layer_features(net, gallery.images[:300], depth)
    for name, net in {"usual": usual, "robust": robust}.items()
}
labels = gallery.labels[:300]
measures = {
    "probe": linear_probe,
    "purity": lambda points, labels: ck.purity(points, labels).mean().item(),
}
curves = {
    f"{measure}, {name}": [take(points[layer], labels) for layer in depth]
    for measure, take in measures.items()
    for name, points in by_layer.items()
}
plots.show(
    plots.lines(
        range(1, 8), curves, xlabel="layer (relu1 to relu7)", ylabel="share that is right", ylim=(0, 1.02)
    ),
    alt="Four curves over the seven layers, all rising from below a third to nearly one. The probes rise "
    "first; the purity of neighbours follows one or two layers later.",
)
ck.claim(
    "Each of the first five layers makes the classes easier to tell",
    all(curves["probe, usual"][k + 1] > curves["probe, usual"][k] for k in range(4)),
    value=", ".join(f"{share:.0%}" for share in curves["probe, usual"]),
)
ck.claim(
    "A linear model can tell before the neighbours can",
    all(
        curves[f"probe, {name}"][k] > curves[f"purity, {name}"][k] + 0.1
        for name in ("usual", "robust")
        for k in (2, 3)
    ),
)

# %%
sequence = {"pixels": pixels[:300]} | {layer: by_layer["usual"][layer] for layer in ("relu5", "relu7")}
by_depth = {title: tsne(points) for title, points in sequence.items()}
plots.show(
    plots.point_maps(by_depth, labels, names),
    alt="Three maps by t-SNE: of pixels, a large and a small island, with all classes mixed in both; of "
    "relu5, where classes gather; and of relu7, where each is an island.",
)
honest = trust(sequence["pixels"], by_depth["pixels"])
mixed = ck.purity(by_depth["pixels"], labels.cpu()).mean().item()
ck.claim(
    "The map of pixels is as good a map, of distances that say little of the class",
    honest > 0.9 and mixed < 0.25,
    value=f"trustworthiness {honest:.2f}, purity {mixed:.2f}",
)

# %%
night = torch.tensor([record["light"] == "night" for record in gallery.factors[:300]])
ck.claim(
    "What the map of pixels sets apart is the night: neighbours of a scene at night are at night too",
    ck.purity(by_depth["pixels"], night.long())[night].mean() > 0.9,
)

# %% [markdown]
# **What it does not show.** That the net *uses* what a probe reads. And a better probe at a deeper layer does
# not mean that there is more information: no layer can add any. It is laid out so that a plane can cut it.
# And how much a probe reads depends on what it is given: here one mean for each channel, which tells *what*
# and not *where*. Given the means of 16 fields of the map, it reads more off the first layer:

# %%
fields = linear_probe(ck.features(usual, gallery.images[:300], "relu1", pool_size=4), labels)
ck.claim(
    "With 16 means for each channel a probe reads more off relu1 than with one",
    fields > curves["probe, usual"][0] + 0.07,
    value=f"{fields:.0%} and {curves['probe, usual'][0]:.0%}",
)

# %% [markdown]
# ## 3.7 How far to trust a map
#
# ### The perplexity is a choice, the seed is chance

# %%
settings = {
    "perplexity 2": {"perplexity": 2},
    "30, random start 1": {"init": "random", "seed": 1},
    "30, random start 2": {"init": "random", "seed": 2},
}
variants = {title: tsne(seen[:300], **chosen) for title, chosen in settings.items()}
plots.show(
    plots.point_maps(variants, labels, names),
    alt="Three maps of the same features. With perplexity 2 islands fall into strings and crumbs; two random "
    "starts with perplexity 30 give the same islands in other places.",
)
print("trustworthiness: " + ", ".join(f"{title} {trust(seen[:300], y):.2f}" for title, y in variants.items()))


# %%
def middles(y):
    """Return the distances between the middles of the classes on a map."""
    return torch.pdist(torch.stack([y[labels.cpu() == k].mean(0) for k in range(len(names))]))


one, two = (variants[f"30, random start {seed}"] for seed in (1, 2))
agreement = torch.corrcoef(torch.stack([middles(one), middles(two)]))[0, 1].item()
apart = torch.corrcoef(torch.stack([middles(one), middles(seen[:300].cpu())]))[0, 1].item()
ck.claim(
    "The two starts agree only in part on which classes are near each other, and so do map and features",
    max(agreement, apart) < 0.8,
    value=f"correlations of the distances between classes {agreement:.1f} and {apart:.1f}",
)
kept = ck.neighbours(one, 10)[:, :, None] == ck.neighbours(two, 10)[:, None]
overlap = kept.any(2).float().mean().item()
ck.claim("They agree on most of the ten nearest neighbours", overlap > 0.6, value=f"{overlap:.0%}")

# %% [markdown]
# ### Clusters where there are none, sizes and distances that are not
#
# Now data without any secret. First 180 points of a normal distribution in 50 dimensions, in which there is
# no cluster at all:

# %%
noise = torch.randn(180, 50, generator=torch.Generator().manual_seed(0))
crumbs = {f"noise, perplexity {p}": tsne(noise, p) for p in (2, 30)}
plots.show(
    plots.point_maps(crumbs, torch.zeros(180), [""], columns=2),
    alt="Two maps. Of noise with perplexity 2: crumbs and strings, as if there were many small clusters. Of "
    "noise with perplexity 30: an even cloud.",
)


# %%
def spacing(y):
    """Return the mean distance to the nearest other point, in units of that of points strewn at random."""
    nearest = torch.cdist(y, y).fill_diagonal_(torch.inf).amin(1).mean()
    low, high = y.quantile(0.02, 0), y.quantile(0.98, 0)
    return (2 * nearest * (len(y) / (high - low).prod()).sqrt()).item()


for title, y in crumbs.items():
    print(
        f"{title}: nearest {spacing(y):.1f} times as far as at random, trustworthiness {trust(noise, y):.2f}"
    )
few_near, many_near = map(spacing, crumbs.values())
ck.claim("With perplexity 2 noise clumps together, with 30 it does not", few_near < 0.8 < many_near)
ck.claim(
    "Trustworthiness tells both from the maps of features",
    max(trust(noise, y) for y in crumbs.values()) < 0.9 < trust(seen, placed),
)

# %% [markdown]
# And three clusters *a*, *b*, *c* of 60 points; *b* is ten times as wide as *a*, and *c* lies five times as
# far from *a* as *b* does:

# %%
group = torch.arange(3).repeat_interleave(60)
three = noise * torch.tensor([0.1, 1.0, 0.1])[group, None]
three[:, 0] += torch.tensor([0.0, 20.0, 100.0])[group]
laid_out = tsne(three)
plots.show(
    plots.point_maps({"three clusters": laid_out}, group, ["a", "b", "c"]),
    alt="A map of three clusters, a, b and c: three round islands of about the same size, at about the same "
    "distance from each other.",
)


# %%
def shape(points):
    """Return how much wider b is than a, and how much farther c is from a than b is."""
    a, b, c = (points[group == k] for k in range(3))
    width = [(some - some.mean(0)).norm(dim=1).mean() for some in (a, b)]
    far = [(some.mean(0) - a.mean(0)).norm() for some in (b, c)]
    return (width[1] / width[0]).item(), (far[1] / far[0]).item()


truth, drawn = shape(three), shape(laid_out)
ck.claim(
    "The width of a cluster is lost",
    truth[0] > 9 and drawn[0] < 3,
    value=f"b is {truth[0]:.0f} times as wide as a, on the map {drawn[0]:.1f} times",
)
ck.claim(
    "So is the distance between clusters",
    truth[1] > 4.5 and drawn[1] < 2.5,
    value=f"c is {truth[1]:.0f} times as far from a as b is, on the map {drawn[1]:.1f} times",
)

# %% [markdown]
# So, before you believe a map: what does it say at another perplexity, and from another start? How
# trustworthy is it? Does what you see in it hold in the space that it was made from: purity, a probe, a
# distance? And what was the distance, of pixels or of features?

# %% [markdown]
# ## 3.8 Real digits
#
# All this on pictures that nobody drew for the course: scikit-learn's handwritten digits, and the net that
# learned them. The 360 here are those that it was not trained on.

# %% slideshow={"slide_type": "subslide"}
digits, numbers = ck.load_digits("test")
reader = ck.load_model("digits")
strokes = ck.features(reader, digits.to(ck.device())).cpu()
pure = {
    "pixels": ck.purity(digits, numbers).mean().item(),
    "features": ck.purity(strokes, numbers).mean().item(),
}
ck.claim(
    "Here pixels do well, for each digit stands upright in the middle, on black",
    0.8 < pure["pixels"] < pure["features"] - 0.03,
    value=f"purity {pure['pixels']:.2f}, of features {pure['features']:.2f}",
)
read = tsne(strokes)
ck.claim("The map is trustworthy", trust(strokes, read) > 0.95, value=f"{trust(strokes, read):.2f}")
widgets.hover_map(
    read,
    digits,
    numbers,
    reader.classes,
    alt="A map of 360 handwritten digits by t-SNE of their features: ten islands, one for each digit, with "
    "a few strays on or near the island of another.",
)

# %% [markdown]
# Point at the strays. Would you have read them?

# %%
crowd = ck.neighbours(strokes, 5)
strange = numbers[crowd] != numbers[:, None]
odd = strange.float().mean(1).argsort(descending=True, stable=True)[:6]
other = crowd[odd, strange[odd].int().argmax(1)]  # the nearest with another number
plots.show(
    plots.image_grid(
        torch.cat([digits[odd], digits[other]]),
        [f"a {numbers[k]}" for k in odd] + [f"near it: a {numbers[k]}" for k in other],
        columns=6,
    ),
    alt="Six handwritten digits, and below each a digit with another number that is near it by its features: "
    "shapes that are easily taken for each other.",
)

# %% [markdown]
# ## What to remember
#
# | | what it does | what it cannot do |
# |---|---|---|
# | features | all that the last layer can use | mean something one by one |
# | principal components | a linear map, always the same | show more than 2 or 3 directions |
# | t-SNE | keeps neighbours | keep sizes, densities, distances between islands |
# | image map | shows why | leave gaps |
# | purity, neighbours | a number, in all dimensions | tell why |
# | linear probe | what a plane can read from a layer | say that the net uses it |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Krizhevsky et al. 2012 (NeurIPS; section 6.1 has the first such table of neighbours); van der
# Maaten & Hinton 2008 (jmlr.org/papers/v9/vandermaaten08a.html); Wattenberg, Viégas & Johnson 2016
# (doi:10.23915/distill.00002); Karpathy 2014 (cs.stanford.edu/people/karpathy/cnnembed); Alain & Bengio 2016
# (arXiv:1610.01644); Venna & Kaski 2001 (doi:10.1007/3-540-44668-0_68). **To do.**
# `exercises/03_embeddings.ipynb`: write these functions yourself.
