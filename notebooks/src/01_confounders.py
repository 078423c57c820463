# %% [markdown]
# # 1 Confounders
#
# In the lab a net tells tanks from cars without a mistake. In the field it is right half of the time.
# **What did it learn, how could one have known, and what can be done?**

# %%
import torch
from IPython.display import Audio, display
from sklearn.metrics import adjusted_rand_score

import coursekit as ck
from coursekit import confounding, plots, widgets
from coursekit.datasets import recordings
from coursekit.confounding import experiments, trials
from coursekit.datasets.scenes.scans import FINDINGS, scans

lab = trials.tanks(400, seed=1000)
fresh = trials.tanks(200, seed=2000)
field = trials.tanks(200, seed=3000, tied=0.5)
net = trials.train(trials.quick_net(lab.classes), lab.images, lab.labels)

# %%
with_rain = trials.weather(field)
one_of_each = [
    int(torch.nonzero((field.labels == k) & (with_rain == wet))[0]) for wet in (1, 0) for k in (0, 1)
]
shown = field[one_of_each]
plots.show(
    plots.heatmap_grid(
        shown.images,
        {"where it looks": ck.heatmap(ck.grad_cam(net, shown.images))},
        [f"says “{name}”" for name in ck.predicted(net, shown.images)],
        over=True,
    ),
    alt="A tank and a car in the rain, both called tank; a tank and a car under a blue sky, both called car. "
    "Below, where the net looks: the sky, and not the vehicle.",
)

# %% [markdown]
# It says *tank* when it rains and *car* when it does not. A **confounder** is a third thing that goes along
# with both the pictures and their labels, so that learning it is as good as learning the class, until the
# day when they part. Here it is the weather. In this chapter the net is never at fault: it did what it was
# trained for.
#
# The lower row shows **heatmaps**: for each pixel, how much it had to do with the answer. These are
# Grad-CAM's (chapter 5); *saliency* (chapter 4) and *relevance*, by LRP (chapter 6), come below. How they are
# made does not matter yet: bright places counted.

# %% [markdown]
# ## 1.1 Tanks and weather
#
# The story is old, and told in many versions: photographs of tanks taken on one day, photographs without
# on another, and a net that had learned the weather (a possible origin is Kanal & Randall 1964; Fraser's
# *Neural Network Follies* made it known). Whether or not it happened, it is easily made to happen:
#
# | | rain | blue sky |
# |---|---|---|
# | **lab** | tanks | cars |
# | **field** | tanks and cars | tanks and cars |

# %%
plots.show(
    plots.image_grid(torch.cat([lab.images[:5], field.images[:5]]), columns=5),
    alt="Two rows of five small pictures. Upper row, the lab: tanks in the rain, cars under a blue sky. "
    "Lower row, the field: tanks and cars in either weather.",
)

# %%
in_lab = ck.evaluate(net, fresh.images, fresh.labels)
in_field = ck.evaluate(net, field.images, field.labels)
ck.claim("On fresh pictures from the lab the net is right", in_lab >= 0.97, value=f"{in_lab:.0%}")
ck.claim("In the field it is no better than a coin", in_field <= 0.6, value=f"{in_field:.0%}")

# %% [markdown]
# Splitting the lab's pictures into a training and a test half, as one should, shows **nothing**: both
# halves share the confounder. What shows it is where the net looks. The scenes are drawn, so we know which
# pixels are sky and which are vehicle, and can add up the share of the heat that lies on each:

# %%
heat = ck.heatmap(ck.grad_cam(net, field.images))
sky = trials.sky(field)
on = {"sky": sky, "vehicle": field.masks}
share = {name: ck.relevance_mass(heat, mask).mean().item() for name, mask in on.items()}
area = {name: mask.float().mean().item() for name, mask in on.items()}
ck.claim(
    "Two thirds or more of the heat lie on the sky, which is half of the picture",
    share["sky"] > 2 / 3 and area["sky"] < 0.55,
    value=f"{share['sky']:.0%} of the heat, {area['sky']:.0%} of the picture",
)
ck.claim(
    "The vehicle gets a smaller share of the heat than it has of the picture",
    share["vehicle"] < area["vehicle"],
    value=f"{share['vehicle']:.1%} of the heat, {area['vehicle']:.1%} of the picture",
)

# %% [markdown]
# The chapter's main figures were also taken over five seeds, for pictures, voices and nets alike:

# %%
measured = ck.measured("confounders")["trials"]


def over_seeds(trial, metric):
    """Return the least and the largest value over the seeds, and both as text."""
    values = measured[trial][metric]
    return min(values), max(values), f"{min(values):.0%} to {max(values):.0%}"


