# %% [markdown]
# # 7 Adversarial examples
#
# A net says *face*, and is sure of it. **How little has to change for it to say *flower*, and what can be
# done about that?** This chapter fools nets by gradients and without them, with noise that nobody sees and
# with stickers that everybody sees, and then measures what a defence is worth.

# %%
from functools import partial

import numpy as np
import torch
from IPython.display import Audio, display
from torch import nn

import coursekit as ck
from coursekit import plots, widgets
from coursekit.datasets import illusions
from coursekit.attacks import trials
from coursekit.datasets.scenes.scans import scans

model = ck.subject_model()
clear = {"weather": "clear", "light": "day", "noise": 0.0}
few = ck.subject_pictures(9, seed=8, classes=("face", "car", "fish"), **clear).images[::8]
few = (few * 255).round() / 255  # as a file holds them: 256 levels of grey

usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
digit_net, digit_robust = ck.load_model("digits"), ck.load_model("digits-robust")


def told(model, images):
    """Return what the net says of each image, and how sure it is."""
    sure = model(images).softmax(1).amax(1)
    return [f"{name}, {p:.0%}" for name, p in zip(ck.predicted(model, images), sure.tolist())]


# %%
eps = 4 / 255
said = model(few).argmax(1)
fooling = ck.fgsm(model, few, said, eps=eps)
noise = (0.5 + (fooling - few) / eps / 2).clamp(0, 1)
panels = torch.cat([few[:1], noise[:1], fooling[:1]])
plots.show(
    plots.image_grid(panels, [told(model, few)[0], "+ 4/255 times this", told(model, fooling)[0]]),
    alt="A drawn face, the net says face; coloured noise; and their sum, which looks like the same face, "
    "but the net says flower and is sure.",
    lossless=True,
)
ck.claim(
    "The net says something else of this picture and of a fish, and is more than 80 % sure",
    ((model(fooling).argmax(1) != said) & (model(fooling).softmax(1).amax(1) > 0.8)).all(),
    only="scenes",
)

# %% [markdown]
# Such a picture is an **adversarial example** (Szegedy et al. 2014); the best known is a panda that a net
# took for a gibbon (Goodfellow et al. 2015). No pixel differs from the original by more than $\varepsilon =
# 4/255$, four of 256 levels of grey. It is not that the net is easily upset: noise of the same size, but of
# random sign, does nothing.

# %%
torch.manual_seed(0)
dice = torch.randn(20, *few.shape[1:]).sign().to(few)
dice = dice[: 10 * len(few)]
shaken = (few.repeat(10, 1, 1, 1) + eps * dice).clamp(0, 1)
same = (model(shaken).argmax(1) == said.repeat(10)).float().mean()
ck.claim(
    "Random noise of that size changes none of 20 answers", same == 1, value=f"{same:.0%} stay", only="scenes"
)

# %% [markdown]
# Throughout, $x$ is an image with pixels in $[0, 1]$, $y$ its class, $L$ the loss that the net was trained
# on (the cross-entropy of its scores), $\eta$ the **perturbation** and $\varepsilon$ its **budget**: the
# attacker may choose any $\eta$ in a *ball* $\lVert\eta\rVert \le \varepsilon$. `usual` and `robust` are the
# course's two nets for scenes; digits serve where many attacks have to be tried.

# %% [markdown]
# ## 7.1 One step
#
# Training moves the *weights* down the gradient of the loss. An attack moves the *pixels* up. The **fast
# gradient sign method** (FGSM) goes one step, as far as is allowed in every pixel:
#
# $$x_\text{adv} = \text{clip}_{[0, 1]}\big(x + \varepsilon \, \text{sign} \, \nabla_{\!x} L(x, y)\big)$$


# %%
def fgsm(model, x, y, eps):
    """Return x after one step of size eps up the loss."""
    x = x.clone().requires_grad_()
    loss = nn.functional.cross_entropy(model(x), y, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, x)
    return (x + eps * gradient.sign()).clamp(0, 1).detach()


ck.claim("That is how the pictures above were made", torch.equal(fgsm(model, few, said, eps), fooling))

# %% [markdown]
# The *sum* of the losses, not their mean: so the gradient of an image does not depend on how many others are
# in the batch. For the sign it is all the same; below it will not be.
#
# ### Why so little is enough
#
# Let the score be linear, $w^\top x$. The perturbation $\eta = \varepsilon \, \text{sign}(w)$ changes it by
#
# $$w^\top \eta = \varepsilon \lVert w \rVert_1 = \varepsilon \, m \, n$$
#
# for $n$ numbers with weights of mean size $m$. No pixel changes much, but all of them pull in the same
# direction. Random signs cancel out, and what is left is about $\varepsilon \lVert w \rVert_2 \approx
# \varepsilon \, m \sqrt{n}$: less, by a factor that grows with $\sqrt{n}$. Let a linear net tell day from
# dusk and night, on the same scenes in six sizes:

# %%
world = ck.draw(48, seed=70).to(ck.device())
day = torch.tensor([1.0 if record["light"] == "day" else -1.0 for record in world.factors]).to(ck.device())


def linear_net(images, goal):
    """Return weights (n + 1,) of a linear net, by ridge regression; the last one is the bias."""
    x = nn.functional.pad(images.flatten(1) - 0.5, (0, 1), value=images[0].numel() ** 0.5)
    return x, x.T @ torch.linalg.solve(x @ x.T + x.shape[1] / 500 * torch.eye(len(x)).to(x), goal)


sides = [4, 8, 16, 32, 64, 128]
pushes = {"attack, ε‖w‖₁": [], "margin": [], "noise, ε‖w‖₂": []}
for side in sides:
    x, weights = linear_net(nn.functional.adaptive_avg_pool2d(world.images, side), day)
    pushes["margin"].append((day * (x @ weights)).median().item())
    pushes["attack, ε‖w‖₁"].append(16 / 255 * weights[:-1].abs().sum().item())
    pushes["noise, ε‖w‖₂"].append(16 / 255 * weights[:-1].norm().item())
curves = plots.lines(
    [3 * side**2 for side in sides],
    pushes,
    xlabel="numbers in the image, n",
    ylabel="change of the score at ε = 16/255",
)
curves.axes[0].set_xscale("log")
plots.show(
    curves,
    alt="Three curves over the size of the image: what the attack changes stays above the margin that the "
    "right answer wins by, at every size; what random noise changes falls towards nothing.",
)
advantage = [a / b for a, b in zip(pushes["attack, ε‖w‖₁"], pushes["noise, ε‖w‖₂"])]
ck.claim(
    "The attack is worth more than the margin at every size, noise less",
    all(a > b > c for a, b, c in zip(*pushes.values())),
)
ck.claim(
    "From 4 to 128 pixels a side, the advantage over noise grows about as the side does, 32-fold",
    25 < advantage[-1] / advantage[0] < 40,
    value=f"from {advantage[0]:.0f} to {advantage[-1]:.0f}",
)

# %% [markdown]
# What a net has learned is spread over more weights in a larger image, each of them smaller: so $\lVert w
# \rVert_1$ stays much the same here. What grows is the advantage of those who know $w$ over chance. Deep
# nets are close enough to linear, within so small a ball, for the same to hold (Goodfellow et al. 2015): the
# loss climbs along one direction, and chance does not hit it.
#
# ### Many small steps, to a class of one's choice
#
# One long step overshoots wherever the net bends. Small steps follow it, each **projected** back onto the
# ball; here each is $2.5 \, \varepsilon$ over their number, so that the border can be reached from anywhere.
# To reach a class $t$ that one wants, go *down* its loss (Kurakin et al. 2017):


