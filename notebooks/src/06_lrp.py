# %% [markdown]
# # 6 Layer-wise relevance propagation
#
# The score of a class is one number. **What does it add up from?** This chapter hands the score back
# through the net, layer by layer, like money that must not get lost, until each pixel has its share.

# %%
import torch
from torch import nn

import coursekit as ck
from coursekit import plots, widgets
from coursekit.attribution.localisation import display_name
from coursekit.datasets import scenes

model = ck.subject_model()
pictures = ck.subject_pictures(16, seed=4)
images = pictures.images
bright = ck.subject_pictures(
    4, seed=3, classes=("tree", "fish", "house", "tank"), weather="clear", light="day", noise=0.0
)
few, few_names = bright.images, bright.names

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
if not ck.applicable({"relevance (LRP)": ck.lrp}, model, few):
    model = usual


def signed(relevance):
    """Return one number for each pixel, with its sign: the sum over the colours."""
    return ck.heatmap(relevance, signed=True)


# %%
plots.show(
    plots.signed_grid(
        few,
        {
            "relevance, usual training": signed(ck.lrp(usual, few)),
            "relevance, robust training": signed(ck.lrp(robust, few)),
        },
        few_names,
    ),
    alt="Four pictures in a row. Below them, in red, the relevance of each pixel for the predicted class: "
    "of a usually trained net mostly edges of the object, of a robustly trained one more of the object "
    "itself.",
)

# %% [markdown]
# Red speaks *for* the class, blue *against* it, white has no part in it. (These maps are all but free of
# blue, for a reason that is no good news: section 6.9.) As in chapter 4, `model` is the net under study,
# `usual` and `robust` are the two that ship with the course, and $s_c$ is the score of class $c$ before the
# softmax. (Relevance cannot be handed through every net. Should that be so with yours, a line above says
# which layer is in the way, and `model` is `usual`.)

# %% [markdown]
# ## 6.1 Two neurons, by hand
#
# Two inputs, two hidden neurons with ReLU, one score:
#
# | | from $x_1 = 1$ | from $x_2 = 2$ | sum |
# |---|---|---|---|
# | $h_1$ | $2 \cdot 1 = 2$ | $1 \cdot 2 = 2$ | 4 |
# | $h_2$ | $-1 \cdot 1 = -1$ | $1 \cdot 2 = 2$ | 1 |
#
# and $s = 1 \cdot h_1 + 2 \cdot h_2 = 4 + 2 = 6$. Now backwards, always in proportion to what was put in:
# of the score's 6, $h_1$ gets 4 and $h_2$ gets 2. Of its 4, $h_1$ hands 2 to each input. Of its 2,
# $h_2$ hands on in proportion $-1 : 2$, which is $-2$ and $4$.

# %%
x = torch.tensor([1.0, 2.0])
weights = torch.tensor([[2.0, 1.0], [-1.0, 1.0]])
out = torch.tensor([1.0, 2.0])

parts = weights * x  # row: the neuron; column: the input that it comes from
hidden = parts.sum(1).relu()
score = out @ hidden

relevance_hidden = out * hidden / score * score
relevance_x = (parts / parts.sum(1, keepdim=True) * relevance_hidden[:, None]).sum(0)

print("hidden neurons", hidden.tolist(), "  score", score.item())
print("relevance of the neurons", relevance_hidden.tolist())
print("relevance of the inputs ", relevance_x.tolist())
ck.claim(
    "In every layer the relevance sums to the score",
    relevance_hidden.sum() == relevance_x.sum() == score,
    value=f"{score:.0f}",
)

# %% [markdown]
# That is all of **layer-wise relevance propagation** (LRP; Bach et al. 2015). With activations $a_j$,
# weights $w_{jk}$ and the relevance $R_k$ that neuron $k$ has got from above, the **z-rule** is
#
# $$R_j = \sum_k \frac{a_j w_{jk}}{\sum_{j'} a_{j'} w_{j'k}}\, R_k$$
#
# Mind what the 0 of $x_1$ says: not that the net ignores it, but that its $+2$ and its $-2$ cancel. Nor is
# relevance what would be lost without an input:

# %%
alone = {i: out @ (weights[:, i] * x[i]).relu() for i in (0, 1)}  # the score of one input, the other being 0
ck.claim(
    "x₂ has a relevance of 6; without it the score falls by 4", relevance_x[1] == 6 and score - alone[0] == 4
)
ck.claim(
    "x₁ has a relevance of 0, and here the score stays without it, though it was used",
    relevance_x[0] == 0 and alone[1] == score,
)

# %% [markdown]
# ### A layer in three lines
#
# A small denominator makes large numbers of little evidence. **LRP-ε** moves it away from zero by
# $\varepsilon$; what $\varepsilon$ takes is lost on the way. With $\varepsilon = 0$ it is the z-rule,
# **LRP-0**.


# %%
def lrp_linear(layer, a, relevance, epsilon=0.0):
    """Return the relevance (N, inputs) of what a linear layer got, by the ε-rule."""
    z = layer(a)
    share = relevance / (z + epsilon * torch.where(z >= 0, 1.0, -1.0))
    return a * (share @ layer.weight)


almost = nn.Linear(2, 1, bias=False)
almost.weight.data = torch.tensor([[3.0, -2.99]])
almost.to(ck.device())
ones, one = torch.ones(1, 2, device=ck.device()), torch.ones(1, 1, device=ck.device())
undamped, damped = (lrp_linear(almost, ones, one, epsilon)[0].detach() for epsilon in (0.0, 0.25))
print("3 − 2.99 shares out 1, by LRP-0:", [round(r) for r in undamped.tolist()])
print("and by LRP-ε with ε = 0.25:     ", [round(r, 1) for r in damped.tolist()])
ck.claim("LRP-0 makes hundreds of 1", undamped.abs().min() > 200)
ck.claim("LRP-ε stays below 20, and loses more than 90 %", damped.abs().max() < 20 and damped.sum() < 0.1)

# %% [markdown]
# ### A table
#
# The biopsies of chapter 4 once more: 30 measurements, benign or malignant, and a net with one hidden
# layer. Two calls bring the score of the patient who is surest to be ill back to the measurements.

# %%
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

cancer = load_breast_cancer()
train_x, test_x, train_y, test_y = train_test_split(
    cancer.data, cancer.target, random_state=0, stratify=cancer.target
)
scaler = StandardScaler().fit(train_x)
train_x, test_x = (
    torch.tensor(scaler.transform(part), dtype=torch.float32, device=ck.device())
    for part in (train_x, test_x)
)
train_y, test_y = (torch.tensor(part, device=ck.device()) for part in (train_y, test_y))

torch.manual_seed(0)
table_net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2)).to(ck.device())
optimiser = torch.optim.AdamW(table_net.parameters(), lr=0.01, weight_decay=0.1)
for _ in range(150):
    optimiser.zero_grad()
    nn.functional.cross_entropy(table_net(train_x), train_y).backward()
    optimiser.step()
table_net.requires_grad_(False)
accuracy = (table_net(test_x).argmax(1) == test_y).float().mean().item()
ck.claim("The net is right on patients that it has not seen", accuracy > 0.93, value=f"{accuracy:.0%}")

