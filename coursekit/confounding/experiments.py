"""What chapter 01 states, as experiments that a seed repeats: nets trained on pictures with a confounder."""

from collections.abc import Callable
from functools import partial

import torch
from sklearn.metrics import adjusted_rand_score
from torch import Tensor, nn

from coursekit.attribution import grad_cam, heatmap, lrp, relevance_mass
from coursekit.confounding.clusters import spectral_relevance
from coursekit.confounding.maps import speaker_map, stress
from coursekit.confounding.probes import neighbour_agrees
from coursekit.confounding.remedies import (
    DomainAdversarialNet,
    balanced_subset,
    independence_weights,
    joint_labels,
)
from coursekit.confounding.trials import place_net, quick_net, sky, tagged, tanks, train, weather
from coursekit.core.devices import device
from coursekit.datasets.recordings import band_energies, record_speakers
from coursekit.datasets.scenes import Scenes
from coursekit.datasets.scenes.scans import FINDINGS, scans
from coursekit.models.training import evaluate

__all__ = [
    "SEEDS",
    "TEST",
    "TRAIN",
    "TRIALS",
    "WEIGHT",
    "distances",
    "train_with_remedy",
]

SEEDS = (0, 1, 2, 3, 4)
TRAIN, TEST = 400, 200  # pictures
EXCEPTIONS = 0.1  # share of the lab's pictures in which the weather is the other class's
WEIGHT = 0.9  # of the pairs, in the map


def seed_of(seed: int, part: int) -> int:
    """Return the seed of one set of pictures of a trial: no two sets share a picture.

    Args:
        seed: of the trial, 0 to 999.
        part: number of the set, from 0.

    Returns:
        1000 · (part + 1) + seed.
    """
    return 1000 * (part + 1) + seed


def weather_trial(seed: int) -> dict[str, float]:
    """Train on tanks in the rain and cars in the sun; ask in the lab and in the field."""
    lab, field = tanks(TRAIN, seed=seed_of(seed, 0)), tanks(TEST, seed=seed_of(seed, 2), tied=0.5)
    fresh = tanks(TEST, seed=seed_of(seed, 1))
    net = train(quick_net(lab.classes, seed=seed), lab.images, lab.labels, seed=seed)
    heat = heatmap(grad_cam(net, field.images))
    return {
        "lab": evaluate(net, fresh.images, fresh.labels),
        "field": evaluate(net, field.images, field.labels),
        "heat on the sky": relevance_mass(heat, sky(field)).mean().item(),
        "heat on the object": relevance_mass(heat, field.masks).mean().item(),
    }


def train_with_remedy(name: str, pictures: Scenes, seed: int) -> nn.Module:
    """Return a net trained on tanks and cars with one of the remedies against the weather as a confounder.

    Args:
        name: of the remedy, a key of ``REMEDIES``.
        pictures: what to train on, as ``trials.tanks`` draws it.
        seed: of the net's random start and of the training.

    Returns:
        The net, in evaluation mode.

    Raises:
        ValueError: there is no such remedy.
    """
    if name not in REMEDIES:
        raise ValueError(f"name: wanted one of {', '.join(REMEDIES)}, got {name!r}")
    return REMEDIES[name](pictures.images, pictures.labels, weather(pictures), seed)


def remedy_trial(seed: int) -> dict[str, float]:
    """Ask in the field after each remedy."""
    field = tanks(TEST, seed=seed_of(seed, 2), tied=0.5)
    leaky = tanks(TRAIN, seed=seed_of(seed, 0), tied=1 - EXCEPTIONS)
    nets = {name: train_with_remedy(name, leaky, seed) for name in REMEDIES}
    nets["collect"] = train_with_remedy("nothing", tanks(TRAIN, seed=seed_of(seed, 0), tied=0.5), seed)
    return {name: evaluate(net, field.images, field.labels) for name, net in nets.items()}


def _none(x: Tensor, y: Tensor, z: Tensor, seed: int) -> nn.Module:
    return train(quick_net(("tank", "car"), seed=seed), x, y, seed=seed)


def _balance(x: Tensor, y: Tensor, z: Tensor, seed: int) -> nn.Module:
    kept = balanced_subset(y, z, torch.Generator().manual_seed(seed))
    epochs = 8 * len(x) // len(kept)  # as many steps as with all of them
    return train(quick_net(("tank", "car"), seed=seed), x[kept], y[kept], epochs=epochs, seed=seed)