# %%
def towards(model, x, wanted, eps, steps=10):
    """Return images within eps of x that the net should take for the classes wanted."""
    adversarial = x
    for _ in range(steps):
        adversarial = fgsm(model, adversarial, wanted, -2.5 * eps / steps)
        adversarial = x + (adversarial - x).clamp(-eps, eps)
    return adversarial


some = ck.draw(1, seed=9, classes=("car",), **clear).images.to(ck.device())
others = torch.tensor([k for k, name in enumerate(usual.classes) if name != "car"]).to(ck.device())
meant = towards(usual, some.repeat(len(others), 1, 1, 1), others, 8 / 255)
print("as drawn:", *told(usual, some))
print("attacked:", "; ".join(told(usual, meant)))
reached = (usual(meant).argmax(1) == others).float().mean()
ck.claim(
    "One picture, and nearly any answer that one likes: 7 or more of the 9 other classes are reached",
    reached >= 7 / 9 - 1e-6,
    value=f"{9 * reached:.0f} of 9",
)

# %% [markdown]
# `ck.pgd` does the same, and more. With `stop_when_fooled` an image is left alone as soon as its class has
# changed. With `pull` $= \lambda$ the length of the perturbation counts as well: what is climbed is $L -
# \lambda\lVert\eta\rVert^2$ (Szegedy et al. 2014). On forty digits:

# %%
digits, labels = (tensor[:40].to(ck.device()) for tensor in ck.load_digits("test"))
lengths, fooled = {}, {}
for name, rest in {
    "20 steps": {},
    "stop when fooled": {"stop_when_fooled": True},
    "pull, λ = 0.03": {"pull": 0.03},
}.items():
    found = ck.pgd(digit_net, digits, labels, eps=0.25, random_start=False, **rest)
    fooled[name] = 1 - ck.evaluate(digit_net, found, labels)
    lengths[name] = (found - digits).flatten(1).norm(dim=1).mean().item()
    print(f"{name:18}{fooled[name]:4.0%} fooled, mean length {lengths[name]:.1f}")
ck.claim(
    "Who stops in time changes less than half as much, and fools as many",
    lengths["stop when fooled"] < lengths["20 steps"] / 2
    and fooled["stop when fooled"] >= fooled["20 steps"],
)
ck.claim(
    "The pull saves as well, but some digits come out short of the border: λ has to be searched for, image "
    "by image",
    lengths["pull, λ = 0.03"] < 0.7 * lengths["20 steps"] and 0.2 < fooled["pull, λ = 0.03"] < 0.8,
)

# %% [markdown]
# ### Below one grey level
#
# A picture in a file has 256 levels. What is less than half a level, the file forgets. Here is the *nearest*
# picture with another answer (as DeepFool finds it, in 7.2), as computed, and as saved:

# %%
files = world[:6].images.mul(255).round() / 255
answer = usual(files).argmax(1)
nearest = ck.deepfool(usual, files)
pictures = {
    "nearest, as computed": nearest,
    "nearest, as saved": (nearest * 255).round() / 255,
    "a longer one, in whole levels": ck.pgd(
        usual, files, answer, eps=2.0, norm="l2", steps=10, eight_bit=True
    ),
}
changed = {
    name: (usual(images).argmax(1) != answer).float().mean().item() for name, images in pictures.items()
}
typical = (nearest - files).abs().flatten(1).median() * 255
print(", ".join(f"{name}: {share:.0%} fooled" for name, share in changed.items()))
ck.claim(
    "Most pixels of the nearest pictures moved by less than half a level",
    typical < 0.5,
    value=f"{typical:.1f}",
)
ck.claim(
    "They lie just beyond the border, so saving them undoes most of these attacks",
    changed["nearest, as computed"] == 1 and changed["nearest, as saved"] < 0.7,
)
longer = "a longer one, in whole levels"
grid = pictures[longer]
ck.claim(
    "With a length of up to 2 there is one in whole levels, which no file forgets, for nearly every picture",
    changed[longer] >= 0.75 and torch.equal((grid * 255).round() / 255, grid),
)

# %% [markdown]
# One level is the least that a file can hold. This is what it looks like, and what it does to a scene of
# which the net was less sure:

# %%
hardest = usual(world.images).softmax(1).amax(1).argmin()
unsure = world.images[hardest][None].mul(255).round() / 255
faint = ck.pgd(usual, unsure, usual(unsure).argmax(1), eps=1 / 255, steps=15, eight_bit=True)
plots.show(
    plots.image_grid(torch.cat([unsure, faint]), told(usual, torch.cat([unsure, faint]))),
    alt="Two pictures that look the same; of the first the net says what it is, of the second something "
    "else.",
    lossless=True,
)
ck.claim(
    "No pixel differs by more than one level, and the answer does",
    (faint - unsure).abs().max() < 1.001 / 255 and usual(faint).argmax(1) != usual(unsure).argmax(1),
)

# %% [markdown]
# **What it does not show.** That rounding is a defence: it stops only what ends at the very border. And
# that these pictures are *rare*: almost every picture has such neighbours, though chance does not find them.

# %% [markdown]
# ## 7.2 How much is allowed?
#
# "Little" needs a norm. Three are usual, and each draws another ball:
#
# | norm | $\lVert\eta\rVert \le \varepsilon$ means | steepest step | back onto the ball |
# |---|---|---|---|
# | $L_\infty$ | no pixel changes by more than ε | $\text{sign}\, g$ | clip each pixel |
# | $L_2$ | all share one budget, $\sqrt{\sum \eta_i^2}$ | $g / \lVert g \rVert_2$ | scale to length ε |
# | $L_0$ | no more than ε pixels change, by whatever | $g$ | keep the ε largest |
#
# **Projected gradient descent** (PGD; Madry et al. 2018) is the loop above for any of them, from a random
# start in the ball. Of course the *loss* goes up; the name stayed.

# %%
one, its = few[:1], said[:1]
balls = {"L∞, 4 levels": ("linf", 4 / 255), "L₂, 1.5": ("l2", 1.5), "L₀, 60 pixels": ("l0", 60)}
found = torch.cat(
    [
        ck.pgd(model, one, its, eps=size, norm=norm, steps=20, random_start=False)
        for norm, size in balls.values()
    ]
)
changes = plots.to_rgb((found - one).mean(1), signed=True, percentile=99.9)
picture = (255 * one).round().byte().permute(0, 2, 3, 1).cpu().numpy()
titles = [f"{ball}: {answer}" for ball, answer in zip(balls, told(model, found))]
plots.show(
    plots.image_grid(np.concatenate([picture, changes]), [told(model, one)[0], *titles]),
    alt="A picture, and what three attacks changed in it: everything, equally strongly, in L∞; most around "
    "the object in L2; and a few dots in L0.",
    lossless=True,
)
ck.claim("Each of the three is enough", (model(found).argmax(1) != its).all(), only="scenes")