# %%
malignant = list(cancer.target_names).index("malignant")
this_class = torch.eye(2, device=ck.device())[malignant]  # 1 for malignant, 0 for benign
margins = table_net(test_x) @ (2 * this_class - 1)  # score for malignant minus for benign
patient = margins.argmax()
measured = test_x[patient : patient + 1]
activations = table_net[1](table_net[0](measured))
start = table_net(measured) * this_class  # the score of one class, and 0 for the other

middle = lrp_linear(table_net[2], activations, start)
evidence = lrp_linear(table_net[0], measured, middle)[0]

top = evidence.abs().topk(8).indices.tolist()
plots.show(
    plots.bars(
        {str(cancer.feature_names[i]): evidence[i].item() for i in top}, xlabel="relevance for malignant"
    ),
    alt="Bars for the eight measurements with the most relevance for the score of one malignant biopsy: "
    "seven speak for malignant, concavity most; the error of compactness speaks against it.",
)

# %% [markdown]
# **Does it add up?** Not quite: a bias puts something into a neuron that comes from no input, and in LRP-0
# its share stays with it.

# %%
kept_above, kept_below = start.sum() - middle.sum(), middle.sum() - evidence.sum()
print(f"score {start.sum():.2f}; measurements {evidence.sum():.2f}")
print(f"kept by the bias of the score {kept_above:.2f}, by those of the hidden layer {kept_below:.2f}")
ck.claim(
    "What the last layer keeps is exactly its bias",
    torch.isclose(kept_above, table_net[2].bias[malignant], atol=1e-4),
)
ck.claim(
    "The biases of this net keep something, though less than a tenth", 0 < abs(kept_below) < 0.1 * start.sum()
)

# %% [markdown]
# So without biases the sum is the score. The package can do as we did (`bias=True`). By default it hands the
# biases' share to the inputs as well, in proportion to the size of what each put in, so that
# nothing is lost.

# %%
from coursekit.attribution.lrp.rules import (
    AlphaBeta,
    Epsilon,
    Gamma,
    Proportional,
    WSquare,
    ZBox,
    Zero,
    ZPlus,
)

as_ours = ck.lrp(table_net, measured, malignant, composite=(("linear", Zero(bias=True)),))[0]
handed_on = ck.lrp(table_net, measured, malignant, composite=(("linear", Zero()),))[0]
ck.claim("The package gives the same as our two calls", torch.allclose(as_ours, evidence, atol=1e-3))
ck.claim(
    "With the biases' share handed on, the sum is the score", torch.isclose(handed_on.sum(), start.sum())
)

# %% [markdown]
# ### Any layer, and a whole net
#
# A convolution is linear too, and so is an average. A backward pass computes just the sums of the rule:
# $R_j = a_j \cdot \partial/\partial a_j \sum_k z_k \,[R_k / z_k]$, with $z_k = \sum_j a_j w_{jk} + b_k$ and
# the bracket held constant. So one function serves every layer, and a loop serves a net. (A ReLU hands on
# what it gets: it has one input, which put in everything.)


# %%
def z_rule(layer, a, relevance, epsilon=1e-6):
    """Return the relevance of a layer's inputs, given that of its outputs."""
    a = a.detach().requires_grad_()
    z = layer(a)
    share = relevance / (z + epsilon * torch.where(z >= 0, 1.0, -1.0))
    (back,) = torch.autograd.grad(z, a, share.detach())
    return a.detach() * back


def backwards(net, x, rule, target):
    """Return the relevance at the input of each layer, from the score down: name → relevance."""
    inputs = [x]
    for layer in net:
        inputs.append(layer(inputs[-1]))
    scores = inputs.pop()
    relevance = scores * nn.functional.one_hot(target, scores.shape[1])
    found = {"score": relevance}
    for (name, layer), a in reversed(list(zip(net.named_children(), inputs))):
        if not isinstance(layer, nn.ReLU):
            relevance = rule(layer, a, relevance)
        found[name] = relevance
    return found


best = usual(few).argmax(1)
by_hand = backwards(usual, few, z_rule, best)["conv1"]

# %% [markdown]
# Look at what came out. In a net of ReLUs $R_k = a_k g_k$, where $g_k$ is the gradient of the score;
# dividing by $z_k = a_k$ leaves $g_k$, and so on down to the input. **LRP-0 is input × gradient**, with
# all of the gradient's noise (Ancona et al. 2018):

# %%
centred = usual.normalise(few)  # what the first convolution sees: −2 for black, 2 for white
product = centred * ck.saliency(usual, few, best) * usual.normalise.std
off = (by_hand - product).abs().max() / product.abs().max()
ck.claim("By hand, through the whole net, LRP-0 is input × gradient", off < 1e-2)

# %% [markdown]
# Two things must be the same for this: the biases keep their share (`Zero(bias=True)`), and the input is what
# the first layer sees. `ck.lrp` hands the biases' share on, and `ck.input_x_gradient` multiplies by pixels
# between 0 and 1: so the last table of section 6.9 has other numbers for the one than for the other.
#
# `ck.lrp` propagates through any net that is made of layers it knows, and names the one that it does not
# know. Its **composite** says which rule is for which kind of layer. ε is in the units of what the neurons
# add up; the larger it is, the more weak evidence is dropped, and the less relevance of either sign is left.
# (In this chapter each map has a scale of its own: compare pixels of one map, not maps.)


# %%
def composite(hidden, first=None):
    """Return which rule is for which layer: one for the convolutions, perhaps another for the first."""
    head = ("linear", Epsilon())  # its ε is 1e-6: all but LRP-0
    return (("first", first or hidden), ("convolution", hidden), head)


def relevance_of(x, hidden, first=None, target=None):
    """Return signed maps of relevance in the net under study; few images at a time, to save memory."""
    return signed(ck.lrp(model, x, target, composite=composite(hidden, first), batch_size=4))


by_epsilon = {
    name: relevance_of(few, Epsilon(e)) for name, e in {"LRP-0": 0, "ε = 0.1": 0.1, "ε = 1": 1}.items()
}
plots.show(
    plots.signed_grid(few, by_epsilon, few_names),
    alt="LRP-ε on four scenes for three sizes of ε: with none, specks of red and blue in and around the "
    "object; with more, fewer specks around it, and what remains follows its outline.",
)
left = [heat.abs().sum().item() for heat in by_epsilon.values()]
ck.claim("The larger ε, the less relevance of either sign", left == sorted(left, reverse=True))

# %% [markdown]
# **What it does not show.** The z-rule is a decision, not a theorem: other rules conserve as well, and give
# other maps. And a share is not an effect, as $x_2$ has shown (share 6, effect 4).

# %% [markdown]
# ## 6.2 For and against: the αβ-rule
#
# Where $+2$ and $-2$ cancel, the z-rule shows nothing. The **αβ-rule** shares out what speaks for a
# neuron and what speaks against it apart (Bach et al. 2015):
#
# $$R_j = \sum_k \left( \alpha\, \frac{(a_j w_{jk})^+}{\sum_{j'} (a_{j'} w_{j'k})^+} - \beta\,
# \frac{(a_j w_{jk})^-}{\sum_{j'} (a_{j'} w_{j'k})^-} \right) R_k, \qquad \alpha - \beta = 1$$
#
# $(\cdot)^+$ keeps positive numbers, $(\cdot)^-$ negative ones; a bias that keeps its share stands in the
# denominator of its sign. α1β0 keeps what speaks for, alone (it is also called the z⁺-rule, in the code
# `ZPlus`); α2β1 doubles it, and subtracts what speaks against.
#
# `ck.lrp` by default uses α1β0 for convolutions and LRP-ε for linear layers (`composite="epsilon-plus"`): so
# do the maps at the top of this page, and the comparison in section 6.4. Here and in section 6.3, too, a rule
# is for the convolutions alone, and the **head**, the last linear layer, has LRP-ε.


