"""Reads a value against a type, with a plain sentence for each bad field: the slow path.

msgspec stops at the first error and names types; a caller wants every field at once, and what to do
about it. Texts are cleaned before their limits count, so surrounding blanks do not matter.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import inspect

from common.errors import FieldError
from server.validation import scalar_validators, text_normalization
from server.validation.json_text import escape_key
from server.validation.scalar_validators import Check


def make_check(node: inspect.Type) -> Check:
    """Returns the function that reads a value. Raises TypeError for an unsupported type."""
    make = _MAKERS.get(type(node))
    if make is None:
        raise TypeError(f"No rule yet for reading {node}")
    return make(node)


def _make_metadata_check(node: inspect.Metadata) -> Check:
    clean = text_normalization.make_cleaner(node)
    if clean is not None and "text" in (node.extra or {}):
        return scalar_validators.make_leaf_check(
            lambda value: clean(scalar_validators.require_string(value))
        )
    described = (node.extra_json_schema or {}).get("description")
    if isinstance(node.type, inspect.StrType) and described:
        return scalar_validators.make_text_check(node.type, f"must be {described}")
    return make_check(node.type)


def _make_optional_check(node: inspect.UnionType) -> Check:
    others = [kind for kind in node.types if not isinstance(kind, inspect.NoneType)]
    if len(others) != 1:
        raise TypeError(f"No rule yet for reading {node}")
    inner = make_check(others[0])

    def check_optional(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        return None if value is None else inner(value, pointer, errors)

    return check_optional


def _make_items_check(node: inspect.VarTupleType) -> Check:
    inner = make_check(node.item_type)
    sized = scalar_validators.make_leaf_check(
        lambda value: scalar_validators.check_size(
            len(value), node.min_length, node.max_length, "item"
        )
    )

    def check_items(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, list):
            errors.append(FieldError("must be a list", pointer=pointer))
            return None
        sized(value, pointer, errors)
        return tuple([inner(item, f"{pointer}/{at}", errors) for at, item in enumerate(value)])

    return check_items


def _make_tuple_check(node: inspect.TupleType) -> Check:
    inner = [make_check(kind) for kind in node.item_types]

    def check_fixed(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, list) or len(value) != len(inner):
            errors.append(FieldError(f"must be a list of {len(inner)}", pointer=pointer))
            return None
        pairs = enumerate(zip(inner, value, strict=True))
        return tuple([read(item, f"{pointer}/{at}", errors) for at, (read, item) in pairs])

    return check_fixed


def _make_struct_check(node: inspect.StructType) -> Check:
    fields = {field.encode_name: (field, make_check(field.type)) for field in node.fields}

    def check_struct(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, dict):
            errors.append(FieldError("must be a JSON object", pointer=pointer))
            return None
        before = len(errors)
        values = {}
        for name, (field, read) in fields.items():
            if name in value:
                so_far = len(errors)
                found = read(value[name], f"{pointer}/{name}", errors)
                if len(errors) == so_far:
                    values[field.name] = found
            elif field.required:
                errors.append(FieldError("is required", pointer=f"{pointer}/{name}"))
        errors += [_unknown_field(key, pointer) for key in value if key not in fields]
        # After an error: the fields that are right, so that more can be said about them.
        return node.cls(**values) if len(errors) == before else values

    return check_struct


def _unknown_field(key: str, pointer: str) -> FieldError:
    return FieldError("is no field of this request", pointer=f"{pointer}/{escape_key(key)}")


_MAKERS: Final[dict[type[inspect.Type], Callable[[Any], Check]]] = {
    inspect.Metadata: _make_metadata_check,
    inspect.StrType: scalar_validators.make_text_check,
    inspect.IntType: scalar_validators.make_integer_check,
    inspect.BoolType: scalar_validators.make_boolean_check,
    inspect.DateTimeType: scalar_validators.make_datetime_check,
    inspect.EnumType: scalar_validators.make_enum_check,
    inspect.UnionType: _make_optional_check,
    inspect.VarTupleType: _make_items_check,
    inspect.TupleType: _make_tuple_check,
    inspect.StructType: _make_struct_check,
}