# %% [markdown]
# ### How far is the border?
#
# One may also ask for the *smallest* perturbation. Were the net linear, the border to class $k$ would lie at
# a distance of $|f_k| / \lVert \nabla f_k \rVert_2$, with $f_k = s_k - s_y$. **DeepFool** goes to the
# nearest of these borders, looks again, and so on (Moosavi-Dezfooli et al. 2016). How far from $x$ it ends is
# an upper bound of the true distance, and a number that nets can be compared by:

# %%
distance = {
    name: (ck.deepfool(net, files[:4]) - files[:4]).flatten(1).norm(dim=1).median().item()
    for name, net in {"usual": usual, "robust": robust}.items()
}
ck.claim(
    "The robust net's borders are at least three times as far away",
    distance["robust"] > 3 * distance["usual"],
    value=f"{distance['usual']:.1f} against {distance['robust']:.1f} in L₂",
)

# %% [markdown]
# ### Accuracy against ε
#
# An attack has no strength as such: accuracy has to be drawn *against ε*. The digits are black and white,
# and bear far more than a scene does before a person has doubts. Many digits take minutes, so they were
# measured beforehand (`coursekit measure attacks`); the first of them are attacked again, here and now.

# %% slideshow={"slide_type": "subslide"}
table = ck.measured("attacks")
print(f"measured on {table['n']['digits']} digits")
measured = table["digits"]
curves = measured["digits"]["curves"] | {"PGD-40, robust net": measured["digits-robust"]["curves"]["PGD-40"]}
chart = plots.lines(trials.BUDGETS, curves, xlabel="budget ε (L∞)", ylabel="accuracy", ylim=(0, 1))
plots.show(
    chart,
    alt="Accuracy on digits against the budget, from 0 to 0.25. Under noise it stays near 1. Under FGSM it "
    "falls to almost nothing, under PGD with 40 steps sooner. That of the robust net under PGD stays "
    "high.",
)
sample = [tensor[: trials.SAMPLE].to(ck.device()) for tensor in ck.load_digits("test")]
gaps = []
for net_name, net in {"digits": digit_net, "digits-robust": digit_robust}.items():
    for name, attack in trials.ATTACKS.items():
        again = ck.accuracy_under(net, *sample, trials.BUDGETS[-1:], attack).item()
        gaps.append(abs(again - measured[net_name]["sample"][name][-1]))
ck.claim("What is measured here agrees with the table", max(gaps) < 0.1)
ends = {name: curve[-1] for name, curve in curves.items()}
ck.claim("At ε = 0.25 noise costs fewer than 5 points", ends["noise"] > curves["noise"][0] - 0.05)
ck.claim("PGD leaves at most 5 %", ends["PGD-40"] <= 0.05, value=f"{ends['PGD-40']:.0%}")
ck.claim(
    "The robust net, of which more in 7.7, keeps more than half",
    ends["PGD-40, robust net"] > 0.5,
    value=f"{ends['PGD-40, robust net']:.0%}",
)

# %%
seven, its = sample[0][:1], sample[1][:1]
shown = [attack(digit_net, seven, its, eps=0.25) for attack in (ck.pgd, trials.random_signs)]
plots.show(
    plots.image_grid(torch.cat([seven, *shown]), ["as scanned", "PGD, ε = 0.25", "noise, ε = 0.25"]),
    alt="A handwritten digit as it is, under the attack, and under noise of the same size: all three can be "
    "read.",
    lossless=True,
)

# %% [markdown]
# **What it does not show.** A norm is not an eye. A shifted or turned digit is far away in all three norms,
# and looks the same; while a few pixels, well within an $L_0$ budget, make an 8 of a 3 for people too.

# %% [markdown]
# ## 7.3 One pixel
#
# The budget may be small in another sense: *one* pixel, of any colour (Su et al. 2017). There is no gradient
# to follow from pixel to pixel. **Differential evolution** keeps a population of candidates, (row, column,
# colour), and makes new ones by adding the difference of two to a third: $c = a_1 + \tfrac12 (a_2 - a_3)$.
# Whoever does better replaces its parent. All it needs are the net's scores. Here are the digits as they
# were scanned, 8 × 8, and three small nets of different build, trained here in a second or two:

# %%
train, train_labels = (tensor.to(ck.device()) for tensor in ck.load_digits("train"))
test, test_labels = (tensor.to(ck.device()) for tensor in ck.load_digits("test"))
as_scanned = partial(nn.functional.avg_pool2d, kernel_size=4)


eight_epochs = ck.Settings(epochs=8, lr=1e-2)


def train_net(layers, images, settings=eight_epochs, **rest):
    """Return a net of the given layers, trained on the digits."""
    net = nn.Sequential(*layers).to(ck.device())
    ck.fit(net, images, train_labels, settings, quiet=True, **rest)
    net.classes = digit_net.classes
    return net.requires_grad_(False)


torch.manual_seed(0)
tiny = {
    "linear": [nn.Flatten(), nn.Linear(64, 10)],
    "two layers": [nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)],
    "convolutions": [
        *(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 16, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)),
    ],
}
tiny = {name: train_net(layers, as_scanned(train)) for name, layers in tiny.items()}

# %%
scanned, truth = as_scanned(test[:24]), test_labels[:24]
touched = {
    name: ck.one_pixel(net, scanned, truth, population=60, steps=15, seed=0) for name, net in tiny.items()
}


