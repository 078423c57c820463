# %% [markdown]
# # 07 · Adversarial examples: the exercises
#
# Nine short functions: attacks of one step and of many, by one pixel and by a sticker; what they cost a net,
# what carries over to another, and what a net can learn against them. Each has a cell that checks it and says
# what a wrong answer looks like, and most have a cell that shows its picture. About 135 minutes, 21 points,
# and 2 more for an answer in words.
#
# Throughout, `x` are images of shape `(N, C, H, W)` with pixels in $[0, 1]$, `y` their true classes, `(N,)`.
# $\varepsilon$ is in the pixels' own unit unless a card says otherwise. The loss $L$ of an image is the
# cross-entropy of its scores. Each image's attack must not depend on which others are in the batch. Leave the
# net, `x` and everything else as you found them. Only `torch` is needed.

# %%
import torch

import coursekit as ck
from coursekit import plots

model, reader = ck.load_model("scenes"), ck.load_model("digits")
world = ck.draw(24, seed=72, weather="clear", light="day").to(ck.device())
x, y = world.images[:4], world.labels[:4]
digits, labels = (part[:100].to(ck.device()) for part in ck.load_digits("test"))


def told(net, images):
    """Return what the net says of each image, and how sure it is."""
    sure = net(images).softmax(1).amax(1).tolist()
    return [f"{name}, {share:.0%}" for name, share in zip(ck.predicted(net, images), sure)]


# %% [markdown]
# ## 1 · One step towards a class
# *10 minutes, 1 point*
#
# FGSM goes one step *up* the loss of the true class, to anywhere but there. With a class that one wants, it
# goes *down* the loss of that.
#
# **Write** `targeted_step`:
# $\text{clip}_{[0, 1]}\big(x - \varepsilon \, \text{sign} \, \nabla_{\!x} L(x, t)\big)$, where $t$ is the
# class wanted ([Goodfellow et al. 2015](https://arxiv.org/abs/1412.6572)). Here the budget comes as people
# say it, in `levels` of grey, of which black to white has 255.
#
# <details><summary>Hint</summary>
#
# `torch.nn.functional.cross_entropy(scores, wanted, reduction="sum")`, of a copy of `x` that asks for
# gradients: `x.detach().requires_grad_()`.
#
# </details>
#
# **The picture** shows four scenes, and the same after one step of eight levels towards the fish.


# %% exercise="targeted_step"
def targeted_step(model, x, wanted, levels):
    """Return the images after one step towards the classes wanted.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    wanted: one class for each image (N,)
    levels: the largest change of a pixel, in grey levels of 255
    returns: images of the same shape, in [0, 1]
    """
    # BEGIN SOLUTION
    x = x.detach().requires_grad_()
    loss = torch.nn.functional.cross_entropy(model(x), wanted, reduction="sum")
    gradient = torch.autograd.grad(loss, x)[0]
    return (x - levels / 255 * gradient.sign()).clamp(0, 1).detach()
    # END SOLUTION


# %% check="targeted_step" points=1
ck.check(targeted_step)

# %%
fish = torch.full_like(y, model.classes.index("fish"))
stepped = targeted_step(model, x, fish, 8)
plots.show(
    plots.image_grid(torch.cat([x, stepped]), told(model, x) + told(model, stepped), columns=4),
    alt="Four drawn scenes, of which the last is a fish, with what the net says of each; below, the same "
    "scenes with faint noise all over them. Now the net says fish above all or most of them.",
)
before, after = (model(images).log_softmax(1)[:, fish[0]] for images in (x, stepped))
ck.claim("After the step every scene is more of a fish to the net", (after > before).all())

# %% [markdown]
# ## 2 · Until the net sees it
# *20 minutes, 3 points*
#
# Small steps reach what one step misses. An image that the net takes for the class wanted needs no more of
# them: whoever stops in time changes less.
#
# **Write** `targeted_attack`. In each of `steps` rounds, an image that the net does *not yet* take for
# `wanted` goes one step of size $\alpha$ (`step`) down the loss, is **projected** back to within
# $\varepsilon$ of `x` ($L_\infty$: each pixel's change is clipped), and clipped to $[0, 1]$. The others stay
# as they are ([Kurakin et al. 2017](https://arxiv.org/abs/1607.02533)).
#
# <details><summary>Hint</summary>
#
# Compare `model(adversarial).argmax(1)` with `wanted` at the beginning of each round. Compute the step for
# all, then `torch.where(pending[:, None, None, None], moved, adversarial)`.
#
# </details>
#
# **The picture**: one digit, turned into every other.