# %%
def alpha_beta(parts, relevance, alpha):
    """Return the relevance of the inputs, from contributions (neurons, inputs), by the αβ-rule."""

    def shares(some):
        return (some / some.sum(1, keepdim=True)).nan_to_num(0)

    mixed = alpha * shares(parts.clamp(min=0)) - (alpha - 1) * shares(parts.clamp(max=0))
    return (mixed * relevance[:, None]).sum(0)


one_zero, two_one = (alpha_beta(parts, relevance_hidden, alpha) for alpha in (1, 2))
print("z-rule", relevance_x.tolist(), "  α1β0", one_zero.tolist(), "  α2β1", two_one.tolist())
ck.claim("α1β0 finds that x₁ spoke for something", one_zero.tolist() == [2, 4])
ck.claim("α2β1 makes 10 of 6", two_one.sum() == 10)

# %% [markdown]
# Why 10? Nothing spoke against $h_1$, so there was nothing to subtract from its doubled 4. In a wide layer
# nearly every neuron has inputs of both kinds, and $\alpha - \beta = 1$ makes it come out even.

# %%
rules = {"α1β0": AlphaBeta(1, 0), "α2β1": AlphaBeta(2, 1)}
plots.show(
    plots.signed_grid(few, {name: relevance_of(few, rule) for name, rule in rules.items()}, few_names),
    alt="Relevance of four scenes by α1β0 and α2β1. Both draw the object in red; α1β0 softer, and also "
    "the ground and the horizon; α2β1 in thin strong lines with some blue between.",
)

# %%
predicted = model(images).argmax(1)
masks = pictures.masks if pictures.masks is not None else torch.ones_like(images[:, 0], dtype=torch.bool)
blue, inside = {}, {}
for name, rule in {"LRP-0": Zero(), **rules}.items():
    heat = relevance_of(images, rule, target=predicted)
    blue[name] = (-heat.clamp(max=0).sum() / heat.abs().sum()).item()
    inside[name] = ck.relevance_mass(heat, masks).mean().item()
    print(
        f"{name:6} {blue[name]:4.0%} of all relevance is blue; {inside[name]:4.0%} of the red is on "
        "the object"
    )
ck.claim("α1β0 shows next to nothing against the class", abs(blue["α1β0"]) < 0.05, only="scenes")
ck.claim("α2β1 shows some, though less than LRP-0", 0.05 < blue["α2β1"] < blue["LRP-0"], only="scenes")
ck.claim(
    "Of the three, α2β1 lies most on the object",
    inside["α2β1"] > 0.05 + max(inside["LRP-0"], inside["α1β0"]),
    only="scenes",
)

# %% [markdown]
# **What it does not show.** Of what speaks against a class, α1β0 shows nothing, by design: no blue does not
# mean *nothing against*. And α = 2 is not twice as true as α = 1. Both are choices about what to leave out.

# %% [markdown]
# ## 6.3 A knob in between, and the first layer
#
# **LRP-γ** favours what speaks for, by as much as one likes (Montavon et al. 2019):
#
# $$R_j = \sum_k \frac{z_{jk} + \gamma z_{jk}^+}{\sum_{j'} (z_{j'k} + \gamma z_{j'k}^+)}\, R_k, \qquad
# z_{jk} = a_j w_{jk}$$
#
# For an output below 0, $z^-$ stands in place of $z^+$ (Andéol et al. 2021). With $\gamma = 0$ it is LRP-0;
# for $\gamma \to \infty$ it becomes α1β0 where the output is positive.

# %%
gammas = (0.0, 0.1, 0.25, 1.0, 10.0)
shown = few[-2:]
panels = torch.stack([relevance_of(shown, Gamma(gamma)) for gamma in gammas], 1).flatten(0, 1)
plots.show(
    plots.image_grid(
        plots.to_rgb(panels, signed=True),
        [f"γ = {gamma:g}" for gamma in gammas] + [""] * (len(panels) - len(gammas)),
        columns=len(gammas),
        rows=few_names[-2:],
    ),
    alt="Relevance of two scenes, a tank and a tree, for five values of γ. From left to right the specks "
    "and the blue go, and the object fills with red.",
)

# %% [markdown]
# What is gained, and what it costs: how much of the red is on the object, and how like the map is to that
# of *another* class.


# %%
def likeness(first, second):
    """Return how alike two stacks of maps are, up to sign and strength: mean |correlation|, 0 to 1."""
    both = zip(first.flatten(1), second.flatten(1))
    found = torch.stack([torch.corrcoef(torch.stack(maps))[0, 1].abs() for maps in both])
    return found.nan_to_num(0).mean().item()  # a map of zeros is like none


other = (predicted + 3) % model(few).shape[1]
on_object, alike = [], []
for gamma in gammas:
    for_predicted, for_other = (relevance_of(images, Gamma(gamma), target=c) for c in (predicted, other))
    on_object.append(ck.relevance_mass(for_predicted, masks).mean().item())
    alike.append(likeness(for_predicted, for_other))
chart = plots.lines(
    range(len(gammas)),
    {"red on the object": on_object, "like another class's": alike},
    xlabel="γ",
    ylabel="share, or |correlation|",
    ylim=(0, 1),
)
chart.axes[0].set_xticks(range(len(gammas)), [f"{gamma:g}" for gamma in gammas])
plots.show(
    chart,
    alt="Two curves over γ from 0 to 10. The share of red on the object rises to a peak at a small γ and "
    "falls again; the likeness to the map of another class rises all the way.",
)
ck.claim(
    "A little γ puts more of the red on the object than none, and more than a lot",
    max(on_object[1:3]) > 0.05 + max(on_object[0], on_object[-1]),
    only="scenes",
)
ck.claim(
    "The larger γ, the less the map depends on the class",
    alike == sorted(alike) and alike[-1] > alike[0] + 0.2,
    only="scenes",
)

# %% [markdown]
# ### The first layer
#
# Pixels are no activations: 0 does not mean *nothing there*, and once normalised they may be negative. Two
# rules are made for them (Montavon et al. 2017). The **$z^B$-rule** knows that pixels lie in a box between
# black $l$ and white $h$, and measures each from the end that says least; the **$w^2$-rule** does not look
# at the pixels at all:
#
# $$z^B\!: \; R_j = \sum_k \frac{x_j w_{jk} - l_j w_{jk}^+ - h_j w_{jk}^-}{\sum_{j'} \ldots}\, R_k \qquad
# w^2\!: \; R_j = \sum_k \frac{w_{jk}^2}{\sum_{j'} w_{j'k}^2}\, R_k$$

