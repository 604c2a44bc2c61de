"""JSON Schemas of the wire's types: those of msgspec, with our own rules for texts added.

A schema forbids what we refuse and allows what we accept, so tests can generate bodies from it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any, Final

import msgspec
from msgspec import inspect

from common.invisible_characters import COMBINING, INVISIBLE

Schema = dict[str, Any]
REFERENCE: Final = "#/components/schemas/{name}"

_CONTROLS: Final = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_IN_BLOCK: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
# What shows by itself, of all that `common.invisible_characters` knows in the BMP.
_VISIBLE: Final = rf"[^\s{_CONTROLS}{INVISIBLE}{COMBINING}]"
_BLOCK: Final = rf"^[^{_IN_BLOCK}]*[^\s{_IN_BLOCK}{INVISIBLE}{COMBINING}][^{_IN_BLOCK}]*$"
_UNFINISHED: Final = rf"^[^{_IN_BLOCK}]*$"
# Around a line: tab and ends of lines at the very ends alone, any other blank but controls.
_ENDS: Final = r"[ \t\r\n]*"
_BLANKS: Final = rf"[^\S{_CONTROLS}]*"
# Some letters that IDNA 2008 takes anywhere in a domain; whoever generates texts from a pattern
# takes ranges apart, so those of Chinese and Korean would cost them seconds.
_LETTERS: Final = (
    r"\u00e0-\u00f6\u00f8-\u00ff\u0101\u0107\u010d\u0119\u0142\u0159\u0161\u017e"
    r"\u03b1-\u03c1\u03c3-\u03c9\u0430-\u044f\u0e01-\u0e2e\u3042-\u308f"
)
_LOCAL: Final = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.\-{_LETTERS}]+"
_ASCII: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_LABEL: Final = rf"({_ASCII}|[{_LETTERS}]{{1,8}})"
_DOMAIN: Final = rf"({_ASCII}(\.{_ASCII})*|{_LABEL}(\.{_LABEL}){{0,3}})"
_EMAIL: Final = rf"^{_ENDS}{_BLANKS}{_LOCAL}@{_DOMAIN}{_BLANKS}{_ENDS}$"
_STORABLE: Final = r"^[^\u0000]*$"


FILE: Final[Schema] = {"type": "string", "format": "binary"}
"""The bytes of a file."""


def collect_schemas(types: Sequence[Any]) -> tuple[list[Schema], Schema]:
    """Returns a reference for every type, and by name all the schemas that they need."""
    found, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    for schema in components.values():
        schema["description"] = cleandoc(schema.get("description", schema["title"]))
    for type_, reference in zip(types, found, strict=True):
        _refine_schema(inspect.type_info(type_), reference, components)
    published = {_public_name(name): _publish_schema(schema) for name, schema in components.items()}
    return [_publish_schema(reference) for reference in found], published


@cache
def describe_type(type_: Any) -> Schema:
    """Returns a type's schema, a reference where it has a name; nobody changes it: it is kept.

    A few types are used dozens of times, and each time msgspec looks through all they consist of.
    """
    (schema,), _ = collect_schemas([type_])
    return schema


def inline_parameters(type_: type) -> tuple[dict[str, Schema], Schema]:
    """Returns a query's parameters by name, and the schemas that they refer to."""
    (reference,), components = collect_schemas([type_])
    own = components.pop(_schema_name(reference))
    return own["properties"], components


def describe_form(type_: type, *, needs_file: bool) -> Schema:
    """Returns a body's fields as those of a form with files, at least one if it needs it."""
    (reference,), components = collect_schemas([type_])
    own: Schema = components[_schema_name(reference)]
    files: Schema = {"type": "array", "items": FILE, "description": "A part for each file"}
    required = {"required": [*own.get("required", []), "file"]} if needs_file else {}
    files |= {"minItems": 1} if needs_file else {}
    return own | {"properties": own["properties"] | {"file": files}} | required


def _schema_name(reference: Schema) -> str:
    return str(reference["$ref"].rpartition("/")[2])


