"""Compares people's names, which platforms write in any order, with or without capitals and accents."""

import re
import unicodedata
from collections.abc import Callable

__all__ = [
    "READINGS",
    "Reading",
    "caseless",
    "exact",
    "first_name_first",
    "folded",
    "last_name_first",
    "same_name",
    "spellings",
    "written",
]

Reading = Callable[[str], str]
"""What is kept of a name's word when it is compared."""

_BETWEEN = re.compile(r"[\s,_]+")


def exact(word: str) -> str:
    """Return a word's letters and digits.

    Args:
        word: of a name.
    """
    letters = unicodedata.normalize("NFC", word)
    return "".join(one for one in letters if one.isalnum() or unicodedata.category(one)[0] == "M")


def caseless(word: str) -> str:
    """Return a word's letters and digits, without capitals.

    Args:
        word: of a name.
    """
    return exact(word.casefold())


def folded(word: str) -> str:
    """Return a word's letters and digits, without capitals, and without accents where these are no letters.

    Args:
        word: of a name.
    """
    kept, folds = [], False
    for letter in unicodedata.normalize("NFKD", word.casefold()):
        if unicodedata.category(letter)[0] != "M":
            folds = unicodedata.name(letter, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
        if letter.isalnum() or (unicodedata.category(letter)[0] == "M" and not folds):
            kept.append(letter)
    return "".join(kept)


READINGS: tuple[Reading, ...] = (exact, caseless, folded)
"""The closest first."""


def written(name: str, read: Reading) -> tuple[str, ...]:
    """Return a name's words, as they stand.

    Args:
        name: of a person.
        read: what to keep of each word.
    """
    return tuple(filter(None, map(read, _BETWEEN.split(name))))


def spellings(name: str, read: Reading) -> set[tuple[str, ...]]:
    """Return how platforms write a name: first or last name first, in words or as one.

    Args:
        name: "Last, First", or "First Last".
        read: what to keep of each word.

    Returns:
        The words of each spelling. "Lee, Anna" is no spelling of "Alee, Ann", unless both run together.
    """
    return first_name_first(name, read) | last_name_first(name, read)


def first_name_first(name: str, read: Reading) -> set[tuple[str, ...]]:
    """Return the spellings of a name that begin with the first name.

    Args:
        name: "Last, First", or "First Last".
        read: what to keep of each word.
    """
    last, comma, first = name.partition(",")
    return _in_words_and_as_one(written(f"{first} {last}" if comma else name, read))


def last_name_first(name: str, read: Reading) -> set[tuple[str, ...]]:
    """Return the spellings of a name that begin with the last name, or the last word.

    Args:
        name: "Last, First", or "First Last".
        read: what to keep of each word.
    """
    first, _, last = name.rpartition(" ")
    return _in_words_and_as_one(written(name if "," in name else f"{last} {first}", read))


def _in_words_and_as_one(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words, ("".join(words),)} if words else set()


def same_name(name: str, text: str) -> bool:
    """Whether a text is a spelling of a name, whatever its capitals and accents.

    Args:
        name: as a roster has it.
        text: as it stands in the name of a file.
    """
    return written(text, folded) in spellings(name, folded)
