"""What the pretended device has to know about one of torch's operators, asked once of its schema."""

from typing import Any, NamedTuple

import torch

# Operators that take each operand from where it is.
_COPIES = {"copy_", "_to_copy", "_foreach_copy_", "set_"}
_INDEXES = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index", "_unsafe_index_put"}
# Operators that do not even take a single number from the CPU.
_STRICT = {
    *("cat", "stack", "clamp", "clamp_", "index_select", "gather", "scatter", "scatter_", "scatter_add"),
    *(
        "scatter_add_",
        "index_add",
        "index_add_",
        "index_fill",
        "index_fill_",
        "take",
        "embedding",
        "searchsorted",
    ),
    *("bucketize", "equal", "nll_loss_forward", "masked_select", "masked_scatter", "masked_scatter_"),
}
_PRODUCTS = {
    *(
        "convolution",
        "convolution_overrideable",
        "convolution_backward",
        "_convolution",
        "linear",
        "mm",
        "addmm",
    ),
    *("addmm_", "bmm", "baddbmm", "addbmm", "mv", "addmv", "dot", "vdot", "_trilinear"),
}


class Operator(NamedTuple):
    """What there is to know.

    Attributes:
        name: without namespace and overload ("index_put_").
        written: the arguments that it writes to and gives back, by number or by name.
        reshapes: whether it changes the shape of its first argument in place (`unsqueeze_`).
        seeded: whether it draws random numbers.
        product: whether it sums products, so that another device rounds otherwise.
        copies: whether its operands may lie on different devices.
        indexes: whether its indices may lie on the CPU.
        strict: whether it refuses also a single number from the CPU.
    """

    name: str
    written: tuple[int | str, ...]
    reshapes: bool
    seeded: bool
    product: bool
    copies: bool
    indexes: bool
    strict: bool


_KNOWN: dict[Any, Operator] = {}


def operator(func: Any) -> Operator:
    """What there is to know of an overload, such as `torch.ops.aten.add.Tensor`."""
    return _KNOWN.get(func) or _KNOWN.setdefault(func, _ask(func))


def _ask(func: Any) -> Operator:
    schema = func._schema
    name = schema.name.partition("::")[2]
    return Operator(
        name=name,
        written=_written(schema),
        reshapes=torch.Tag.inplace_view in func.tags or name in {"resize_", "resize_as_", "set_"},
        seeded=torch.Tag.nondeterministic_seeded in func.tags,
        product=name in _PRODUCTS,
        copies=name in _COPIES,
        indexes=name in _INDEXES,
        strict=name in _STRICT,
    )


def _written(schema: Any) -> tuple[int | str, ...]:
    found: list[int | str] = []
    for value in schema.returns:
        if value.alias_info is None or not value.alias_info.is_write:
            return ()
        for i, argument in enumerate(schema.arguments):
            if (
                argument.alias_info is not None
                and argument.alias_info.before_set == value.alias_info.before_set
            ):
                found.append(argument.name if argument.kwarg_only else i)
    return tuple(found)
