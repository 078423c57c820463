"""The photographs as data: file and package, author, licence, and the square that fits."""

from dataclasses import dataclass

__all__ = ["CATALOGUE", "Photograph"]

_SKIMAGE, _SKLEARN, _MATPLOTLIB = "skimage/data", "sklearn/datasets/images", "matplotlib/mpl-data/sample_data"
_PUBLIC, _CC0, _CC_BY = "public domain", "CC0 1.0", "CC BY 2.0"
_NOT_STATED = "not stated by scikit-image"


@dataclass(frozen=True)
class Photograph:
    """A picture that an installed package holds.

    Attributes:
        name: what the course calls it.
        file: its path, which begins with the package that holds it.
        shows: what is to be seen.
        author: who made it, as far as the package says.
        licence: as the package states it.
        square: left, top and edge of the square that fits it best, in pixels of the file. A square may reach
            over the picture's edge, which is then continued.
    """

    name: str
    file: str
    shows: str
    author: str
    licence: str
    square: tuple[int, int, int]

    @property
    def package(self) -> str:
        """The package that holds it, as Python imports it."""
        return self.file.partition("/")[0]


_ALL = (
    Photograph(
        "cat", f"{_SKIMAGE}/chelsea.png", "Chelsea, a tabby", "Stéfan van der Walt", _CC0, (75, 0, 300)
    ),
    Photograph(
        "coffee", f"{_SKIMAGE}/coffee.png", "a cup of espresso", "Rachel Michetti", _CC0, (100, 0, 400)
    ),
    Photograph(
        *(
            "motorcycle",
            f"{_SKIMAGE}/motorcycle_left.png",
            "a motorcycle in a garage, seen by the left camera",
        ),
        *("Scharstein et al. 2014, Middlebury College", _NOT_STATED, (125, 0, 500)),
    ),
    Photograph(
        *("motorcycle-right", f"{_SKIMAGE}/motorcycle_right.png", "the same, 19 cm further to the right"),
        *("Scharstein et al. 2014, Middlebury College", _NOT_STATED, (125, 0, 500)),
    ),
    Photograph(
        "rocket", f"{_SKIMAGE}/rocket.jpg", "a Falcon 9 on its launch pad", "SpaceX", _PUBLIC, (106, 0, 427)
    ),
    Photograph(
        "astronaut", f"{_SKIMAGE}/astronaut.png", "Eileen Collins, astronaut", "NASA", _PUBLIC, (0, 0, 512)
    ),
    Photograph(
        *("hopper", f"{_MATPLOTLIB}/grace_hopper.jpg", "Grace Hopper, computer scientist"),
        *("United States Navy", _PUBLIC, (0, 20, 512)),
    ),
    Photograph(
        "china", f"{_SKLEARN}/china.jpg", "a pagoda above a lake", "danielbuechele", _CC_BY, (30, 0, 427)
    ),
    Photograph("flower", f"{_SKLEARN}/flower.jpg", "a dahlia", "vultilion", _CC_BY, (106, 0, 427)),
    Photograph(
        "retina", f"{_SKIMAGE}/retina.jpg", "the back of an eye", "Mikael Häggström", _CC0, (0, 0, 1411)
    ),
    Photograph(
        *("tissue", f"{_SKIMAGE}/ihc.png", "glands of the gut under a microscope, stained"),
        *("Center for Microscopy and Molecular Imaging", "no known restrictions", (0, 0, 512)),
    ),
    Photograph(
        *("galaxies", f"{_SKIMAGE}/hubble_deep_field.jpg", "Hubble's farthest view of the universe"),
        *("NASA", _PUBLIC, (64, 0, 872)),
    ),
    Photograph(
        "colours", f"{_SKIMAGE}/color.png", "a colour wheel, drawn", "unknown", _NOT_STATED, (0, 0, 370)
    ),
    Photograph(
        *("camera", f"{_SKIMAGE}/camera.png", "a photographer and his tripod, in grey"),
        *("Lav Varshney", _CC0, (0, 0, 512)),
    ),
    Photograph(
        *("horse", f"{_SKIMAGE}/horse.png", "the silhouette of a horse, drawn"),
        *("Andreas Preuss", _CC0, (0, -36, 400)),
    ),
    Photograph("moon", f"{_SKIMAGE}/moon.png", "craters of the moon", "unknown", _NOT_STATED, (0, 0, 512)),
    Photograph(
        *("clock", f"{_SKIMAGE}/clock_motion.png", "a wall clock, blurred by a moving camera"),
        *("Stéfan van der Walt", _PUBLIC, (50, 0, 300)),
    ),
    Photograph(
        *("coins", f"{_SKIMAGE}/coins.png", "Greek coins from Pompeii"),
        *("Brooklyn Museum", "no known restrictions", (40, 0, 303)),
    ),
    Photograph("brick", f"{_SKIMAGE}/brick.png", "a wall of bricks", "CC0 Textures", _CC0, (0, 0, 512)),
    Photograph("grass", f"{_SKIMAGE}/grass.png", "a lawn from above", "CC0 Textures", _CC0, (0, 0, 512)),
    Photograph("gravel", f"{_SKIMAGE}/gravel.png", "gravel from above", "CC0 Textures", _CC0, (0, 0, 512)),
    Photograph(
        "page", f"{_SKIMAGE}/page.png", "a scanned page of print", "unknown", _NOT_STATED, (0, 0, 191)
    ),
    Photograph("text", f"{_SKIMAGE}/text.png", "a line of handwriting", "unknown", _PUBLIC, (100, 0, 172)),
    Photograph(
        "cell", f"{_SKIMAGE}/cell.png", "a cell in saline", "Paul Müller and others", _CC0, (0, 110, 550)
    ),
)

CATALOGUE = {one.name: one for one in _ALL}
"""Name → photograph: first those in colour, then those in grey."""