def _reweight(x: Tensor, y: Tensor, z: Tensor, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.multinomial(independence_weights(y, z).cpu(), len(x), replacement=True, generator=generator)
    return _none(x[drawn], y[drawn], z[drawn], seed)


def _reverse(x: Tensor, y: Tensor, z: Tensor, seed: int, max_scale: float = 1.0) -> nn.Module:
    net = quick_net(("tank", "car"), seed=seed)
    both = DomainAdversarialNet(net, 2, max_scale, seed=seed)
    # Slower than the others, or the two heads do not settle; "not reversed" is what this alone changes.
    train(both, x, joint_labels(y, z), epochs=10, lr=2e-3, seed=seed, schedule=both.schedule)
    return net.eval()


REMEDIES: dict[str, Callable[[Tensor, Tensor, Tensor, int], nn.Module]] = {
    "nothing": _none,
    "balance": _balance,
    "reweight": _reweight,
    "reverse the gradient": _reverse,
    "not reversed (λ = 0)": partial(_reverse, max_scale=0.0),
}


def recording_trial(seed: int) -> dict[str, float]:
    """Map 51 speakers and two microphones, before and after the suppression."""
    recordings = record_speakers(seed=seed)
    apart = distances(recordings.both)
    n = len(recordings.near)
    microphone, speaker = torch.arange(2 * n) // n, torch.arange(2 * n) % n
    pairs = torch.stack([torch.arange(n), torch.arange(n) + n], 1)
    before, after = speaker_map(apart), speaker_map(apart, pairs, WEIGHT)
    return {
        "microphone before": neighbour_agrees(before, microphone, speaker).double().mean().item(),
        "microphone after": neighbour_agrees(after, microphone, speaker).double().mean().item(),
        "speaker before": neighbour_agrees(before, speaker).double().mean().item(),
        "speaker after": neighbour_agrees(after, speaker).double().mean().item(),
        "stress before": stress(before, apart),
        "stress after": stress(after, apart),
    }


def distances(signals: Tensor) -> Tensor:
    """Return how much the spectra of recordings differ: the root mean square over their bands.

    Args:
        signals: recordings (N, T) at ``coursekit.datasets.recordings.RATE``.

    Returns:
        Distances (N, N) in decibels.
    """
    bands = band_energies(signals)
    return torch.cdist(bands, bands, compute_mode="donot_use_mm_for_euclid_dist") / bands.shape[1] ** 0.5


def scanner_trial(seed: int) -> dict[str, float]:
    """Train on one scanner for each disease, and on mixed ones; ask in the lab and on mixed ones."""
    tied = {"spot": "A", "ring": "B"}
    mixed = scans(TEST, seed=seed_of(seed, 2)).to(device())
    fresh = scans(TEST, seed=seed_of(seed, 1), scanner=tied).to(device())
    nets = {}
    for name, scanner in {"tied": tied, "mixed": None}.items():
        lab = scans(TRAIN, seed=seed_of(seed, 0), scanner=scanner).to(device())
        nets[name] = train(place_net(FINDINGS, seed=seed), lab.images, lab.labels, epochs=10, lr=1.5e-3)
    return {
        "lab": evaluate(nets["tied"], fresh.images, fresh.labels),
        "field": evaluate(nets["tied"], mixed.images, mixed.labels),
        "field, trained on mixed scanners": evaluate(nets["mixed"], mixed.images, mixed.labels),
    }


def tag_trial(seed: int) -> dict[str, float]:
    """Train on boats of which nine in ten bear a tag; remove it, paste it elsewhere, find it in heatmaps."""
    lab = tagged(TRAIN, seed=seed_of(seed, 0), boats=0.9)
    net = train(quick_net(lab.classes, seed=seed), lab.images, lab.labels, seed=seed)
    without, pasted = (tagged(TEST, seed=seed_of(seed, 2), boats=s, others=s) for s in (0.0, 1.0))
    before, after = (net(scenes.images).argmax(1) for scenes in (without, pasted))
    boats, others = without.labels == 0, (without.labels > 0) & (before > 0)
    # The same boats, each once: every other one with the tag.
    numbers = torch.nonzero(boats)[:, 0]
    mixture = torch.cat([pasted.images[numbers[::2]], without.images[numbers[1::2]]])
    truth = torch.arange(len(numbers)) < len(numbers[::2])
    found, _ = spectral_relevance(lrp(net, mixture, 0).sum(1))
    return {
        "boats with the tag": (after[boats] == 0).double().mean().item(),
        "boats without it": (before[boats] == 0).double().mean().item(),
        "pasted elsewhere": (after[others] == 0).double().mean().item(),
        "adjusted Rand index": float(adjusted_rand_score(truth, found.cpu().numpy())),
    }


TRIALS: dict[str, Callable[[int], dict[str, float]]] = {
    "weather": weather_trial,
    "remedies": remedy_trial,
    "recordings": recording_trial,
    "scanners": scanner_trial,
    "tag": tag_trial,
}
