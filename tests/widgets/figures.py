"""What a widget was given, and what its figure shows."""


def values(rest):
    """The values of the controls among what ``explore`` was given."""
    return {name: control.value for name, control in rest.items() if name not in ("alt", "idle")}


def panels(figure):
    return [image.get_array() for image in figure.axes[0].images]


def titles(figure):
    return [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]
