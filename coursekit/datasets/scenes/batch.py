"""Scenes: a batch of drawn images with everything that is known about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from coursekit.datasets.scenes.factors import Record, nearest
from coursekit.datasets.scenes.pen import PART_ID, PARTS
from coursekit.datasets.scenes.scene import Picture


@dataclass(frozen=True)
class Scenes:
    """N scenes: images, labels, masks, and the factors that each was drawn from.

    Attributes:
        images: (N, 3, S, S) float32 in [0, 1].
        labels: (N,) int64, numbers into `classes`.
        part_map: which part of an object is seen at each pixel, 0 for none: (N, S, S) uint8.
        instance_map: which object is seen at each pixel, 1, 2 …, 0 for none: (N, S, S) uint8.
        factors: a record per scene, factor → value, which JSON can hold.
        classes: the names of the classes.
    """

    images: torch.Tensor
    labels: torch.Tensor
    part_map: torch.Tensor
    instance_map: torch.Tensor
    factors: list[Record]
    classes: tuple[str, ...]

    @property
    def masks(self) -> torch.Tensor:
        """The visible pixels of the (first) object: (N, S, S) bool."""
        return self.mask(1)

    def mask(self, number: int) -> torch.Tensor:
        """Return the visible pixels of one object in each scene.

        Args:
            number: of the object, 1 for the first.

        Returns:
            (N, S, S) bool; empty where a scene has no such object.
        """
        return self.instance_map == number

    def part(self, name: str) -> torch.Tensor:
        """Return the visible pixels of a named part of any object.

        Args:
            name: of the part, such as "wheel"; `PARTS` lists them.

        Returns:
            (N, S, S) bool; empty where no object has that part.

        Raises:
            ValueError: no object of any class has a part of that name.
        """
        if name not in PART_ID:
            raise ValueError(f"There is no part {name!r}. {nearest(name, PARTS)}")
        return self.part_map == PART_ID[name]

    def parts(self, index: int) -> tuple[str, ...]:
        """Return the names of the parts that are seen in one scene.

        Args:
            index: number of the scene, from 0.

        Returns:
            The names, in the order of `PARTS`.
        """
        return tuple(PARTS[k - 1] for k in self.part_map[index].unique().tolist() if k)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> Scenes:
        """The scenes of an index, a slice, a list, or a tensor of numbers or booleans; always Scenes."""
        keep = torch.arange(len(self))[index.cpu() if isinstance(index, torch.Tensor) else index].reshape(-1)
        at = keep.to(self.images.device)
        return replace(
            self,
            images=self.images[at],
            labels=self.labels[at],
            part_map=self.part_map[at],
            instance_map=self.instance_map[at],
            factors=[self.factors[k] for k in keep.tolist()],
        )

    def to(self, device: torch.device | str) -> Scenes:
        """Return the same scenes with their tensors on a device.

        Args:
            device: such as "cuda".

        Returns:
            New scenes; these stay where they are.
        """
        return replace(
            self,
            images=self.images.to(device),
            labels=self.labels.to(device),
            part_map=self.part_map.to(device),
            instance_map=self.instance_map.to(device),
        )


def collect(
    pictures: list[Picture], records: list[Record], labels: list[int], classes: tuple[str, ...]
) -> Scenes:
    """Put finished pictures together as Scenes."""
    images = torch.from_numpy(np.stack([p.image for p in pictures]))
    return Scenes(
        images=images.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format).div_(255),
        labels=torch.tensor(labels, dtype=torch.int64),
        part_map=torch.from_numpy(np.stack([p.parts for p in pictures])),
        instance_map=torch.from_numpy(np.stack([p.instances for p in pictures])),
        factors=records,
        classes=classes,
    )
