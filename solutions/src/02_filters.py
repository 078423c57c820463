# %% [markdown]
# # 02 · Filters: the exercises
#
# Eight short functions: from kernels as pictures to the patches that a channel fires at most. Each has a cell
# that checks it and says what a wrong answer looks like, and most have a cell that shows its picture. About
# 85 minutes, 14 points, and 2 more for an answer in words.
#
# Throughout, `weight` are kernels of shape `(K, C, h, w)`, `activation` is what a layer puts out,
# `(N, K, h, w)`: N images, K channels, h × w positions. Leave the net, `x` and everything else as you found
# them. Results are floats. Only `torch` and, in exercise 3, `ck.record` are needed.

# %%
import torch

import coursekit as ck
from coursekit import plots

model = ck.load_model("scenes-robust")
world = ck.draw(120, seed=12, weather="clear", light="day").to(ck.device())
kernels = ck.first_kernels(model).cpu()
with ck.record(model, "bn4") as outputs, torch.no_grad():
    model(world.images)
activation = outputs["bn4"]
print(f"{activation.shape[1]} channels of {activation.shape[2]} × {activation.shape[3]} positions")

# %% [markdown]
# ## 1 · Kernels as pictures
# *5 minutes, 1 point*
#
# A kernel of the first layer has three colours, like a picture, but its numbers lie around 0. To look at it,
# stretch them to $[0, 1]$.
#
# **Write** `kernel_pictures`: $(w - \min w) / (\max w - \min w)$, each kernel by itself, its colours together
# (Krizhevsky et al. 2012, figure 3).
#
# <details><summary>Hint</summary>
#
# `.amin((1, 2, 3), keepdim=True)` gives one number for each kernel, of a shape that can be subtracted.
#
# </details>
#
# **The picture** shows edges and blobs of colour.


# %% exercise="kernel_pictures"
def kernel_pictures(weight):
    """Return each kernel stretched to [0, 1] by itself.

    weight: kernels (K, C, h, w), none of them constant
    returns: pictures of the same shape
    """
    # BEGIN SOLUTION
    low = weight.amin((1, 2, 3), keepdim=True)
    high = weight.amax((1, 2, 3), keepdim=True)
    return (weight - low) / (high - low)
    # END SOLUTION


# %% check="kernel_pictures" points=1
ck.check(kernel_pictures)

# %%
plots.show(
    plots.image_grid(kernel_pictures(kernels)[:16], columns=8, smallest=90),
    alt="Sixteen kernels of 9 by 9 pixels: smooth edges in several directions, and blobs of one colour.",
    lossless=True,
)

# %% [markdown]
# ## 2 · How noisy is a kernel?
# *15 minutes, 2 points*
#
# A kernel that learned from pictures is smooth, like pictures. Grain is what changes from pixel to pixel:
# high **spatial frequencies**. The Fourier transform $F$ says how much of each frequency a kernel holds.
#
# **Write** `kernel_noise`: for each kernel, the share of its energy above the cutoff $c$,
#
# $$\frac{\sum_{|f| > c} |F(f)|^2}{\sum_f |F(f)|^2}$$
#
# Pad each kernel with zeros to 32 × 32 (`torch.fft.fft2(weight, s=(32, 32))` does), and add up its colours.
# $|f|$ is the distance from frequency 0 along rows and columns.
#
# <details><summary>Hint</summary>
#
# `torch.fft.fftfreq(32)` are the frequencies along one axis, in cycles per pixel and in the order of `fft2`.
# `torch.hypot(along[:, None], along)` are the distances. Energies are `.abs().square()`.
#
# </details>


# %% exercise="kernel_noise"
def kernel_noise(weight, cutoff):
    """Return the share of each kernel's energy above a spatial frequency.

    weight: kernels (K, C, h, w)
    cutoff: in cycles per pixel
    returns: shares (K,), from 0 to 1
    """
    # BEGIN SOLUTION
    energy = torch.fft.fft2(weight, s=(32, 32)).abs().square().sum(1)
    along = torch.fft.fftfreq(32)
    fine = torch.hypot(along[:, None], along) > cutoff
    return (energy * fine).sum((1, 2)) / energy.sum((1, 2))
    # END SOLUTION


