"""How many scenes a second one core draws, masks included.

Run as ``python -m benchmarks.scenes``. Everything is timed as processor time of one thread; the first
batch, which fills the caches of textures and noise, is not counted.
"""

import statistics
import time

import torch

from coursekit.datasets.scenes import draw

GOALS = {64: 500, 128: 150}
TURNS, BATCH = 7, 100


def rate(size: int) -> float:
    """The median number of scenes a second over several batches."""
    draw(4 * BATCH, seed=TURNS, size=size)
    rates = []
    for turn in range(TURNS):
        start = time.process_time()
        draw(BATCH, seed=turn, size=size)
        rates.append(BATCH / (time.process_time() - start))
    return statistics.median(rates)


def main() -> None:
    """Print the rates beside their goals."""
    torch.set_num_threads(1)
    for size, goal in GOALS.items():
        print(f"{size:4d} px: {rate(size):5.0f} scenes/s (goal {goal})")


if __name__ == "__main__":
    main()