def exhaustively(net, image, label):
    """Return whether any pixel, made black or white, changes the answer: all 128 of them."""
    copies = image.repeat(128, 1, 1, 1)
    place = torch.arange(128)
    copies[place, 0, place % 64 // 8, place % 8] = (place // 64).to(copies)
    return bool((net(copies).argmax(1) != label).any())


changed, possible = {}, {}
for name, net in tiny.items():
    right = net(scanned).argmax(1) == truth
    changed[name] = right & (net(touched[name]).argmax(1) != truth)
    possible[name] = sum(exhaustively(net, x[None], y) for x, y in zip(scanned[right], truth[right]))
    print(
        f"{name:13}{ck.evaluate(net, as_scanned(test), test_labels):4.0%} right; one pixel changes "
        f"{changed[name].sum()} of {right.sum()} digits; in black or white alone, {possible[name]}"
    )
ck.claim(
    "In every net with a hidden layer, one pixel changes some answers",
    min(changed["two layers"].sum(), changed["convolutions"].sum()) > 0,
)
ck.claim(
    "Evolution finds nearly all of what an exhaustive search does",
    sum(int(some.sum()) for some in changed.values()) >= 0.7 * sum(possible.values()),
)

# %%
firsts = {name: int(some.nonzero()[0]) for name, some in changed.items() if some.any()}
pairs = torch.cat([torch.stack([scanned[i], touched[name][i]]) for name, i in firsts.items()])
titles = [
    title
    for name, i in firsts.items()
    for title in (
        f"{name}: {told(tiny[name], scanned[i : i + 1])[0]}",
        f"one pixel: {told(tiny[name], touched[name][i : i + 1])[0]}",
    )
]
plots.show(
    plots.image_grid(pairs, titles, columns=6),
    alt="Coarse digits of 8 by 8 pixels, each beside a copy in which one pixel is lighter or darker, "
    "and the net's answer has changed.",
)

# %% [markdown]
# **What it does not show.** That one pixel would do in a photograph: here it is one of 64. With pictures of
# 32 × 32 pixels Su et al. succeeded most of the time; with those of ImageNet, of some 50,000, seldom.

# %% [markdown]
# ## 7.4 Into the world
#
# What was fooled so far was a file. Things in front of a camera are seen from elsewhere, in another light,
# beside other things, and nobody can paint the sky.
#
# ### A patch
#
# So let everybody see it, and make it work *anywhere*. An **adversarial patch** $p$ is trained over all that
# the attacker does not control (*expectation over transformation*, EOT; Brown et al. 2017, Athalye et al.
# 2018): over the scene $x$, and the place, scale and angle $t$ at which the patch is laid on it,
#
# $$\min_p \; \mathbb{E}_{x, t} \, L\big(\text{paste}(x, p, t), \text{flower}\big).$$
#
# `ck.paste` is differentiable, so this is stochastic gradient descent with the patch as the only weight:


# %%
def patch_step(patch, models, images, target, rate, generator):
    """Return the patch after one step; the place, scale and angle are drawn anew for each image."""
    u = torch.rand(4, len(images), generator=generator).to(images)
    patch = patch.clone().requires_grad_()
    shown = ck.paste(
        images,
        patch,
        row=20 + 88 * u[0],
        column=20 + 88 * u[1],
        scale=0.25 + 0.2 * u[2],
        angle=60 * u[3] - 30,
    )
    wanted = torch.full((len(images),), target, device=images.device)
    loss = sum(nn.functional.cross_entropy(model(shown), wanted) for model in models)
    (gradient,) = torch.autograd.grad(loss, patch)
    return (patch - rate * gradient.sign()).detach().clamp(0, 1), loss.item()


flower, generator = usual.classes.index("flower"), torch.Generator().manual_seed(0)
patch, losses = torch.full((3, 32, 32), 0.5).to(ck.device()), []
for step in range(12):
    patch, loss = patch_step(patch, [usual], world.images[4 * step : 4 * step + 4], flower, 0.1, generator)
    losses.append(loss)
ck.claim("In twelve steps the loss falls", sum(losses[-4:]) < sum(losses[:4]))

# %% [markdown]
# That was the beginning. The patch below had 200 steps, against *two* nets at once, `scenes` and
# `scenes-stylised`, so that it may fool a third; it ships with its figures (`coursekit measure attacks`).
# `robust` was not among them.

# %%
patch = trials.patch(table).to(ck.device())
unlike = world[world.labels != flower][:24]
stuck = ck.paste(
    unlike.images[:3],
    patch,
    row=torch.tensor([32.0, 90, 40]),
    column=torch.tensor([90.0, 34, 36]),
    scale=0.35,
    angle=torch.tensor([0.0, 20, -20]),
)
plots.show(
    plots.image_grid(
        torch.cat([patch[None].repeat_interleave(4, 2).repeat_interleave(4, 3), stuck]),
        ["the patch", *told(usual, stuck)],
        columns=4,
    ),
    alt="The patch, coloured noise with a hint of petals, and three scenes with it, in a corner or over part "
    "of the object, turned and not; the net says flower.",
)
nets = {"scenes": usual, "scenes-stylised": ck.load_model("scenes-stylised"), "scenes-robust": robust}
again = {name: trials.pasted(net, patch, unlike, 0.35) for name, net in nets.items()}
for name, row in table["pasted"].items():
    print(f"{name:16}" + ", ".join(f"{share:.0%} at {scale}" for scale, share in row.items()))
ck.claim(
    "A patch a third as wide as the picture turns most scenes into flowers, for both nets that it knows",
    min(again[name] for name in trials.TAUGHT) > 0.6,
    value=f"{again['scenes']:.0%} and {again['scenes-stylised']:.0%} here",
)
ck.claim(
    "The net that it does not know falls for it far less",
    again["scenes-robust"] < again["scenes"] / 2,
)
control = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(1)).to(patch)
ck.claim(
    "A patch of random colours is just something in the way",
    trials.pasted(usual, control, unlike, 0.35) < 0.1,
)

# %% [markdown]
# The third net differs in two ways, so this does not say which counts: it is unknown to the patch, *and* it
# was trained to be robust. Transfer between nets is measured in 7.5. Now lay it down yourself:

# %%
widgets.patch_widget(usual, unlike.images[:8], patch, ck.predicted(usual, unlike.images[:8]))

# %% [markdown]
# ### Glasses
#
# Another attacker may paint only where nobody is surprised: on the frame of a pair of glasses (Sharif et al.
# 2016), or as stickers on a traffic sign (Eykholt et al. 2018). A **mask** says where: here the frame, and
# two pixels on either side of it. The colours must be such as a printer has: the *non-printability score* of
# a pixel, $\prod_c \lVert x_{ij} - c \rVert$ over a palette, is 0 on any of its colours, and is added to the
# loss. And the loss is again an expectation: over views of the scene moved, turned, enlarged and in another
# light.

# %%
people = ck.draw(1, seed=12, classes=("face",), scale=0.55, glasses=True, **clear).to(ck.device())
frames = nn.functional.max_pool2d(people.part("glasses").float()[:, None], 5, 1, 2)
inks = torch.tensor(
    [[0, 0, 0], [1, 1, 1], [0.8, 0.1, 0.1], [0.1, 0.3, 0.7], [0.95, 0.8, 0.1], [0.1, 0.55, 0.25]]
)
worn = ck.masked_attack(usual, people.images, flower, frames, palette=inks, weight=0.1, steps=30, copies=4)
black = people.images * (1 - frames)


def views(images):
    """Return twelve views of an image."""
    return ck.physical_view(images.repeat(12, 1, 1, 1), torch.Generator().manual_seed(3))


shown = torch.cat([people.images, black, worn, views(worn)[:1]])
plots.show(
    plots.image_grid(shown, told(usual, shown)),
    alt="A drawn face four times: with glasses, with black ones, with glasses painted in patches of a few "
    "colours, and these as seen again, turned and moved. Above the black ones stands face, above the painted "
    "ones flower.",
)
seen = {
    name: (usual(views(images)).argmax(1) == flower).float().mean().item()
    for name, images in {"black": black, "painted": worn}.items()
}
ck.claim(
    "In most views painted glasses make a flower of a face, black ones in none",
    seen["painted"] > 0.6 and seen["black"] == 0,
    value=f"{seen['painted']:.0%} of 12 views",
)
off = [
    (ck.printability(images, inks.to(images)) * frames[:, 0]).sum().item() / frames.sum().item()
    for images in (worn, people.images)
]
ck.claim(
    "Their colours are nearer to the printer's than those of the glasses underneath",
    off[0] < off[1] / 2,
    value=f"score {off[0]:.3f} a pixel; before, {off[1]:.3f}",
)

# %% [markdown]
# **What it does not show.** Physical attacks: the camera here is a few lines of code, and the attacker knew
# it. Against real cameras patches are larger, and work less often.
#
# ### One perturbation for all pictures
#
# Is there one $\eta$ that fools the net on nearly *every* picture, also on those that it was not made from?
# It is trained like the patch, but over the whole picture, and held within ε (Moosavi-Dezfooli et al. 2017,
# who added up steps of DeepFool instead).