# %%
firsts = {"LRP-0": Zero(), "γ = 0.25": Gamma(0.25), "zᴮ": ZBox(), "w²": WSquare()}
by_first = {name: relevance_of(shown, AlphaBeta(2, 1), first) for name, first in firsts.items()}
panels = torch.stack(list(by_first.values()), 1).flatten(0, 1)
plots.show(
    plots.image_grid(
        plots.to_rgb(panels, signed=True),
        [*firsts, *[""] * (len(panels) - len(firsts))],
        columns=len(firsts),
        rows=few_names[-2:],
    ),
    alt="Relevance of a tank and a tree for four rules of the first layer, above which all is the same: "
    "with LRP-0 and γ thin lines of red and blue along edges, with z^B and w² soft red marks with "
    "hardly any blue.",
)
blue = {name: (-heat.clamp(max=0).sum() / heat.abs().sum()).item() for name, heat in by_first.items()}
ck.claim(
    "z^B shows less than half as much blue as LRP-0",
    blue["zᴮ"] < blue["LRP-0"] / 2,
    value=", ".join(f"{name} {share:.0%}" for name, share in blue.items()),
    only="scenes",
)

# %% [markdown]
# **What it does not show.** The rule of the first layer decides how *fine* a map looks. Thin lines are no
# finer evidence: the layers above it, which are the same in all columns, have already decided where.

# %% [markdown]
# ## 6.4 Pooling
#
# An average is linear: each input gets its share of what it put in. A maximum is not, and two answers are in
# use. **The winner takes all**: it alone made the output, and the gradient says the same. **In
# proportion**: each gets its share as if the maximum had been an average, because the others nearly won.

# %%
block = torch.tensor([[[[4.0, 3.0], [1.0, 0.0]]]], device=ck.device())
eight = torch.full((1, 1, 1, 1), 8.0, device=ck.device())
back = {
    "winner": z_rule(nn.MaxPool2d(2), block, eight),
    "in proportion": z_rule(nn.AvgPool2d(2), block, eight),
}
for name, relevance in back.items():
    print(
        f"{block.flatten().tolist()} share out 8, {name}:",
        [round(r, 2) for r in relevance.flatten().tolist()],
    )
ck.claim("Both hand on all of it", all(torch.isclose(r.sum(), eight.sum()) for r in back.values()))

# %%
in_proportion = (("max pooling", Proportional()), *ck.COMPOSITES["epsilon-plus"])
pooled = {
    "winner takes all": signed(ck.lrp(model, shown)),
    "in proportion": signed(ck.lrp(model, shown, composite=in_proportion)),
}
row, column = 5 * shown.shape[2] // 8, 9 * shown.shape[3] // 32
closer = torch.stack(list(pooled.values()), 1).flatten(0, 1)[:, row : row + 24, column : column + 24]
plots.show(
    plots.image_grid(
        plots.to_rgb(closer, signed=True),
        [f"{name}: {rule}" for name in few_names[-2:] for rule in pooled],
        columns=4,
    ),
    alt="Relevance of a tank's wheels and of a tree's trunk, 24 pixels wide, with that of each max pooling "
    "handed to the winner, and in proportion: in the first paler and stronger pixels alternate, the second "
    "is more even.",
)


def grain(heat):
    """Return the mean step from a pixel to its neighbour, in units of the mean pixel."""
    return ((heat[:, :, 1:] - heat[:, :, :-1]).abs().mean() / heat.abs().mean()).item()


ck.claim(
    "In proportion, the map has less grain",
    grain(pooled["in proportion"]) < 0.95 * grain(pooled["winner takes all"]),
    only="scenes",
)
agreement = likeness(*pooled.values())
ck.claim(
    "Else both are much alike", agreement > 0.8, value=f"correlation about {agreement:.2f}", only="scenes"
)

# %% [markdown]
# **What it does not show.** Why a pixel lost. To the winner's rule a pixel that lost by a hair and one that
# was 0 are the same; to the other, the net is one that it is not.

# %% [markdown]
# ## 6.5 What stands between the layers
#
# In evaluation mode (`net.eval()`) **dropout** does nothing, and **flatten** only reorders: relevance passes
# through both. Two others are traps.
#
# ### Batch norm
#
# In evaluation mode batch norm multiplies each channel by a constant and adds another. It is tempting to let
# relevance pass *it* through as well. See what becomes of it, from the score down: the sum of relevance, and
# the sum of its absolute values.


# %%
def pass_batch_norm(layer, a, relevance):
    """The mistake: treat batch norm as if it were not there."""
    return relevance if isinstance(layer, nn.BatchNorm2d) else z_rule(layer, a, relevance)


naive = backwards(usual, few, pass_batch_norm, best)
for name, relevance in naive.items():
    if name.startswith("conv"):
        print(
            f"below {name}: sum {relevance[0].sum():6.1f}, of absolute values {relevance[0].abs().sum():.0e}"
        )
kept = naive["conv5"].flatten(1).sum(1) / naive["score"].sum(1)
swollen = naive["conv1"].abs().flatten(1).sum(1) / naive["score"].sum(1)
ck.claim(
    "Three convolutions down, the sum is still the score", ((kept - 1).abs() < 0.05).all(), only="scenes"
)
ck.claim(
    "At the pixels, the absolute values are more than a hundred thousand times the score",
    (swollen > 1e5).all(),
    only="scenes",
)

# %% [markdown]
# Hardly anything is lost, until values have grown so large that the ε in our own denominator and the
# rounding of floats eat the score. And it is all nonsense: what the ReLU saw is not the convolution's own
# output, so relevance is divided by a number that may be anything, layer after layer.
# **Conservation proves nothing.**
#
# The remedy: in evaluation mode, convolution and batch norm together are *one* linear layer. Fold the second
# into the first, and apply the rule to that (Guillemot et al. 2020):
#
# $$q\,(w \cdot a + b - \text{mean}) + \text{shift} = w' \cdot a + b',$$
#
# $$q = \frac{\text{scale}}{\sqrt{\text{variance} + \text{eps}}}, \quad w' = q\, w, \quad
# b' = q\,(b - \text{mean}) + \text{shift}$$


# %%
def fold(convolution, norm):
    """Return one convolution in place of a convolution without bias and its batch norm."""
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    k = convolution
    folded = nn.Conv2d(k.in_channels, k.out_channels, k.kernel_size, k.stride, k.padding)
    folded.weight.data = k.weight * scale[:, None, None, None]
    folded.bias.data = norm.bias - norm.running_mean * scale
    return folded.requires_grad_(False)


plain = nn.Sequential()
for name, layer in usual.named_children():
    if isinstance(layer, nn.Conv2d):
        layer = fold(layer, getattr(usual, name.replace("conv", "bn")))
    if not isinstance(layer, nn.BatchNorm2d):
        plain.add_module(name, layer)

apart = (plain(few) - usual(few)).abs().max() / usual(few).abs().max()
ck.claim("The folded net gives the same scores", apart < 0.01)
tamed = backwards(plain, few, z_rule, best)
swollen = tamed["conv1"].abs().flatten(1).sum(1) / tamed["score"].sum(1)
ck.claim("Now the absolute values stay below a hundred times the score", (swollen < 100).all(), only="scenes")