# %% exercise="targeted_attack"
def targeted_attack(model, x, wanted, eps, step, steps):
    """Return images within eps of x, each moved no further than until the net takes it for the class wanted.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    wanted: one class for each image (N,)
    eps: the largest change of a pixel in all
    step: the change of a pixel in one round
    steps: how many rounds at most
    returns: images of the same shape, in [0, 1]
    """
    # BEGIN SOLUTION
    adversarial = x
    for _ in range(steps):
        adversarial = adversarial.detach().requires_grad_()
        scores = model(adversarial)
        loss = torch.nn.functional.cross_entropy(scores, wanted, reduction="sum")
        moved = adversarial - step * torch.autograd.grad(loss, adversarial)[0].sign()
        moved = (x + (moved - x).clamp(-eps, eps)).clamp(0, 1)
        pending = scores.argmax(1) != wanted
        adversarial = torch.where(pending[:, None, None, None], moved, adversarial)
    return adversarial.detach()
    # END SOLUTION


# %% check="targeted_attack" points=3
ck.check(targeted_attack)

# %%
one, every = digits[:1].repeat(10, 1, 1, 1), torch.arange(10, device=digits.device)
turned = targeted_attack(reader, one, every, 0.3, 0.02, 40)
plots.show(
    plots.image_grid(turned, told(reader, turned), columns=5),
    alt="The same handwritten digit ten times, each with some grey noise of its own. The net reads another "
    "digit in nearly every one.",
)
ck.claim(
    "The net can be made to read at least eight of the ten digits",
    (reader(turned).argmax(1) == every).sum() >= 8,
)

# %% [markdown]
# ## 3 · A step of PGD under L₂
# *15 minutes, 2 points*
#
# Another norm, another ball: the changes of an image now share one budget,
# $\lVert\eta\rVert_2 = \sqrt{\sum_i \eta_i^2} \le \varepsilon$. The steepest step is no longer the sign, and
# the way back is no longer a clip.
#
# **Write** `l2_step`, from where the attack is now, $x'$, with the gradient $g$ there:
#
# 1. step up the loss: $x' + \alpha \, g / \lVert g \rVert_2$, every image by its own length; one with a
#    gradient of 0 stays;
# 2. project: if $\eta = x' - x$ is now longer than $\varepsilon$, shrink it to that length;
# 3. clip to $[0, 1]$ ([Madry et al. 2018](https://arxiv.org/abs/1706.06083)).
#
# <details><summary>Hint</summary>
#
# `v.flatten(1).norm(dim=1)[:, None, None, None]` is the length of each image of `v`, of a shape to divide by.
# A denominator `.clamp(min=1e-12)` is never 0; a factor `.clamp(max=1)` never makes anything longer.
#
# </details>
#
# **The picture**: what twelve such steps change, on scenes.


# %% exercise="l2_step"
def l2_step(adversarial, x, gradient, step, eps):
    """Return the images after one step up the loss, back in the ball around x, and in [0, 1].

    adversarial: where the attack is (N, C, H, W), within eps of x
    x: the originals (N, C, H, W)
    gradient: of each image's loss at adversarial (N, C, H, W)
    step: the length of the step, α
    eps: the radius of the ball
    returns: images of the same shape, in [0, 1]
    """

    # BEGIN SOLUTION
    def length(images):
        return images.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)

    moved = adversarial + step * gradient / length(gradient) - x
    return (x + moved * (eps / length(moved)).clamp(max=1)).clamp(0, 1)
    # END SOLUTION


# %% check="l2_step" points=2
ck.check(l2_step)

# %%
found = x
for _ in range(12):
    found = found.detach().requires_grad_()
    loss = torch.nn.functional.cross_entropy(model(found), y, reduction="sum")
    found = l2_step(found, x, torch.autograd.grad(loss, found)[0], 0.25, 1.5).detach()
plots.show(
    plots.signed_grid(found, {"change (its own scale)": (found - x).mean(1)}, told(model, found)),
    alt="Four scenes that look unharmed, with wrong answers above them, and below what was changed: thin "
    "red and blue lines and specks, most of them in the lower half, where the object is.",
)
ck.claim("A length of 1.5 is enough for all four", (model(found).argmax(1) != y).all())