# %%
eta = ck.universal(usual, world.images, world.labels, eps=16 / 255, epochs=4, batch_size=8)
unseen = ck.draw(16, seed=72).to(ck.device())
mixed = eta.flatten()[torch.randperm(eta.numel(), generator=torch.Generator().manual_seed(0))].view_as(eta)
after = {
    name: ck.evaluate(net, (unseen.images + change).clamp(0, 1), unseen.labels)
    for name, net, change in [
        ("none", usual, 0 * eta),
        ("η", usual, eta),
        ("its pixels, shuffled", usual, mixed),
        ("η, another net", nets["scenes-stylised"], eta),
    ]
}
print("accuracy on 16 fresh scenes: " + ", ".join(f"{name}: {share:.0%}" for name, share in after.items()))
ck.claim("One perturbation fools the net on most of the pictures it has not seen", after["η"] < 0.5)
ck.claim(
    "It is its pattern, not its size: with its pixels shuffled it does little",
    after["its pixels, shuffled"] > 0.8,
)

# %% [markdown]
# ### Pictures of nothing
#
# The other way round: what looks like nothing to us, and is certain to the net? From noise, up the gradient;
# or without any gradient, by breeding coarse mosaics (Nguyen et al. 2015). Beside them, on the left, the
# perturbation from above:

# %%
veiled = (unseen.images[:1] + eta).clamp(0, 1)
wanted = [usual.classes.index(name) for name in ("house", "fish")]
nothing = torch.cat(
    [ck.fool_by_gradient(usual, wanted, size=64), ck.fool_by_evolution(usual, wanted, size=64)]
)
enlarged = nn.functional.interpolate(nothing[[0, 3]], scale_factor=2)
shown = torch.cat([(0.5 + eta / (32 / 255)).clamp(0, 1), veiled, enlarged])
plots.show(
    plots.image_grid(shown, ["η, amplified", *told(usual, veiled), *told(usual, nothing[[0, 3]])]),
    alt="From left to right: the universal perturbation, amplified, slanting stripes of colour; a scene to "
    "which it was added, and which the net gets wrong; coloured noise that the net is sure is a house; "
    "and blurred coloured cells that it is sure are a fish.",
    lossless=True,
)
sure = usual(nothing).softmax(1)[torch.arange(4), wanted * 2]
ck.claim("The net is 99 % sure of each", (sure >= 0.99).all(), value=f"{sure.min():.1%} or more")

# %% [markdown]
# The net was never shown *nothing*: it has to put every picture somewhere among its ten classes.
#
# ### More eyes, more face
#
# Nor does a net know that a face has two eyes. Paste one, cut out of a face, again and again into pictures of
# houses, trees, boats and mushrooms:

# %%
face = usual.classes.index("face")
donor = ck.draw(3, seed=12, classes=("face",), scale=0.7, **clear)[2:]
car = ck.draw(1, seed=9, classes=("car",), scale=0.5, **clear)


def cut_out(scene, part):
    """Return a square picture (3, s, s) of the leftmost part of that name."""
    places = scene.part(part)[0].nonzero()
    places = places[places[:, 1] < places[:, 1].float().mean()]
    row, column = (places.amin(0) + places.amax(0)).tolist()
    size = int((places.amax(0) - places.amin(0)).max()) + 8
    top, left = row // 2 - size // 2, column // 2 - size // 2
    return scene.images[0, :, top : top + size, left : left + size].to(ck.device())


hosts = ck.draw(8, seed=33, classes=("house", "tree", "boat", "mushroom"), **clear).images.to(ck.device())
counts, seen_scores, staring = list(range(9)), {}, []
for part, piece in {"eye": cut_out(donor, "eye"), "wheel": cut_out(car, "wheel")}.items():
    generator, crowded, seen_scores[part] = torch.Generator().manual_seed(1), hosts, []
    for count in counts:
        seen_scores[part].append(usual(crowded)[:, face].mean().item())
        if part == "eye" and count in (0, 2, 4, 8):
            staring.append(crowded[3])
        row, column = 20 + 88 * torch.rand(2, len(hosts), generator=generator)
        crowded = ck.paste(crowded, piece, row=row, column=column, scale=0.2)
shown = torch.stack(staring)
plots.show(
    plots.image_grid(shown, [f"face: {score:+.1f}" for score in usual(shown)[:, face].tolist()], columns=5),
    alt="A drawn scene with no, two, four and eight eyes at random places in it, and above each the score "
    "for face, which is higher each time.",
)
rise = {part: values[-1] - values[0] for part, values in seen_scores.items()}
ck.claim(
    "Every two eyes raise the score for “face”, wherever they lie, in the mean and in this picture",
    all(a < b for a, b in zip(seen_scores["eye"][::2], seen_scores["eye"][2::2]))
    and (usual(shown)[:, face].diff() > 0).all(),
)
ck.claim(
    "Eight wheels do not",
    rise["wheel"] < rise["eye"] / 2,
    value=f"eyes {rise['eye']:+.1f}, wheels {rise['wheel']:+.1f}",
)

# %% [markdown]
# Eight eyes in a field are no face. To a net that pools over all positions, evidence adds up, whatever its
# arrangement.

# %% [markdown]
# ## 7.5 Without looking inside
#
# All gradients so far were the victim's own. Attackers who have none train nets of their own for the same
# task, fool *them*, and hope (Papernot et al. 2016). In vain? Four nets of different build,
# trained here, and the course's `digits` as the fifth; each row is the net that the attack saw, each column
# the one that it met:

# %%
torch.manual_seed(0)
own = {
    "linear": [nn.Flatten(), nn.Linear(1024, 10)],
    "two layers": [nn.AvgPool2d(2), nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10)],
    "convolutions": [
        *(nn.Conv2d(1, 12, 5, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(384, 10)),
    ],
    "8 × 8 tiles": [
        *(nn.Conv2d(1, 32, 8, 8), nn.GELU(), nn.Flatten(2), nn.Linear(16, 16), nn.GELU()),
        *(nn.Flatten(), nn.Linear(512, 10)),
    ],
}
own = {name: train_net(layers, train, ck.Settings(epochs=8, lr=5e-3)) for name, layers in own.items()}
everyone = own | {"digits": digit_net}
attack = partial(ck.pgd, eps=0.15, steps=10)
some, some_labels = test[:80], test_labels[:80]
matrix = ck.transfer_matrix(everyone, some, some_labels, attack)


# %%
class Together(nn.Module):
    """The mean of the log-probabilities of several nets: what fools it has to fool most of them."""

    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x):
        return torch.stack([net(x).log_softmax(1) for net in self.nets]).mean(0)


joint = attack(Together(own.values()), some, some_labels)
by_all = torch.tensor([[1 - ck.evaluate(net, joint, some_labels) for net in everyone.values()]])
print(f"{'made on ↓, met →':18}" + "".join(f"{name:>14}" for name in everyone))
for name, shares in zip([*everyone, "all four"], torch.cat([matrix, by_all.to(matrix)])):
    print(f"{name:18}" + "".join(f"{share:14.0%}" for share in shares.tolist()))
mutual = matrix[:4, :4]
off_diagonal = mutual[~torch.eye(4, dtype=torch.bool)]
ck.claim(
    "Among the four, what fools one fools another more often than not",
    off_diagonal.median() > 0.5,
    value=f"median {off_diagonal.median():.0%}",
)
ck.claim(
    "The net with another build, and trained on noisy digits, is hard to hit; what fools it fools few others",
    matrix[:4, 4].max() < 0.4 and matrix[4, :4].max() < 0.25,
    value=f"{matrix[:4, 4].max():.0%} at best",
)
ck.claim("What was made on all four at once hits each of them", by_all[0, :4].min() > 0.8)