low, _, text = over_seeds("weather", "lab")
ck.claim("Lab: at least 97 % with every seed", low >= 0.97, value=text)
_, high, text = over_seeds("weather", "field")
ck.claim("Field: at most 60 % with every seed", high <= 0.6, value=text)
low, _, text = over_seeds("weather", "heat on the sky")
ck.claim("Heat on the sky: more than two thirds with every seed", low > 2 / 3, value=text)
ck.claim(
    "What was computed here agrees with the table's first seed",
    abs(in_lab - measured["weather"]["lab"][0]) < 0.03
    and abs(in_field - measured["weather"]["field"][0]) < 0.06,
)

# %% [markdown]
# ## 1.2 What the wrong lesson costs
#
# Half right sounds harmless. Broken down by class *and* confounder, it is not:


# %%
def group_accuracy(said, label, group):
    """Return the accuracy within each class (rows) and each value of the confounder (columns)."""
    right = (said == label).float()
    return torch.stack(
        [torch.stack([right[(label == k) & (group == g)].mean() for g in (0, 1)]) for k in (0, 1)]
    )


said = net(field.images).argmax(1)
cells = group_accuracy(said, field.labels, with_rain)
for k, name in enumerate(field.classes):
    print(f"{name:5} blue sky {cells[k, 0]:4.0%}   rain {cells[k, 1]:4.0%}")
ck.claim(
    "Where the weather is the lab's the net is nearly always right, elsewhere nearly always wrong",
    min(cells[0, 1], cells[1, 0]) > 0.9 and max(cells[0, 0], cells[1, 1]) < 0.1,
)
sure = net(field.images).softmax(1).amax(1)[said != field.labels].median().item()
ck.claim("And it is sure of itself where it is wrong", sure > 0.9, value=f"median probability {sure:.0%}")

# %% [markdown]
# **Report the worst cell, not the mean.** A mean over the field depends on how often tanks come in sunshine;
# whoever meets one does not care. And do not wait for the net to hesitate: it has never seen an exception.

# %% [markdown]
# ## 1.3 Two microphones
#
# The next confounder cannot be seen. 51 speakers say the same five vowels into two microphones *at the same
# moment*: one near the mouth, one at the far end of the room. (The voices are drawn, like the scenes: pulses
# of the vocal folds, through the resonances of a vocal tract; what Maier et al. 2009 recorded were people.)
# Listen:

# %%
speech = ck.record_speakers(51, seed=0)
for heard in (speech.near[3], speech.far[3]):
    display(Audio(heard[:6400].numpy(), rate=recordings.RATE))
print("The same speaker, the same second: above the near microphone, below the far one.")

# %% [markdown]
# A microphone is a filter, and so is a vocal tract. The room and the microphone multiply each frequency of
# the voice's spectrum $X$ by their **transfer function** $H$, which gives the recording's spectrum $Y$; in
# decibels that is a sum:
#
# $$20 \log_{10} |Y(f)| = 20 \log_{10} |X(f)| + 20 \log_{10} |H(f)|$$
#
# Here the near microphone changes nothing, $H = 1$: so the difference of two simultaneous recordings shows
# the far one's $H$, whoever speaks. (Of two real microphones it shows the ratio.) The ear, and most
# recognisers, look at coarse bands; 24 of them, averaged over the recording, are our features. (Both
# recordings were made equally loud, so only the *shape* of the difference counts; the curves are moved to one
# highest point.)

# %%
bands = ck.band_energies(speech.both)
near, far = bands[:51], bands[51:]
difference = far - near
middles = torch.from_numpy(recordings.band_middles(24))
response = torch.from_numpy(recordings.far_response(middles.numpy()))
plots.show(
    plots.lines(
        middles,
        {
            "mean difference": difference.mean(0),
            "transfer function": response - response.max() + difference.mean(0).max(),
        },
        xlabel="frequency (Hz)",
        ylabel="far − near (dB)",
    ),
    alt="Two curves over frequency. The mean difference of far and near recordings rises up to about 500 Hz, "
    "stays level, and falls above 2,000 Hz; the far microphone's transfer function does the same, and falls "
    "deeper.",
)
shape = torch.corrcoef(torch.stack([difference.mean(0), response]))[0, 1].item()
ck.claim(
    "The mean difference has the shape of the microphone's transfer function",
    shape > 0.8,
    value=f"correlation {shape:.1f}",
)

# %% [markdown]
# (The echo makes the curve rough, and where the far microphone lets little through, its own noise is heard.)
#
# ### The map
#
# How far apart are two recordings? The root mean square of their difference over the bands, $d_{ij}$, in
# decibels. 102 recordings have 5,151 such distances. A **Sammon map** (1969) looks for 102 points in the
# plane whose distances $\delta_{ij}$ are like them, near ones above all:
#
# $$E = \frac{1}{\sum_{i<j} d_{ij}} \sum_{i<j} \frac{(d_{ij} - \delta_{ij})^2}{d_{ij}}$$


# %%
def stress(points, distances):
    """Return Sammon's stress of a map (N, 2)."""
    i, j = torch.triu_indices(len(points), len(points), 1)
    d, delta = distances[i, j], (points[i] - points[j]).norm(dim=1)
    return ((d - delta) ** 2 / d).sum() / d.sum()


