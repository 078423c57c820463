"""Real pictures, of which none is ours: those that the packages beside the course have brought along."""

from coursekit.datasets.photographs.catalogue import CATALOGUE, Photograph
from coursekit.datasets.photographs.collages import Collage, collage
from coursekit.datasets.photographs.details import DETAILS, Detail, detail, detail_mask
from coursekit.datasets.photographs.reading import photograph, photographs

__all__ = [
    "CATALOGUE",
    "DETAILS",
    "Collage",
    "Detail",
    "Photograph",
    "collage",
    "detail",
    "detail_mask",
    "photograph",
    "photographs",
]
