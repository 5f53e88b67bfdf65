"""Write the client's models, calls and error codes from the API's own description.

    .venv/bin/python integrations/python/generate.py

Needs this repository: the description comes from its code, not from a running platform.
"""

from __future__ import annotations

import json
import keyword
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).resolve().parent / "fsa_platform_client"
HEAD = '"""{says}\n\nWritten by generate.py: change that, not this.\n"""\n\nfrom __future__ import annotations\n\n'
LEFT_OUT_TAGS = {"devices"}  # terminals speak these with tokens of their own
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
HTTP_METHODS = ("get", "post", "patch", "put", "delete")


def type_of(schema: dict[str, Any], models: str = "") -> str:
    """The Python type of a JSON schema. models: what stands before a model's name."""
    if "$ref" in schema:
        found = models + schema["$ref"].rpartition("/")[2]
    elif len(schema.get("allOf", [])) == 1:
        found = type_of(schema["allOf"][0], models)
    elif "oneOf" in schema or "anyOf" in schema:
        kinds = dict.fromkeys(type_of(one, models) for one in schema.get("oneOf") or schema["anyOf"])
        found = " | ".join(kinds)
    elif "enum" in schema:
        found = literal(schema["enum"])
    elif schema.get("type") == "array":
        found = f"List[{type_of(schema.get('items', {}), models)}]"
    elif schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        found = f"Dict[str, {type_of(inner, models) if isinstance(inner, dict) else 'Any'}]"
    else:
        found = SCALARS.get(schema.get("type", ""), "Any")
    return f"{found} | None" if schema.get("nullable") and found != "Any" else found


def literal(values: list[Any]) -> str:
    return f"Literal[{', '.join(json.dumps(value, ensure_ascii=False) if value is not None else 'None' for value in values)}]"


def docstring(text: str, indent: str) -> str:
    if not text:
        return ""
    clean = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    lines = clean.splitlines()
    quoted = "\n".join([lines[0], *(f"{indent}{line}".rstrip() for line in lines[1:])])
    end = f"\n{indent}" if len(lines) > 1 or quoted.endswith('"') else ""
    return f'{indent}"""{quoted}{end}"""\n'


def models_text(schemas: dict[str, Any]) -> str:
    parts = [
        HEAD.format(says="What the API takes and answers.") + "from typing import Any, Dict, List, Literal, TypedDict, Union\n"
    ]
    parts += [_enum_or_class(name, schema) for name, schema in schemas.items() if "enum" in schema]
    rest = {name: schema for name, schema in schemas.items() if "enum" not in schema}
    parts += [_enum_or_class(name, schema) for name, schema in rest.items() if "properties" in schema]
    parts += [_alias(name, schema) for name, schema in rest.items() if "properties" not in schema]
    return "\n".join(parts)


def _alias(name: str, schema: dict[str, Any]) -> str:
    """Python 3.9 evaluates these, and knows no `|` between types."""
    kinds = type_of(schema).split(" | ")
    return f"{name} = {kinds[0] if len(kinds) == 1 else 'Union[' + ', '.join(kinds) + ']'}\n"


def _enum_or_class(name: str, schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"{name} = {type_of(schema)}\n"
    needed = set(schema.get("required", []))
    fields = list(schema["properties"].items())
    says = docstring(schema.get("description", ""), "    ")
    required = [(key, one) for key, one in fields if key in needed]
    optional = [(key, one) for key, one in fields if key not in needed]
    if any(not key.isidentifier() or keyword.iskeyword(key) for key, _ in fields):
        pairs = ", ".join(f'"{key}": "{type_of(one)}"' for key, one in fields)
        return f'{name} = TypedDict("{name}", {{{pairs}}}, total=False)\n'
    if not optional or not required:
        total = "" if required else ", total=False"
        return f"\nclass {name}(TypedDict{total}):\n{says}" + ("\n" * bool(says)) + (_fields(fields) or "    pass\n")
    return (
        f"\nclass _{name}Needed(TypedDict):\n{_fields(required)}\n\nclass {name}(_{name}Needed, total=False):\n{says}"
        + ("\n" * bool(says)) + _fields(optional)
    )  # fmt: skip


def _fields(fields: list[tuple[str, Any]]) -> str:
    return "".join(f"    {key}: {type_of(schema)}\n" for key, schema in fields)


def operations_text(description: dict[str, Any]) -> str:
    by_tag: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method in HTTP_METHODS:
            if method in methods and methods[method]["tags"][0] not in LEFT_OUT_TAGS:
                tag = methods[method]["tags"][0]
                by_tag.setdefault(tag, []).append(
                    _method(path, method, methods[method], tag, description["components"]["schemas"])
                )
    says = HEAD.format(says="One method for each call of the API, in one class for each part of it.")
    text = says + (
        "from typing import Iterator, List, Literal, cast\n\nfrom fsa_platform_client import models\n"
        "from fsa_platform_client.transport import Transport, quoted\n\n\nclass Part:\n"
        '    """A part of the API."""\n\n    def __init__(self, transport: Transport) -> None:\n        self._transport = transport\n'
    )
    for tag in sorted(by_tag):
        text += f"\n\nclass {class_name(tag)}(Part):\n" + "\n".join(by_tag[tag])
    attributes = "".join(f"        self.{attribute(tag)} = {class_name(tag)}(transport)\n" for tag in sorted(by_tag))
    return (
        text
        + '\n\nclass Parts:\n    """All parts of the API, by name."""\n\n    def __init__(self, transport: Transport) -> None:\n'
        + attributes
    )


def class_name(tag: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"\W+", tag))


