# %% [markdown]
# # 4 Saliency
#
# Show a photograph to a net that knows a thousand things, and it answers with a name: *Egyptian cat*,
# *espresso*, *moped*, *missile*. That is impressive, and it tells you nothing about how the net got
# there. Did it see the rocket, or only the towers of a launch pad? **Which pixels made it say so?** This
# chapter puts that question to the net itself, in five ways: by covering pixels, by differentiating with
# respect to them, and by three repairs of the gradient. It then takes the same methods to a segmentation,
# a film and a table.

# %% fold
# What this chapter uses: nets, photographs and drawn scenes.
import torch
from torch import nn

import coursekit as ck
from coursekit import plots, widgets

model = ck.subject_model()
pictures = ck.subject_pictures(32, seed=4)
images = pictures.images
bright = ck.subject_pictures(
    4, seed=3, classes=("tree", "fish", "house", "tank"), weather="clear", light="day", noise=0.0
)
few, few_names = bright.images, bright.names

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
imagenet = ck.load_model("imagenet")
photographs = torch.stack(list(ck.photographs("cat", "coffee", "motorcycle", "rocket", size=224).values()))
photographs = photographs.to(ck.device())

# %% [markdown]
# Here are four photographs, each under the name that EfficientNet-Lite0 gives it, a net trained on the
# 1.3 million pictures of ImageNet. The row below them shows its **gradient**: a pixel is bright where the
# tiniest change of it would move the score of that name most. It's the first thing that anybody tries, and
# section 4.2 derives it. The last row is one of its repairs, from section 4.3. Look for the cat's eyes, for
# the rim of the cup, and for the brightest patch in the garage.

# %% fold
# Four photographs, the gradient of their scores, and a repair of it.
gradients = ck.heatmap(ck.saliency(imagenet, photographs))
repaired = ck.heatmap(ck.integrated_gradients(imagenet, photographs, steps=16))
plots.show(
    plots.heatmap_grid(
        photographs,
        {"gradient": gradients, "Integrated Gradients": repaired},
        [f"“{name}”" for name in ck.predicted(imagenet, photographs)],
    ),
    alt="Four photographs: a cat, a cup of espresso, a motorcycle, a rocket on its launch pad. Below each "
    "the net's gradient: mostly specks, a little denser on the rim of the cup and on the rocket's tip; in "
    "the garage a sheet of paper on a door is brightest. Below that Integrated Gradients: the cat's eyes "
    "are rings in the fur, the inside of the cup stands out from the dark saucer, and the motorcycle's "
    "wheels and engine can be seen; the sheet still glows.",
    caption="What made it say so? The gradient (middle) answers in specks. The same net, asked in another "
    "way (bottom), shows eyes, wheels and the inside of a cup. Each map has a scale of its own.",
)

# %% [markdown]
# You can find the rim of the cup in the gradient, and the tip of the rocket. Most of what glows is grain,
# though, and the brightest patch of the third map isn't on the motorcycle at all: it's a sheet of white
# paper on the door behind it. Does the net need a sheet of paper to recognise a moped? We needn't guess,
# because we can paint the sheet in the grey of the door and ask again:

# %%
moped, garage = imagenet.classes.index("moped"), photographs[2:3]
painted = garage.clone()
painted[:, :, :42, 25:74] = garage[:, :, 44:50, 28:70].mean((2, 3), keepdim=True)

before, after = (imagenet(x)[0, moped].item() for x in (garage, painted))
ck.claim(
    "Painting over the brightest patch of the gradient takes less than a twentieth off the moped's score",
    0 < before - after < 0.05 * before,
    value=f"{before:.2f} before, {after:.2f} after",
)

# %% fold
# What the text says of the maps, as checks.
sheet = torch.zeros(224, 224, device=ck.device())
sheet[:42, 25:74] = 1
cup = ck.detail_mask("cup", size=224).to(ck.device())


def share(heat, where):
    """Return the share of a heatmap that lies in a part of the picture."""
    return ((heat * where).sum() / heat.sum()).item()


with ck.quietly():
    ck.claim(
        "The sheet covers a twenty-fifth of the picture and gets a seventh of the gradient's heat",
        sheet.mean() < 0.042 and share(gradients[2], sheet) > 0.12,
        value=f"{sheet.mean().item():.0%}, {share(gradients[2], sheet):.0%}",
    )
    ck.claim(
        "Integrated Gradients puts more of itself on the cup than the gradient does",
        share(repaired[1], cup) > share(gradients[1], cup) + 0.1,
        value=f"{share(repaired[1], cup):.0%} against {share(gradients[1], cup):.0%}",
    )