# %% check="kernel_noise" points=2
ck.check(kernel_noise)

# %%
order = kernel_noise(kernels, 0.25).argsort()
shown = torch.cat([order[:6], order[-6:]])
plots.show(
    plots.image_grid(
        ck.kernel_pictures(kernels[shown]),
        [f"{share:.0%}" for share in kernel_noise(kernels[shown], 0.25).tolist()],
        columns=6,
    ),
    alt="Above, the six kernels of the net with the least fine waves, blobs of colour; below, the six with "
    "the most: thin, sharp edges.",
)

# %% [markdown]
# A thin, sharp edge needs fine waves too: the number alone cannot tell it from grain.

# %% [markdown]
# ## 3 · A layer's read-out
# *10 minutes, 2 points*
#
# The first question to a layer: from where to where do its activations reach, and how strongly does the score
# hang on them?
#
# **Write** `read_out`: for each image the least and largest activation of the layer, and the least and
# largest entry of the gradient $\partial s_c / \partial A$. `ck.record` catches what the layer puts out:
#
# ```python
# with ck.record(model, layer) as outputs:
#     scores = model(x)  # and from here on, outputs[layer] is A
# ```
#
# <details><summary>Hint</summary>
#
# Let a copy of `x` ask for gradients, `x.detach().requires_grad_()`. `torch.autograd.grad(score,
# outputs[layer])` takes the gradient at the layer. `.flatten(1).aminmax(dim=1)` gives both ends for each
# image.
#
# </details>


# %% exercise="read_out"
def read_out(model, x, target, layer):
    """Return the ends of a layer's activations, and of the score's gradient there.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    layer: the layer's name
    returns: (N, 4): least and largest activation, least and largest gradient
    """
    # BEGIN SOLUTION
    with ck.record(model, layer) as outputs:
        scores = model(x.detach().requires_grad_())[torch.arange(len(x)), target]
        (gradient,) = torch.autograd.grad(scores.sum(), outputs[layer])
    ends = [*outputs[layer].detach().flatten(1).aminmax(dim=1), *gradient.flatten(1).aminmax(dim=1)]
    return torch.stack(ends, 1)
    # END SOLUTION


# %% check="read_out" points=2
ck.check(read_out)

# %%
target = model(world.images[:1]).argmax(1)
for layer in ("relu1", "relu3", "relu5", "relu7"):
    low, high, gradient_low, gradient_high = read_out(model, world.images[:1], target, layer)[0].tolist()
    print(f"{layer}: activations {low:.2g} to {high:.2g}, gradient {gradient_low:.1e} to {gradient_high:.1e}")

# %% [markdown]
# ## 4 · The receptive field
# *15 minutes, 2 points*
#
# Which pixels can a unit see at all? Go from the picture up. A pixel sees itself: size 1, stride 1, offset
# 0. A layer with kernel $k$, stride $t$, padding $p$ and dilation $d$ makes of size $n$, stride $s$ and
# offset $o$
#
# $$n \leftarrow n + (k - 1)\, d\, s, \qquad o \leftarrow o - p\, s, \qquad s \leftarrow s\, t$$
#
# **Write** `receptive_field`: size, stride and offset behind a chain of layers
# ([Araujo et al. 2019](https://doi.org/10.23915/distill.00021)). Unit $i$ sees the pixels from $o + i s$ to
# $o + i s + n - 1$.
#
# <details><summary>Hint</summary>
#
# A loop over `layers.tolist()`. Mind the order: $n$ and $o$ use the stride *before* this layer.
#
# </details>


# %% exercise="receptive_field"
def receptive_field(layers):
    """Return what a unit behind a chain of layers sees.

    layers: (L, 4), a row for each layer from the picture on: kernel, stride, padding, dilation
    returns: (3,): size, stride and offset, in pixels
    """
    # BEGIN SOLUTION
    size, jump, offset = 1.0, 1.0, 0.0
    for kernel, stride, padding, dilation in layers.tolist():
        size += (kernel - 1) * dilation * jump
        offset -= padding * jump
        jump *= stride
    return torch.tensor([size, jump, offset])
    # END SOLUTION