# %% [markdown]
# So keeping the weights secret protects little where others train on the same data in the same way. The
# matrix is not symmetric: what fools a net with other habits may fool nobody else.
#
# **What it does not show.** That any secret net falls: all five learned from the same digits. Of an attacker
# with other data, less may transfer.

# %% [markdown]
# ## 7.6 Other questions, other senses
#
# ### A finding that disappears
#
# A net that marks findings in scans (drawn ones, as in chapter 1) has a score for each pixel. The attacker
# goes down the loss for *nothing here*, the same two lines as before:

# %%
lessons, patients = scans(300, seed=1).to(ck.device()), scans(40, seed=2).to(ck.device())


def block(inputs, outputs, stride=1):
    """Return a convolution with batch norm and ReLU."""
    return [nn.Conv2d(inputs, outputs, 5, stride, 2), nn.BatchNorm2d(outputs), nn.ReLU()]


torch.manual_seed(0)
marker = nn.Sequential(
    *(*block(3, 12, 2), *block(12, 24), *block(24, 24)),
    nn.Conv2d(24, 1, 1),
    nn.Upsample(scale_factor=2, mode="bilinear"),
).to(ck.device())
optimiser = torch.optim.Adam(marker.parameters(), lr=1e-2)
for step in range(60):
    batch = torch.arange(step % 10, 300, 10)
    loss = nn.functional.binary_cross_entropy_with_logits(
        marker(lessons.images[batch])[:, 0], lessons.masks[batch].float()
    )
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
marker.requires_grad_(False).eval()

eps, hidden = 8 / 255, patients.images
for _ in range(10):
    hidden = hidden.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(nn.functional.softplus(marker(hidden)).sum(), hidden)
    hidden = (
        (patients.images + (hidden - eps / 4 * gradient.sign() - patients.images).clamp(-eps, eps))
        .clamp(0, 1)
        .detach()
    )
same_size = trials.random_signs(marker, patients.images, patients.labels, eps=eps)
marked = {
    name: marker(images)[:, 0] > 0
    for name, images in {"scan": patients.images, "noise": same_size, "attack": hidden}.items()
}
left = {
    name: ((found & patients.masks).sum() / patients.masks.sum()).item() for name, found in marked.items()
}
well = (marked["scan"] & patients.masks).flatten(1).sum(1).argsort(descending=True)[:2]
rows = torch.cat([patients.images[well], hidden[well]])
plots.show(
    plots.heatmap_grid(
        rows,
        {"marked": torch.cat([marked["scan"][well], marked["attack"][well]]).float()},
        ["scan"] * 2 + ["attacked"] * 2,
    ),
    alt="Two grey scans with a bright finding, each marked by the net; and the same scans attacked, which "
    "look alike but for a little grain, with hardly anything marked.",
)
ck.claim(
    "Of the findings' pixels the net marks most, also under noise of the same size",
    min(left["scan"], left["noise"]) > 0.5,
    value=f"{left['scan']:.0%}, under noise {left['noise']:.0%}",
)
ck.claim("Under attack hardly any", left["attack"] < 0.1, value=f"{left['attack']:.0%}")

# %% [markdown]
# ### A voice
#
# Nothing in all this is about pictures. Twelve of chapter 1's speakers; a net that hears half a second and
# says who it is; and a perturbation of the *sound wave*, at most ε = 0.015 where the loudest is about 0.9
# (Cissé et al. 2017 did so with speech recognition).

# %%
voices = ck.record_speakers(12, seed=3, seconds=4.0).near.to(ck.device())


class Ear(nn.Module):
    """Who speaks? From sound waves (N, 1, T), by the logarithm of the power in each frequency over time."""

    def __init__(self, speakers):
        super().__init__()
        self.register_buffer("window", torch.hann_window(256))
        self.layers = nn.Sequential(
            *(
                nn.BatchNorm1d(129),
                nn.Conv1d(129, 48, 5, 2),
                nn.ReLU(),
                nn.AdaptiveAvgPool1d(1),
                nn.Flatten(),
            ),
            nn.Linear(48, speakers),
        )

    def forward(self, sound):
        power = (
            torch.stft(sound[:, 0], 256, 128, window=self.window, center=False, return_complex=True).abs()
            ** 2
        )
        return self.layers((power + 1e-4).log())


def listen(n, seed):
    """Return n half seconds (n, 1, 4000) of someone, and who it is."""
    generator = torch.Generator().manual_seed(seed)
    who = torch.randint(len(voices), (n,), generator=generator)
    start = torch.randint(voices.shape[1] - 4000, (n,), generator=generator)
    return torch.stack([voices[w, s : s + 4000] for w, s in zip(who, start)])[:, None], who.to(voices.device)


torch.manual_seed(0)
ear = Ear(len(voices)).to(ck.device())
optimiser = torch.optim.AdamW(ear.parameters(), lr=3e-3)
for step in range(120):
    sound, who = listen(32, step)
    noisy = sound + 0.01 * torch.randn(sound.shape).to(sound)
    loss = nn.functional.cross_entropy(ear(noisy), who)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
ear.requires_grad_(False).eval()

# %%
sound, who = listen(40, 999)
boss, eps, altered = torch.zeros_like(who), 0.015, sound
for _ in range(40):
    altered = altered.detach().requires_grad_()
    loss = nn.functional.cross_entropy(ear(altered), boss, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, altered)
    altered = sound + (altered.detach() - eps / 10 * gradient.sign() - sound).clamp(-eps, eps)
hiss = sound + eps * torch.randn(sound.shape, generator=torch.Generator().manual_seed(0)).sign().to(sound)
told_noise = (ear(hiss).argmax(1) == who).float().mean().item()
fallen = ((ear(sound).argmax(1) == who) & (who != boss) & (ear(altered).argmax(1) == boss)).nonzero()[:, 0]
share = len(fallen) / (who != boss).sum().item()
quieter = 10 * torch.log10((sound**2).mean() / ((altered - sound) ** 2).mean()).item()
ck.claim("Noise of that size leaves nearly all speakers known", told_noise > 0.85, value=f"{told_noise:.0%}")
ck.claim("Under attack more than half of the others pass for speaker 0", share > 0.5, value=f"{share:.0%}")
ck.claim(
    "The perturbation is over 20 decibels quieter than the voice", quieter > 20, value=f"{quieter:.0f} dB"
)

# %%
first = fallen[0].item()
for version in (sound, altered):
    display(Audio(version[first, 0].cpu().numpy(), rate=8000, normalize=False))

# %% [markdown]
# Before and after: the same voice, with a faint hiss. The net takes the second for someone else.
#
# **What it does not show.** An attack from outside: here the attacker had the net's gradients, and no air and
# no microphone lay between the voice and the net.

# %% [markdown]
# ## 7.7 Defence
#
# ### Train on it
#
# The one defence that has stood the test of time is to train on adversarial examples, made anew for the net
# as it is at every step (Goodfellow et al. 2015; Madry et al. 2018):
#
# $$\alpha \, J(x, y) + (1 - \alpha) \, J(x_\text{adv}, y)$$
#
# with $J$ the mean loss of a batch. `ck.fit(…, attack=…, alpha=α)` does so; `attack` is a function of the
# share of the training that is done, so that an attack may grow. With FGSM a step costs three times as much,
# for the attack, the clean images and the attacked ones; with PGD in $k$ steps, $k + 2$ times. Here FGSM for
# a few seconds; the shipped `digits-robust` had PGD and a few minutes.