# %% [markdown]
# ### Shortcuts
#
# A residual block adds its input to what it computes: $y = x + f(x)$. Both branches put something in, so
# they share, in proportion $x : f(x)$. Who hands the *whole* relevance to both makes twice as much of it, in
# every block:

# %%
torch.manual_seed(0)
blocks = [
    nn.Sequential(nn.Linear(32, 32, bias=False), nn.ReLU(), nn.Linear(32, 32, bias=False)).to(ck.device())
    for _ in range(8)
]
states = [torch.rand(1, 32).to(ck.device())]
for f in blocks:
    states.append(states[-1] + f(states[-1]))


def through(f, x, relevance, share):
    """Return the relevance of a residual block's input."""
    y = x + f(x)
    to_shortcut, to_f = (relevance * x / y, relevance * f(x) / y) if share else (relevance, relevance)
    return to_shortcut + lrp_linear(f[0], x, lrp_linear(f[2], f[1](f[0](x)), to_f))


end = {}
for share in (True, False):
    relevance = states[-1]
    for f, x in reversed(list(zip(blocks, states))):
        relevance = through(f, x, relevance, share)
    end[share] = (relevance.sum() / states[-1].sum()).item()
ck.claim("Shared, the sum stays", abs(end[True] - 1) < 0.01)
ck.claim(
    "Handed to both, it doubles in each of the 8 blocks",
    abs(end[False] / 2**8 - 1) < 0.01,
    value=f"{end[False]:.0f} times",
)

# %% [markdown]
# `ck.lrp` modifies the backward pass itself, in which sums share by themselves, wherever a net makes them:

# %%
from torchvision.models import resnet18

torch.manual_seed(0)
residual_net = resnet18(num_classes=10).to(ck.device())
with torch.no_grad():
    residual_net.train()(images)  # so that batch norm has seen pictures
residual_net.eval().requires_grad_(False)
highest = residual_net(few).amax(1)
total = ck.lrp(residual_net, few).flatten(1).sum(1)
ck.claim(
    "A ResNet-18, never trained: what reaches the pixels is the score, to a thousandth",
    ((total - highest).abs() < 1e-3 * highest.abs()).all(),
)

# %% [markdown]
# **What it does not show.** To fold, and to share in proportion, are decisions too. $x$ and $f(x)$ may be
# $+2$ and $-1.9$, and then shortcuts blow relevance up as LRP-0 does.

# %% [markdown]
# ## 6.6 Conservation, and how to break it
#
# If every layer hands on what it has got, the pixels sum to the score. `ck.conservation` lists it, layer by
# layer. What a layer got from above, less what it handed on, is its leak.

# %%
rows = ck.conservation(usual, few[:1])
for row in reversed(rows):
    print(
        f"{row.layer:12} got {row.relevance_out[0]:7.3f}, handed on {row.relevance_in[0]:7.3f}   {row.rule}"
    )
worst = max(row.leak.abs().item() for row in rows) / usual(few[:1]).amax().item()
ck.claim("No layer leaks more than a thousandth of the score", worst < 1e-3)

# %% [markdown]
# Now break it, in three ways: let the biases keep their share; treat batch norm as a layer of its own, whose
# shift keeps a share as well; take a large ε.


# %%
def plus_rule(layer, a, relevance):
    """α1β0 for a convolution, the z-rule for all else (which is a mistake for batch norm)."""
    if not isinstance(layer, nn.Conv2d):
        return z_rule(layer, a, relevance)

    def halves(t):
        return torch.cat([t.clamp(min=0), t.clamp(max=0)], 1)

    def for_it(a):  # (a w)⁺ = a⁺ w⁺ + a⁻ w⁻
        return nn.functional.conv2d(halves(a), halves(layer.weight), None, layer.stride, layer.padding)

    return z_rule(for_it, a, relevance)


def left_of_score(rule):
    """Return what is left of the first picture's score below each layer, as shares."""
    rows = ck.conservation(usual, few[:1], composite=(("convolution", rule), ("linear", rule)))
    return [1.0] + [(row.relevance_in / rows[-1].relevance_out).item() for row in reversed(rows)]


unfolded = backwards(usual, few[:1], plus_rule, best[:1])
depths = ["score", "head", *(name for name in unfolded if name.startswith("conv"))]
left = {
    "nothing broken": left_of_score(ZPlus()),
    "biases keep theirs": left_of_score(ZPlus(bias=True)),
    "batch norm not folded": [(unfolded[name].sum() / unfolded["score"].sum()).item() for name in depths],
    "LRP-ε, ε = 1": left_of_score(Epsilon(1.0)),
}
chart = plots.lines(
    range(len(depths)), left, xlabel="below layer", ylabel="share of the score", ylim=(0, 1.1)
)
chart.axes[0].set_xticks(range(len(depths)), depths, rotation=45)
plots.show(
    chart,
    alt="What is left of a score on its way from the head to the first convolution. Nothing broken: all of "
    "it, a level line at 1. The three broken ways lose about half of it, three quarters, and nine tenths.",
)
ck.claim(
    "Unbroken, all of the score arrives; broken, three quarters at most",
    abs(left["nothing broken"][-1] - 1) < 1e-3 and sorted(shares[-1] for shares in left.values())[-2] < 0.75,
    value=", ".join(f"{name} {shares[-1]:.0%}" for name, shares in left.items()),
    only="scenes",
)

# %% [markdown]
# **What it does not show.** A leak is worth knowing: it says how much of the score the map is silent about.
# But a map that leaks may be good, and one that conserves may be the nonsense of section 6.5. The sum is
# right for *any* way that shares out all of it.

# %% [markdown]
# ## 6.7 A rule for each depth
#
# A composite may also go by depth. Near the score few neurons stand for whole things, and what speaks
# against them counts: LRP-ε. Below, γ or α1β0 gathers what many small steps scatter. At the pixels, $z^B$
# (Montavon et al. 2019; Kohlbrenner et al. 2020). 0.5 stands for the first half of the convolutions and
# linear layers, from the pixels up:

# %%
by_depth = (("first", ZBox()), (0.5, Gamma()), (1.0, Epsilon(0.25)))
composites = {  # the first three have one rule in all layers, the head too
    "LRP-0": "zero",
    "γ in all layers": "gamma",
    "α1β0 in all layers": "alpha1-beta0",
    "by depth: zᴮ, γ, ε": by_depth,
}
plots.show(
    plots.signed_grid(
        few, {name: signed(ck.lrp(model, few, composite=c)) for name, c in composites.items()}, few_names
    ),
    alt="Relevance of four scenes under four composites. LRP-0: specks. γ in all layers: thin red lines on "
    "the object. α1β0 in all layers: softer red, also beside the object. By depth: soft red on the "
    "object, and blue where something speaks against it.",
)

# %%
on_object, alike = {}, {}
for name, c in composites.items():
    for_predicted, for_other = (
        signed(ck.lrp(model, images, k, composite=c, batch_size=4)) for k in (predicted, other)
    )
    on_object[name] = ck.relevance_mass(for_predicted, masks).mean().item()
    alike[name] = likeness(for_predicted, for_other)
    print(
        f"{name:19} {on_object[name]:4.0%} of the red on the object, like another class's {alike[name]:.2f}"
    )
