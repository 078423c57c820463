"""What a widget was given, and what its figure shows."""


def values(rest):
    return {name: control.value for name, control in rest.items() if name != "alt"}


def panels(figure):
    return [image.get_array() for image in figure.axes[0].images]


def titles(figure):
    return [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]
