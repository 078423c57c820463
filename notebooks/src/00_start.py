# %% [markdown]
# # Inside convolutional networks
#
# A network looks at a picture and says *mushroom*. What did it look at? Could a small change, too small
# for you to see, make it say *tank*? **This course opens networks up, and fools them, with methods short
# enough to write yourself.**
#
# You need some Python and a first acquaintance with PyTorch. You need no GPU, and nothing is downloaded:
# the networks are small and ship with the course, and the world that they see is drawn here.

# %% slideshow={"slide_type": "fragment"}
import torch

import coursekit as ck
from coursekit import plots
from coursekit.datasets import scenes

# %% [markdown]
# ## The world

# %%
world = ck.draw(40, seed=7)
by_class = torch.argsort(world.labels, stable=True).view(10, 4).T.flatten()
plots.show(
    plots.image_grid(
        world.images[by_class],
        [world.classes[k] for k in world.labels[by_class[:10]]] + [""] * 30,
        columns=10,
    ),
    alt="A contact sheet of forty drawn scenes, ten kinds of object in columns: car, tank, house, tree, "
    "fish, boat, face, flower, rocket, mushroom, in all weathers, by day, dusk and night, on grass, "
    "water, stone and snow.",
)

# %% [markdown]
# Ten kinds of object, on any ground, in any weather and light, in any colour: only the shape tells them
# apart. Each picture comes with what photographs lack: the truth. Which pixels are the object, which are
# its wheels, and every factor that it was drawn from:

# %%
look = {"weather": "clear", "light": "day", "ground": "grass", "noise": 0.0}
car = ck.draw(1, seed=12, classes=["car"], size=256, **look)
parts = car.parts(0)
plots.show(
    plots.image_grid(
        torch.cat(
            [car.images, car.images * car.masks[:, None]]
            + [car.images * car.part(part)[:, None] for part in parts[:4]]
        ),
        ["the scene", "the object", *parts[:4]],
        columns=6,
    ),
    alt="A drawn car, then the same picture black but for the car, then black but for one of its parts "
    "at a time.",
)
print({name: car.factors[0][name] for name in ("weather", "light", "ground", "colour", "scale")})
ck.claim("Every part lies on the object", all((car.part(part) <= car.masks).all() for part in parts))

# %% [markdown]
# And any factor can be changed alone. The same car, in other weather:

# %%
weathers = list(scenes.FACTORS["weather"].values)
again = scenes.sweep(len(weathers), seed=12, label="car", **look | {"weather": weathers})
plots.show(
    plots.image_grid(again.images, weathers, columns=len(weathers)),
    alt="One car in the same place five times: in clear weather, under clouds, in rain, in snow and in fog.",
)
ck.claim("The car has not moved", all((mask == again.masks[0]).all() for mask in again.masks))

# %% [markdown]
# ## The networks
#
# Two nets of a million parameters, with the same layers, trained on the same scenes. One was trained as
# usual; the other on scenes that an attacker had changed, which makes it *robust* and its gradients
# readable. You will meet both in most chapters.

# %%
usual, robust = ck.load_model("scenes"), ck.load_model("scenes-robust")
fresh = ck.draw(200, seed=123).to(ck.device())
accuracy = {
    name: ck.evaluate(net, fresh.images, fresh.labels)
    for name, net in {"usual": usual, "robust": robust}.items()
}
ck.claim("The usual net is right on more than 95 % of fresh scenes", accuracy["usual"] > 0.95)
ck.claim("The robust net is right on more than 92 %", accuracy["robust"] > 0.92)

# %% [markdown]
# A net gives each class a **score**, and names the class with the highest. (A softmax turns scores into
# probabilities that sum to one; the course explains scores, and chapter 4 says why.)

# %%
model = ck.subject_model()
chosen = ("car", "face", "flower", "mushroom")
pictures = ck.subject_pictures(4, seed=5, classes=chosen, weather="clear", light="day")
with torch.no_grad():
    scores = model(pictures.images)[0].cpu()
highest = scores.topk(min(10, len(scores)))
plots.show(
    plots.bars(
        {model.classes[i]: score for score, i in zip(highest.values.tolist(), highest.indices.tolist())},
        xlabel="score of the first picture below",
    ),
    alt="Bars for the scores of ten classes for one picture; the score of the class that was drawn is "
    "far above all others, most of which are negative.",
)
ck.claim(
    "The highest score is that of what was drawn",
    ck.predicted(model, pictures.images[:1])[0] == pictures.names[0],
    only="scenes",
)

# %% [markdown]
# ## Four pictures, every explanation
#
# What this course teaches, at a glance. The scores above were the usual net's; the heatmaps below are the
# robust net's, because they are easier to read. Each row answers *which pixels?* in its own way, and they
# do not agree: a good part of the course is about which of them to believe, and for what.

# %% slideshow={"slide_type": "subslide"}
images = pictures.images
net = model if ck.is_replaced() else robust
edge = images.shape[-1] // 5
methods = {
    "occlusion": lambda net, x: ck.occlusion(net, x, size=edge, stride=edge // 2),
    "gradient": ck.saliency,
    "SmoothGrad": lambda net, x: ck.smoothgrad(net, x, n_samples=8, noise_level=0.1),
    "Integrated Gradients": lambda net, x: ck.integrated_gradients(net, x, steps=8),
    "guided backpropagation": ck.guided_backprop,
    "Grad-CAM": ck.grad_cam,
    "relevance (LRP)": ck.lrp,
}
methods = ck.applicable(methods, net, images)  # all of them, unless you put in a net that some cannot take
plots.show(
    plots.heatmap_grid(
        images,
        {name: ck.heatmap(method(net, images)) for name, method in methods.items()},
        pictures.names,
    ),
    alt="Four pictures in a row, and below them a row of heatmaps for each of several methods: occlusion "
    "gives blobs on the object, the gradients its outline, guided backpropagation clean edges, Grad-CAM "
    "one smooth blob, relevance edges once more.",
)

# %% [markdown]
# ## The way
#
# | chapter | question |
# |---|---|
# | [1 Confounders](01_confounders.ipynb) | What if the net learnt the weather instead of the tanks? |
# | [2 Filters](02_filters.ipynb) | What does a layer look for? |
# | [3 Embeddings](03_embeddings.ipynb) | Which pictures are alike to the net? |
# | [4 Saliency](04_saliency.ipynb) | Which pixels made the net say so? |
# | [5 Grad-CAM](05_gradcam.ipynb) | Where did it look? |
# | [6 LRP](06_lrp.ipynb) | What adds up to the score? |
# | [7 Adversarial examples](07_adversarial.ipynb) | How little does it take to fool it? |
# | [8 Deep dream](08_deep_dream.ipynb) | What would it like to see? |
# | [9 Bias and trust](09_bias_and_trust.ipynb) | Which of these answers can be believed? |
#
# Chapters have exercises in `exercises/`, which check themselves, and solutions in `solutions/`. A line
# with ✓ is a sentence that the notebook has just checked: its cell would fail if it were untrue.

# %% [markdown]
# ## Your machine
#
# A laptop without a GPU will do. `COURSEKIT_DEVICE=cpu` or `=cuda` chooses another device than the
# fastest, and `ck.describe()` in a new cell says which one it is, with the versions of what is installed:
# put that into a report when something fails. If you have torchvision's weights, any chapter but chapter 1
# runs on another net and on pictures of your own: `COURSEKIT_MODEL=vgg16 COURSEKIT_IMAGES=folder make lab`.
# Claims that hold for the course's nets alone are then skipped, and so are methods that cannot take your
# net; a line says which, and why.