*uniform, mixed = composites
ck.claim(
    "By depth, the map is on the object more than that of LRP-0, by a tenth of all red or more",
    on_object[mixed] > on_object["LRP-0"] + 0.1,
    only="scenes",
)
ck.claim(
    "And it depends on the class more than those of γ and α1β0 in all layers",
    alike[mixed] < min(alike[name] for name in uniform if name != "LRP-0") - 0.1,
    only="scenes",
)

# %% [markdown]
# Mix the rules yourself. Two things to try: the same rule in all thirds, one after the other; and another
# class, with ε and then with αβ, α = 1 in the upper third. Above the map stands how much of the score
# arrives.

# %%
widgets.relevance_widget(model, few, few_names)

# %% [markdown]
# **What it does not show.** Composites were picked by how good their maps look, or score, on pictures of
# *things*. Whether that is what this net computes, no map tells.

# %% [markdown]
# ## 6.8 Why this, and not that?
#
# Relevance is shared out of a score, and scores can be subtracted: $R(c) - R(d)$ sums to $s_c - s_d$ and
# shows what speaks for $c$ *rather than* $d$. **Why is this a 3 and not an 8?** The scans had 8 × 8 pixels;
# since relevance adds up, we may sum it over each. (Each map has a scale of its own, the difference too.)

# %% slideshow={"slide_type": "subslide"}
digit_model = ck.load_model("digits")
digits, digit_labels = (part.to(ck.device()) for part in ck.load_digits("test"))
threes = digits[(digit_labels == 3) & (digit_model(digits).argmax(1) == 3)]


def by_cell(digit, composite):
    """Return the relevance (N, 1, 8, 8) of each pixel of the scans, of which 4 × 4 had been made."""
    return 16 * nn.functional.avg_pool2d(ck.lrp(digit_model, threes, digit, composite=composite), 4)


for_3, for_8 = by_cell(3, "zero"), by_cell(8, "zero")
contrast = for_3 - for_8
scores = digit_model(threes)
ck.claim(
    "The difference of the maps sums to the difference of the scores",
    torch.allclose(contrast.flatten(1).sum(1), scores[:, 3] - scores[:, 8], atol=0.05),
)
cells = {"for 3": for_3, "for 8": for_8, "3 rather than 8": contrast}
plots.show(
    plots.signed_grid(
        threes[:4],
        {name: nn.functional.interpolate(maps[:4], scale_factor=4) for name, maps in cells.items()},
    ),
    alt="Four handwritten threes and, in 8 by 8 cells, the relevance for 3, for 8, and for 3 rather than 8. "
    "For 8, in most of them, the darkest blue is in the gap at the lower left, which an 8 would close.",
)
darkest = for_8.flatten(1).argmin(1)
row, column = darkest // 8, darkest % 8
in_gap = (row >= 4) & (row <= 5) & (column >= 1) & (column <= 4)
ck.claim(
    "In most threes the darkest blue of the row for 8 is in the gap at the lower left",
    in_gap.float().mean() > 0.6,
    value=f"{in_gap.sum()} of {len(threes)}",
)

# %% [markdown]
# There, in the gap that an 8 would close off, *nothing is there*, and that speaks against an 8. (Black is −1
# for this net, and can speak. Were it 0, the z-rule could give it nothing.) What can be tried is the map: put
# ink into the four dark cells that speak most for 3 rather than 8. (They are not always those of the gap.)


# %%
def with_ink(images, cells):
    """Return digits with ink in some cells (N, k) of their 8 × 8 scans."""
    scans = nn.functional.avg_pool2d(images, 4).flatten(1).scatter(1, cells, 0.9).view(-1, 1, 8, 8)
    return nn.functional.interpolate(scans, size=images.shape[2:], mode="bicubic").clamp(0, 1)


dark = nn.functional.avg_pool2d(threes, 4).flatten(1) < 0.15
guesses = {
    "LRP-0": contrast,
    "α1β0": by_cell(3, "alpha1-beta0") - by_cell(8, "alpha1-beta0"),
    "chance": torch.rand(contrast.shape, generator=torch.Generator().manual_seed(0)).to(contrast),
}
inked = {
    name: with_ink(threes, guess.flatten(1).masked_fill(~dark, -torch.inf).topk(4).indices)
    for name, guess in guesses.items()
}
now = ck.predicted(digit_model, inked["LRP-0"][:4])
plots.show(
    plots.image_grid(inked["LRP-0"][:4], [f"now a {name}" for name in now]),
    alt="The four threes with ink in the four dark cells that LRP-0 names. The net still reads the first two "
    "as 3, the other two as 8.",
)
eights = {name: (digit_model(x).argmax(1) == 8).float().mean().item() for name, x in inked.items()}
ck.claim(
    "With ink in the four dark cells that LRP-0 names, more than half of the threes become eights; α1β0's "
    "cells do it for fewer, random dark cells for less than a fifth",
    eights["LRP-0"] > 0.55 and eights["chance"] < 0.2 and eights["LRP-0"] > eights["α1β0"] + 0.1,
    value=", ".join(f"{name} {share:.0%}" for name, share in eights.items()) + f" of {len(threes)}",
)

# %% [markdown]
# ### Two things in one scene
#
# The same question on scenes with a car and a face, whichever of the two the net names. Four of
# the twelve are shown:

# %%
pairs = scenes.pair(12, "car", "face", seed=2, weather="clear", light="day").to(ck.device())
some = [0, 3, 4, 7]
car, face = (usual.classes.index(name) for name in ("car", "face"))
for_car, for_face = (
    signed(ck.lrp(usual, pairs.images, c, composite="epsilon-alpha2-beta1")) for c in (car, face)
)
difference = for_car - for_face
plots.show(
    plots.signed_grid(
        pairs.images[some],
        {"for car": for_car[some], "for face": for_face[some], "car rather than face": difference[some]},
        ck.predicted(usual, pairs.images[some]),
    ),
    alt="Four scenes with a car and a face; the net names the face in two, the car in two. For car the "
    "wheels are red; for face they are blue and the face is red; in the difference the wheels are "
    "red, and where the net named the face, that is blue.",
)
scores = usual(pairs.images)
ck.claim(
    "The difference sums to the difference of the scores",
    torch.allclose(difference.flatten(1).sum(1), scores[:, car] - scores[:, face], atol=0.05),
)
on_car, on_face = ((difference * pairs.mask(number)).flatten(1).sum(1) for number in (1, 2))
ck.claim(
    "In most scenes the car's pixels speak for car, and the face's for face",
    (on_car > 0).float().mean() > 0.6 and (on_face < 0).float().mean() > 0.6,
    value=f"{(on_car > 0).sum()} and {(on_face < 0).sum()} of {len(pairs)}",
)

# %% [markdown]
# The scene nets are VGG-style: convolutions, pooling, a linear head. `COURSEKIT_MODEL=vgg16` puts VGG-16
# under this chapter, if you have its weights.
#
# **What it does not show.** A map by itself is a claim; that the ink worked is evidence, and it took an
# experiment. In it the specks of LRP-0 did better than the neat maps of α1β0: neat is not the same as right.