distances = experiments.distances(speech.both)
plain = confounding.speaker_map(distances)
ck.claim(
    "The package counts the same stress",
    abs(stress(plain, distances) - confounding.stress(plain, distances)) < 1e-9,
    value=f"{confounding.stress(plain, distances):.2f}",
)
plots.show(
    widgets.speaker_map_picture({"as they are": plain}, distances, speech.pitch),
    alt="Twice the same map of 102 recordings: near ones, as dots, on one side, far ones, as squares, on the "
    "other; long lines across join the two of each speaker. Coloured by microphone, and by pitch, which "
    "grows at right angles to these lines.",
)

# %% [markdown]
# Each dot is a recording by the near microphone, each square one by the far one; a line joins the two of a
# speaker. Voices are in order, low to high, but twice: the map falls into microphones before it falls into
# speakers. To put a number on it: is the nearest neighbour **of another speaker** by the same microphone?
# (Without "of another speaker" the two recordings of a speaker could answer for each other. So too with
# training and test sets: split by *speaker*, not by recording.) And is the nearest of all the speaker's other
# recording? Both shares stand above the map.


# %%
def neighbour_agrees(points, label, group):
    """Return for each point whether the nearest one of another group has the same label."""
    apart = torch.cdist(points, points)
    apart[group[:, None] == group] = torch.inf
    return label[apart.argmin(1)] == label


microphone, speaker = torch.arange(102) // 51, torch.arange(102) % 51
same = neighbour_agrees(plain, microphone, speaker).double().mean().item()
ck.claim("The nearest neighbour nearly always has the same microphone", same >= 0.95, value=f"{same:.0%}")
paired = confounding.neighbour_agrees(plain, speaker).double().mean().item()
ck.claim("The nearest recording is hardly ever the speaker's other one", paired < 0.1, value=f"{paired:.0%}")
one_voice = distances.diagonal(51).mean().item()
two_voices = distances[:51, :51][torch.triu_indices(51, 51, 1).unbind()].mean().item()
ck.claim(
    "One voice through two microphones differs more than two voices through one",
    one_voice > 1.1 * two_voices,
    value=f"on average {one_voice:.1f} dB against {two_voices:.1f} dB",
)

# %% [markdown]
# ## 1.4 A map without the microphone
#
# We know something that the distances do not: which two recordings belong together. Maier et al. (2009) add
# it to the stress. Pairs $p$ should lie at *one* place, so their wanted distance is 0, with a weight $q$:
#
# $$E_q = (1 - q)\, E + q \, \frac{1}{\sum_p d_p} \sum_p \frac{\delta_p^2}{d_p}$$
#
# ($q$ from 0 to 1; here 0.9.) Both terms are squares of distances minus targets, so one method lowers them:
# SMACOF, which moves all points at once and never uphill.

# %%
pairs = torch.stack([torch.arange(51), torch.arange(51) + 51], 1)
together = confounding.speaker_map(distances, pairs, weight=experiments.WEIGHT)
plots.show(
    widgets.speaker_map_picture({"pairs pulled together": together}, distances, speech.pitch),
    alt="Twice the same map of 102 recordings; each speaker's dot now lies on the speaker's square. "
    "Coloured by pitch, low voices lie on one side and high ones on the other.",
)

# %%
same = confounding.neighbour_agrees(together, microphone, speaker).double().mean().item()
paired = confounding.neighbour_agrees(together, speaker).double().mean().item()
ck.claim("The neighbour's microphone is now a coin toss", same <= 0.65, value=f"{same:.0%}")
ck.claim("The nearest recording is the speaker's other one", paired >= 0.8, value=f"{paired:.0%}")
cost = [confounding.stress(m, distances) for m in (plain, together)]
ck.claim("It costs stress", cost[1] > 2 * cost[0], value=f"{cost[0]:.2f} → {cost[1]:.2f}")
_, high, text = over_seeds("recordings", "microphone after")
ck.claim("Microphone after, over five seeds: at most 65 %", high <= 0.65, value=text)
low, _, text = over_seeds("recordings", "microphone before")
ck.claim("Microphone before: at least 95 %", low >= 0.95, value=text)
low, _, text = over_seeds("recordings", "speaker after")
ck.claim("Speaker after: at least 80 %", low >= 0.8, value=text)

# %% [markdown]
# Move the weight, and watch where the map gives way:

# %%
widgets.speaker_map_widget(distances, speech.pitch)

# %% [markdown]
# **What it does not show.** That two recordings of a speaker lie together is no finding: the map was told.
# What it tells us is how the *speakers* lie to each other, seen past the microphone. Speakers whose pair it
# is not told of stay apart:

# %%
half = confounding.speaker_map(distances, pairs[:26], weight=experiments.WEIGHT)
agrees = confounding.neighbour_agrees(half, speaker)
told, untold = agrees[pairs[:26]].double().mean().item(), agrees[pairs[26:]].double().mean().item()
ck.claim(
    "Told of 26 pairs, it brings hardly any of the other 25 together",
    told > 0.8 and untold < 0.3,
    value=f"{told:.0%} of those it was told of, {untold:.0%} of the others",
)