# %% [markdown]
# ## 4 · The worst of several starts
# *20 minutes, 3 points*
#
# The loss has hills. PGD climbs the one it starts on, so it starts several times, at random points of the
# ball, and each image keeps the result that is worst for the net.
#
# **Write** `worst_restart`. For each `noise[r]`, of values in $[-1, 1]$: begin at
# $\text{clip}_{[0, 1]}(x + \varepsilon \, \text{noise}_r)$; take **three** steps of $\alpha$ (`step`) along
# the sign of the gradient, up the loss of `y`, each followed by the projection ($L_\infty$) and by the clip
# to $[0, 1]$. Then return, for each image by itself, the result with the highest loss.
#
# <details><summary>Hint</summary>
#
# Stack the results, `(R, N, C, H, W)`, and their losses, `(R, N)`: `cross_entropy(…, reduction="none")` gives
# one for each image. With `best = losses.argmax(0)`, `results[best, torch.arange(N)]` takes one result for
# each.
#
# </details>


# %% exercise="worst_restart"
def worst_restart(model, x, y, noise, eps, step):
    """Return, for each image, the adversarial example of highest loss among several random starts.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    y: true classes (N,)
    noise: where each of R restarts begins, in units of eps (R, N, C, H, W)
    eps: the largest change of a pixel
    step: the change of a pixel in one of the three steps
    returns: images of the shape of x, in [0, 1]
    """
    # BEGIN SOLUTION
    results, losses = [], []
    for start in noise:
        adversarial = (x + eps * start).clamp(0, 1)
        for _ in range(3):
            adversarial = adversarial.detach().requires_grad_()
            loss = torch.nn.functional.cross_entropy(model(adversarial), y, reduction="sum")
            moved = adversarial + step * torch.autograd.grad(loss, adversarial)[0].sign()
            adversarial = (x + (moved - x).clamp(-eps, eps)).clamp(0, 1).detach()
        results.append(adversarial)
        losses.append(torch.nn.functional.cross_entropy(model(adversarial), y, reduction="none"))
    best = torch.stack(losses).argmax(0)
    return torch.stack(results)[best, torch.arange(len(x))].detach()
    # END SOLUTION


# %% check="worst_restart" points=3
ck.check(worst_restart)

# %%
generator = torch.Generator().manual_seed(0)
noise = 2 * torch.rand(8, *digits.shape, generator=generator).to(digits) - 1
left = {
    n: ck.evaluate(reader, worst_restart(reader, digits, labels, noise[:n], 0.06, 0.03), labels)
    for n in (1, 8)
}
ck.claim(
    "With eight starts fewer digits withstand the attack than with one",
    left[8] < left[1],
    value=f"{left[1]:.0%} with one, {left[8]:.0%} with eight",
)

# %% [markdown]
# ## 5 · Accuracy against ε
# *10 minutes, 2 points*
#
# "The net is robust" says nothing without a budget. So draw the accuracy over all of them.
#
# **Write** `accuracy_curve`: for each value of `eps`, the share of *all* images that the net gets right after
# FGSM, one untargeted step, with that budget.
#
# <details><summary>Hint</summary>
#
# Exercise 1 with the other sign: towards `y`, by a negative number of levels, is away from it. The gradient
# is the same for every budget, so once is enough.
#
# </details>
#
# **The picture** shows the digits. The curve has nothing to say about a person, who reads them throughout.


# %% exercise="accuracy_curve"
def accuracy_curve(model, x, y, eps):
    """Return the accuracy under FGSM for each budget.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    y: true classes (N,)
    eps: the budgets (E,), in units of [0, 1]
    returns: shares (E,), from 0 to 1
    """
    # BEGIN SOLUTION
    shares = []
    for size in eps.tolist():
        attacked = targeted_step(model, x, y, -255 * size)
        shares.append((model(attacked).argmax(1) == y).float().mean())
    return torch.stack(shares)
    # END SOLUTION


# %% check="accuracy_curve" points=2
ck.check(accuracy_curve)