def attribute(tag: str) -> str:
    return re.sub(r"\W+", "_", tag)


def _method(path: str, method: str, operation: dict[str, Any], tag: str, schemas: dict[str, Any]) -> str:
    name = operation["operationId"].removeprefix(f"{attribute(tag)}_") or "get"
    name = f"{name}_" if keyword.iskeyword(name) else name
    parameters = operation.get("parameters", [])
    in_path = [one["name"] for one in parameters if one["in"] == "path"]
    query = [one for one in parameters if one["in"] == "query"]
    is_repeatable = any(one["name"] == "Idempotency-Key" for one in parameters)
    contents = operation.get("requestBody", {}).get("content", {})
    takes_file = contents and "application/json" not in contents
    answer = _answer(operation)
    arguments = ["self", *(f"{one}: str" for one in in_path)]
    passed = []
    if takes_file:
        arguments += ["content: bytes", "content_type: str"]
        passed += ["content=content", "content_type=content_type"]
    elif contents:
        body = type_of(contents["application/json"]["schema"], "models.")
        arguments.append(f"body: {body}" + ("" if operation["requestBody"].get("required") else " | None = None"))
        passed.append("body=body")
    named = [_query_argument(one) for one in sorted(query, key=lambda one: not one.get("required"))]
    if query:
        passed.append("query={" + ", ".join(f'"{one["name"]}": {one["name"]}' for one in query) + "}")
    if is_repeatable:
        named.append("idempotency_key: str | None = None")
        passed += ["is_repeatable=True", "idempotency_key=idempotency_key"]
    if named:
        arguments += ["*", *named]
    address = re.sub(r"\{(\w+)\}", r"{quoted(\1)}", path)
    where = f'f"{address}"' if in_path else f'"{address}"'
    call = ", ".join([f'"{method.upper()}"', where, *passed])
    says = docstring(operation.get("description") or operation.get("summary", ""), "        ")
    if answer == "None":
        does = f"        self._transport.call({call})\n"
    else:
        does = f'        return cast("{answer}", self._transport.call({call}))\n'
    text = f"    def {name}({', '.join(arguments)}) -> {answer}:\n{says}{does}"
    item = _item_of_page(answer, schemas) if any(one["name"] == "cursor" for one in query) else ""
    return text + ("\n" + _all_method(name, in_path, query, item, where) if item else "")


def _query_argument(one: dict[str, Any]) -> str:
    kind = type_of(one["schema"], "models.")
    return f"{one['name']}: {kind}" if one.get("required") else f"{one['name']}: {kind} | None = None"


def _answer(operation: dict[str, Any]) -> str:
    good = [content for status, content in operation["responses"].items() if status.startswith("2")]
    contents = good[0].get("content", {})
    if not contents:
        return "None"
    if "application/json" not in contents:
        return "str"
    return type_of(contents["application/json"]["schema"], "models.")


def _item_of_page(answer: str, schemas: dict[str, Any]) -> str:
    fields = schemas.get(answer.removeprefix("models."), {}).get("properties", {})
    return type_of(fields["data"]["items"], "models.") if {"data", "next_cursor"} <= set(fields) else ""


def _all_method(name: str, in_path: list[str], query: list[dict[str, Any]], item: str, where: str) -> str:
    filters = [one for one in query if one["name"] != "cursor"]
    arguments = ", ".join(
        ["self", *(f"{one}: str" for one in in_path), *(["*"] if filters else []), *map(_query_argument, filters)]
    )
    asked = "{" + ", ".join(f'"{one["name"]}": {one["name"]}' for one in filters) + "}"
    return (
        f"    def {name}_all({arguments}) -> Iterator[{item}]:\n"
        f'        """Every row of `{name}`, asked for page by page. limit: how many a page."""\n'
        f'        return cast("Iterator[{item}]", self._transport.pages({where}, query={asked}))\n'
    )


def codes_text(codes: list[str]) -> str:
    head = HEAD.format(says="Every `code` that the API may answer with when this was written; new ones are added.")
    return head + "from typing import Literal\n\nErrorCode = Literal[\n" + "".join(f'    "{code}",\n' for code in codes) + "]\n"


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff"]
    target = ["--target-version", "py39", "--line-length", "130"]
    return subprocess.run(
        [*command, "format", *target, "--stdin-filename", "generated.py", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def files(description: dict[str, Any], codes: list[str]) -> dict[str, str]:
    """Name -> text of each file that is written."""
    return {
        "models.py": formatted(models_text(description["components"]["schemas"])),
        "operations.py": formatted(operations_text(description)),
        "codes.py": formatted(codes_text(codes)),
    }


def described() -> tuple[dict[str, Any], list[str]]:
    """The API's description and its error codes. Django is set up."""
    from drf_spectacular.generators import SchemaGenerator
    from portal.error_codes import error_codes

    description = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    return description, sorted(one.code for one in error_codes())


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings_for_types")
    import django

    django.setup()
    for name, text in files(*described()).items():
        (PACKAGE / name).write_text(text, "utf-8")
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