# %%
layers = [
    *(nn.Conv2d(1, 12, 5, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU()),
    *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(384, 10)),
]
hardened = train_net(
    layers, train, ck.Settings(epochs=8, lr=5e-3), attack=lambda done: partial(ck.fgsm, eps=0.15), alpha=0.5
)
before_after = {
    name: {
        "clean": ck.evaluate(net, test, test_labels),
        "FGSM": ck.evaluate(net, some, some_labels, attack=partial(ck.fgsm, eps=0.15)),
        "PGD": ck.evaluate(net, some, some_labels, attack=partial(ck.pgd, eps=0.15)),
    }
    for name, net in {"trained as usual": own["convolutions"], "trained on FGSM too": hardened}.items()
}
for name, row in before_after.items():
    print(f"{name:20}" + ", ".join(f"{key} {share:.0%}" for key, share in row.items()))
was, now = before_after.values()
ck.claim("What it buys: at ε = 0.15 at least 20 points under FGSM", now["FGSM"] > was["FGSM"] + 0.2)
ck.claim(
    "PGD, which it was not trained on, leaves less, but at least 15 points more than before",
    was["PGD"] + 0.15 < now["PGD"] < now["FGSM"],
)
ck.claim(
    "What it costs: the time of the training, and at most a few points on clean digits",
    now["clean"] > was["clean"] - 0.05,
)

# %% [markdown]
# It may cost accuracy as well. By their cards, on 2,000 fresh scenes:

# %%
cards = {name: ck.read_card(name)["metrics"] for name in ("scenes", "scenes-robust")}
clean = {name: card["accuracy on 2000 fresh images"] for name, card in cards.items()}
ck.claim(
    "Here the robust net is behind the usual one, by less than two points",
    0 < clean["scenes"] - clean["scenes-robust"] < 0.02,
    value=f"{clean['scenes']:.1%} and {clean['scenes-robust']:.1%}",
)

# %% [markdown]
# ### What is gained besides
#
# To fool a robust net, one has to change what *matters*. The same large budget, ε = 12 in $L_2$, spent on
# both nets:

# %%
plain = ck.draw(1, seed=33, classes=("mushroom",), **clear).images.to(ck.device())
goals = torch.tensor([face]).to(ck.device())
large = {
    name: ck.pgd(net, plain, goals, eps=12.0, norm="l2", steps=12, targeted=True, random_start=False)
    for name, net in {"usual": usual, "robust": robust}.items()
}
titles = [
    told(usual, plain)[0],
    f"fools usual: {told(usual, large['usual'])[0]}",
    f"fools robust: {told(robust, large['robust'])[0]}",
]
plots.show(
    plots.image_grid(torch.cat([plain, *large.values()]), titles),
    alt="A mushroom; the same under a veil of noise, which the usual net calls a face; and the same with "
    "something like a face, with eyes, in its stem, which the robust net calls a face.",
)
cost = {
    name: net(large[name]).argmax(1).item() == face
    for name, net in {"usual": usual, "robust": robust}.items()
}
ck.claim("Both nets are fooled at that budget", all(cost.values()))
ck.claim(
    "Only one of the two pictures fools both: what fools the robust net looks like a face to the usual one "
    "as well",
    usual(large["robust"]).argmax(1) == face and robust(large["usual"]).argmax(1) != face,
)

# %% [markdown]
# The usual net is fooled by a veil of noise; the robust one only by something that we, too, begin to see.
# Its gradients look like things (chapter 4); chapter 8 draws with them.
#
# ### Who is easily fooled?
#
# Is it a matter of capacity, or of training too little or too much? The 8 × 8 digits again, and the length
# of DeepFool's way to the border:


# %%
def small_net(width):
    """Return the layers of a convolutional net of that width."""
    return [
        *(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * width, 10)),
    ]


settings_of = {
    "linear": ([nn.Flatten(), nn.Linear(64, 10)], 1437, eight_epochs),
    "2 channels": (small_net(2), 1437, eight_epochs),
    "12 channels": (small_net(12), 1437, eight_epochs),
    "48 channels": (small_net(48), 1437, eight_epochs),
    "12, one epoch": (small_net(12), 1437, ck.Settings(epochs=1, lr=1e-2)),
    "12, 60 digits by heart": (small_net(12), 60, ck.Settings(epochs=100, lr=1e-2)),
}
far, exact = {}, {}
for name, (layers, n, settings) in settings_of.items():
    net = nn.Sequential(*layers).to(ck.device())
    ck.fit(net, as_scanned(train[:n]), train_labels[:n], settings, quiet=True)
    images, truth = as_scanned(test[:80]), test_labels[:80]
    right = net(images).argmax(1) == truth
    far[name] = (ck.deepfool(net, images) - images)[right].flatten(1).norm(dim=1).median().item()
    exact[name] = ck.evaluate(net, as_scanned(test), test_labels)
for name, length in far.items():
    print(f"{name:24}{exact[name]:4.0%} right, median distance to the border {length:.2f}")
ck.claim(
    "Too small, too short or by heart: these nets are fooled more easily than the fitted one",
    max(far[name] for name in [*list(settings_of)[4:], "2 channels"]) < far["12 channels"],
)
ck.claim(
    "The linear net is neither the nearest nor the furthest, and the furthest is not twice the nearest",
    min(far.values()) < far["linear"] < max(far.values()) < 2 * min(far.values()),
)
ck.claim(
    "Four times the channels bring hardly anything",
    0.75 < far["48 channels"] / far["12 channels"] < 1.3,
    value=f"a distance {far['48 channels'] / far['12 channels']:.2f} times as long",
)

# %% [markdown]
# That is one training each, so no more than a hint: fitting well helps a little, and the best of them is not
# twice as far from its borders as the worst. Adversarial training gained the net for scenes three times and
# more (7.2).
# Nor is it non-linearity that is to blame: the linear net is in the middle.
#
# ### Detect it
#
# If one cannot withstand an attack, can one see it? A perturbation leaves traces in the picture, and in the
# gradient. A small net looks at both, the image and its saliency map, and says *original* or
# *attacked* (Zhang et al. 2018):

# %%
attack = partial(ck.pgd, eps=0.1, steps=5)
detector = ck.train_detector(digit_net, train[:120], train_labels[:120], attack)
suspects = {
    "originals": some,
    "attacked": attack(digit_net, some, some_labels),
    "noise": trials.random_signs(digit_net, some, some_labels, eps=0.1),
}
flagged = {
    name: detector(ck.with_saliency(digit_net, images)).argmax(1).float().mean().item()
    for name, images in suspects.items()
}
print(", ".join(f"{name}: {share:.0%} flagged" for name, share in flagged.items()))
ck.claim(
    "It flags nearly all attacked digits, and hardly any original",
    flagged["attacked"] > 0.9 > 0.1 > flagged["originals"],
)
ck.claim("But it flags harmless noise as well", flagged["noise"] > 0.5, value=f"{flagged['noise']:.0%}")

# %% [markdown]
# It was shown one attack, and has learned to tell *this* from clean digits. Ask every detector what else it
# flags, and whether the attacker knew of it: most of those published fell to attackers who did (Carlini &
# Wagner 2017).
#
# ### A false sense of security
#
# Here is a defence that takes a minute to write: send each pixel up a smooth staircase with a step at every
# one of the 256 grey levels. Pictures from files pass unchanged. FGSM is helpless:

