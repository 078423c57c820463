"""Drawn speakers have the pitch and formants that they should; microphones do what their filters say."""

import numpy as np
import pytest
import torch
from scipy import signal
from torch import Tensor

from coursekit.datasets import recordings
from coursekit.datasets.recordings import RATE, band_energies, band_middles, far_response, record_speakers


@pytest.fixture(scope="module")
def speech() -> recordings.Recordings:
    return record_speakers(12, seed=3)


def _lag(sound: Tensor) -> float:
    """The period of a sound in samples, by the largest autocorrelation between 60 and 320 Hz."""
    x = sound.double().numpy()
    likeness = signal.correlate(x, x, method="fft")[len(x) - 1 :]
    shortest = RATE // 320
    return shortest + int(np.argmax(likeness[shortest : RATE // 60]))


def test_voices_have_the_pitch_that_is_said(speech: recordings.Recordings) -> None:
    """Of most, at least: the autocorrelation may find two periods, or a formant."""
    found = torch.tensor([RATE / _lag(sound[800:2000]) for sound in speech.near])
    ratio = found / speech.pitch
    assert ((ratio - 1).abs() < 0.12).float().mean() > 0.7


def test_a_formant_is_a_peak() -> None:
    """A resonator's response is largest at its frequency, and 1 for a constant."""
    formants = np.array((500.0, 1500.0, 2500.0, 3400.0))
    for section, frequency in zip(recordings._resonators(formants), formants, strict=True):
        grid, response = signal.sosfreqz(section[None], 4000, fs=RATE)
        assert abs(grid[np.abs(response).argmax()] - frequency) < 20
        assert np.abs(response[0]) == pytest.approx(1)


def test_the_far_microphone_differs_by_its_transfer_function() -> None:
    """White noise through it, in bands, against the filter's own formula."""
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 8 * RATE)))
    heard = torch.from_numpy(signal.sosfilt(recordings._microphone(), noise.numpy()))
    difference = (band_energies(heard) - band_energies(noise)).mean(0).numpy()
    # At the ends a band reaches over a slope.
    np.testing.assert_allclose(difference[2:-3], far_response(band_middles())[2:-3], atol=1.0)


def test_band_energies_are_those_of_a_slow_sum() -> None:
    sound = torch.from_numpy(np.random.default_rng(1).standard_normal((2, 1000)))
    edges = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array((100, 3800)) / 700)), 8) / 2595) - 1)
    for row, bands in zip(sound.numpy(), band_energies(sound, bands=6), strict=True):
        frequencies, _, power = signal.spectrogram(row, RATE, nperseg=256, noverlap=128)
        for k in range(6):
            height = np.interp(frequencies, edges[k : k + 3], (0, 1, 0))
            expected = np.mean([10 * np.log10(height @ frame + 1e-8) for frame in power.T])
            assert bands[k].item() == pytest.approx(expected, abs=1e-6)


def test_louder_is_as_many_decibels_more() -> None:
    sound = torch.randn(2, RATE, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        band_energies(sound) - band_energies(sound / 2),
        torch.full((2, 24), 20 * np.log10(2)),
        check_dtype=False,
        atol=1e-3,
        rtol=0,
    )


def test_both_microphones_hear_the_same_moment(speech: recordings.Recordings) -> None:
    """A far recording is more like the near one of its speaker than like any other."""
    spectra = torch.fft.rfft(speech.both)
    # Within five milliseconds: a filter delays a little.
    delays = torch.fft.irfft(spectra[:12, None] * spectra[None, 12:].conj()).roll(40, -1)[..., :80]
    assert torch.equal(delays.abs().amax(-1).argmax(1), torch.arange(12))


def test_a_speaker_depends_on_the_seed_and_on_its_number_alone(speech: recordings.Recordings) -> None:
    fewer, other = record_speakers(5, seed=3), record_speakers(5, seed=4)
    assert torch.equal(fewer.near, speech.near[:5])
    assert torch.equal(fewer.far, speech.far[:5])
    assert not torch.equal(other.near, fewer.near)
    assert len(set(fewer.pitch.tolist())) == 5


def test_samples_can_be_played(speech: recordings.Recordings) -> None:
    assert speech.both.shape == (24, RATE)
    assert speech.both.dtype == torch.float32
    assert speech.both.abs().amax(1).allclose(torch.tensor(0.9))
    assert torch.equal(speech.both[12:], speech.far)


@pytest.mark.parametrize(
    ("setting", "name"), [({"n": 0}, "n"), ({"seed": -1}, "seed"), ({"seconds": 0.1}, "seconds")]
)
def test_a_number_too_small_is_named(setting: dict[str, float], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: wanted at least"):
        record_speakers(**{"n": 2, **setting})  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(8000,), (2, 100)])
def test_signals_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="T ≥ 256"):
        band_energies(torch.zeros(shape))


@pytest.mark.parametrize("bands", [0, 200])
def test_bands_too_narrow_to_hear_anything_are_refused(bands: int) -> None:
    with pytest.raises(ValueError, match="bands: wanted 1 to 80"):
        band_energies(torch.zeros(1, RATE), bands)