# %% [markdown]
# A remedy that needs no pairs is to take each microphone's mean spectrum away (in speech recognition:
# cepstral mean normalisation). It removes what is constant, and leaves noise and echo:

# %%
levelled = torch.cat([near - near.mean(0), far - far.mean(0)])
same = confounding.neighbour_agrees(levelled, microphone, speaker).double().mean().item()
paired = confounding.neighbour_agrees(levelled, speaker).double().mean().item()
ck.claim(
    "Without its mean the microphone is harder to tell, and still better than by guessing",
    0.5 < same < 0.9,
    value=f"{same:.0%}; the nearest is the same speaker in {paired:.0%}",
)

# %% [markdown]
# ## 1.5 Two scanners, two diseases
#
# Two hospitals, each with one scanner, each specialised in one disease. The scans below were drawn: grey
# tissue with a *spot* or a *ring*. Those of spots were taken by scanner A, those of rings by scanner B.
# The scanners differ in nothing that one would see.

# %%
tied = {"spot": "A", "ring": "B"}
hospital = scans(400, seed=1000, scanner=tied).to(ck.device())
fresh_scans = scans(200, seed=2000, scanner=tied).to(ck.device())
elsewhere = scans(200, seed=3000).to(ck.device())
scan_net = trials.train(trials.place_net(FINDINGS), hospital.images, hospital.labels, epochs=10, lr=1.5e-3)
plots.show(
    plots.heatmap_grid(
        hospital.images[:6],
        {"saliency": ck.heatmap(ck.saliency(scan_net, hospital.images[:6]))},
        [f"{f['label']}, {f['scanner']}" for f in hospital.factors[:6]],
    ),
    alt="Six grey scans with a bright spot or a bright ring, and the saliency of each: specks all over the "
    "picture, fewest of them on the finding.",
)

# %%
in_lab = ck.evaluate(scan_net, fresh_scans.images, fresh_scans.labels)
in_field = ck.evaluate(scan_net, elsewhere.images, elsewhere.labels)
ck.claim("In its hospitals the net is right", in_lab >= 0.97, value=f"{in_lab:.0%}")
ck.claim("Where scanners are mixed it is no better than a coin", in_field <= 0.6, value=f"{in_field:.0%}")
owner = torch.tensor(["AB".index(f["scanner"]) for f in elsewhere.factors], device=ck.device())
names_it = (scan_net(elsewhere.images).argmax(1) == owner).float().mean().item()
ck.claim(
    "It does not guess: it says “spot” to scanner A and “ring” to B, whatever they show",
    names_it >= 0.95,
    value=f"{names_it:.0%}",
)
heat = ck.heatmap(ck.saliency(scan_net, elsewhere.images))
mass = ck.relevance_mass(heat, elsewhere.masks).mean().item()
area = elsewhere.masks.float().mean().item()
ck.claim(
    "The finding gets a smaller share of the heat than it has of the picture",
    mass < area,
    value=f"{mass:.0%} of the heat, {area:.0%} of the picture",
)
low, _, text = over_seeds("scanners", "field, trained on mixed scanners")
ck.claim(
    "It is not that the task is too hard: trained on mixed scanners, four fifths or more are right",
    low >= 0.8,
    value=text,
)

# %% [markdown]
# How does it know the scanner? Each has a fixed pattern: every pixel is a little more or less sensitive
# than it should be, always the same ones. Nothing else differs between the two. A net with a weight for
# every place can learn it. And a heatmap cannot point to it: it is everywhere. **When a heatmap shows
# nothing, that is a finding too.**

# %% [markdown]
# ## 1.6 Which camera took it
#
# The pattern can be had without any net (Lukáš et al. 2006, who used it to say which camera took a picture).
# Take away what the picture shows, by subtracting the mean of each pixel's surroundings. What is left,
# $W$, is noise. Over many pictures $I$ of one camera the chance of the moment averages out, and the camera's
# own pattern $K$ (*photo-response non-uniformity*) stays. It is a gain, so it is stronger in bright places
# (Chen et al. 2008):
#
# $$W = I - \text{mean}_{3 \times 3}(I), \qquad K = \frac{\sum W \cdot I}{\sum I^2}$$
#
# (Each channel's mean is taken off both, lest two bright pictures look alike.) Which camera took a new
# picture? The one whose $K \cdot I$ has the highest correlation with the picture's own $W$:


# %%
def fingerprint(images):
    """Return the pattern of the camera that took the images (N, C, H, W)."""
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), mode="reflect")
    noise = images - torch.nn.functional.avg_pool2d(padded, 3, stride=1)
    noise = noise - noise.mean((2, 3), keepdim=True)
    pattern = (noise * images).sum(0) / images.square().sum(0)
    return pattern - pattern.mean((1, 2), keepdim=True)