# %%
masked = ck.Staircase(digit_net)
on_levels = (some * 255).round() / 255
tries = {
    "FGSM": partial(ck.fgsm, eps=0.15),
    "PGD from x": partial(ck.pgd, eps=0.15, steps=10, random_start=False),
    "PGD, 2 random starts": partial(ck.pgd, eps=0.15, steps=10, restarts=2),
    "FGSM on the net behind": lambda net, x, y: ck.fgsm(net.model, x, y, eps=0.15),
}
secure = ck.robust_accuracy(masked, on_levels, some_labels, tries)
print("\n".join(f"{name:24}{share:4.0%} right" for name, share in secure.items()))
ck.claim(
    "FGSM, and PGD from the image itself, change nothing",
    min(secure["FGSM"], secure["PGD from x"]) == secure["clean"],
)
ck.claim("A random start is enough to bring it down", secure["PGD, 2 random starts"] < 0.1)
ck.claim(
    "And so is an attack on another net, here the one behind the stairs",
    secure["FGSM on the net behind"] < 0.3,
)

# %% [markdown]
# In the middle of every step the slope is 0: the *gradient* is gone, the adversarial examples are not. Such
# **masked gradients** made many a published defence look good (Athalye, Carlini & Wagner 2018). Be
# suspicious when one step does more than many, when a transferred attack does more than a direct one, or
# when a larger ε does not bring the accuracy to nothing.
#
# ### Robust accuracy, told honestly
#
# An attack that fails proves nothing. So the **robust accuracy** of a net counts an image only if it stays
# right under *every* attack tried and from every start (Croce & Hein 2020). For the nets of this chapter, at
# ε = 0.25, with five starts each (from the table; *PGD to the runner-up* goes towards the class of the second
# highest score):

# %%
for name, row in ((name, measured[name]["worst"]) for name in trials.DIGIT_NETS):
    print(f"{name:14}" + ", ".join(f"{key} {share:.0%}" for key, share in row.items()))
worst = measured["digits-robust"]["worst"]
ck.claim(
    "The worst case is no better than any single attack, and over half for the robust net",
    0.5 < worst["worst case"] <= min(worst.values()),
    value=f"{worst['worst case']:.1%}",
)
ck.claim("Nothing is left of the usual one", measured["digits"]["worst"]["worst case"] < 0.01)
left = {}
for steps in (1, 40, 150):
    attacked = ck.pgd(digit_robust, *sample, eps=0.25, steps=steps, random_start=False)
    left[steps] = (digit_robust(attacked).argmax(1) == sample[1]).float().mean().item()
ck.claim(
    f"And this is no floor: of {len(sample[1])} digits, each longer attack leaves fewer",
    left[1] > left[40] > left[150],
    value=", ".join(f"{steps} steps {share:.0%}" for steps, share in left.items()),
)

# %% [markdown]
# **What it does not show.** That the rest *cannot* be fooled: it is an upper bound, for the attacks that we
# thought of, in one norm, at one ε.

# %% [markdown]
# ## 7.8 People are fooled too
#
# None of us would take the face at the top of the page for a flower. But we have errors of our own:

# %%
drawn = torch.stack([illusions.equal_lines(), illusions.equal_greys(), illusions.brick_wall()])
machine = nn.functional.adaptive_avg_pool2d(fooling[:1].cpu(), 128)
asked = ["Which line is longer?", "Which square is lighter?", "Are the rows level?"]
plots.show(
    plots.image_grid(torch.cat([drawn, machine]), [*asked, f"“{told(model, fooling)[0]}”"]),
    alt="Three optical illusions: two lines between arrowheads and feathers, two squares on a ground from "
    "dark to light, rows of shifted bricks; beside them the face from the top that the net takes for a "
    "flower.",
)
ink = drawn[0, 0, [42, 86], 29:99]
beyond = torch.cat([drawn[0, 0, 42, [27, 100]], drawn[0, 0, 86, [20, 107]]])  # feathers stick out further
ck.claim(
    "Both lines run from column 29 to column 98, without a gap", (ink < 0.6).all() and (beyond > 0.8).all()
)
squares = drawn[1, :, 64, [25, 95]]
ck.claim("Both squares have one grey", torch.equal(squares[:, 0], squares[:, 1]))
rows = drawn[2, 0].unflatten(0, (8, 16))[:, 1:15]
ck.claim(
    "The rows are level: between lines 16 pixels apart, every column has one grey",
    (rows.amax(1) - rows.amin(1)).max() < 0.01,
)

# %% [markdown]
# **What is alike.** Both see by what usually holds: a dark surround means shade, arrowheads (by one account)
# mean depth, and a texture means a flower. A picture can be made in which that fails, and knowing better does
# not help.
#
# **What is not.** An illusion deceives nearly everyone, was found by looking, and is about *how* things
# look: no one takes the lines for a flower. An adversarial example is tuned to a net (and its relatives:
# 7.5), found by its gradient, changes *what* it is, and a person sees nothing of it. Shown for a blink,
# pictures that fool many nets sway people's answers as well, by a little (Elsayed et al. 2018).

# %% [markdown]
# ## What to remember
#
# | attack | needs | budget | beware |
# |---|---|---|---|
# | FGSM | one gradient | L∞ | weak: never judge a defence by it alone |
# | PGD | a gradient a step | L∞, L₂, L₀ | several starts; more steps until nothing changes |
# | DeepFool | a gradient a class | smallest L₂ | an upper bound of the distance |
# | one pixel | scores | L₀ | large pictures hardly mind |
# | patch, glasses | gradients over many views | an area | the views are the attacker's guess |
# | universal | many pictures | L∞, L₂ | needs a larger ε |
# | transfer | nets of one's own | any | works best between relatives |
#
# | defence | buys | costs |
# |---|---|---|
# | adversarial training | real robustness, within the ball it was trained for | time; some accuracy |
# | detection | something, against whoever does not know of it | false alarms |
# | masked gradients | nothing | false security |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Szegedy et al. 2014 (arXiv:1312.6199); Goodfellow et al. 2015 (arXiv:1412.6572); Kurakin et
# al. 2017 (arXiv:1607.02533); Madry et al. 2018 (arXiv:1706.06083); Moosavi-Dezfooli et al. 2016
# (arXiv:1511.04599) and 2017 (arXiv:1610.08401); Su et al. 2017 (arXiv:1710.08864); Brown et al. 2017
# (arXiv:1712.09665); Athalye et al. 2018 (arXiv:1707.07397); Sharif et al. 2016
# (doi:10.1145/2976749.2978392); Eykholt et al. 2018 (arXiv:1707.08945); Nguyen et al. 2015
# (arXiv:1412.1897); Papernot et al. 2016 (arXiv:1605.07277); Cissé et al. 2017 (arXiv:1707.05373); Zhang et
# al. 2018 (arXiv:1803.08773); Carlini & Wagner 2017 (arXiv:1705.07263); Athalye, Carlini & Wagner 2018
# (arXiv:1802.00420); Croce & Hein 2020 (arXiv:2003.01690); Elsayed et al. 2018 (arXiv:1802.08195). **To do.**
# `exercises/07_adversarial.ipynb`: attack, transfer and defend yourself.