# %%
budgets = torch.linspace(0, 0.25, 11)
curve = accuracy_curve(reader, digits, labels, budgets)
plots.show(
    plots.lines(budgets, {"digits": curve.cpu()}, xlabel="budget ε (L∞)", ylabel="accuracy", ylim=(0, 1)),
    alt="The accuracy on digits against the budget: near 1 without an attack, it falls steeply and is close "
    "to nothing well before 0.25.",
)
ck.claim("At ε = 0.25 fewer than a fifth are right", curve[-1] < 0.2, value=f"{curve[-1]:.0%}")

# %% [markdown]
# ## 6 · What a single pixel does
# *15 minutes, 2 points*
#
# The one-pixel attack uses no gradient at all. Differential evolution breeds a population of candidates, each
# of them one painted pixel, and asks again and again how good they are. It is fast if they are asked in one
# batch.
#
# **Write** `one_pixel_objective`: the probability of class `y` for each candidate (row, column, and the
# pixel's new colour), which the attack then *minimises* ([Su et al. 2017](https://arxiv.org/abs/1710.08864)).
# Rows and columns come as real numbers from 0 up: drop what is behind the point.
#
# <details><summary>Hint</summary>
#
# `image.repeat(P, 1, 1, 1)` makes P copies. `batch[torch.arange(P), :, rows, columns]` is one pixel of each,
# `(P, C)`, and can be assigned to; `rows` must be whole numbers, `.long()`.
#
# </details>
#
# **The picture** asks for a white pixel at each of the 1,024 places of a digit: all candidates at once.


# %% exercise="one_pixel_objective"
def one_pixel_objective(model, image, y, candidates):
    """Return the probability of class y with one pixel painted, for each candidate.

    model: the net, from images to scores (N, classes)
    image: one image (C, H, W)
    y: its class
    candidates: row, column and the colour's C values, for each of P candidates (P, 2 + C)
    returns: probabilities (P,)
    """
    # BEGIN SOLUTION
    batch = image.repeat(len(candidates), 1, 1, 1)
    rows, columns = candidates[:, 0].long(), candidates[:, 1].long()
    batch[torch.arange(len(batch)), :, rows, columns] = candidates[:, 2:]
    return model(batch).softmax(1)[:, y].detach()
    # END SOLUTION


# %% check="one_pixel_objective" points=2
ck.check(one_pixel_objective)

# %%
sure = reader(digits).softmax(1).gather(1, labels[:, None])[:, 0].detach()
unsure = sure.masked_fill(sure < 0.6, 1).argsort()[:4]  # read rightly, but only just
places = torch.cartesian_prod(torch.arange(32.0), torch.arange(32.0), torch.ones(1)).to(digits)
shares = torch.stack([one_pixel_objective(reader, digits[i], labels[i], places) for i in unsure.tolist()])
falls = (sure[unsure, None] - shares).relu().reshape(-1, 32, 32)
plots.show(
    plots.heatmap_grid(digits[unsure], {"fall of the probability": falls}, told(reader, digits[unsure])),
    alt="Four handwritten digits, and below each a map of how much a white pixel at each place lowers the "
    "probability of the right answer: bright only in a few small regions.",
)
largest = falls.flatten(1).amax(1)
ck.claim(
    "There are pixels that make the net less sure of each, of the first by more than 0.05",
    largest[0] > 0.05 and largest.min() > 0.01,
    value=", ".join(f"{fall:.2f}" for fall in largest.tolist()),
)

# %% [markdown]
# ## 7 · A sticker for every place
# *20 minutes, 3 points*
#
# A patch that works wherever it is stuck minimises the *expected* loss: the mean over many places (and, in
# the chapter, over sizes and angles). It covers what is under it, and only its own pixels can be changed.
#
# **Write** `patch_gradient`: the gradient, with respect to the patch, of the loss of class `target`, averaged
# over all images and all `places` of the patch's upper left corner ([Brown et al.
# 2017](https://arxiv.org/abs/1712.09665)).
#
# <details><summary>Hint</summary>
#
# Let a copy of the patch ask for gradients. For each place assign it to its rectangle of `x.clone()`:
# autograd follows an assignment. Every image has the same target: `torch.full((len(x),), target)`.
#
# </details>
#
# **The picture**: thirty steps against the sign of this gradient, each at three random places of four small
# scenes, make a patch that stands for a flower on others too.