cameras = "ABCD"
daylight = {"size": 48, "light": "day", "clutter": 0}
albums = {
    c: ck.draw(24, seed=40 + i, camera=c, ground="snow", **daylight).images for i, c in enumerate(cameras)
}
patterns = torch.stack([fingerprint(images) for images in albums.values()])
ck.claim(
    "The package finds the same pattern",
    torch.allclose(patterns[0], confounding.fingerprint(albums["A"]), atol=1e-6),
)
unknown = ck.draw(80, seed=50, camera=[cameras[i % 4] for i in range(80)], **daylight)
likeness = confounding.correlation(unknown.images, patterns)
found = likeness.argmax(1)
right = (found == torch.arange(80) % 4).float().mean().item()
ck.claim("Which of four cameras took it: nearly always right", right > 0.9, value=f"{right:.0%}")
plots.show(
    plots.image_grid(
        torch.cat(
            [
                unknown.images[:1],
                (confounding.noise_residual(unknown.images[:1]) * 4 + 0.5).clamp(0, 1),
                (patterns[:2] * 6 + 0.5).clamp(0, 1),
            ]
        ),
        ["a picture", "its noise × 4", "camera A × 6", "camera B × 6"],
    ),
    alt="A scene; its noise, in which the edges of the object stand out; and the patterns of two cameras: "
    "coloured grain, a little rougher in the middle, where the objects stood.",
)

# %% [markdown]
# The noise of a picture is full of edges that were not quite taken away. Yet its correlation with the right
# pattern is higher than with any other. So a picture carries its source in every pixel, whoever crops the
# name away: one more thing for a net to learn, and for you to keep in mind before you publish.
#
# **What it does not show.** That it was one of these cameras. The highest of four correlations always names
# one; a picture of a fifth camera would get its name too.

# %% [markdown]
# ## 1.7 The source tag
#
# In a benchmark that many had worked with (PASCAL VOC 2007), about one in five pictures of horses bore the
# tag of its source in a corner. A classifier had learned to go by it, which came out only when somebody
# looked at its heatmaps (Lapuschkin et al. 2016). Here nine out of ten boats bear a tag, and
# nothing else does. Red speaks for *boat*, blue against it:

# %%
album = trials.tagged(400, seed=1000, boats=0.9)
tag_net = trials.train(trials.quick_net(album.classes), album.images, album.labels)
without = trials.tagged(200, seed=3000)
pasted = trials.tagged(200, seed=3000, boats=1.0, others=1.0)
before, after = tag_net(without.images).argmax(1), tag_net(pasted.images).argmax(1)

boat = int(torch.nonzero((without.labels == 0) & (before != 0))[0])
house, tree = (int(torch.nonzero((without.labels == k) & (before == k))[0]) for k in (1, 2))
trio = [boat, house, tree]
six = torch.cat([without.images[trio], pasted.images[trio]])
plots.show(
    plots.signed_grid(
        six,
        {"relevance for boat": ck.lrp(tag_net, six, 0).sum(1)},
        [f"“{name}”" for name in ck.predicted(tag_net, six)],
    ),
    alt="A boat, a house and a tree, without the tag: the boat is not recognised, the others are. The same "
    "three with a tag in the lower left corner: all are called boat, and the relevance for it is on the tag.",
)

# %%
boats = without.labels == 0
others = (without.labels != 0) & (before != 0)
kept = {
    name: (answers[boats] == 0).float().mean().item()
    for name, answers in {"with": after, "without": before}.items()
}
ck.claim(
    "Take the tag away and the boat is lost",
    kept["with"] > 0.95 and kept["without"] < 0.5,
    value=f"{kept['with']:.0%} of the boats are recognised with it, {kept['without']:.0%} without",
)
flips = (after[others] == 0).float().mean().item()
ck.claim("Paste it, and what is no boat becomes one", flips >= 0.8, value=f"{flips:.0%} of the decisions")
low, _, text = over_seeds("tag", "pasted elsewhere")
ck.claim("Pasted, over five seeds: flips at least 80 %", low >= 0.8, value=text)

# %% [markdown]
# **Removing and pasting is an experiment; a heatmap is an observation.** The heatmap made us suspect the tag.
# That it decides is known since we took it away, and pasted it.

# %% [markdown]
# ## 1.8 Found in bulk, without being told
#
# One heatmap is looked at in a second, and ten thousand are not. **Spectral relevance analysis** (Lapuschkin
# et al. 2019) looks at all heatmaps of one class: each is made coarse (8 × 8), so that a shift of some
# pixels makes little difference; each is joined with its ten nearest; and the pieces into which this graph
# falls most easily are the *strategies* of the net. (A graph in $k$ separate pieces has $k$ eigenvalues 0, of
# its Laplacian; if the pieces hang together by a thread, they are near 0.) Here: the boats, each once, every
# other one with a tag. The method gets heatmaps, and nothing else.

