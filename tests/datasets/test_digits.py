"""The digits: the real ones, split once for all."""

import pytest
import torch
from sklearn.datasets import load_digits as sklearn_digits

from coursekit.core.images import check_images
from coursekit.datasets.digits import load_digits


def test_both_halves_are_all_of_the_digits() -> None:
    (train, train_labels), (test, test_labels) = load_digits("train"), load_digits("test")
    assert (len(train), len(test)) == (1437, 360)
    counts = torch.bincount(torch.cat([train_labels, test_labels]))
    assert counts.tolist() == torch.bincount(torch.from_numpy(sklearn_digits().target)).tolist()
    assert not {row.numpy().tobytes() for row in train} & {row.numpy().tobytes() for row in test}


def test_images_keep_the_course_s_form() -> None:
    images, labels = load_digits("test")
    check_images(images, channels=1)
    assert images.shape[1:] == (1, 32, 32)
    assert labels.dtype == torch.int64


def test_shrunk_again_they_are_the_scans() -> None:
    """Labels and pictures belong together, upright and not inverted."""
    images, labels = load_digits("test")
    small = torch.nn.functional.avg_pool2d(images, 4).flatten(1)
    scans = torch.from_numpy(sklearn_digits().data).float() / 16
    nearest = torch.cdist(small, scans).argmin(1)
    assert (torch.from_numpy(sklearn_digits().target)[nearest] == labels).all()


def test_an_unknown_split_is_named() -> None:
    with pytest.raises(ValueError, match="got 'validation'"):
        load_digits("validation")