# %% [markdown]
# ## 6.9 Where the rules come from, and what they cost
#
# The rules look like recipes. **Deep Taylor decomposition** (Montavon et al. 2017) derives them. Take one
# ReLU neuron $z(a) = \max(0, w \cdot a + b)$ with $b \le 0$, and ask by how much each input moved it away
# from silence: expand it at a *root point* $\tilde a$, where $w \cdot \tilde a + b = 0$:
#
# $$z(a) = \sum_j w_j\, (a_j - \tilde a_j), \qquad
# \tilde a = a - t\, d, \quad t = \frac{z(a)}{w \cdot d}$$
#
# The neuron is linear on the way, so nothing is left over. Which inputs it names depends on the direction
# $d$ in which one looks for the root, and each direction gives a rule:


# %%
def taylor(w, b, a, direction):
    """Return the terms of the expansion of max(0, w · a + b) at its root in a direction, and the root."""
    t = (w @ a + b) / (w @ direction)
    return w * t * direction, a - t * direction


def directions(a, w):
    """Return in which direction each rule looks for the root."""
    return {
        "towards 0: LRP-0": a,
        "only where w > 0: α1β0": a * (w > 0),
        "along w: w²": w,
        "to a corner of the box: zᴮ": a - (w < 0).float(),
    }


generator = torch.Generator().manual_seed(0)
a, w = torch.rand(6, generator=generator), torch.randn(6, generator=generator)
b = torch.tensor(-0.1)
z = (w @ a + b).relu()
plus, minus = w.clamp(min=0), w.clamp(max=0)
contributed = (a * w, a * plus, w * w, a * w - 0 * plus - 1 * minus)  # what the four rules share out
errors, silence = [], []
for (name, direction), contributions in zip(directions(a, w).items(), contributed):
    terms, root = taylor(w, b, a, direction)
    errors.append((terms - contributions / contributions.sum() * z).abs().max().item())
    silence.append((w @ root + b).abs().item())
    print(
        f"{name:27}", [round(term, 2) + 0.0 for term in terms.tolist()], "sum", round(terms.sum().item(), 2)
    )
ck.claim("The neuron fires, and at each root it is silent", z > 0.1 and max(silence) < 1e-5)
ck.claim("The terms are what the rules share out, and sum to z", max(errors) < 1e-5)

# %% [markdown]
# Is a root an input that can be, between 0 and 1? Try it for many neurons and inputs:

# %%
tried, outside = 0, dict.fromkeys(directions(a, w), 0)
for _ in range(400):
    some_a, some_w = torch.rand(6, generator=generator), torch.randn(6, generator=generator)
    if some_w @ some_a + b > 0.01:
        tried += 1
        for name, direction in directions(some_a, some_w).items():
            _, root = taylor(some_w, b, some_a, direction)
            outside[name] += bool(((root < -1e-4) | (root > 1 + 1e-4)).any())
*_, along_w, _ = outside
ck.claim(
    "The roots of LRP-0, α1β0 and z^B are always between 0 and 1; that of w² not always",
    outside[along_w] > 0 and sum(outside.values()) == outside[along_w],
    value=f"w² not in {outside[along_w] / tried:.0%} of {tried}",
)

# %% [markdown]
# It takes $b \le 0$ for this. α1β0's root moves only the inputs that speak for the neuron. In a whole net the
# step is repeated from neuron to neuron, and there theory thins out: what is expanded is no longer a single
# ReLU, and whether the step is exact depends on conditions that are seldom met (Sixt & Landgraf 2022).
#
# ### The price of a clean map
#
# α1β0 multiplies relevance, layer after layer, by matrices without negative entries. A product of many such
# matrices forgets what it was applied to: whatever enters at the top, the same pattern comes out (Sixt,
# Granz & Landgraf 2020). Watch it happen. Relevance for two classes, compared at each layer on the way
# down:

# %%
first_class = usual(images).argmax(1)
second_class = (first_class + 3) % 10
alike_at = {}
for name, rule in {"α1β0 below the head": plus_rule, "LRP-0": z_rule}.items():
    first, second = (backwards(plain, images, rule, c) for c in (first_class, second_class))
    alike_at[name] = [likeness(first[depth], second[depth]) for depth in depths[1:-1]]
chart = plots.lines(
    range(len(depths) - 2),
    alike_at,
    xlabel="relevance below layer",
    ylabel="|correlation| of two classes",
    ylim=(0, 1),
)
chart.axes[0].set_xticks(range(len(depths) - 2), depths[1:-1], rotation=45)
plots.show(
    chart,
    alt="How alike the relevance for two classes is, from the head down to the second convolution. By LRP-0 "
    "it stays about where it started; by α1β0 below the head it climbs within three layers, and ends above "
    "0.9.",
)
ck.claim(
    "By α1β0 the relevance of two classes becomes the same on the way down, by LRP-0 it does not",
    alike_at["α1β0 below the head"][-1] > 0.8 and alike_at["LRP-0"][-1] < 0.65,
    value=", ".join(f"{name} about {values[-1]:.1f}" for name, values in alike_at.items()),
    only="scenes",
)

# %% [markdown]
# The same up to sign and strength. With α1β0 in all layers every share is ≥ 0, so that the map has the sign
# of the score, whatever is in the picture. The maps at the top of this page have LRP-ε at the head, whose
# shares may be negative. Hardly any of it gets through:


# %%
def blue_part(composite, target):
    """Return which share of each map of relevance is blue."""
    heat = signed(ck.lrp(usual, images, target, composite=composite, batch_size=4))
    return -heat.clamp(max=0).flatten(1).sum(1) / heat.abs().flatten(1).sum(1)


negative = usual(images).gather(1, second_class[:, None])[:, 0] < 0
ck.claim(
    "α1β0 in all layers: where the other class's score is negative, its map is blue",
    negative.any() and (blue_part("alpha1-beta0", second_class)[negative] > 0.99).all(),
    value=f"{negative.sum()} of {len(images)} scores are negative",
    only="scenes",
)
for_named, for_other = (blue_part("epsilon-plus", c) for c in (first_class, second_class))
ck.claim(
    "α1β0 below the head: the map of the class that the net names is red, those of negative scores are "
    "nearly all blue",
    for_named.max() < 0.05 and (for_other[negative] > 0.9).float().mean() > 0.8,
    only="scenes",
)

# %% [markdown]
# Such a map shows *what the net sees*, like guided backpropagation in chapter 4. This is why the maps
# at the top of this page have hardly any blue, and are so neat.

# %% [markdown]
# ### Beside the others

# %%
named = {
    "gradient": lambda x, target: ck.heatmap(ck.saliency(model, x, target)),
    "input × gradient": lambda x, target: signed(ck.input_x_gradient(model, x, target)),
    "LRP by depth": lambda x, target: signed(ck.lrp(model, x, target, composite=by_depth, batch_size=4)),
    "LRP α1β0": lambda x, target: signed(ck.lrp(model, x, target, composite="alpha1-beta0", batch_size=4)),
    "Grad-CAM": lambda x, target: signed(ck.grad_cam(model, x, target, normalised=False)),
    "guided backpropagation": lambda x, target: ck.heatmap(ck.guided_backprop(model, x, target)),
    "Guided Grad-CAM": lambda x, target: ck.heatmap(ck.guided_grad_cam(model, x, target)),
    "chance": lambda x, target: signed(ck.random_heatmap(model, x, target)),
}
best_shown = model(shown).argmax(1)
plots.show(
    plots.signed_grid(
        shown, {name: method(shown, best_shown) for name, method in list(named.items())[:5]}, few_names[-2:]
    ),
    alt="A tank, a tree, and five maps of each. The gradient, which has no sign: red specks, denser at the "
    "object. Input times gradient: red and blue specks. LRP by depth and α1β0: the object in red. "
    "Grad-CAM: one soft red blob, larger than the object.",
)