# %%
numbers = torch.nonzero(boats)[:, 0]
mixture = torch.cat([pasted.images[numbers[::2]], without.images[numbers[1::2]]])
has_tag = torch.arange(len(mixture)) < len(numbers[::2])
heatmaps = ck.lrp(tag_net, mixture, 0).sum(1)
cluster, eigenvalues = confounding.spectral_relevance(heatmaps)
agreement = adjusted_rand_score(has_tag.numpy(), cluster.cpu().numpy())
ck.claim(
    "The two clusters are the boats with and without a tag (adjusted Rand index, 0 by chance, 1 at best)",
    agreement >= 0.8,
    value=f"{agreement:.2f}",
)
low, high, _ = over_seeds("tag", "adjusted Rand index")
ck.claim("Over five seeds: at least 0.8", low >= 0.8, value=f"{low:.2f} to {high:.2f}")
ck.claim(
    "That there are two, the graph's eigenvalues say: two lie near 0, and the third does not",
    eigenvalues[1] < 0.08 < 0.12 < eigenvalues[2],
    value=", ".join(f"{v:.2f}" for v in eigenvalues[:5]),
)

# %%
mean_maps = {f"cluster {k + 1}": heatmaps[cluster == k].mean(0) for k in (0, 1)}
examples = torch.cat([mixture[cluster == k][:3] for k in (0, 1)])
plots.show(
    plots.signed_grid(
        examples,
        {
            "relevance": torch.cat([heatmaps[cluster == k][:3] for k in (0, 1)]),
            "mean of the cluster": torch.stack([m for m in mean_maps.values() for _ in range(3)]),
        },
        [f"cluster {k}" for k in (1, 1, 1, 2, 2, 2)],
    ),
    alt="Three boats of each cluster, with their relevance and the cluster's mean. In one cluster all boats "
    "bear the tag, and the relevance lies on it, in the lower left corner; in the other none does, and the "
    "relevance is spread over the middle.",
)

# %% [markdown]
# **What it does not show.** Which cluster is the wrong one. A cluster is a *strategy*; whether it is clever
# or a *Clever Hans* (the horse that read the answer off its master's face), somebody who knows about boats
# has to say.

# %% [markdown]
# ## 1.9 Remedies
#
# Back to the tanks. As long as *every* tank stands in the rain, no method on earth can tell whether it is
# tanks or rain that you mean. So let there be exceptions: one picture in ten. That alone does not help:

# %%
leaky = trials.tanks(400, seed=1000, tied=0.9)
wet = trials.weather(leaky)


def field_accuracy(model):
    """Return the share of the field's pictures that are named rightly."""
    return ck.evaluate(model, field.images, field.labels)


live = {"nothing": field_accuracy(experiments.train_with_remedy("nothing", leaky, seed=0))}
ck.claim("One exception in ten is not enough", live["nothing"] < 0.75, value=f"field: {live['nothing']:.0%}")

# %% [markdown]
# **Balance.** Keep equally many of each combination, and throw the rest away: with one exception in ten, four
# fifths of the pictures.
#
# **Reweight.** Let the exceptions count more, until class $y$ and weather $z$ are independent (Kamiran &
# Calders 2012):
#
# $$w = \frac{P(y)\, P(z)}{P(y, z)}$$
#
# Rather than multiply the loss, which makes single steps wild, we draw pictures that often: the same on
# average.


# %%
def independence_weights(label, confounder):
    """Return a weight for each picture under which label and confounder are independent."""
    joint = torch.zeros(2, 2, device=label.device)
    for y, z in zip(label, confounder):
        joint[y, z] += 1 / len(label)
    expected = joint.sum(1, keepdim=True) * joint.sum(0)
    return (expected / joint)[label, confounder]


weights = independence_weights(leaky.labels, wet)
ck.claim(
    "The package gives the same weights",
    torch.allclose(weights.double(), confounding.independence_weights(leaky.labels, wet), atol=1e-5),
    value=f"exceptions {weights.max():.1f}, the others {weights.min():.2f}",
)
chance = torch.Generator().manual_seed(0)
drawn = torch.multinomial(weights.double().cpu(), 400, replacement=True, generator=chance)
reweighted = trials.train(trials.quick_net(leaky.classes), leaky.images[drawn], leaky.labels[drawn])
live["reweight"] = field_accuracy(reweighted)
ck.claim("Reweighted, it is right in the field", live["reweight"] >= 0.85, value=f"{live['reweight']:.0%}")
heat = ck.heatmap(ck.grad_cam(reweighted, field.images))
on_vehicle = ck.relevance_mass(heat, field.masks)
moved = on_vehicle.mean().item()
ck.claim(
    "The vehicle's share of the heat has grown at least fivefold",
    moved > 5 * share["vehicle"],
    value=f"{share['vehicle']:.0%} → {moved:.0%}",
)

