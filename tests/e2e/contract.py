"""docs/api/openapi.yaml as a strict judge of answers: what the document doesn't declare is refused.

A schema there says what an object has; here, an object with `properties` and without `additionalProperties` has nothing
else. So the document can't fall behind the server.
"""
import dataclasses
import json
import pathlib

import jsonschema
import requests
import yaml

from conftest import ROOT

DOCUMENT = ROOT / "docs/api/openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclasses.dataclass(frozen=True)
class Operation:
    id: str
    method: str  # upper case
    path: str  # a template: "/api/v2/trace/{trace_id}"
    tags: tuple[str, ...]
    parameters: tuple[dict, ...]
    responses: dict[int, dict]

    @property
    def on_agent_port(self) -> bool:
        return "agent" in self.tags


class Contract:
    """The document. Remembers which of the required parts of its answers it has seen."""

    def __init__(self, document: pathlib.Path = DOCUMENT):
        self.document = yaml.safe_load(document.read_text())
        self.operations = {operation.id: operation for operation in self._operations()}
        self._required: set[str] = set()
        self._seen: set[str] = set()
        self._schemas = {(id, status, media): self._closed(content.get("schema", {}), f"{id} {status}")
                         for id, operation in self.operations.items() for status, response in operation.responses.items()
                         for media, content in response.get("content", {}).items()}

    def _operations(self) -> list[Operation]:
        found = []
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                operation = item[method]
                parameters = tuple(self.resolved(parameter) for parameter in operation.get("parameters", []))
                responses = {int(status): self.resolved(response) for status, response in operation["responses"].items()}
                found.append(Operation(operation["operationId"], method.upper(), path, tuple(operation["tags"]), parameters, responses))
        return found

    def resolved(self, node: dict) -> dict:
        if "$ref" not in node:
            return node
        found = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _closed(self, schema: dict, place: str, branch: bool = False) -> dict:
        """`schema` without references and with all objects closed; those of an `allOf` together, not each by itself."""
        if "$ref" in schema:
            return self._closed(self.resolved(schema), schema["$ref"].rpartition("/")[2], branch)
        closed = {**schema, "x-place": place}
        if "properties" in schema:
            closed["properties"] = {name: self._closed(part, f"{place}.{name}") for name, part in schema["properties"].items()}
            self._required |= {f"{place}.{name}" for name in schema.get("required", [])}
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                closed[key] = self._closed(schema[key], f"{place}[]")
        for key in ("allOf", "oneOf"):
            if key in schema:
                closed[key] = [self._closed(part, place, branch=key == "allOf") for part in schema[key]]
        if not branch and "additionalProperties" not in schema and ("properties" in schema or "allOf" in schema):
            closed["unevaluatedProperties"] = False
        return closed

    def judge(self, id: str, answer: requests.Response) -> None:
        """AssertionError unless the document allows `answer` for the operation."""
        operation = self.operations[id]
        response = operation.responses.get(answer.status_code)
        assert response is not None, f"{id} answered {answer.status_code}, which isn't documented: {answer.text[:300]}"
        for name in response.get("headers", {}):
            assert name in answer.headers, f"{id} {answer.status_code}: no header {name}"
        content = response.get("content")
        if content is None:
            assert answer.content == b"", f"{id} {answer.status_code} has a body, which isn't documented"
            return
        media = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        assert media in content, f"{id} {answer.status_code} came as {media!r}, documented as {' or '.join(content)}"
        instance = json.loads(answer.text, parse_constant=_refuse_constant) if media.endswith("json") else answer.text
        schema = self._schemas[id, answer.status_code, media]
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(instance))
        assert error is None, f"{id} {answer.status_code}, at {error.json_path}: {error.message[:500]}"
        self._see(schema, instance)

    def _see(self, schema: dict, instance) -> None:
        for part in schema.get("allOf", []):
            self._see(part, instance)
        for part in schema.get("oneOf", []):
            if jsonschema.Draft202012Validator(part).is_valid(instance):
                self._see(part, instance)
        if isinstance(instance, dict):
            for name, value in instance.items():
                part = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
                self._seen.add(f"{schema['x-place']}.{name}")
                if isinstance(part, dict):
                    self._see(part, value)
        elif isinstance(instance, list) and "items" in schema:
            for value in instance:
                self._see(schema["items"], value)

    def never_seen(self) -> set[str]:
        """Required parts of answers that no judged answer had: data too poor to say that they are right."""
        return self._required - self._seen


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} isn't JSON")