# %% exercise="patch_gradient"
def patch_gradient(model, x, target, patch, places):
    """Return the gradient of the expected loss with respect to the patch.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    target: the class that the patch shall stand for
    patch: (C, s, s) in [0, 1]
    places: row and column of its upper left corner (K, 2); it always lies inside the image
    returns: the gradient (C, s, s)
    """
    # BEGIN SOLUTION
    patch, size = patch.detach().requires_grad_(), patch.shape[-1]
    wanted = torch.full((len(x),), target, device=x.device)
    losses = []
    for row, column in places.tolist():
        covered = x.clone()
        covered[:, :, row : row + size, column : column + size] = patch
        losses.append(torch.nn.functional.cross_entropy(model(covered), wanted))
    return torch.autograd.grad(torch.stack(losses).mean(), patch)[0]
    # END SOLUTION


# %% check="patch_gradient" points=3
ck.check(patch_gradient)

# %%
small = ck.draw(24, seed=72, size=64, weather="clear", light="day").images.to(ck.device())
flower, generator = model.classes.index("flower"), torch.Generator().manual_seed(0)
patch = torch.full((3, 24, 24), 0.5, device=small.device)
for _ in range(30):
    anywhere = torch.randint(0, 41, (3, 2), generator=generator)
    patch = (patch - 0.05 * patch_gradient(model, small[:4], flower, patch, anywhere).sign()).clamp(0, 1)
stuck = small[4:].clone()  # others than it was made on
for image, (row, column) in zip(stuck, torch.randint(0, 41, (20, 2), generator=generator).tolist()):
    image[:, row : row + 24, column : column + 24] = patch
plots.show(
    plots.image_grid(stuck[:10], told(model, stuck[:10]), columns=5),
    alt="Ten small drawn scenes, each with the same square patch of coloured specks somewhere, and what the "
    "net says: flower for most of them.",
)
hits = (model(stuck).argmax(1) == flower).float().mean()
ck.claim("Of twenty scenes it was not made on, most are called a flower", hits > 0.6, value=f"{hits:.0%}")

# %% [markdown]
# ## 8 · What fools one net and meets another
# *15 minutes, 3 points*
#
# An attacker without the net trains one of their own, attacks that, and tries the result. How often does it
# work?
#
# **Write** `transfer_matrix`, shape `(3, 3)`. Row $i$: examples made on net $i$, one untargeted FGSM step of
# `eps` from `x` against `y`. Column $j$: of the images that net $j$ gets right *without* an attack, the share
# that it gets wrong as an example ([Papernot et al. 2016](https://arxiv.org/abs/1605.07277)).
#
# <details><summary>Hint</summary>
#
# Make the examples of a net once and show them to all three. Two masks and an `&` count who went from right
# to wrong.
#
# </details>
#
# **The table** has the course's three nets for scenes, at $\varepsilon = 16/255$.


# %% exercise="transfer_matrix"
def transfer_matrix(first, second, third, x, y, eps):
    """Return how often the examples made on one net fool another.

    first, second, third: nets, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    y: true classes (N,)
    eps: the largest change of a pixel
    returns: shares (3, 3): row = made on, column = shown to
    """
    # BEGIN SOLUTION
    nets = (first, second, third)
    right = [net(x).argmax(1) == y for net in nets]
    rows = []
    for maker in nets:
        examples = targeted_step(maker, x, y, -255 * eps)
        wrong = [net(examples).argmax(1) != y for net in nets]
        fooled = [(was & now).sum() / was.sum() for was, now in zip(right, wrong)]
        rows.append(torch.stack(fooled))
    return torch.stack(rows)
    # END SOLUTION


# %% check="transfer_matrix" points=3
ck.check(transfer_matrix)

# %%
names = ("scenes", "scenes-robust", "scenes-stylised")
shares = transfer_matrix(*map(ck.load_model, names), world.images, world.labels, 16 / 255)
print(f"{'made on':16}" + "".join(f"{name:>16}" for name in names))
for name, row in zip(names, shares.tolist()):
    print(f"{name:16}" + "".join(f"{share:16.0%}" for share in row))
ck.claim(
    "The two nets that were not made robust are fooled most by their own examples",
    shares[0, 0] > shares[1:, 0].max() and shares[2, 2] > shares[:2, 2].max(),
)
ck.claim("The robust net is seldom fooled, whoever made the example", shares[:, 1].max() < 0.25)