# %%
said = ck.predicted(reweighted, shown.images)
plots.show(
    plots.heatmap_grid(
        shown.images,
        {"where it looks": ck.heatmap(ck.grad_cam(reweighted, shown.images))},
        [f"“{name}”" for name in said],
        over=True,
    ),
    alt="A tank and a car in the rain, a tank and a car under a blue sky, of which the reweighted net says "
    f"{', '.join(said)}. Below, where it looks: where it says car, at the car; where it says tank, at the "
    "ground and the horizon around the vehicle.",
)

# %% [markdown]
# The reweighted net looks for *cars*, and may miss one. Where it finds none it says *tank*: with two classes,
# one will do. What does it cost? Forty exceptions now carry half of the training. The **effective number** of
# pictures is
# $(\sum w)^2 / \sum w^2$:

# %%
on_cars, on_tanks = (on_vehicle[field.labels == k].mean().item() for k in (1, 0))
ck.claim(
    "A car gets more than twice the share of the heat that a tank gets",
    on_cars > 2 * on_tanks,
    value=f"{on_cars:.0%} against {on_tanks:.0%}",
)
effective = (weights.sum() ** 2 / weights.square().sum()).item()
ck.claim(
    "400 reweighted pictures are worth fewer than half as many", effective < 200, value=f"{effective:.0f}"
)

# %% [markdown]
# **Reverse the gradient** (Ganin & Lempitsky 2015). Give the net a second head, which learns to read the
# *weather* from the features. On its way back to the features, the second head's gradient is multiplied by
# $-\lambda$: what would help to read the weather is unlearned.