# %% [markdown]
# It doesn't. The sheet gets a seventh of all the heat, and the answer hardly depends on it. The bottom row
# comes from the same net and the same photographs, and suddenly there are eyes, wheels and the inside of a
# cup; but the sheet still glows. Two methods give two answers, both look convincing somewhere, and a
# photograph alone doesn't tell us which of them to believe.
#
# To find out, we need pictures about which we know everything, and that is what the drawn scenes of this
# course are for. Below are four of them, and the gradients of two nets that name nearly every scene
# correctly.

# %%
plots.show(
    plots.heatmap_grid(
        few,
        {
            "gradient, usual training": ck.heatmap(ck.saliency(usual, few)),
            "gradient, robust training": ck.heatmap(ck.saliency(robust, few)),
        },
        few_names,
    ),
    alt="Four pictures in a row. Below them the gradient of a usually trained net: specks all over the "
    "picture, denser near the object. Below that the gradient of a robustly trained net: the outline of "
    "the object.",
)

# %% [markdown]
# Both nets see the same pictures and have the same layers; the second one was trained on pictures that an
# attacker had changed (chapter 7). Keep both figures in mind: what a heatmap looks like depends on the
# method **and** on the net. In the code, `model` is the net
# under study: the usual one, unless you put in your own.
#
# Throughout, $x$ is an image with pixels in $[0, 1]$, $s_c(x)$ the score of class $c$ *before* the softmax,
# and $p_c(x)$ its probability after it, which section 4.1 uses and section 4.2 parts with. An
# **attribution** gives each pixel a number for its part in $s_c$; a **heatmap** is its picture. Because the
# scenes are drawn, we know exactly which pixels belong to the object, and can count:

# %%
masks = pictures.masks if pictures.masks is not None else torch.ones_like(images[:, 0], dtype=torch.bool)


def share_inside(heat, mask):
    """Return the share of a heatmap that lies on the object, for each image."""
    return (heat * mask).flatten(1).sum(1) / heat.flatten(1).sum(1)


area = masks.float().mean().item()
ck.claim(
    "On average the object covers less than a fifth of a scene",
    area < 0.2,
    value=f"{area:.0%}",
    only="scenes",
)

# %% [markdown]
# So a heatmap that knew nothing would have about that share of its mass on the object.

# %% [markdown]
# ## 4.1 Cover a part, and see
#
# The oldest idea needs no gradient. Slide a grey patch over the picture; where the probability of the
# class drops, there was something that the net needed.
#
# $$R_{ij} = \text{mean over the patches } P \ni (i, j) \text{ of } \;
# p_c(x) - p_c(x \text{ with } P \text{ grey})$$


# %%
def occlude(model, x, target, size, stride):
    """Return how much one image (1, C, H, W) loses under each position of a grey patch."""
    before = model(x).softmax(1)[0, target]
    rows = []
    for top in range(0, x.shape[2] - size + 1, stride):
        row = []
        for left in range(0, x.shape[3] - size + 1, stride):
            covered = x.clone()
            covered[:, :, top : top + size, left : left + size] = 0.5
            row.append(before - model(covered).softmax(1)[0, target])
        rows.append(torch.stack(row))
    return torch.stack(rows)


target = model(few).argmax(1)
with torch.no_grad():
    drops = occlude(model, few[:1], target[0], size=32, stride=16)
ck.claim(
    "No single patch takes a twentieth off the probability of this house", drops.max() < 0.05, only="scenes"
)

# %% [markdown]
# So sure is the net of this picture. `ck.occlusion`
# does the same for many pictures at once, and gives each pixel the mean over the patches that cover it.
# Each map below is drawn on a scale of its own: colour tells where covering costs most, not how much.