# %% [markdown]
# ## 9 · Training against it
# *10 minutes, 2 points*
#
# A net that meets adversarial examples while it learns withstands them better. Each batch is seen twice, as
# it is and attacked *by what the net is at that moment*.
#
# **Write** `mixed_loss`: $\alpha \, J(x) + (1 - \alpha) \, J(x_\text{adv})$, with $J$ the mean loss of the
# batch and $x_\text{adv}$ after one untargeted FGSM step against `y` ([Goodfellow et al.
# 2015](https://arxiv.org/abs/1412.6572)). Training will differentiate it with respect to the weights: make
# $x_\text{adv}$ without disturbing their gradients.
#
# <details><summary>Hint</summary>
#
# Your `targeted_step` uses `torch.autograd.grad` with respect to `x` alone, and detaches its result.
# `cross_entropy` takes the mean by itself.
#
# </details>
#
# **The picture**: two small nets, trained on the same digits for as long, one with your loss.


# %% exercise="mixed_loss"
def mixed_loss(model, x, y, eps, alpha):
    """Return the loss of adversarial training, one number.

    model: the net, from images to scores (N, classes)
    x: images (N, C, H, W) in [0, 1]
    y: true classes (N,)
    eps: the largest change of a pixel
    alpha: the weight of the images as they are
    returns: α J(x) + (1 − α) J(x_adv), without dimensions
    """
    # BEGIN SOLUTION
    attacked = targeted_step(model, x, y, -255 * eps)
    clean = torch.nn.functional.cross_entropy(model(x), y)
    return alpha * clean + (1 - alpha) * torch.nn.functional.cross_entropy(model(attacked), y)
    # END SOLUTION


# %% check="mixed_loss" points=2
ck.check(mixed_loss)


# %%
def train(alpha, epochs=10):
    """Return a small net for digits, trained with the mixed loss; alpha = 1 is training as usual."""
    torch.manual_seed(0)
    net = ck.digit_net(width=8).to(ck.device())
    images, classes = (part[:700].to(ck.device()) for part in ck.load_digits("train"))
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.01, total_steps=11 * epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            mixed_loss(net, images[batch], classes[batch], 0.1, alpha).backward()
            optimiser.step()
            schedule.step()
    return net.eval()


nets = {"as usual": train(alpha=1.0), "α = 0.5": train(alpha=0.5)}
curves = {name: accuracy_curve(net, digits, labels, budgets).cpu() for name, net in nets.items()}
plots.show(
    plots.lines(budgets, curves, xlabel="budget ε (L∞)", ylabel="accuracy under FGSM", ylim=(0, 1)),
    alt="Two curves of accuracy against the budget, from about 0.9 down. That of the net trained as usual "
    "falls at once and is close to nothing at 0.1; that of the net trained with the mixed loss falls "
    "slowly.",
)
trained = 4  # ε = 0.1
ck.claim(
    "At the budget of the training, the mixed loss is worth more than 30 points",
    curves["α = 0.5"][trained] > curves["as usual"][trained] + 0.3,
    value=", ".join(f"{name}: {curve[trained]:.0%}" for name, curve in curves.items()),
)

# %% [markdown]
# ## 10 · "Robust"
# *5 minutes, 2 points, graded by hand*
#
# A report concludes: "We tested our net with FGSM at $\varepsilon = 8/255$. On the 1,000 images that it had
# classified correctly, it still got 91 % right, and examples made on another net did not fool it either. The
# net is robust."
#
# **Write** three to five sentences: name three things that this test leaves open, and how you would test
# each.

# %% [markdown] written="robust" points=2
# *One attack*: FGSM is a single step. A net whose gradient says little (its scores saturate, its input is
# rounded) looks robust to it and is not. Attack with PGD, several restarts and a second, different attack,
# and count an image only if it withstands them all; check that more steps and a larger ε bring the accuracy
# down to nothing.
#
# *One budget and one norm*: 8/255 in $L_\infty$ says nothing about other ε, about $L_2$, a patch or a
# rotation. Draw the accuracy against ε, in each norm that matters.
#
# *Which images*: only those that were right before. Robust accuracy counts all images, so 91 % is too high by
# what was wrong already. And that examples of another net do not transfer shows no more than that this other
# net was a bad model of it: an attacker who has the net does better.

# %% [markdown]
# ## What you have
#
# A step, a loop and a projection, of which nearly all attacks are made; a mean over places, which makes a
# sticker of them; two ways to count what they cost; and a loss that a net can learn from. The lecture's
# notebook takes them to scenes, to sounds and to nets that only seem robust.
