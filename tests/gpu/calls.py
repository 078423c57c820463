"""Every public function that takes a net, images or other tensors, called quickly: name → call(at).

`at` puts a tensor or a net where the call is to work. All is in double precision, so that rounding is no
excuse, but for what the function itself makes in single precision.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import attacks, attribution, confounding, embeddings, filters, synthesis
from coursekit.confounding import maps, trials
from coursekit.core import hooks, relus
from coursekit.fairness import audits, bias
from coursekit.models import training
from coursekit.synthesis.objectives import PICTURE
from tests.attacks.methods import ASKING, ATTACKS, MASK
from tests.attribution import methods, nets
from tests.gpu.material import (
    DOUBLE,
    LAYER,
    PAIRS,
    At,
    attacked,
    conflict,
    distances,
    heat,
    images,
    labels,
    net,
    random,
    scenes,
)


def _gap(at: At) -> Tensor:
    model, x = at(net()), at(images())
    return attribution.completeness_gap(model, x, attribution.saliency(model, x))


def _detector(at: At) -> Tensor:
    settings = training.Settings(epochs=1, batch_size=4)
    model, x = at(net(torch.float32)), at(images().float())
    detector = attacks.train_detector(model, x, at(labels()), attacked, settings)
    return detector(attacks.with_saliency(model, x))


def _fitted(at: At, **settings: Any) -> list[Tensor]:
    model = at(net(torch.float32))
    training.fit(
        model,
        at(images(8).float()),
        at(labels(8)),
        training.Settings(epochs=2, batch_size=4, **settings),
        quiet=True,
    )
    return list(model.state_dict().values())


def _made(kind: Callable[..., nn.Module]) -> Callable[[At], Tensor]:
    def call(at: At) -> Tensor:
        picture = at(kind((2, 3, 8, 8), torch.Generator().manual_seed(0)))
        picture.set_images(at(images(2, 8).float()))
        return picture()

    return call


def _regularised(regulariser: Any) -> Callable[[At], Tensor]:
    return lambda at: regulariser(at(images(2, 8) - 0.5), at(random(2, 3, 8, 8, seed=1)), 4)


def _transformed(transform: Any) -> Callable[[At], Tensor]:
    return lambda at: transform(at(images(2, 16)), torch.Generator().manual_seed(0))


def _maximised(objective: Any, **settings: Any) -> Callable[[At], Tensor]:
    def call(at: At) -> Tensor:
        wanted = objective(at) if callable(objective) else objective
        return synthesis.maximize(at(net()), wanted, size=16, steps=3, **settings)

    return call


def _unconfounded(at: At) -> Tensor:
    model = confounding.DomainAdversarialNet(at(net()), 2).to(DOUBLE)
    y, z = at(labels(4)), at(labels(4) % 2)
    loss = nn.functional.cross_entropy(model(at(images(4))), confounding.joint_labels(y, z))
    return torch.autograd.grad(loss, model.body[1].weight)[0]


def _reversed(at: At) -> Tensor:
    x = at(random(3)).requires_grad_()
    return torch.autograd.grad(confounding.gradient_reversal(x, 0.5).sum(), x)[0]


SYNTHESIS: dict[str, Callable[[At], Any]] = {
    "FourierImage": _made(synthesis.FourierImage),
    "PixelImage": _made(synthesis.PixelImage),
    "Inversion": lambda at: (
        synthesis.invert(at(net()), at(random(2, 8, 8, 8)), LAYER, size=16, steps=2).error
    ),
    "Objective": _maximised(synthesis.Objective("brightness", lambda seen: seen[PICTURE].mean((1, 2, 3)))),
    "blur": _transformed(synthesis.blur(1.0)),
    "blur_every": _regularised(synthesis.blur_every(4, 1.0)),
    "channel": _maximised(synthesis.channel("bn2", [1, 2])),
    "clip_contribution": _regularised(synthesis.clip_contribution(0.3)),
    "clip_norm": _regularised(synthesis.clip_norm(0.3)),
    "decay": _regularised(synthesis.decay(0.1)),
    "deep_dream": lambda at: synthesis.deep_dream(
        at(net()), at(images(1, 32)), synthesis.layer("bn2"), octaves=2, steps=2
    ),
    "direction": _maximised(lambda at: synthesis.direction("bn2", at(random(8) - 0.5))),
    "diversity": _maximised(synthesis.channel("bn2", [1, 2]) - 0.1 * synthesis.diversity("bn2")),
    "dream_zoom": lambda at: synthesis.dream_zoom(
        at(net()), at(images(1, 32)), synthesis.layer("bn2"), frames=2, octaves=1, steps=1
    ),
    "gram": lambda at: synthesis.gram(at(random(2, 4, 5, 5))),
    "invert": lambda at: list(synthesis.invert(at(net()), at(random(2, 8, 8, 8)), LAYER, size=16, steps=2)),
    "jitter": _transformed(synthesis.jitter(4)),
    "layer": _maximised(synthesis.layer("bn2"), image="pixels"),
    "maximize": _maximised(1, regularisers=()),
    "neuron": _maximised(synthesis.neuron("bn2", 3)),
    "rotate": _transformed(synthesis.rotate(20)),
    "scale": _transformed(synthesis.scale(0.9, 1.1)),
    "score": _maximised(synthesis.score([1, 3])),
    "style_loss": lambda at: synthesis.style_loss(
        {LAYER: at(random(2, 4, 5, 5))}, {LAYER: synthesis.gram(at(random(1, 4, 6, 6)))}
    ),
    "style_transfer": lambda at: synthesis.style_transfer(
        at(net()), at(images(1, 16)), at(images(1, 16)), content_layer=LAYER, style_layers=["relu1"], steps=2
    ),
    "texture": lambda at: synthesis.texture(
        at(net()), at(images(1, 16)), size=16, style_layers=[LAYER], steps=2
    ),
    "total_variation": lambda at: synthesis.total_variation(at(images())),
    "variation": _maximised(synthesis.channel("bn2", 1) - 0.1 * synthesis.variation()),
}
FILTERS: dict[str, Callable[[At], Any]] = {
    "crop": lambda at: filters.crop(at(images()[0]), (-2, -3, 9, 8)),
    "first_kernels": lambda at: filters.first_kernels(at(net())),
    "kernel_noise": lambda at: filters.kernel_noise(at(random(4, 3, 5, 5))),
    "kernel_pictures": lambda at: filters.kernel_pictures(at(random(4, 3, 5, 5))),
    "map_layers": lambda at: filters.map_layers(at(net()), at(images())),
    "draw_box": lambda at: filters.draw_box(at(images()[0]), (2, 3, 9, 8)),
    "activation_ranges": lambda at: [
        [r.low, r.gradient_high] for r in filters.activation_ranges(at(net()), at(images()))
    ],
    "receptive_field": lambda at: list(filters.receptive_field(at(net()), at(images()), LAYER).box(2, 2)),
    "activation_peaks": lambda at: (
        filters.activation_peaks(at(net()), at(images()), [LAYER], quiet=True)[LAYER].values
    ),
    "top_patches": lambda at: (
        filters.top_patches(
            at(images()),
            filters.activation_peaks(at(net()), at(images()), [LAYER], quiet=True)[LAYER],
            1,
            k=2,
        ).crops
    ),
    "winning_channels": lambda at: list(filters.winning_channels(at(random(2, 4, 5, 5)))),
}
EMBEDDINGS: dict[str, Callable[[At], Any]] = {
    "component_colours": lambda at: embeddings.component_colours(at(random(2, 4, 5, 5))),
    "conditional_affinities": lambda at: embeddings.conditional_affinities(at(random(12, 3)), 4.0),
    "features": lambda at: embeddings.features(at(net()), at(images()), batch_size=2),
    "grid_places": lambda at: embeddings.grid_places(at(random(6, 2)), 2, 3),
    "joint_affinities": lambda at: embeddings.joint_affinities(at(random(12, 3)), 4.0),
    "layer_features": lambda at: list(
        embeddings.layer_features(at(net()), at(images()), ["relu1", LAYER], pool_size=2).values()
    ),
    "neighbours": lambda at: embeddings.neighbours(at(random(9, 3)), 2),
    "principal_components": lambda at: embeddings.principal_components(at(random(9, 3))),
    "purity": lambda at: embeddings.purity(at(random(9, 3)), at(labels(9)), 2),
}
CONFOUNDING: dict[str, Callable[[At], Any]] = {
    "gradient_reversal": _reversed,
    "DomainAdversarialNet": _unconfounded,
    "balanced_subset": lambda at: confounding.balanced_subset(
        at(labels(20) % 2), at(labels(20) % 3 % 2), torch.Generator().manual_seed(0)
    ),
    "correlation": lambda at: confounding.correlation(at(images()), at(random(2, 3, 20, 20))),
    "fingerprint": lambda at: confounding.fingerprint(at(images())),
    "independence_weights": lambda at: confounding.independence_weights(
        at(labels(20) % 2), at(labels(20) % 3 % 2)
    ),
    "joint_labels": lambda at: confounding.joint_labels(at(labels(20) % 2), at(labels(20) % 3)),
    "smacof": lambda at: confounding.smacof(
        at(distances()), at(torch.ones(6, 6, dtype=DOUBLE).fill_diagonal_(0)), at(random(6, 2))
    ),
    "neighbour_agrees": lambda at: confounding.neighbour_agrees(
        at(random(9, 3)), at(labels(9) % 2), at(torch.arange(9) % 4)
    ),
    "noise_residual": lambda at: confounding.noise_residual(at(images())),
    "pair_stress": lambda at: confounding.pair_stress(at(random(6, 2)), at(distances()), at(PAIRS)),
    "linear_probe": lambda at: confounding.linear_probe(
        at(random(20, 3)), at(labels(20)), groups=at(torch.arange(20)), folds=2
    ),
    "speaker_map": lambda at: confounding.speaker_map(at(distances()), at(PAIRS), 0.5).abs(),
    "spectral_relevance": lambda at: list(confounding.spectral_relevance(at(random(24, 16, 16)))),
    "stress": lambda at: confounding.stress(at(random(6, 2)), at(distances())),
}
MAPS: dict[str, Callable[[At], Any]] = {
    "classical_scaling": lambda at: maps.classical_scaling(at(distances())).abs(),
}
ATTRIBUTION: dict[str, Callable[[At], Any]] = {
    **{
        name: lambda at, method=method: method(at(net()), at(images()))
        for name, method in (methods.CLASSIFIER | methods.METRICS).items()
    },
    "area_under": lambda at: attribution.area_under(at(random(3, 5))),
    "completeness_gap": _gap,
    "heatmap": lambda at: attribution.heatmap(at(images() - 0.5)),
    "last_map": lambda at: attribution.last_map(at(net()), at(images())),
    "pointing_game": lambda at: attribution.pointing_game(*heat(at), tolerance=2),
    "random_heatmap": lambda at: attribution.random_heatmap(at(net()), at(images())),
    "rank_correlation": lambda at: attribution.rank_correlation(
        at(random(3, 8, 8)), at(random(3, 8, 8, seed=1))
    ),
    "relevance_mass": lambda at: attribution.relevance_mass(*heat(at)),
    "relevance_rank": lambda at: attribution.relevance_rank(*heat(at)),
    "segmentation_saliency": lambda at: attribution.segmentation_saliency(
        at(nets.seeded(nets.for_masks, dtype=DOUBLE)), at(images())
    ),
}
# By the name of the function that each set of arguments is for, where it is not the name of the attack.
_CALLED = {
    **dict.fromkeys(("l2", "l0", "targeted", "stopping", "pulled", "restarted", "masked pgd"), "pgd"),
    **dict.fromkeys(("8-bit linf", "8-bit l2", "8-bit l0"), "pgd"),
    **dict.fromkeys(("one pixel", "three pixels"), "one_pixel"),
    **dict.fromkeys(("universal linf", "universal l2"), "universal"),
    "patch": "adversarial_patch",
    "masked": "masked_attack",
    "by gradient": "fool_by_gradient",
    "by evolution": "fool_by_evolution",
}
ON_IMAGES: dict[str, Callable[[At], Any]] = {
    **{
        f"{_CALLED.get(name, name)}: {name}": lambda at, attack=attack: attack(
            at(net()), at(images()), at(labels())
        )
        for name, attack in ({name: attack for name, (attack, *_) in ATTACKS.items()} | ASKING).items()
    },
    "masked_attack: mask here": lambda at: attacks.masked_attack(
        at(net()), at(images()), at(labels()), at(MASK), steps=2, copies=2, palette=at(random(4, 3))
    ),
    "Staircase": lambda at: attacks.Staircase(at(net()))(at(images())),
    "attacked_images": lambda at: attacks.attacked_images(at(net()), at(images()), at(labels()), attacked),
    "paste": lambda at: attacks.paste(at(images()), at(random(3, 5, 5)), row=7, column=9, scale=0.4),
    "physical_view": lambda at: attacks.physical_view(at(images()), torch.Generator().manual_seed(0)),
    "printability": lambda at: attacks.printability(at(images()), at(random(4, 3))),
    "train_detector": _detector,
}
TRAINING: dict[str, Callable[[At], Any]] = {
    "Settings": partial(_fitted, noise=0.1, mirror=True, shift=2),
    "fit": _fitted,
    "adversarial_loss": lambda at: training.adversarial_loss(at(net()), at(images()), at(labels()), attacked),
    "evaluate": lambda at: training.evaluate(at(net()), images(), labels()),
}


def _recorded(at: At) -> list[Tensor]:
    model, x = at(net()), at(images()).requires_grad_()
    with hooks.evaluating(model), hooks.record(model, LAYER) as outputs:
        hooks.find_layer(model, LAYER)
        model(x)
    with relus.relu_rule(model, lambda gradient, output: gradient * (output > 0.1)):
        return [outputs[LAYER], torch.autograd.grad(model(x).sum(), x)[0]]


HOOKS: dict[str, Callable[[At], Any]] = {"record": _recorded}
AUDITS: dict[str, Callable[[At], Any]] = {
    "faithfulness": lambda at: list(audits.faithfulness(at(net()), scenes(at), attribution.saliency)),
    "cascading_randomisation": lambda at: list(
        audits.cascading_randomisation(at(net()), scenes(at), attribution.saliency).values()
    ),
    "predict": lambda at: audits.predict(at(net()), at(images())),
    "shape_or_texture": lambda at: [audits.shape_or_texture(at(net()), conflict(at)).silhouettes],
}
BIAS: dict[str, Callable[[At], Any]] = {
    "wilson_interval": lambda at: bias.wilson_interval((at(random(9)) > 0.5).sum(), 9),
    "normal_interval": lambda at: bias.normal_interval(at(random(9))),
    "mix": lambda at: list(bias.mix(scenes(at), scenes(at), 6, 0.5)),
    "rates": lambda at: [
        rate.accuracy
        for rate in bias.rates(at(labels(12) % 2), at(labels(12) % 3 % 2), ["a"] * 6 + ["b"] * 6).values()
    ],
    "shape_share": lambda at: bias.shape_share(at(labels(5)), at(labels(5)), at((labels(5) + 1) % 5)),
}
TRIALS: dict[str, Callable[[At], Any]] = {
    "sky": lambda at: trials.sky(scenes(at)),
    "weather": lambda at: trials.weather(scenes(at)),
    "train": lambda at: (
        trials.train(at(net(torch.float32)), at(images(6).float()), at(labels(6)), epochs=1).head.weight
    ),
}