# %%
points, mass, deleted, alike = {}, {}, {}, {}
print(" " * 24 + "points  mass  deletion  like another class's")
for name, method in named.items():
    heat = method(images, predicted)
    points[name] = ck.pointing_game(heat, masks).mean().item()
    mass[name] = ck.relevance_mass(heat, masks).mean().item()
    deleted[name] = ck.area_under(ck.deletion(model, images, heat, steps=10)).mean().item()
    alike[name] = likeness(heat, method(images, other))
    print(f"{name:24}{points[name]:5.0%} {mass[name]:6.0%}    {deleted[name]:.2f}      {alike[name]:.2f}")
most = ("LRP by depth", "Guided Grad-CAM")
ck.claim(
    "LRP by depth and Guided Grad-CAM, which is not LRP, have most of their red on the object",
    min(mass[name] for name in most) > 0.03 + max(mass[name] for name in named if name not in most),
    only="scenes",
)
ck.claim(
    "Guided backpropagation, which hardly depends on the class, has more there than α1β0",
    mass["guided backpropagation"] > mass["LRP α1β0"] + 0.05 and alike["guided backpropagation"] > 0.85,
    only="scenes",
)
weak = ("gradient", "input × gradient", "chance")
ck.claim(
    "All but the gradient and input × gradient point at the object in nearly every scene",
    min(points[name] for name in named if name not in weak) > 0.85,
    only="scenes",
)
ck.claim(
    "And without the pixels that they name first, the class is soon gone",
    max(deleted[name] for name in named if name not in weak) < 0.5 * deleted["chance"],
    only="scenes",
)
ck.claim(
    "Deleting by input × gradient is hardly better than by chance",
    deleted["input × gradient"] > 0.85 * deleted["chance"],
    only="scenes",
)
ck.claim(
    "LRP by depth depends on the class less than the gradient; α1β0 hardly does",
    alike["gradient"] < alike["LRP by depth"] < alike["LRP α1β0"] - 0.15,
    only="scenes",
)

# %% [markdown]
# *Points*: how often the hottest pixel is on the object (the pointing game, Zhang et al. 2018). *Mass*: the
# share of the red that is (Arras et al. 2022). *Deletion*: the area under the class's probability while
# pixels are covered, hottest first; less is better (Petsiuk, Das & Saenko 2018). *Like another class's*: as
# in section 6.3; chance does not depend on the class at all. (The gradient and the guided maps have no sign
# here: what is red is their size. *LRP α1β0* has its rule in all layers.)
#
# Sixteen scenes are few, and the maps are of the class that the net names, with only red counted. Here is
# LRP on 500 scenes, with 95 % intervals, beside rivals from the table of chapter 5; as there, for the *true*
# class, and from *absolute* values: evidence against the class counts too. So the numbers differ from those
# above. LRP-0, γ, α1β0 and α2β1 are in all layers here; *LRP ε + α1β0* has LRP-ε in the head and α1β0 below,
# and *LRP ε + γ + zᴮ* has $z^B$ at the pixels as well. (LRP-ε everywhere, with an ε of 1e-6, is LRP-0, and
# left out.)

# %%
compared = (
    *("random", "saliency", "input × gradient", "guided backprop", "occlusion", "Grad-CAM"),
    *("guided Grad-CAM", "LRP zero", "LRP gamma", "LRP alpha1-beta0", "LRP alpha2-beta1"),
    *("LRP epsilon-plus", "LRP epsilon-alpha2-beta1", "LRP epsilon-gamma-box"),
)
table = ck.measured("localisation")
for net, label in {"scenes": "usual net", "scenes-robust": "robust net"}.items():
    found = {display_name(name): table["nets"][net][name] for name in compared}
    print(f"\n{label}, {table['scenes']} scenes")
    print(f"{'':24}{'pointing':20}{'mass':20}")
    for name, row in found.items():
        cells = ["{:.2f} ({:.2f}–{:.2f})".format(*row[measure]) for measure in ("pointing", "mass")]
        print(f"{name:24}" + "".join(f"{cell:20}" for cell in cells))
    mass, points = (
        {name: row[measure][0] for name, row in found.items()} for measure in ("mass", "pointing")
    )
    ck.claim(
        f"{label}: Guided Grad-CAM, which is not LRP, has most of its heat on the object",
        mass["Guided Grad-CAM"] == max(mass.values()),
    )
    ck.claim(
        f"{label}: guided backpropagation, which hardly knows the class, has more there than α1β0",
        mass["guided backpropagation"] > mass["LRP α1β0"] + 0.03,
    )
    ck.claim(
        f"{label}: LRP-0 points better than input × gradient", points["LRP-0"] > points["input × gradient"]
    )
ck.claim(
    "On the robust net the plain gradient points at the object more often than α1β0 and α2β1",
    points["gradient"] > max(points["LRP α1β0"], points["LRP α2β1"]),
)

# %% [markdown]
# **What it does not show.** The reason. Points and mass ask whether a map is *where the object is*; guided
# backpropagation is there, and so is the robust net's plain gradient, better than some LRP. Finding the
# object is not explaining the answer; chapter 9 asks for that.

# %% [markdown]
# ## What to remember
#
# | rule | shares out | serves | beware |
# |---|---|---|---|
# | LRP-0 | in proportion to $a_j w_{jk}$ | contrasts of two classes | with biases kept, input × gradient |
# | LRP-ε | the same, weak sums damped | layers near the score | ε eats relevance |
# | LRP-γ | the same, what speaks for favoured | layers in the middle | large γ: like α1β0 |
# | α1β0 | what speaks for, alone | seeing what the net sees | hardly depends on the class |
# | α2β1 | for twice, against once | sharp maps | neurons with inputs of one kind |
# | $z^B$, $w^2$ | within the box; by weights alone | the layer at the pixels | how fine a map looks |
#
# Conservation finds bugs and leaks; it holds for nonsense as well.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Bach et al. 2015 (PLoS ONE 10:e0130140); Montavon et al. 2017 (arXiv:1512.02479); Ancona et al.
# 2018 (arXiv:1711.06104); Montavon, Samek & Müller 2018 (arXiv:1706.07979); Montavon et al. 2019 (*Layer-wise
# relevance propagation: an overview*, in *Explainable AI*, LNCS 11700); Kohlbrenner et al. 2020
# (arXiv:1910.09840); Guillemot et al. 2020 (arXiv:2002.11018); Sixt, Granz & Landgraf 2020
# (arXiv:1912.09818); Andéol et al. 2021 (arXiv:2106.04923); Sixt & Landgraf 2022 (arXiv:2211.08425).
# Measures: Zhang et al. 2018 (arXiv:1608.00507); Petsiuk, Das & Saenko 2018 (arXiv:1806.07421); Arras et al.
# 2022 (arXiv:2003.07258). **To do.** `exercises/06_lrp.ipynb`: write these rules yourself.