# %%
size = images.shape[-1] // 5
occluded = ck.occlusion(model, few, size=size, stride=size // 3)
plots.show(
    plots.signed_grid(few, {"occlusion": ck.heatmap(occluded, signed=True)}, few_names, over=True),
    alt="Four scenes, and below each its occlusion map laid over it: red where covering costs "
    "probability, mostly on the object, and hardly any colour elsewhere.",
)

# %%
many = ck.occlusion(model, images[:12], size=size, stride=size // 2)[:, 0]
peak = many.flatten(1).argmax(1)
hits = masks[:12].flatten(1).gather(1, peak[:, None])[:, 0].float().mean().item()
ck.claim(
    "What hurts most to cover lies on the object in most scenes",
    hits > 0.6,
    value=f"{hits:.0%} of 12",
    only="scenes",
)

# %% [markdown]
# **What to cover with?** A grey patch is itself something new: it has edges, and it is no scene that the
# net was trained on. Three fills give three answers.

# %%
fills = {
    fill: ck.occlusion(model, few, size=size, stride=size // 2, fill=fill)
    for fill in ("grey", "zero", "blur")
}
plots.show(
    plots.signed_grid(
        few, {f"{fill} patch": ck.heatmap(a, signed=True) for fill, a in fills.items()}, few_names
    ),
    alt="Occlusion maps of four scenes under a grey, a black and a blurred patch: all mark parts of the "
    "object, but not the same parts; the black patch differs most from the other two.",
)


def correlation(a, b):
    """Return the mean correlation of two stacks of maps."""
    return (
        torch.stack([torch.corrcoef(torch.stack([p.flatten(), q.flatten()]))[0, 1] for p, q in zip(a, b)])
        .mean()
        .item()
    )


agreement = correlation(fills["grey"], fills["zero"])
ck.claim(
    "Grey and black patches agree only in part",
    0.2 < agreement < 0.98,
    value=f"correlation about {agreement:.1f}",
    only="scenes",
)

# %% [markdown]
# Push the patch around yourself: bars are the probabilities with the patch, outlines without it.

# %%
widgets.occlusion_widget(model, few, few_names)

# %% [markdown]
# **What it does not show.** A patch smaller than the evidence finds nothing, because what is left
# suffices; one larger than the object finds a blob. Two patches that matter only together are never
# covered together. And it is slow: one forward pass per position.

# %% [markdown]
# ## 4.2 The gradient
#
# One backward pass gives, for every pixel at once, how the score would change if that pixel did:
#
# $$g = \frac{\partial s_c}{\partial x}, \qquad \text{heatmap}_{ij} = \max_{\text{channel } k} |g_{kij}|$$
#
# (Simonyan, Vedaldi & Zisserman 2014.)


# %%
def saliency(model, x, target):
    """Return the gradient of each image's score, shaped like x."""
    x = x.clone().requires_grad_()
    scores = model(x)
    chosen = scores[torch.arange(len(x)), target]
    (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


gradient = saliency(model, few, target)
same = torch.allclose(gradient, ck.saliency(model, few, target), atol=1e-6 * gradient.abs().max().item())
ck.claim("Seven lines are all that there is to it: the package gives the same", same)

# %% [markdown]
# Summing the scores of a batch is no approximation: no image's score depends on another's pixels, so each
# gradient is that of its own score. (A *mean* would divide all of them by the size of the batch.)

# %% [markdown]
# **Why the score and not the probability?** When the net is sure, the softmax is flat: the probability of
# the class hardly reacts to anything, and neither does its gradient.


# %%
def probability_gradient(model, x, target):
    """Return the gradient of each image's probability: the mistake."""
    x = x.clone().requires_grad_()
    chosen = model(x).softmax(1)[torch.arange(len(x)), target]
    return torch.autograd.grad(chosen.sum(), x)[0]


ratio = probability_gradient(model, images, model(images).argmax(1)).flatten(1).norm(dim=1) / ck.saliency(
    model, images
).flatten(1).norm(dim=1)
ck.claim(
    "For half of the scenes the probability's gradient is less than a fiftieth of the score's",
    ratio.median() < 1 / 50,
    only="scenes",
)

# %% [markdown]
# **Usual and robust.** The top of this page in one number:

# %%
inside = {}
for name, net in {"usual": usual, "robust": robust}.items():
    heat = ck.heatmap(ck.saliency(net, images))
    inside[name] = share_inside(heat, masks).mean().item()
ck.claim(
    "Gradients of the robust net lie on the object more than those of the usual net",
    inside["robust"] > inside["usual"] + 0.05,
    value=", ".join(f"{k} {v:.0%}" for k, v in inside.items()),
    only="scenes",
)
ck.claim("Both are above the object's share of the picture", min(inside.values()) > 1.2 * area, only="scenes")

# %% [markdown]
# **What it does not show.** A gradient answers *what if this pixel changed a little?*, not *what is this
# pixel worth?*. For a net with kinks it jumps from pixel to pixel, which is much of the noise. And it is
# about the score's slope, not its value: a black pixel that could become bright may have a large
# gradient, though nothing is there.

# %% [markdown]
# ## 4.3 From the slope to the value
#
# If the score were linear, $s = w \cdot x$, then $w_i x_i$ would be exactly what pixel $i$ adds to it.
# **Input × gradient** takes the gradient for $w$ ($\odot$ multiplies pixel by pixel):
#
# $$R = x \odot \frac{\partial s_c}{\partial x}$$
#
# For a net that bends, the sum is off. **Integrated Gradients** (Sundararajan, Taly & Yan 2017) adds up
# gradients along the way from a baseline $x_0$ (black, say) to $x$, and is exact, if the steps are small
# enough:
#
# $$R = (x - x_0) \odot \int_0^1 \frac{\partial s_c}{\partial x}\bigl(x_0 + \alpha (x - x_0)\bigr)\,d\alpha,
# \qquad \sum_i R_i = s_c(x) - s_c(x_0)$$


# %%
def integrated_gradients(model, x, target, baseline, steps):
    """Return Integrated Gradients by the midpoint rule."""
    total = torch.zeros_like(x)
    for k in range(steps):
        alpha = (k + 0.5) / steps
        total += saliency(model, baseline + alpha * (x - baseline), target)
    return (x - baseline) * total / steps


black = torch.zeros_like(few)
steps = [1, 2, 4, 8, 16, 32]
with torch.no_grad():
    rows = torch.arange(len(few))
    difference = model(few)[rows, target] - model(black)[rows, target]
gaps = {}
for n in steps:
    total = integrated_gradients(model, few, target, black, n).flatten(1).sum(1)
    gaps[n] = ((total - difference).abs() / difference.abs()).mean().item()
product = ck.input_x_gradient(model, few, target).flatten(1).sum(1)
gap_product = ((product - difference).abs() / difference.abs()).mean().item()

# %%
plots.show(
    plots.lines(
        steps,
        {"Integrated Gradients": list(gaps.values()), "input × gradient": [gap_product] * len(steps)},
        xlabel="steps on the path",
        ylabel="left unexplained, share of the score",
        ylim=(0, None),
    ),
    alt="The unexplained share of the score against the number of steps: rises from one step to two, "
    "then falls to nearly zero for Integrated Gradients, and stays at about 1 for input times gradient.",
)
ck.claim(
    "32 steps explain the score to within a tenth, and better than one",
    gaps[32] < min(0.1, gaps[1]),
    only="scenes",
)
ck.claim("Input × gradient leaves far more unexplained", gap_product > 3 * gaps[32], only="scenes")

# %% [markdown]
# Such attributions have a sign, so their picture has one too: red for the class, blue against it. (The
# curve was the usual net's; these are the robust net's, which are easier to read.) With one or two steps
# the gap is a matter of luck; from eight on it nearly vanishes.

# %%
methods = {
    "input × gradient": ck.input_x_gradient(robust, few),
    "IG from black": ck.integrated_gradients(robust, few, steps=16),
    "IG from grey": ck.integrated_gradients(robust, few, steps=16, baseline=0.5),
}
plots.show(
    plots.signed_grid(few, {k: ck.heatmap(a, signed=True) for k, a in methods.items()}, few_names),
    alt="Signed attributions of four scenes by input times gradient and by Integrated Gradients from a "
    "black and from a grey baseline: red and blue follow the object's edges, differently for each "
    "baseline.",
)

# %% [markdown]
# **What it does not show.** The sum is exact, the parts are not thereby right: every baseline gives other
# parts that sum up just as well. From black, a black pixel gets nothing, whatever it means to the net. To
# see it, make all values up to 0.2 black:

# %%
attribution = ck.integrated_gradients(model, few * (few > 0.2), steps=4)
ck.claim("From a black baseline, black pixels get exactly nothing", (attribution[few <= 0.2] == 0).all())

# %% [markdown]
# ## 4.4 SmoothGrad: ask the neighbours
#
# If gradients jump from pixel to pixel, average them over noisy copies of the picture (Smilkov et al.
# 2017):
#
# $$R = \frac{1}{n} \sum_{i=1}^{n} \frac{\partial s_c}{\partial x}(x + \varepsilon_i), \qquad
# \varepsilon_i \sim N\bigl(0, \sigma^2 (\max x - \min x)^2\bigr)$$

# %% slideshow={"slide_type": "subslide"}
levels = (0.0, 0.05, 0.2)
three = few[:3]
smooth = {
    f"σ = {level:g}": ck.heatmap(ck.smoothgrad(usual, three, n_samples=16, noise_level=level))
    for level in levels
}
plots.show(
    plots.heatmap_grid(three, smooth, few_names[:3]),
    alt="SmoothGrad heatmaps of three scenes for noise levels 0, 0.05 and 0.2: the first two rows look "
    "almost the same; at 0.2 the marks gather into larger patches, except for the fish, where they spread.",
)

# %%
some, target = images[:16], usual(images[:16]).argmax(1)
jolt = 0.05 * torch.randn(some.shape, generator=torch.Generator().manual_seed(1)).to(some)
shaken = (some + jolt).clamp(0, 1)


def steadiness(method):
    """Return how alike a method's heatmaps of a picture and of a slightly noisy copy are."""
    return correlation(ck.heatmap(method(some)), ck.heatmap(method(shaken)))


plain = steadiness(lambda x: ck.saliency(usual, x, target))
smoothed = steadiness(lambda x: ck.smoothgrad(usual, x, target, n_samples=16, noise_level=0.1))
ck.claim(
    "SmoothGrad is steadier than the gradient under a little noise in the picture",
    smoothed > plain + 0.02,
    value=f"correlation {smoothed:.1f} against {plain:.1f}",
    only="scenes",
)

# %% [markdown]
# By eye the rows for σ = 0 and 0.05 hardly differ; at 0.2 the map changes. And steadier is not better
# placed: on this net, averaging hardly moves the heatmap onto the object:

# %%
gradient_share = share_inside(ck.heatmap(ck.saliency(usual, some)), masks[:16]).mean().item()
smooth_share = (
    share_inside(ck.heatmap(ck.smoothgrad(usual, some, n_samples=16, noise_level=0.1)), masks[:16])
    .mean()
    .item()
)
ck.claim(
    "The share of the heatmap that lies on the object stays about the same",
    abs(smooth_share - gradient_share) < 0.1,
    value=f"about {gradient_share:.1f}",
    only="scenes",
)

# %% [markdown]
# Two relatives: the mean of the *squares* (`kind="square"`), which lets nothing cancel, and the
# *variance* (VarGrad, `kind="variance"`), which marks where the gradient is unsteady.
#
# **What it does not show.** The average is the gradient of a blurred net, not of the one that decided.
# How much blur is a choice: the rows above are one net and one question.

# %% [markdown]
# ## 4.5 Guided backpropagation
#
# A ReLU passes its input on where it is positive. Going back, the gradient passes where the *input* was
# positive; a deconvnet (section 2.8; Zeiler & Fergus 2014) lets it pass where the *gradient* is positive;
# **guided backpropagation** (Springenberg et al. 2015) asks for both:
#
# $$\text{gradient: } g\,[z > 0] \qquad \text{deconvnet: } g\,[g > 0] \qquad
# \text{guided: } g\,[g > 0]\,[z > 0]$$
#
# Here $z$ is the input of the ReLU, $g$ the gradient that arrives from above, and $[\ldots]$ is 1 where
# the condition holds and 0 elsewhere. ($z > 0$ exactly where the ReLU's output is positive.)


# %%
class GuidedReLU(torch.autograd.Function):
    """max(z, 0), with the guided rule on the way back."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        return g * (g > 0) * (z > 0)


z = torch.tensor([-1.0, -1.0, 2.0, 2.0], requires_grad=True)
(GuidedReLU.apply(z) * torch.tensor([3.0, -3.0, 3.0, -3.0])).sum().backward()
ck.claim("Only a positive gradient at a positive input comes through", z.grad.tolist() == [0, 0, 3, 0])

# %% [markdown]
# Both rules are about ReLUs. Should you have put in a net that rectifies in another way, a line says so,
# and `usual` takes its place from here to the end of section 4.6.

# %%
rectified = model if ck.applicable({"guided backpropagation": ck.guided_backprop}, model, few) else usual
rules = {
    "gradient": ck.saliency(rectified, few),
    "deconvnet": ck.deconvnet(rectified, few),
    "guided": ck.guided_backprop(rectified, few),
}
plots.show(
    plots.heatmap_grid(few[:3], {k: ck.heatmap(a[:3]) for k, a in rules.items()}, few_names[:3]),
    alt="Gradient, deconvnet and guided backpropagation on three scenes: specks, then bright patches on "
    "the object, the sun and the background, then clean edges, mostly of the object; of the fish only parts.",
)

# %% [markdown]
# The guided row is the cleanest. Is it the best explanation? Ask it about a class that is *not* there:

# %%
other = (rectified(images[:16]).argmax(1) + 3) % rectified(few).shape[1]
same_picture = {
    name: correlation(
        ck.heatmap(method(rectified, images[:16])), ck.heatmap(method(rectified, images[:16], other))
    )
    for name, method in {"gradient": ck.saliency, "guided": ck.guided_backprop}.items()
}
ck.claim(
    "Asked about a class that is not there, guided backpropagation shows nearly the same picture",
    same_picture["guided"] > 0.6,
    value=f"correlation about {same_picture['guided']:.1f}, for the gradient {same_picture['gradient']:.1f}",
    only="scenes",
)

# %% [markdown]
# **What it does not show.** Guided backpropagation finds the edges that the net's lower layers respond to,
# more than what speaks for the class (Nie, Zhang & Patel 2018). It is a picture of what the net *sees*, and
# a poor witness for why it *decided*. Section 9.3 tests, for every method of the course, whether its maps
# depend on what the net has learned.

# %% [markdown]
# ## 4.6 Any unit of any layer
#
# Nothing ties these methods to the class score. Ask what a hidden unit looks at, here in the first
# picture of this page: with `layer=`, the target is a channel, or one unit; without a target it is the
# strongest unit of the layer.

# %%
layers = [name for name, layer in rectified.named_modules() if isinstance(layer, nn.Conv2d)]
chosen = [layers[i] for i in torch.linspace(0, len(layers) - 1, 6).long()]
one = few[:1]
through = [ck.guided_backprop(rectified, one, layer=layer) for layer in chosen]
pictures_of_units = torch.cat([ck.heatmap(a) for a in through])
plots.show(
    plots.image_grid(plots.to_rgb(pictures_of_units), chosen, columns=6),
    alt="What the strongest unit of six layers looks at in one scene, from the first layer to the last: "
    "from a tiny spot to a large part of the object.",
)
extent = [int((a.abs().amax(1) > 0).sum()) for a in through]
ck.claim(
    "The deeper the layer, the more pixels one unit looks at",
    extent == sorted(extent),
    value=f"{extent[0]} to {extent[-1]} pixels",
    only="scenes",
)

# %% [markdown]
# Six channels of one layer, each asked for its strongest unit in the same picture. Some look at the same
# spot, some elsewhere; even at one spot their reasons may differ. Chapter 2 asks what each of them is
# looking for.

# %%
deep = layers[-3]
with ck.record(rectified, deep) as outputs, torch.no_grad():
    rectified(one)
maps = outputs[deep][0]
strongest = maps.flatten(1).amax(1).topk(6).indices.tolist()
units = [(k, *divmod(maps[k].argmax().item(), maps.shape[2])) for k in strongest]
views = torch.cat([ck.heatmap(ck.guided_backprop(rectified, one, unit, layer=deep)) for unit in units])
plots.show(
    plots.image_grid(plots.to_rgb(views), [f"channel {k}" for k in strongest], columns=6),
    alt=f"What the strongest unit of each of six channels of layer {deep} looks at in one scene: six "
    f"patches of edges and spots, not all in the same place.",
)
places = {unit[1:] for unit in units}
ck.claim("The six units do not all sit in the same place", len(places) > 1)

# %% [markdown]
# ## 4.7 A score for every pixel: segmentation
#
# A net for segmentation says *object or not* for each pixel. There is no single score, but there is a
# single loss: the cross-entropy between the net's scores and the mask that it found itself, summed over
# all pixels. Its gradient takes one backward pass. First the net: a 1×1 convolution on three
# layers of the scene net, trained here.


# %%
class Segmenter(nn.Module):
    """Object or not, for each pixel, from three layers of a scene net."""

    taps = ("relu3", "relu5", "relu7")

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.head = nn.Conv2d(sum(getattr(net, f"bn{tap[4:]}").num_features for tap in self.taps), 1, 1)

    def features(self, x):
        maps = []
        for name, layer in self.net.named_children():
            if name == "gap":
                break
            x = layer(x)
            if name in self.taps:
                maps.append(x)
        return torch.cat([nn.functional.interpolate(m, maps[0].shape[2:], mode="bilinear") for m in maps], 1)

    def forward(self, x):
        return nn.functional.interpolate(self.head(self.features(x)), x.shape[2:], mode="bilinear")


torch.manual_seed(0)
segmenter = Segmenter(robust).to(ck.device())
lessons = ck.draw(96, seed=40).to(ck.device())
with torch.no_grad():
    seen = torch.cat([segmenter.features(x) for x in lessons.images.split(16)])
truth = nn.functional.adaptive_avg_pool2d(lessons.masks.float()[:, None], seen.shape[-1])
optimiser = torch.optim.Adam(segmenter.head.parameters(), lr=0.02)
for step in range(60):
    some = torch.arange(step % 6, len(seen), 6)
    loss = nn.functional.binary_cross_entropy_with_logits(segmenter.head(seen[some]), truth[some])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
segmenter.requires_grad_(False).eval()

fresh = ck.draw(24, seed=41).to(ck.device())
with torch.no_grad():
    found = segmenter(fresh.images)[:, 0] > 0
overlap = (found & fresh.masks).sum() / (found | fresh.masks).sum()
ck.claim(
    "On fresh scenes, what it finds and the object overlap (intersection over union) by half or more",
    overlap > 0.5,
    value=f"{overlap:.1f}",
)

# %%
shown = fresh[:4]
gradient = ck.heatmap(ck.segmentation_saliency(segmenter, shown.images))
plots.show(
    plots.heatmap_grid(
        shown.images,
        {"found": found[:4].float(), "gradient of the summed loss": gradient},
        [fresh.classes[k] for k in shown.labels],
    ),
    alt="Four scenes; below each what the segmenter takes for the object, pale on black, "
    "and the gradient of the summed loss: bright where the object is and along its border.",
)
near = nn.functional.max_pool2d(shown.masks.float()[:, None], 17, 1, 8)[:, 0]
density = (gradient * near).sum() / near.sum() / (gradient.sum() / gradient.numel())
ck.claim(
    "On and around the object the gradient is denser than elsewhere",
    density > 1.5,
    value=f"{density:.0f} times the mean",
)

# %% [markdown]
# **What it does not show.** The sum mixes all pixels: the map says which pixels the *whole* mask hangs
# on, not what made one of its pixels.

# %% [markdown]
# ## 4.8 Saliency over time
#
# A film is an image with one more axis. The net below scores a film by the mean of its frames' scores,
# and the gradient says in which *frames* the evidence lies, and where in each. A car drives out of the
# picture.


# %%
class FilmNet(nn.Module):
    """Scores of a film (N, T, 3, H, W): the mean over its frames."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.flatten(0, 1)).unflatten(0, x.shape[:2]).mean(1)


way = torch.linspace(0.1, 2.8, 12).tolist()
film = ck.clip(12, seed=5, label="car", x=way, scale=0.34, weather="clear", light="day").to(ck.device())
car = robust.classes.index("car")
strength = ck.heatmap(ck.saliency(FilmNet(robust), film.images[None], car))[0]

widgets.player(
    film.images,
    {"gradient": strength},
    alt="Six frames of a car that drives out of the picture at the right, and the gradient below each: "
    "it follows the car, and fades as the car leaves.",
)

# %%
visible = film.masks.float().mean((1, 2)).cpu()
in_frame = strength.sum((1, 2)).cpu()
together = torch.corrcoef(torch.stack([visible, in_frame]))[0, 1].item()
ck.claim(
    "A frame's saliency falls as the car leaves it", together > 0.7, value=f"correlation about {together:.1f}"
)

# %% [markdown]
# **What it does not show.** This net looks at one frame at a time; a net that sees *motion* needs a layer
# that mixes frames. The method stays the same: the gradient has the shape of the film.

# %% [markdown]
# ## 4.9 A table has no pixels
#
# Nothing so far needed neighbours. Here is real data without any: 30 measurements of cells from 569
# biopsies, benign or malignant (scikit-learn's breast cancer data). A small net, trained in a second, and
# Integrated Gradients, from the mean patient to the one that the net is surest is ill.

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
accuracy = (table_net(test_x).argmax(1) == test_y).float().mean().item()
ck.claim("The net is right on patients that it has not seen", accuracy > 0.93, value=f"{accuracy:.0%}")

# %%
malignant = list(cancer.target_names).index("malignant")
sure = table_net(test_x).softmax(1)[:, malignant].argmax()
patient = test_x[sure : sure + 1]
evidence = ck.integrated_gradients(table_net, patient, malignant, baseline=0.0, steps=64)[0]
top = evidence.abs().topk(8).indices.tolist()
plots.show(
    plots.bars(
        {str(cancer.feature_names[i]): evidence[i].item() for i in top},
        xlabel="part in the score for malignant, against the mean patient",
    ),
    alt="Bars for the eight measurements with the largest part in the score of one malignant biopsy, "
    "all of them positive.",
)
gap = ck.completeness_gap(table_net, patient, evidence[None], malignant, baseline=0.0).abs().item()
ck.claim(
    "The parts add up to the score's difference from the mean patient",
    gap < 0.02 * evidence.sum().abs().item(),
)

# %% [markdown]
# Zero is the mean patient because the table was standardised; on the raw table, zero would be a patient
# whose cells have no size. A baseline is part of the question.
#
# **What it does not show.** These measurements are correlated (radius, perimeter, area): the net may use
# any of them, another net another. An attribution explains this net, and says nothing of causes of
# cancer.

# %% [markdown]
# ## 4.10 Real pictures
#
# The same methods on real data: handwritten digits, and a photograph.

# %%
digit_model = ck.load_model("digits")
digits, digit_labels = (part[:4].to(ck.device()) for part in ck.load_digits("test"))
plots.show(
    plots.signed_grid(
        digits,
        {
            "input × gradient": ck.heatmap(ck.input_x_gradient(digit_model, digits), signed=True),
            "IG from black": ck.heatmap(ck.integrated_gradients(digit_model, digits), signed=True),
        },
        [f"a {label}" for label in digit_labels.tolist()],
    ),
    alt="Four handwritten digits with signed attributions below: red along strokes that speak for the "
    "digit, blue along strokes that speak against it.",
)
right = (digit_model(digits).argmax(1) == digit_labels).all()
ck.claim("The net reads all four digits correctly", right)

# %%
photograph = ck.photograph("china")[:, :, 106:533]
photograph = (
    nn.functional.interpolate(photograph[None], 224, mode="bilinear", antialias=True)
    .clamp(0, 1)
    .to(ck.device())
)
views = {"usual net": usual, "robust net": robust}
answers = {name: ck.predicted(net, photograph)[0] for name, net in views.items()}
heats = torch.cat(
    [ck.heatmap(ck.smoothgrad(net, photograph, n_samples=8, noise_level=0.1)) for net in views.values()]
)
plots.show(
    plots.heatmap_grid(
        photograph.expand(2, -1, -1, -1),
        {"SmoothGrad": heats},
        [f"{name}: {answer}" for name, answer in answers.items()],
    ),
    alt="A photograph of a Chinese temple twice, with SmoothGrad of the usual and of the robust net "
    "below: both mark edges of roofs and trees.",
)

# %% [markdown]
# The nets know ten drawn things and no temple; asked, they must name one of the ten. A heatmap explains
# *that* answer, and looks no less convincing for its being nonsense. **A heatmap is not evidence that the
# net is right.**

# %% [markdown]
# ## All of it under your hands
#
# Method, class, noise and picture. Two things to try: keep the method and change the class; keep the
# class and turn up the noise.

# %%
shown_net = model if ck.is_replaced() else robust
methods = {
    "gradient": ck.saliency,
    "input × gradient": ck.input_x_gradient,
    "guided backpropagation": ck.guided_backprop,
    "deconvnet": ck.deconvnet,
    "SmoothGrad, n = 8": lambda net, x, target=None: ck.smoothgrad(net, x, target, n_samples=8),
    "Integrated Gradients, 8 steps": lambda net, x, target=None: ck.integrated_gradients(
        net, x, target, steps=8
    ),
}
widgets.method_widget(shown_net, few, ck.applicable(methods, shown_net, few), few_names)

# %% [markdown]
# ## What to remember
#
# | method | question | passes | beware |
# |---|---|---|---|
# | occlusion | what if this patch were gone? | one per position | size and fill of the patch |
# | gradient | what if this pixel changed a little? | 1 | noise; slope, not value |
# | input × gradient | the same, times what is there | 1 | exact for linear scores alone |
# | Integrated Gradients | what adds up to the score? | 16–64 | the baseline |
# | SmoothGrad | the gradient of a blurred net | 16–64 | how much blur |
# | guided backpropagation | what do the layers see? | 1 | hardly depends on the class |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Zeiler & Fergus 2014 (arXiv:1311.2901); Simonyan, Vedaldi & Zisserman 2014
# (arXiv:1312.6034); Springenberg et al. 2015 (arXiv:1412.6806); Smilkov et al. 2017 (arXiv:1706.03825);
# Sundararajan, Taly & Yan 2017 (arXiv:1703.01365); Nie, Zhang & Patel 2018 (arXiv:1805.07039). **To do.**
# `exercises/04_saliency.ipynb`: write these methods yourself.