def _publish_schema(value: Any) -> Any:
    """Returns the schema in a form that code generators read.

    Some stop at `items: false` after `prefixItems`, which only states the length of a pair.
    """
    if isinstance(value, list):
        return [_publish_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    published = {name: _publish_schema(item) for name, item in value.items()}
    if "$ref" in published:
        published["$ref"] = REFERENCE.format(name=_public_name(_schema_name(published)))
    if kinds := published.pop("prefixItems", None):
        published["items"] = kinds[0] if all(kind == kinds[0] for kind in kinds) else {}
    return published


def _public_name(name: str) -> str:
    """Returns `TicketPage` for msgspec's `Page_TicketView_`; other names stay."""
    generic = re.fullmatch(r"(?:Row)?Page_(\w+?)(?:View)?_", name)
    return f"{generic[1]}Page" if generic else name


def _refine_schema(node: inspect.Type, schema: Schema, components: Schema) -> None:
    """Adds our own rules of a type to its schema, and to every schema below it."""
    if "$ref" in schema:
        schema = components[_schema_name(schema)]
    if isinstance(node, inspect.Metadata):
        _refine_text(node.extra or {}, schema)
        _refine_schema(node.type, schema, components)
    _refine_scalar(node, schema)
    for child, below in _list_children(node, schema):
        _refine_schema(child, below, components)


def _refine_text(extra: Schema, schema: Schema) -> None:
    kind = extra.get("text")
    if kind == "line":
        # The limit counts after trimming, so it can stand in the pattern alone.
        most = schema.pop("maxLength", extra["limit"])
        schema["description"] = f"One line of at most {most} characters, trimmed"
        schema["pattern"] = _line_pattern(most)
    elif kind == "block":
        schema["pattern"] = _BLOCK
    elif kind == "unfinished":
        schema["pattern"] = _UNFINISHED
    elif kind == "email":
        # JSON Schema's "email" is narrower than what we take: letters of any script, for one.
        schema.pop("format", None)
        schema["description"] = (
            "An e-mail address, trimmed, kept in its one form: lower case, NFKC, a domain by "
            "IDNA 2008. Letters of more scripts are taken than the pattern names"
        )
        schema["pattern"] = _EMAIL


def _line_pattern(most: int) -> str:
    mark = rf"[^\s{_CONTROLS}]"
    text = rf"{mark}([^{_CONTROLS}]{{0,{most - 2}}}{mark})?"
    shows = rf"(?=[^{_CONTROLS}]*{_VISIBLE})"
    return rf"^{_ENDS}{_BLANKS}{shows}{text}{_BLANKS}{_ENDS}$"


def _refine_scalar(node: inspect.Type, schema: Schema) -> None:
    if isinstance(node, inspect.StrType) and "maxLength" in schema:
        schema.setdefault("pattern", _STORABLE)  # a limit: it comes from outside
    elif isinstance(node, inspect.DateTimeType):
        schema["format"] = "date-time"
    elif isinstance(node, inspect.EnumType):
        schema["enum"] = [member.value for member in node.cls]  # in its order, not the alphabet's


def _list_children(node: inspect.Type, schema: Schema) -> Iterator[tuple[inspect.Type, Schema]]:
    if isinstance(node, inspect.StructType):
        yield from ((field.type, schema["properties"][field.encode_name]) for field in node.fields)
    elif isinstance(node, inspect.CollectionType) and "items" in schema:
        yield node.item_type, schema["items"]
    elif isinstance(node, inspect.TupleType):
        yield from zip(node.item_types, schema.get("prefixItems", []), strict=True)
    elif isinstance(node, inspect.UnionType):
        yield from _list_choices(node, schema)


def _list_choices(node: inspect.UnionType, schema: Schema) -> Iterator[tuple[inspect.Type, Schema]]:
    """Yields the type that may also be null; other unions keep msgspec's schema."""
    others = [kind for kind in node.types if not isinstance(kind, inspect.NoneType)]
    if len(others) == 1:
        yield others[0], schema["anyOf"][0]