# %% check="receptive_field" points=2
ck.check(receptive_field)

# %%
to_bn4 = torch.tensor(
    [[9, 2, 4, 1], [2, 2, 0, 1], [3, 1, 1, 1], [3, 1, 1, 1], [2, 2, 0, 1], [3, 1, 1, 1]], dtype=torch.float32
)
size, stride, offset = (int(number) for number in receptive_field(to_bn4))
field = ck.receptive_field(model, world.images[:1], "bn4")
ck.claim(
    "Six layers up, the fourth convolution's units see what the package says",
    (size, stride, offset) == (field.size[0], field.stride[0], field.offset[0]),
    value=f"{size} × {size} pixels, {stride} apart, from {offset}",
)

# %% [markdown]
# ## 5 · The strongest units of a channel
# *10 minutes, 2 points*
#
# To learn what a channel looks for, find where it fires most. One unit of each image, lest a single image
# fills the page.
#
# **Write** `strongest`: of the images in which the channel's largest activation is largest, the first `k`,
# the strongest first, with the place of the unit ([Girshick et al. 2014](https://arxiv.org/abs/1311.2524)).
# Where two images are equal, the earlier comes first.
#
# <details><summary>Hint</summary>
#
# `activation[:, channel].flatten(1).max(1)` gives value and place of each image's strongest unit; with a
# map `w` wide, `place // w` is its row and `place % w` its column. `argsort(descending=True, stable=True)`
# keeps the order of equals.
#
# </details>


