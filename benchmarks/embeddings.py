"""What the features of a data set cost over the bare forward passes, and whether memory stays flat.

Run as ``python -m benchmarks.embeddings``. Timed in turns of 1,000 pictures, each with the bare passes,
ours, and ours with an empty cache, as in ``benchmarks.attribution``. Memory is the growth of the
process, beyond the pictures, for all 10,000 and for a tenth: what may grow is the result.
"""

import tempfile

import torch
from torch import Tensor, nn

from benchmarks.attribution import CHUNK, bare_passes, seconds, trained_or_random
from benchmarks.memory import peak_megabytes
from coursekit.embeddings import features

PICTURES, SIZE, TURN = 10_000, 64, 1000
OVER_BARE = 1.15
FLAT = 40  # MB; the rows of 10,000 pictures take 9, and twice that while they are joined


def in_a_new_folder(model: nn.Module, images: Tensor) -> None:
    """Features, hashed, and written to a file."""
    with tempfile.TemporaryDirectory() as folder:
        features(model, images, batch_size=CHUNK, cache=folder)


def main() -> None:
    """Print a table, and what misses its goal."""
    torch.set_num_threads(1)
    model, what = trained_or_random()
    images = torch.rand(PICTURES, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    print(f"{what}, {PICTURES} pictures of {SIZE} × {SIZE} pixels, one thread")
    works = {
        "bare passes": lambda some: bare_passes(model, some, backward=False),
        "features": lambda some: features(model, some, batch_size=CHUNK),
        "features, cached": lambda some: in_a_new_folder(model, some),
    }
    for work in works.values():
        work(images[:CHUNK])
    spent = dict.fromkeys(works, 0.0)
    for some in images.split(TURN):
        for name, work in works.items():
            spent[name] += seconds(lambda work=work, some=some: work(some))
    for name, total in spent.items():
        over_bare = total / spent["bare passes"]
        print(
            f"{name:<20}{total:>7.1f} s, {over_bare:.2f} × bare"
            + "  misses the goal" * (over_bare > OVER_BARE)
        )
    tenth, all_of_them = (peak_megabytes(lambda n=n: works["features"](images[:n])) for n in (TURN, PICTURES))
    print(f"memory: {tenth:.0f} MB for {TURN}, {all_of_them:.0f} MB for {PICTURES} pictures", end="")
    print("  misses the goal" * (all_of_them - tenth > FLAT))


if __name__ == "__main__":
    main()
