"""Drawn speakers, recorded at the same moment by a near and by a far microphone.

A voice is a source (pulses of the vocal folds, and breath) through a filter (the resonances of the vocal
tract, its formants). What a microphone adds is a filter too, which is why the two are so easily confused.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import signal
from torch import Tensor

__all__ = ["RATE", "Recordings", "band_energies", "band_middles", "far_response", "record_speakers"]

RATE = 8000  # samples per second, as in a telephone

Samples = np.ndarray

# Mean formants of men in Hz (Peterson & Barney 1952, rounded), and a fourth that hardly moves.
_VOWELS = (
    (730, 1090, 2440, 3400),
    (530, 1840, 2480, 3400),
    (270, 2290, 3010, 3400),
    (570, 840, 2410, 3400),
    (300, 870, 2240, 3400),
)
_BANDWIDTHS = (70.0, 90.0, 130.0, 200.0)  # Hz
_ROOM = 0.3  # seconds until its echo has fallen by 60 dB
_PASSED = (380.0, 2100.0)  # Hz: what the far microphone lets through
_NEAR_NOISE, _FAR_NOISE = 0.003, 0.02  # in units of the voice's effective value
_FRAME = 256  # samples: 32 ms
_FLOOR = 1e-8  # power of what counts as silence


@dataclass(frozen=True)
class Recordings:
    """What each of S speakers said, as two microphones heard it.

    Attributes:
        near: (S, T) float32 in [−1, 1].
        far: (S, T), the same moments.
        pitch: mean frequency of the vocal folds in Hz, (S,).
    """

    near: Tensor
    far: Tensor
    pitch: Tensor

    @property
    def both(self) -> Tensor:
        """All recordings (2·S, T): first the near ones, then the far ones, speakers in the same order."""
        return torch.cat([self.near, self.far])


def record_speakers(n: int = 51, *, seed: int = 0, seconds: float = 1.0) -> Recordings:
    """Let ``n`` speakers say the same five vowels, each in an order of its own, into two microphones at once.

    near = voice + noise;  far = (voice ∗ room) ∗ microphone + more noise. Speaker i depends on the seed and
    on i alone; room and microphones are the same for every seed.

    Args:
        n: how many speakers, at least 1.
        seed: at least 0.
        seconds: length of a recording, at least 0.5.

    Returns:
        The recordings of both microphones, and each speaker's pitch.

    Raises:
        ValueError: a number below its minimum.

    Reference: Maier et al. 2009, A robust visualization method for speaker dependencies with different
    microphones (J. Pattern Recognition Research 4), with drawn voices in place of real ones.
    """
    for name, value, least in (("n", n, 1), ("seed", seed, 0), ("seconds", seconds, 0.5)):
        if value < least:
            raise ValueError(f"{name}: wanted at least {least}, got {value}")
    speakers = [_record(np.random.default_rng([seed, i]), int(seconds * RATE)) for i in range(n)]
    near, far = (torch.from_numpy(np.stack(heard)).float() for heard in list(zip(*speakers, strict=True))[:2])
    return Recordings(near, far, torch.tensor([pitch for _, _, pitch in speakers]))


def band_energies(signals: Tensor, bands: int = 24) -> Tensor:
    """Return the long-term spectrum of recordings in decibels: 10 log₁₀ of the power in each band, averaged.

    Bands are triangles, evenly spaced on the mel scale from 100 to 3,800 Hz. A filter adds the same number to
    a band whatever is said: log |H·X|² = log |H|² + log |X|².

    Args:
        signals: (N, T) at ``RATE``, T ≥ 256.
        bands: how many, 1 to 80; narrower ones would fall between two frequencies of the spectrum.

    Returns:
        (N, bands) float64, low bands first.

    Raises:
        ValueError: another shape, too short, or a number of bands out of range.

    Reference: Davis & Mermelstein 1980 (doi:10.1109/TASSP.1980.1163420).
    """
    if signals.ndim != 2 or signals.shape[1] < _FRAME:
        raise ValueError(f"signals: wanted (N, T) with T ≥ {_FRAME}, got {tuple(signals.shape)}")
    if not 1 <= bands <= 80:
        raise ValueError(f"bands: wanted 1 to 80, got {bands}")
    frequencies, _, power = signal.spectrogram(
        signals.double().cpu().numpy(), RATE, nperseg=_FRAME, noverlap=_FRAME // 2
    )
    edges = _edges(bands)
    rise = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    triangles = np.clip(np.minimum(rise, fall), 0, None)
    return torch.from_numpy(10 * np.log10(triangles @ power + _FLOOR).mean(-1))


def band_middles(bands: int = 24) -> Samples:
    """Return the frequency that each band of ``band_energies`` is centred at.

    Args:
        bands: how many, 1 to 80.

    Returns:
        Frequencies in Hz (bands,), low bands first.
    """
    return _edges(bands)[1:-1]


def far_response(frequencies: Samples) -> Samples:
    """Return by how many decibels the far microphone, without its room, amplifies each frequency.

    Args:
        frequencies: in Hz, (F,), from 0 to half of ``RATE``.

    Returns:
        Decibels (F,), negative where the microphone attenuates.
    """
    return 20 * np.log10(np.abs(signal.sosfreqz(_microphone(), frequencies, fs=RATE)[1]) + 1e-12)


def _record(rng: np.random.Generator, length: int) -> tuple[Samples, Samples, float]:
    """One speaker as the near and the far microphone hear it, each as loud as the other, and the pitch."""
    voice, pitch = _voice(rng, length)
    echo = signal.fftconvolve(voice, _room())[:length]
    heard = signal.sosfilt(_microphone(), echo)
    pair = []
    for sound, noise in ((voice, _NEAR_NOISE), (heard, _FAR_NOISE)):
        level = sound / np.sqrt(np.mean(sound**2))
        noisy = level + noise * rng.standard_normal(length)
        pair.append(0.9 * noisy / np.abs(noisy).max())
    return pair[0], pair[1], pitch


def _voice(rng: np.random.Generator, length: int) -> tuple[Samples, float]:
    """Five vowels of one speaker, and the mean pitch in Hz."""
    pitch = rng.uniform(90, 230)
    # Who speaks high mostly has a short vocal tract, and so high formants; the rest is personal.
    size = np.interp(pitch, (90, 230), (0.93, 1.14)) * rng.uniform(0.95, 1.05)
    personal = size * (1 + 0.05 * rng.standard_normal(4))
    source = _source(rng, pitch, length)
    voice, piece = np.zeros(length), length // len(_VOWELS)
    for place, vowel in enumerate(rng.permutation(_VOWELS)):
        here = slice(place * piece, (place + 1) * piece)
        formants = np.minimum(vowel * personal, 0.47 * RATE)
        voice[here] = signal.sosfilt(_resonators(formants), source[here]) * signal.windows.tukey(piece, 0.3)
    return voice, pitch


def _source(rng: np.random.Generator, pitch: float, length: int) -> Samples:
    """Pulses of a pitch that falls and trembles a little, softened, with breath."""
    t = np.arange(length) / length
    melody = pitch * (1.04 - 0.08 * t + 0.03 * np.sin(2 * np.pi * (2 * t + rng.random())))
    cycles = np.cumsum(melody * (1 + 0.01 * rng.standard_normal(length))) / RATE
    pulses = np.diff(np.floor(cycles), prepend=0.0)
    softened = signal.lfilter([1.0], [1.0, -rng.uniform(0.6, 0.96)], pulses)
    return softened + rng.uniform(0.002, 0.03) * rng.standard_normal(length)


def _resonators(formants: Samples) -> Samples:
    """Second-order sections, one for each formant in Hz, that leave a constant as it is."""
    radius = np.exp(-np.pi * np.array(_BANDWIDTHS) / RATE)
    a1, a2 = -2 * radius * np.cos(2 * np.pi * formants / RATE), radius**2
    zero, one = np.zeros_like(a1), np.ones_like(a1)
    return np.stack([1 + a1 + a2, zero, zero, one, a1, a2], 1)


def _room() -> Samples:
    """The room's impulse response: the sound itself, then an echo that dies away."""
    length = int(_ROOM * RATE)
    echo = 0.12 * np.random.default_rng(7).standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    echo[0] = 1
    return echo


def _microphone() -> Samples:
    return signal.butter(2, _PASSED, "bandpass", fs=RATE, output="sos")


def _edges(bands: int) -> Samples:
    """Frequencies in Hz, evenly spaced on the mel scale, at which triangles begin, peak and end."""
    low, high = 2595 * np.log10(1 + np.array((100.0, 3800.0)) / 700)
    return 700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1)
