# %% [markdown]
# # 2 Filters and activations
#
# A convolutional net is a stack of filters, and each of them answers to something. **What does a single
# filter look for, and how does one find out without guessing?** This chapter looks at the filters
# themselves, at what they see, at what they answer, and at what makes them answer most.

# %%
import torch
from torch import nn

import coursekit as ck
from coursekit import plots, widgets
from coursekit.datasets import scenes
from coursekit.filters import crop

model = ck.subject_model()
usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")

# %%
world = ck.draw(2000, seed=30, size=96)
names = [world.classes[label] for label in world.labels]

# %%
layers = [f"bn{i}" for i in range(1, 8)]
peaks = ck.activation_peaks(robust, world.images, layers)


# %%
def parts_under(peaks, k=9):
    """Return the part that lies under the middle of each of a channel's top k patches, (k, channels)."""
    images = peaks.values.topk(k, dim=0).indices
    middles = []
    for units, axis in ((peaks.rows, 0), (peaks.columns, 1)):
        offset, stride, size = (getattr(peaks.field, name)[axis] for name in ("offset", "stride", "size"))
        middles.append((offset + units.gather(0, images) * stride + size // 2).clamp(0, 95))
    return world.part_map[images, middles[0], middles[1]]


def finder(part, layer="bn5"):
    """Return the channel that most often has the part in the middle of its top patches, and how often."""
    hits = (parts_under(peaks[layer]) == scenes.PARTS.index(part) + 1).sum(0)
    return hits.argmax().item(), hits.max().item()


def enlarged(patches, edge=112):
    """Return patches as large as the page has room for."""
    return nn.functional.interpolate(patches, (edge, edge), mode="bilinear", antialias=True)


found = {part: finder(part) for part in ("wheel", "door", "roof")}
first_look = [ck.top_patches(world.images, peaks["bn5"], k, k=5).crops for k, _ in found.values()]
plots.show(
    plots.image_grid(
        enlarged(torch.cat(first_look), 96),
        columns=5,
        rows=[f"channel {channel}" for channel, _ in found.values()],
    ),
    alt="Three rows of five patches, one row for each of three channels: wheels of cars; doors of houses; "
    "and roofs.",
)
ck.claim(
    "Most of the top nine patches of each of these channels have the same part in the middle",
    min(hits for _, hits in found.values()) >= 6,
    value=", ".join(f"{part} {hits} of 9" for part, (_, hits) in found.items()),
)

# %% [markdown]
# Each row belongs to one of the 128 channels of the fifth layer of the robust net, and shows what made this
# channel fire most among 2,000 scenes: look at the middle of each patch. Nobody told the net that there are
# wheels, doors or roofs: its labels say *car* and *house*. How these patches were found, and what they do
# *not* prove, is the subject of sections 2.5 and 2.6.
#
# Some words. A layer has $K$ **channels** (or filters); channel $k$ puts out a **map** $A_k$ of $h \times w$
# numbers, its **activations**; a position of the map is a **unit**. All units of a channel share one
# **kernel**, the weights that a convolution multiplies its input with. `model` is the net under study;
# `usual` and `robust` are two that ship with the course and differ in how they were trained (chapter 7).

# %% [markdown]
# ## 2.1 The first kernels are pictures
#
# A kernel of the first layer multiplies pixels, so it has the shape of a small picture with three colours.
# To see it, its numbers have to be brought into $[0, 1]$, each kernel by itself or all jointly:
#
# $$\frac{w - \min w}{\max w - \min w}$$


# %%
def kernel_pictures(weight, jointly=False):
    """Return kernels (K, 3, h, w) as pictures, stretched to [0, 1] each by itself or all jointly."""
    axes = (0, 1, 2, 3) if jointly else (1, 2, 3)
    low, high = weight.amin(axes, keepdim=True), weight.amax(axes, keepdim=True)
    return (weight - low) / (high - low)


kernels = {"usual net": ck.first_kernels(usual).cpu(), "robust net": ck.first_kernels(robust).cpu()}
rows = {
    "usual net": kernel_pictures(kernels["usual net"])[:14],
    "robust net": kernel_pictures(kernels["robust net"])[:14],
    "robust net, jointly": kernel_pictures(kernels["robust net"], jointly=True)[:14],
}
plots.show(
    plots.image_grid(torch.cat(list(rows.values())), columns=14, rows=list(rows), smallest=90),
    alt="Three rows of 14 kernels of 9 by 9 pixels. Usual net: coarse patches of colour with some grain. "
    "Robust net: smooth edges and blobs of colour. The same scaled jointly: a few are strong, many are "
    "nearly grey.",
    lossless=True,
)
ck.claim(
    "The package gives the same pictures",
    torch.allclose(kernel_pictures(kernels["robust net"]), ck.kernel_pictures(kernels["robust net"])),
)
spread = kernels["robust net"].flatten(1).amax(1) - kernels["robust net"].flatten(1).amin(1)
ck.claim(
    "The strongest kernel of the robust net is more than twice as strong as the weakest: only joint "
    "scaling shows it",
    spread.max() > 2 * spread.min(),
    value=f"{spread.max() / spread.min():.0f} times",
)

# %% [markdown]
# Edges in several directions, and blobs of one colour against another: such kernels turn up in nearly every
# net that learns from pictures (Krizhevsky et al. 2012). Scaled by itself each is easy to see; scaled
# jointly one also sees which of them matter to the sum.
#
# **What it does not show.** Anything beyond the first layer. A kernel of the second layer multiplies 32
# maps: it has 32 colours, and no picture. (Your own net's first kernels:
# `ck.kernel_pictures(ck.first_kernels(model))`.)

# %% [markdown]
# ## 2.2 Noise is a symptom
#
# A kernel that learned something is smooth, since the pictures are. Grain says that something went wrong.
# Here is one small net from one start, trained badly in three ways: **hurried** (two passes over 1,600
# scenes, and no more), **too fast** (the same at 30 times the learning rate), and on a **noisy sensor** (the
# same with noise in the pictures).

# %%
small = nn.functional.avg_pool2d(world.images, 2)
grainy = (small + 0.3 * torch.randn(small.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
trainings = {
    "hurried": (small, ck.Settings(epochs=2, bfloat16=True)),
    "too fast": (small, ck.Settings(epochs=2, lr=0.1, bfloat16=True)),
    "noisy sensor": (grainy, ck.Settings(epochs=2, bfloat16=True)),
}
accuracy = {}
for name, (images, settings) in trainings.items():
    torch.manual_seed(0)
    net = ck.scene_net(world.classes, width=16).to(ck.device())
    start = ck.first_kernels(net).cpu()  # the same for all three
    ck.fit(net, images[:1600], world.labels[:1600], settings)
    kernels[name] = ck.first_kernels(net).cpu()
    accuracy[name] = ck.evaluate(net, images[1600:], world.labels[1600:])
del small, grainy, trainings, images  # 110 MB

# %% [markdown]
# A number for what the eye sees: the share of a kernel's energy that lies above a **spatial frequency**,
# here a quarter of a cycle per pixel. With the Fourier transform $F$ of the kernel:
#
# $$\text{noise} = \frac{\sum_{|f| > 1/4} |F(f)|^2}{\sum_f |F(f)|^2}$$


# %%
def kernel_noise(weight, cutoff=0.25):
    """Return the share of each kernel's energy above the cutoff, in cycles per pixel, (K,)."""
    energy = torch.fft.fft2(weight, s=(32, 32)).abs().square().sum(1)
    along = torch.fft.fftfreq(32).to(weight)
    fine = torch.hypot(along[:, None], along) > cutoff
    return (energy * fine).sum((1, 2)) / energy.sum((1, 2))


noise = {name: kernel_noise(weight).mean().item() for name, weight in kernels.items()}
order = ["robust net", "usual net", "too fast", "hurried", "noisy sensor"]
plots.show(
    plots.image_grid(
        torch.cat([ck.kernel_pictures(kernels[name][:12]) for name in order]),
        columns=12,
        rows=[f"{name}: {noise[name]:.0%}" for name in order],
        smallest=56,
    ),
    alt="Five rows of 12 kernels. Robust net: smooth. Usual net: a little grain. Too fast: hard blotches "
    "of pure colours. Hurried: fine grain over faint shapes. Noisy sensor: nothing but grain.",
    lossless=True,
)
ck.claim(
    "The package gives the same numbers",
    torch.allclose(kernel_noise(kernels["usual net"]), ck.kernel_noise(kernels["usual net"])),
)
ck.claim(
    "The number ranks them as the eye does: robust, usual, the two trained too fast or too briefly, noisy "
    "sensor",
    noise["robust net"] < noise["usual net"] < min(noise["too fast"], noise["hurried"])
    and max(noise["too fast"], noise["hurried"]) < noise["noisy sensor"] - 0.1,
    value=", ".join(f"{name} {noise[name]:.0%}" for name in order),
)
random_kernels = torch.randn(64, 3, 9, 9, generator=torch.Generator().manual_seed(0))
ck.claim(
    "Of a kernel of pure noise, four fifths lie above the cutoff: the part of all frequencies that do",
    abs(kernel_noise(random_kernels).mean() - (1 - torch.pi / 16)) < 0.03,
    value=f"{kernel_noise(random_kernels).mean():.0%}",
)

# %%
learned = {name: kernels[name] - start for name in accuracy}
grain = {name: kernel_noise(change).mean().item() for name, change in learned.items()}
ck.claim(
    "What the hurried net learned is smoother than its kernels, and what the noisy sensor taught is grain",
    grain["hurried"] < noise["hurried"] - 0.05 and grain["noisy sensor"] > noise["hurried"] + 0.1,
    value=f"{grain['hurried']:.0%} and {grain['noisy sensor']:.0%} noise in the change since the start",
)
burnt = learned["too fast"].norm() / start.norm()
ck.claim(
    "At far too high a rate the kernels were swept away, and the net does little better than guessing",
    burnt > 10 and accuracy["too fast"] < 0.2,
    value=f"a change of {burnt:.0f} times the start; {accuracy['too fast']:.0%} right",
)

# %% [markdown]
# Grain has several causes. What a short training leaves is the random start. A noisy sensor puts its grain
# into every step: the gradient of a kernel is a sum of patches that it saw. Far too high a rate looks
# different: not grain but blotches of pure colours with hard edges, as if burnt, made by steps far larger
# than the kernels.
#
# **What it does not show.** Whether a net is good. Smooth kernels are no proof, and an accurate net may
# have some grain, like ours. And the number cannot tell grain from a thin sharp edge, which needs fine
# waves too: compare kernels of one size, and look at them. It is a symptom, cheap to look at, and worth a
# look before anything else.

# %% [markdown]
# ## 2.3 A linear classifier: one template per class
#
# The smallest net is one linear layer on pixels, $s_c = b_c + \sum_i w_{c,i}\, x_i$. Its weights have the
# shape of the picture, one **template** for each class, and all of them can be looked at.

# %%
tiny = nn.functional.avg_pool2d(world.images, 4)
torch.manual_seed(0)
linear = nn.Sequential(nn.Flatten(), nn.Linear(tiny[0].numel(), 10)).to(ck.device())
ck.fit(linear, tiny[:1600], world.labels[:1600], ck.Settings(epochs=20, lr=1e-3, weight_decay=10.0))
templates = linear[1].weight.detach().cpu().unflatten(1, tiny.shape[1:])
by_template = ck.evaluate(linear, tiny[1600:], world.labels[1600:])
plots.show(
    plots.image_grid(ck.kernel_pictures(templates), world.classes, columns=5),
    alt="Ten templates of 24 by 24 pixels, one per class: in some one can guess a car, a tank, a flower or "
    "a mushroom; others are blobs among grain.",
    lossless=True,
)
by_net = ck.evaluate(robust, world.images[1600:], world.labels[1600:])
ck.claim(
    "Templates are better than guessing, and far worse than the convolutional net",
    0.15 < by_template < by_net - 0.3,
    value=f"{by_template:.0%} right, the net {by_net:.0%}",
)

# %% [markdown]
# One template has to serve for all cars: left and right, red and blue, large and small, so it becomes
# something like their mean, less that of all else. What is missing is what the rest of this chapter is
# about: small filters that may fire *anywhere*, and further ones that put their answers together.

# %% [markdown]
# ## 2.4 What a layer answers
#
# What flows through a net can be caught on its way. A **forward hook** is a function that torch calls with
# what a layer puts out:

# %%
few = ck.subject_pictures(
    3, seed=8, classes=("car", "flower", "boat"), weather="clear", light="day", noise=0.0
)
one = few.images[:1]
convolutions = [n for n in ck.map_layers(model, one) if isinstance(model.get_submodule(n), nn.Conv2d)]
chosen = [convolutions[i] for i in torch.linspace(0, len(convolutions) - 1, 4).long()]

caught = {}
handle = model.get_submodule(chosen[1]).register_forward_hook(lambda _layer, _in, out: caught.update(out=out))
with torch.no_grad():
    model(one)
handle.remove()

with ck.record(model, *chosen) as outputs, torch.no_grad():
    model(one)
ck.claim("`ck.record` catches the same", torch.equal(caught["out"], outputs[chosen[1]]))

# %%
maps = {name: outputs[name][0].clamp(min=0) for name in chosen}
strongest = {name: a.flatten(1).amax(1).topk(6).indices for name, a in maps.items()}
shown = [nn.functional.interpolate(maps[name][strongest[name]][None], (64, 64))[0] for name in chosen]
plots.show(
    plots.image_grid(plots.to_rgb(torch.cat(shown)), columns=6, rows=chosen),
    alt="Four rows of activation maps of one picture, from an early to a late layer: outlines of the "
    "object and the ground in fine detail, then ever coarser; of the last, a few broad patches are left.",
)

# %% [markdown]
# And as numbers: the least and largest activation of each layer, and of the gradient of the score with
# respect to it, $\partial s_c / \partial A$. They are a net's blood pressure: activations that are all 0, or
# that grow from layer to layer without end, and gradients that vanish on their way to the first layer say why
# a training stands still or explodes.

# %%
readings = ck.activation_ranges(model, one, layers=convolutions)
print(f"{'layer':<26}{'map':<16}{'activation':^22}{'gradient':^22}")
for reading in readings:
    ends = (reading.low, reading.high, reading.gradient_low, reading.gradient_high)
    numbers = "".join(f"{end.item():>11.2g}" for end in ends)
    print(f"{reading.layer:<26}{'×'.join(map(str, reading.shape)):<16}{numbers}")

with ck.record(model, chosen[2]) as outputs:
    score = model(one.clone().requires_grad_()).amax()
    (gradient,) = torch.autograd.grad(score, outputs[chosen[2]])
reading = next(r for r in readings if r.layer == chosen[2])
ck.claim(
    "The gradient's ends are those of one call of autograd",
    torch.allclose(reading.gradient_high[0], gradient.max(), rtol=1e-3)
    and torch.allclose(reading.gradient_low[0], gradient.min(), rtol=1e-3),
)

# %% [markdown]
# ## 2.5 What a unit can see: the receptive field
#
# A unit of the first layer sees 9 × 9 pixels. One further up sees what the units below it see, together.
# Layer by layer, with kernel size $m$, stride $t$, padding $p$ and dilation $d$, the field's size $n$, its
# step
# $j$ (in pixels, from one unit's field to the next one's) and its offset $o$ become
#
# $$n \leftarrow n + (m - 1)\, d\, j, \qquad o \leftarrow o - p\, j, \qquad j \leftarrow j\, t$$
#
# starting from $n = j = 1$, $o = 0$ for a pixel. Unit $i$ then sees the pixels $o + i j$ to $o + i j + n -
# 1$. Note the order: a layer's own stride comes last, since it makes no kernel wider, only the next
# layer's.


# %%
def receptive_field(layers):
    """Return size, stride and offset behind a chain of layers, each (kernel, stride, padding, dilation)."""
    size, stride, offset = 1, 1, 0
    for kernel, step, padding, dilation in layers:
        size += (kernel - 1) * dilation * stride
        offset -= padding * stride
        stride *= step
    return size, stride, offset


chain = []
for name, layer in robust.named_children():
    if isinstance(layer, nn.Conv2d):
        chain.append((layer.kernel_size[0], layer.stride[0], layer.padding[0], layer.dilation[0]))
    if isinstance(layer, nn.MaxPool2d):
        chain.append((layer.kernel_size, layer.stride, layer.padding, layer.dilation))
    if name == "relu5":
        break
by_hand = receptive_field(chain)
field = ck.receptive_field(robust, world.images[:1].to(ck.device()), "relu5")
ck.claim(
    "The package, which follows the graph of a forward pass through any net, gives the same",
    by_hand == (field.size[0], field.stride[0], field.offset[0]),
    value=f"a unit of the fifth layer sees {by_hand[0]} × {by_hand[0]} pixels",
)

# %%
pictures, fields = [], {}
for name in chosen:
    fields[name] = ck.receptive_field(model, one, name)
    place = maps[name][strongest[name][0]].argmax().item()
    unit = divmod(place, maps[name].shape[2])
    pictures.append(ck.draw_box(one[0], fields[name].box(*unit), width=2))
plots.show(
    plots.image_grid(
        torch.stack(pictures).cpu(), [f"{name}: {f.size[0]} px" for name, f in fields.items()], columns=4
    ),
    alt="One picture four times, with a frame round what the strongest unit of a layer sees: a small "
    "square at an early layer, larger at the next, and at the last one most of the picture.",
)

# %% [markdown]
# Is it true? The gradient of one unit is zero wherever the unit cannot see. And where it can, does it look
# everywhere alike?

# %%
some = world.images[:8].to(ck.device())
looks = [ck.saliency(robust, some, (channel, 6, 6), layer="bn5") for channel in range(0, 128, 16)]
looked_at = torch.stack(looks).abs().sum((0, 1, 2))
top, left, bottom, right = field.box(6, 6)
inside = looked_at[top:bottom, left:right]
ck.claim("Nothing outside the receptive field moves the unit", inside.sum() > 0.9999 * looked_at.sum())
quarter = len(inside) // 4
core = inside[quarter:-quarter, quarter:-quarter].sum() / inside.sum()
ck.claim(
    "Half the field's width, a quarter of its area, takes more than half of the gradient",
    core > 0.5,
    value=f"{core:.0%}",
)

# %% [markdown]
# A unit *can* see its field; it *looks* mostly at the middle, since many more paths lead there than to the
# rim (Luo et al. 2016 call this the effective receptive field).
#
# **What it does not show.** What a unit looks *for*. And in the last layer a unit can see nearly all of the
# picture: "where" in a deep map is more a matter of training than of geometry.

# %% [markdown]
# ## 2.6 Top patches, and false friends
#
# To learn what a channel looks for, show it very many pictures and keep those at which it fires most, cut
# to the receptive field of the unit that fired (Girshick et al. 2014; Zeiler & Fergus 2014). One pass over
# all pictures finds them for every channel of every layer at once: `ck.activation_peaks` above kept each
# channel's largest activation in each image, and where it was. We look before the ReLU, where also the
# channel that stays silent has a largest value.


# %%
def top_patches(images, peaks, channel, k=9):
    """Return the k images in which the channel fires most, and what the unit that does so sees."""
    values, order = peaks.values[:, channel].sort(descending=True)
    patches = []
    for i in order[:k].tolist():
        top, left, bottom, right = peaks.field.box(
            peaks.rows[i, channel].item(), peaks.columns[i, channel].item()
        )
        padding = (-left, right - images.shape[3], -top, bottom - images.shape[2])  # below 0, it cuts
        patches.append(nn.functional.pad(images[i], padding, value=0.5))
    return torch.stack(patches), values[:k], order[:k]


wheels = found["wheel"][0]
patches, values, order = top_patches(world.images, peaks["bn5"], wheels, k=6)
package = ck.top_patches(world.images, peaks["bn5"], wheels, k=6)
ck.claim("The package gives the same patches", torch.equal(patches, package.crops))
plots.show(
    plots.image_grid(
        enlarged(patches),
        [f"{v:.1f} {names[i]}" for v, i in zip(values.tolist(), order.tolist(), strict=True)],
        columns=6,
    ),
    alt="Six patches at which the wheel channel fires most, in order, with the activation and the class "
    "of the scene above each: a wheel in the middle.",
)

# %% [markdown]
# A wheel detector? The patches say so. But the *top* is a handful of 2,000, and we drew the conclusion from
# what we happened to recognise. Go down the list, and count what lies in the middle of the patch:


# %%
def shares(channel, k):
    """Return how many of the top k patches have each part in the middle, most frequent first."""
    under = parts_under(peaks["bn5"], k)[:, channel].tolist()
    seen = ["nothing of the object" if p == 0 else scenes.PARTS[p - 1] for p in under]
    return {part: seen.count(part) / k for part in sorted(set(seen), key=seen.count, reverse=True)}


depth = (9, 50, 200)
by_depth = {k: shares(wheels, k).get("wheel", 0) for k in depth}
print({f"top {k}": f"{share:.0%} wheels" for k, share in by_depth.items()})
under = parts_under(peaks["bn5"], 200)[:, wheels]
friends = [i for i in range(200) if under[i] != scenes.PARTS.index("wheel") + 1][:6]
many = ck.top_patches(world.images, peaks["bn5"], wheels, k=200)
what = ["background" if under[i] == 0 else scenes.PARTS[under[i] - 1] for i in friends]
plots.show(
    plots.image_grid(
        enlarged(many.crops[friends]),
        [f"no. {i + 1}: {part}, {names[many.images[i]]}" for i, part in zip(friends, what, strict=True)],
        columns=6,
    ),
    alt="Six false friends of the wheel channel: patches high on its list with something else in the middle.",
)
strangers = [names[many.images[i]] for i in range(200) if under[i] != scenes.PARTS.index("wheel") + 1]
planted = sum(name in ("flower", "tree") for name in strangers) / len(strangers)
ck.claim("Most false friends among the first 200 are flowers or trees", planted > 0.5, value=f"{planted:.0%}")
close = (many.values[friends[0]] / many.values[8]).item()
ck.claim(
    "The channel fires for the first false friend nearly as much as for the last of its top nine",
    close > 0.75,
    value=f"{close:.0%}",
)
ck.claim(
    "At the top most patches show a wheel in the middle; among the first 200 there are false friends",
    by_depth[9] >= 0.6 and by_depth[200] < 1,
    value=", ".join(f"{share:.0%} of {k}" for k, share in by_depth.items()),
)

# %% [markdown]
# These are **false friends**: the channel fires for them much as it does for wheels. (We picked it out of
# 128 *for* its top nine, so these nine are no evidence; those further down are.) Most of them are flowers and
# trees, with a stem, a leaf or a trunk in the middle. So what the channel looks for is perhaps not a
# wheel but something upright or dark that stands on the ground, and wheels are what has most of it. The
# name that one gives a channel is a hypothesis; false friends are how to test it.
#
# **What it does not show.** What the channel is *used* for, and all that it does below the top. Most of its
# activations are small and say something too.

# %% [markdown]
# ## 2.7 Which kernel wins, pixel by pixel
#
# Another way to ask: at this pixel, which kernel has the highest activation? Over all images of one digit,
# count, and give each pixel the kernel that wins most often there. (`digits` is a net for scikit-learn's
# 1,797 real handwritten digits.)


# %%
def winning_kernels(activation):
    """Return for each position the channel that most often has the highest activation, (h, w)."""
    winner = activation.argmax(1)
    wins = torch.stack([(winner == k).sum(0) for k in range(activation.shape[1])])
    return wins.argmax(0)


digit_model = ck.load_model("digits")
digits, labels = (
    torch.cat(parts) for parts in zip(ck.load_digits("train"), ck.load_digits("test"), strict=True)
)
winner, halves = {}, {}
for digit in range(10):
    with ck.record(digit_model, "relu1") as outputs, torch.no_grad():
        digit_model(digits[labels == digit].to(ck.device()))
    answer = outputs["relu1"].cpu()
    winner[digit] = winning_kernels(answer)
    halves[digit] = [winning_kernels(answer[first::2]) for first in (0, 1)]
package, share = ck.winning_channels(answer)
ck.claim(
    "The package gives the same, and how often each wins",
    torch.equal(winner[9], package) and share.min() < 0.5 < share.max(),
    value=f"of the 9s, from {share.min():.0%} to {share.max():.0%} by position",
)

# %%
hues = torch.rand(16, 3, generator=torch.Generator().manual_seed(3))
some_digits = (0, 1, 3, 4, 7)
painted = torch.stack([hues[winner[digit]].permute(2, 0, 1) for digit in some_digits])
means = torch.stack([digits[labels == digit].mean(0) for digit in some_digits]).expand(-1, 3, -1, -1)
plots.show(
    plots.image_grid(torch.cat([means, painted]), columns=5, rows=["mean digit", "winning kernel"]),
    alt="The means of the digits 0, 1, 3, 4 and 7, blurred; below it a map with one colour for each kernel: "
    "bands of colour follow the strokes, one colour on one side of a stroke and another on the other.",
)
stable = sum((a == b).float().mean().item() for a, b in halves.values()) / 10
differs = sum((winner[a] != winner[b]).float().mean().item() for a in range(10) for b in range(a)) / 45
ck.claim(
    "Two halves of the images of a digit mostly agree on the winners, and different digits agree less",
    stable > 0.75 > 1 - differs + 0.05,
    value=f"{stable:.0%} of the pixels against {1 - differs:.0%}",
)

# %% [markdown]
# One side of a stroke has another winner than the other: these kernels are edges, and their winners draw a
# digit's outline with its direction.
#
# **What it does not show.** By how much the winner won, or how often, which differs much from position to
# position: where several kernels win about equally often, the map shows one as if it were the only one.

# %% [markdown]
# ## 2.8 Deconvnet: back down to the pixels
#
# A patch shows what *lay* under the unit, not what the unit took from it. A **deconvnet** (Zeiler & Fergus
# 2014) sends one unit's activation back down, layer by layer: *unpool* (put each value where the maximum
# came from: the **switch**), *rectify*, and convolve with the *transposed* filters. By hand, from the
# second convolution of the digits' net to the pixels:

# %%
x = digits[:1].to(ck.device())
net = digit_model
with torch.no_grad():
    first = net.relu1(net.bn1(net.conv1(net.normalise(x))))
    pooled, switches = nn.functional.max_pool2d(first, 2, return_indices=True)
    second = net.conv2(pooled)
unit = (5, 8, 7)

signal = torch.zeros_like(second)
signal[0][unit] = 1  # instead of its activation: that only scales the picture
signal = nn.functional.conv_transpose2d(signal, net.conv2.weight, padding=1)
signal = nn.functional.max_unpool2d(signal, switches, 2)
signal = signal.clamp(min=0)  # rectify
signal = signal * (net.bn1.weight / (net.bn1.running_var + net.bn1.eps).sqrt()).view(-1, 1, 1)
signal = nn.functional.conv_transpose2d(signal, net.conv1.weight, padding=3) / net.normalise.std
package = ck.deconvnet(net, x, unit, layer="conv2")
ck.claim(
    "The package, which changes the rule of the ReLU in the backward pass, gives the same",
    torch.allclose(signal, package, rtol=1e-3, atol=1e-5 * package.abs().max().item()),
)

# %% [markdown]
# So a deconvnet *is* a backward pass with another rule for the ReLU (section 4.5); max pooling's own
# backward pass already uses the switches. On the top patches of two channels, beside *guided
# backpropagation*, which is stricter still: it also stops at every unit that was silent on the way up.


# %% slideshow={"slide_type": "subslide"}
def projected(method, channel, layer="bn5", k=4):
    """Return what a method draws of the units of a channel's top patches, cut to these; grey is 0."""
    top = ck.top_patches(world.images, peaks[layer], channel, k=k)
    found = []
    for i, unit, box in zip(top.images.tolist(), top.units.tolist(), top.boxes, strict=True):
        image = world.images[i : i + 1].to(ck.device())
        drawn = method(robust, image, (channel, *unit), layer=layer)[0].cpu()
        found.append(crop(0.5 + 0.5 * drawn / drawn.abs().amax(), box))
    return torch.stack(found)


block = []
two = [channel for channel, _ in found.values()][:2]
for channel in two:
    block += [
        ck.top_patches(world.images, peaks["bn5"], channel, k=4).crops,
        projected(ck.deconvnet, channel),
        projected(ck.guided_backprop, channel),
    ]
plots.show(
    plots.image_grid(
        enlarged(torch.cat(block), 90),
        columns=4,
        rows=[f"{what} {channel}" for channel in two for what in ("channel", "deconvnet", "guided")],
    ),
    alt="For two channels, four top patches and below them what deconvnet and guided backpropagation draw: "
    "the wheel and the door with little of what is around them, on grey.",
)

# %% [markdown]
# **What it does not show.** Like all that guides the gradient, these pictures are clean because the rule
# makes them so; a channel with random weights also gets edges (chapter 9 tests this for whole nets). Take
# them for what a unit *sees*, with the patches beside them.

# %% [markdown]
# ## 2.9 Moving and growing
#
# Convolution treats all places alike, and pooling forgets some of where things were. Does the score stay as
# the object moves, and as it grows? Scenes can be drawn with any factor swept:

# %% slideshow={"slide_type": "subslide"}
clear = {"weather": "clear", "light": "day", "noise": 0.0, "clutter": 0, "blur": 0.0}
places = torch.linspace(-1.8, 2.8, 33).tolist()
sizes = torch.linspace(0.06, 0.5, 23).tolist()
moving = scenes.sweep(33, seed=3, label="car", x=places, scale=0.27, **clear).to(ck.device())
growing = scenes.sweep(23, seed=3, label="car", scale=sizes, x=0.5, y=0.8, **clear).to(ck.device())
car = usual.classes.index("car")


def car_score(net, images):
    """Return the score of the car, before the softmax, for each picture."""
    with torch.no_grad():
        return net(images)[:, car].cpu()


nets = {"usual net": usual, "robust net": robust}
by_place = {name: car_score(net, moving.images) for name, net in nets.items()}
by_size = {name: car_score(net, growing.images) for name, net in nets.items()}
plots.show(
    plots.lines(
        places,
        by_place,
        xlabel="place of the car: from 0, touching the left border, to 1, the right one",
        ylabel="score of “car”",
    ),
    alt="Two curves of the score of a car over its place: high and nearly level while the car is in the "
    "picture, falling steeply as it leaves at either side.",
)
plots.show(
    plots.lines(
        sizes,
        by_size,
        xlabel="size of the car: square root of its share of the picture",
        ylabel="score of “car”",
    ),
    alt="Two curves of the score of a car over its size: low for the smallest, rising steeply, and level "
    "from a size of about a quarter to a third on.",
)
seen = moving.masks.float().mean((1, 2)).cpu()
whole, gone = seen > 0.95 * seen.max(), seen == 0
ck.claim(
    "Wherever the whole car is in the picture its score is far higher than where it is gone",
    all(curve[whole].min() > curve[gone].max() + 2 for curve in by_place.values()),
    value=", ".join(
        f"{name} {curve[whole].min():.0f} or more against {curve[gone].max():.0f} or less"
        for name, curve in by_place.items()
    ),
)
ck.claim(
    "The smallest cars score far less than those of the sizes that the nets were trained on",
    all(curve[:2].max() + 2 < curve[10:].min() for curve in by_size.values()),
    value=", ".join(
        f"{name} {curve[:2].max():.0f} against {curve[10:].min():.0f} or more"
        for name, curve in by_size.items()
    ),
)

# %% [markdown]
# That is *learned* as much as built in: the training showed cars all over the lower half, at sizes of 0.23 to
# 0.5. And the invariance is not exact. Strides keep every second position, so only a shift by a multiple of
# all strides, here 16 pixels, moves the last map as a whole; and at the border other pixels come in. Move the
# picture by single pixels, in a wider scene seen through a window:

# %%
wide = ck.draw(1, seed=3, size=192, classes=("car",), scale=0.3, x=0.5, y=0.7, **clear).images.to(ck.device())
windows = torch.cat([wide[:, :, 32:160, step : step + 128] for step in range(16, 49)])
with torch.no_grad():
    steps = {name: net(windows)[:, car].cpu() for name, net in nets.items()}
wavers = {name: curve.diff().abs().mean().item() for name, curve in steps.items()}
ck.claim(
    "A shift by one pixel changes the score",
    all(value > 0.05 for value in wavers.values()),
    value=", ".join(f"{name} by {value:.2f} on average" for name, value in wavers.items()),
)

# %% [markdown]
# **What it does not show.** One car, one scene. And position was swept with everything else held still: in
# the world, place and size come with other things (chapter 1).

# %% [markdown]
# ## 2.10 What would it like to see?
#
# The last way asks for no pictures at all. Start from grey and climb: change the picture so that the
# channel fires more (**activation maximisation**, Erhan et al. 2009). Three things keep the result from
# being mere grain: the picture is built of waves, slow ones first; the net sees it shifted and scaled a
# little at each step; and between steps it is blurred and pulled towards grey. Chapter 8 goes on from here.

# %%
liked = {name: ck.maximize(net, list(range(5)), size=80, steps=40) for name, net in nets.items()}
plots.show(
    plots.image_grid(
        enlarged(torch.cat(list(liked.values())), 96).cpu(),
        list(usual.classes[:5]) * 2,
        columns=5,
        rows=list(liked),
    ),
    alt="What each of five classes would like to see. Robust net: a car, a tank, a house and a tree, plain "
    "to see, and for the fish a jumble of fins. Usual net: wheels, tracks and fins among grain, repeated "
    "over the picture.",
)
with torch.no_grad():
    cars = {name: net(liked[name])[0, car].item() for name, net in nets.items()}
best = {name: max(by_place[name].max(), by_size[name].max()).item() for name in nets}
ck.claim(
    "To both nets the optimised car is more of a car than every car of the last section",
    all(cars[name] > best[name] + 1 for name in nets),
    value=", ".join(f"{name} {cars[name]:.0f} against {best[name]:.0f}" for name in nets),
)

# %% [markdown]
# **What it does not show.** Anything that exists: no net of ours ever met such a picture. And how much sense
# it makes to us depends as much on what keeps out the grain as on the net.

# %% [markdown]
# ## A microscope
#
# All of it in one: choose a layer and a channel. Left, a picture that the channel likes; then the nine
# patches that it liked best of 2,000 scenes; right, its largest value in each scene, with a line where the
# top nine begin. Two things to try: follow the wheels' channel down its neighbours; compare a channel of
# the second layer with one of the last.

# %%
widgets.microscope_widget(robust, world.images, peaks, names, layer="bn5", channel=wheels)

# %% [markdown]
# ## What to remember
#
# | way to look | it answers | beware |
# |---|---|---|
# | kernels as pictures | what the first layer multiplies | the first layer only; how they are scaled |
# | noise of the kernels | was the training sound? | a symptom, no measure of a net's worth |
# | activation maps, read-out | what a layer answers to one picture | hundreds of channels; which to show? |
# | receptive field | what a unit *can* see | it looks mostly at the middle |
# | top patches | what a channel fires at most | false friends; the top is not all |
# | winning kernels | who answers most, where | by how much, it does not say |
# | deconvnet, guided backpropagation | what in the patch it took | clean by construction |
# | moving, growing | what the score does not depend on | one scene; learned, not only built in |
# | optimised picture | what it would like to see | a picture that does not exist |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Erhan et al. 2009, Visualizing higher-layer features of a deep network; Krizhevsky, Sutskever
# & Hinton 2012; Girshick et al. 2014 (arXiv:1311.2524); Zeiler & Fergus 2014 (arXiv:1311.2901); Yosinski et
# al. 2015 (arXiv:1506.06579); Luo et al. 2016 (arXiv:1701.04128); Olah, Mordvintsev & Schubert 2017,
# Feature visualization; Araujo, Norris & Sim 2019, Computing receptive fields. **To do.**
# `exercises/02_filters.ipynb`: write these methods yourself.
