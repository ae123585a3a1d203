"""Examples made of schemas, so that the document and its page always show what is really sent."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
BY_FORMAT = {
    "date-time": "2026-03-01T12:00:00Z",
    "uuid": "0b9f2d5e-4c1a-4a55-9c0e-2f1d6a7b8c9d",
}
BY_TYPE: dict[str, Any] = {"string": "…", "integer": 1, "number": 1, "boolean": False, "null": None, "object": {}}
REF = "#/components/schemas/"


def example(schema: Schema, shapes: Mapping[str, Schema], *, required_only: bool = False) -> Any:
    """Something that fits a schema; `shapes` are the schemas that others refer to. `required_only` leaves out what may
    be left out."""
    if "$ref" in schema:
        return example(shapes[schema["$ref"].removeprefix(REF)], shapes, required_only=required_only)
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("anyOf", "allOf"):
        if name in schema:
            return example(schema[name][0], shapes, required_only=required_only)
    return _by_type(schema, shapes, required_only=required_only)


def words(schema: Schema) -> str:
    """What a schema allows, in a few words: `string or null`, `one of read, write`, `list of Thread`."""
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    if "anyOf" in schema or "allOf" in schema:
        return " or ".join(words(each) for each in schema.get("anyOf", schema.get("allOf", ())))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if schema.get("type") == "array":
        return f"list of {words(schema.get('items', {}))}"
    return str(schema.get("format", schema.get("type", "anything")))


def _by_type(schema: Schema, shapes: Mapping[str, Schema], *, required_only: bool) -> Any:
    if schema.get("type") == "array":
        return [example(schema.get("items", {}), shapes, required_only=required_only)]
    if "properties" in schema:
        wanted = schema.get("required", ()) if required_only else schema["properties"]
        return {
            name: example(schema["properties"][name], shapes, required_only=required_only)
            for name in schema["properties"]
            if name in wanted
        }
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(schema.get("type", "object"), {}))