# %% exercise="strongest"
def strongest(activation, channel, k):
    """Return where a channel fires most.

    activation: what a layer puts out (N, K, h, w)
    channel: number of the channel
    k: how many images
    returns: (k, 3): number of the image, row and column of the unit, as floats
    """
    # BEGIN SOLUTION
    values, places = activation[:, channel].flatten(1).max(1)
    order = values.argsort(descending=True, stable=True)[:k]
    width = activation.shape[3]
    return torch.stack([order, places[order] // width, places[order] % width], 1).float()
    # END SOLUTION


# %% check="strongest" points=2
ck.check(strongest)

# %% [markdown]
# ## 6 · What such a unit sees
# *10 minutes, 2 points*
#
# **Write** `crop`: the square of the picture that a unit sees. Its first row is `offset + row * stride`,
# its first column `offset + column * stride`. Part of it may lie outside the picture; fill that with grey,
# 0.5, which is what the zeros around a map stand for behind the net's normalisation.
#
# <details><summary>Hint</summary>
#
# `torch.nn.functional.pad(image, (left, right, top, bottom), value=0.5)` adds so many columns and rows at
# each side, and *cuts* where a number is below 0. So one call does both.
#
# </details>
#
# **The picture** shows the patches of three channels.


# %% exercise="crop"
def crop(image, row, column, size, stride, offset):
    """Return what the unit at (row, column) of a layer sees.

    image: (3, H, W) in [0, 1]
    row, column: place of the unit in its map
    size, stride, offset: the layer's receptive field, in pixels, alike for rows and columns
    returns: (3, size, size)
    """
    # BEGIN SOLUTION
    top, left = offset + row * stride, offset + column * stride
    height, width = image.shape[1:]
    return torch.nn.functional.pad(image, (-left, left + size - width, -top, top + size - height), value=0.5)
    # END SOLUTION


# %% check="crop" points=2
ck.check(crop)

# %%
patches = [
    crop(world.images[int(i)], int(row), int(column), size, stride, offset)
    for channel in (3, 40, 90)
    for i, row, column in strongest(activation, channel, 6).tolist()
]
plots.show(
    plots.image_grid(torch.stack(patches).cpu(), columns=6, rows=["channel 3", "channel 40", "channel 90"]),
    alt="Three rows of six patches, each row the top patches of one channel of the fourth layer. Some "
    "share a shape or a colour that has a name; some do not.",
)

# %% [markdown]
# ## 7 · Which kernel wins where
# *10 minutes, 2 points*
#
# Over all images of one digit: which kernel most often has the highest activation at this position?
#
# **Write** `winning_kernels`. Where two kernels win equally often, take the smaller number.
#
# <details><summary>Hint</summary>
#
# `activation.argmax(1)` names the winner of each image and position. Count each kernel's wins, or take
# `.mode(0)`.
#
# </details>
#
# **The picture** gives each kernel a colour.


# %% exercise="winning_kernels"
def winning_kernels(activation):
    """Return which kernel most often has the highest activation.

    activation: what a layer puts out (N, K, h, w)
    returns: number of the kernel for each position (h, w), as floats
    """
    # BEGIN SOLUTION
    winner = activation.argmax(1)
    wins = torch.stack([(winner == kernel).sum(0) for kernel in range(activation.shape[1])])
    return wins.argmax(0).float()
    # END SOLUTION


# %% check="winning_kernels" points=2
ck.check(winning_kernels)

# %%
digit_model = ck.load_model("digits")
digits, labels = ck.load_digits("train")
with ck.record(digit_model, "relu1") as outputs, torch.no_grad():
    digit_model(digits.to(ck.device()))
answers = outputs["relu1"].cpu()
colours = torch.rand(16, 3, generator=torch.Generator().manual_seed(3))
maps = [winning_kernels(answers[labels == digit]).long() for digit in range(10)]
plots.show(
    plots.image_grid(torch.stack([colours[one].permute(2, 0, 1) for one in maps]), range(10), columns=5),
    alt="Ten maps, one for each digit from 0 to 9, with a colour for each kernel: bands of colour follow "
    "the strokes.",
)

# %% [markdown]
# ## 8 · The score of a moving picture
# *10 minutes, 1 point*
#
# Does the score stay as the picture moves?
#
# **Write** `shift_curve`: the score of each image's target, before the softmax, as the picture moves to the
# right by 0, 1, 2 … pixels. What leaves at the right comes in at the left (`x.roll`).
#
# <details><summary>Hint</summary>
#
# `x.roll(step, dims=3)` moves columns. `torch.stack(list_of_scores, 1)` makes a table of them.
#
# </details>


# %% exercise="shift_curve"
def shift_curve(model, x, target, steps):
    """Return the scores of the targets as the pictures move to the right.

    model: the net, from images to scores (N, classes)
    x: images (N, 3, H, W)
    target: one class for each image (N,)
    steps: how many values, for shifts of 0 … steps − 1 pixels
    returns: scores (N, steps)
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        moved = [model(x.roll(step, dims=3)) for step in range(steps)]
    return torch.stack([scores[torch.arange(len(x)), target] for scores in moved], 1)
    # END SOLUTION


# %% check="shift_curve" points=1
ck.check(shift_curve)

# %%
curves = shift_curve(model, world.images[:3], world.labels[:3], 33).cpu()
named = [world.classes[label] for label in world.labels[:3]]
plots.show(
    plots.lines(
        range(33),
        {f"{i + 1}: {name}": curve for i, (name, curve) in enumerate(zip(named, curves, strict=True))},
        xlabel="shift to the right, in pixels",
        ylabel="score of its class",
    ),
    alt="Three curves of the score of a scene's class as the scene moves by up to 32 pixels: none is flat.",
)

# %% [markdown]
# ## 9 · A name for a channel
# *5 minutes, 2 points, graded by hand*
#
# The nine top patches of a channel all show a wheel. A report concludes: "Channel 40 is the net's wheel
# detector; without it the net could not recognise cars."
#
# **Write** two to four sentences: what does each half of this sentence claim beyond the nine patches, and
# how would you test it?

# %% [markdown] written="name" points=2
# *The wheel detector*: nine of some thousand patches, and the name is ours. What wheels share with other
# things, such as being round and dark, would give the same nine. Going down the list finds false friends,
# and drawing scenes with round dark things that are no wheels tests the name; other channels may fire on
# wheels too, so "the" is another claim.
#
# *Could not recognise cars*: that a channel fires at wheels does not say that the score uses it. Set the
# channel to 0 and measure the accuracy on cars, beside that of other channels.

# %% [markdown]
# ## What you have
#
# A way to look at kernels and a number for their grain; a layer's read-out; and the three steps of every
# page of top patches: where does the channel fire, what does that unit see, and cut. The lecture's notebook
# does it for every channel at once, and looks at what these pictures do not show.