# %%
class Reversal(torch.autograd.Function):
    """Forwards nothing happens; backwards the gradient is turned round."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


features = torch.randn(4, 3, requires_grad=True)
(turned,) = torch.autograd.grad(Reversal.apply(features).square().sum(), features)
ck.claim("Forwards it is the identity, backwards the sign is turned", torch.equal(turned, -2 * features))

live["reverse the gradient"] = field_accuracy(
    experiments.train_with_remedy("reverse the gradient", leaky, seed=0)
)
names = ("not reversed (λ = 0)", "reverse the gradient", "reweight")
steps = list(zip(*(measured["remedies"][name] for name in names)))
mean = [sum(values) / len(steps) for values in zip(*steps)]
ck.claim(
    "With every seed it is better than the same two heads without reversal, and worse than reweighting",
    all(a < b < c - 0.1 for a, b, c in steps),
    value=f"on average {mean[0]:.0%}, {mean[1]:.0%}, {mean[2]:.0%}",
)

# %% [markdown]
# It helps, and not enough. (Compared with the same two heads, trained the same way with $\lambda = 0$: else
# the training itself would be a confounder.) In nine of ten pictures the weather *is* the class: whoever
# hides the one hides the other, and two heads that pull at the same features in opposite directions need
# tuning, for which one would have to know the field. (In the paper the second head tells two *sources* apart,
# in each of which the classes are equally frequent.)
#
# **Collect.** Go out again, and take tanks in sunshine. It does as well as balancing, and throws nothing
# away.

# %%
plots.show(
    plots.intervals(
        {
            "mean and range": {
                name: (sum(values) / len(values), min(values), max(values))
                for name, values in measured["remedies"].items()
            }
        },
        xlabel="accuracy in the field, over five seeds",
        floor=0.5,
        xlim=(0.45, 1.0),
    ),
    alt="Accuracy in the field by remedy, with the range over five seeds: nothing, and two heads without "
    "reversal, lie just above a half; reversing the gradient between; balancing, reweighting and collecting "
    "above nine tenths.",
)
for name in ("balance", "reweight", "collect"):
    low, _, text = over_seeds("remedies", name)
    ck.claim(f"{name}: at least 85 % in the field with every seed", low >= 0.85, value=text)
ck.claim(
    "What was computed here agrees with the table's first seed",
    all(abs(value - measured["remedies"][name][0]) < 0.1 for name, value in live.items()),
)

# %% [markdown]
# | remedy | needs | costs |
# |---|---|---|
# | balance | the confounder known for each picture, exceptions | most of the pictures |
# | reweight | the same | a smaller effective number of pictures |
# | reverse the gradient | the same | tuning, and helps least |
# | collect | a plan | a day in the sun |
#
# **What it does not show.** All of these need to know *what* the confounder is.

# %% [markdown]
# ## 1.10 Probes: what else is in there?
#
# What could a net confuse with its class? Whatever can be read from its features. A **linear probe** is a
# linear model that is asked to read something from them that the net was never trained on (Alain & Bengio
# 2016). We ask four layers of the net `scenes`, which ships with the course and names ten kinds of objects,
# each map averaged over its positions:

# %%
usual = ck.load_model("scenes")
world = ck.draw(
    240,
    seed=77,
    camera=["A", "B"] * 120,
    light=["day", "day", "night", "night"] * 60,
    weather=(["clear"] * 4 + ["fog"] * 4) * 30,
).to(ck.device())
layers = ("relu1", "relu3", "relu5", "relu7")
features = {layer: [] for layer in layers}
with ck.record(usual, *layers) as outputs, torch.no_grad():
    for some in world.images.split(40):
        usual(some)
        for layer in layers:
            features[layer].append(outputs[layer].mean((2, 3)))
questions = {
    "is it night?": [f["light"] == "night" for f in world.factors],
    "is it foggy?": [f["weather"] == "fog" for f in world.factors],
    "is the object large?": [f["scale"] > 0.365 for f in world.factors],
    "was it camera A?": [f["camera"] == "A" for f in world.factors],
}
readable = {
    name: [confounding.linear_probe(torch.cat(features[layer]), torch.tensor(answer)) for layer in layers]
    for name, answer in questions.items()
}
plots.show(
    plots.lines(
        [1, 3, 5, 7],
        readable,
        xlabel="layer",
        ylabel="balanced accuracy (guessing: 0.5)",
        ylim=(0.4, 1.0),
    ),
    alt="How well a linear probe reads four things from layers 1, 3, 5 and 7. Night: always up to layer 5, "
    "and two times in three at layer 7. Fog: well, and less at layer 7. The object's size: better from layer "
    "to layer, up to 5. Which camera it was: nowhere.",
)
night, camera = readable["is it night?"], readable["was it camera A?"]
ck.claim(
    "Up to the fifth layer night is plain to read, and at the last one hard, but not gone",
    min(night[:3]) > 0.9 and 0.54 < night[3] < 0.8,
    value=", ".join(f"{v:.0%}" for v in night),
)
ck.claim(
    "Averaged over the positions, no layer knows the camera",
    max(camera) < 0.65,
    value=", ".join(f"{v:.0%}" for v in camera),
)

# %% [markdown]
# This net was trained where night says nothing about the object, and its last layer shows little of it.
#
# **What a probe does not show.** That it fails proves little: layer 7 has 224 numbers, and we have 240
# pictures. Before you say that something is *not* there, draw twice as many, and see whether the curve
# rises. Nor does success prove much. The net of 1.1 and the reweighted one:

# %%
reads = {
    name: confounding.linear_probe(torch.nn.Sequential(*list(body.children())[:-1])(field.images), with_rain)
    for name, body in {"from the lab": net, "reweighted": reweighted}.items()
}
ck.claim(
    "The features before the last layer tell the weather, of the net from the lab and of the reweighted one",
    min(reads.values()) > 0.75,
    value=", ".join(f"{name} {value:.0%}" for name, value in reads.items()),
)

# %% [markdown]
# And yet the reweighted one hardly goes by it. That something *can* be read does not mean that it is used.
#
# So a probe finds *candidates*. Whether one counts, an experiment says: change it, and see what the net does.

# %% [markdown]
# ## 1.11 Before you collect data
#
# Go through this list, and ask of each line: *does it go along with my label?*
#
# - **Who and where**: person, hospital, country, photographer, school class
# - **When**: season, time of day, order in the series (all cases first, all controls later?)
# - **With what**: camera, scanner, microphone, room, lens, file format, compression, resolution
# - **How**: distance, angle, background, light, weather, a ruler beside the finding
# - **By whom labelled**: one person per class? knowing the result?
# - **What was added**: tags, dates, arrows, crops, borders
# - **What was left out**: failed recordings, the ill who did not come, the exceptions
#
# Then: mix what can be mixed; record what cannot, with every picture; split by the *source* (speaker,
# patient, day), not by the picture; keep a field set that somebody else has collected elsewhere; look at
# heatmaps in bulk before, and not after, the paper is written.

# %% [markdown]
# ## What to remember
#
# | if | then |
# |---|---|
# | test accuracy is high | it holds for data with the same confounders |
# | the heatmap is not on the object | suspect a confounder; move it, and see |
# | the heatmap is nowhere | suspect one that is everywhere: sensor, compression |
# | a probe reads it | it may be used, and need not be |
# | the map splits by microphone | suppress it with known pairs; it shows what it was told |
# | everything goes along with the label | no method helps: collect again |

# %% [markdown] slideshow={"slide_type": "subslide"}
# **To read.** Maier et al. 2009 (J. Pattern Recognition Research 4); Sammon 1969
# (doi:10.1109/T-C.1969.222678); Lukáš et al. 2006 (doi:10.1109/TIFS.2006.873602); Chen et al. 2008
# (doi:10.1109/TIFS.2007.916285); Lapuschkin et al. 2016 (doi:10.1109/CVPR.2016.318) and 2019
# (arXiv:1902.10178); Kamiran & Calders 2012 (doi:10.1007/s10115-011-0463-8); Ganin & Lempitsky 2015
# (arXiv:1409.7495); Alain & Bengio 2016 (arXiv:1610.01644); Geirhos et al. 2020, Shortcut learning
# (arXiv:2004.07780). **To do.** `exercises/01_confounders.ipynb`: write these methods yourself.
