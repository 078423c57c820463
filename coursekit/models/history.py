"""How a training went, and the error that says why one failed."""

from dataclasses import dataclass, field

__all__ = ["History", "TrainingError"]


class TrainingError(RuntimeError):
    """Training cannot work, or has stopped working; the message says why and what to try."""


@dataclass
class History:
    """How a training went.

    Attributes:
        losses: the mean loss of each epoch.
        seconds: what all epochs took together.
    """

    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
