"""Holds a running hub against its own documents: every example against its schema, every kind of
event that it has published against its message, every list that it answers against its response,
the documents themselves against the schemas that others published. Prints what does not fit and
exits with 1; prints what it looked at otherwise.

Usage: contract.py <url> <token> <folder of the published schemas>
"""

import gzip
import json
import pathlib
import sys
import urllib.error
import urllib.request

import jsonschema

FAULTS = []
COUNTS = {}


def fault(place, error):
    """Notes that something does not fit."""
    where = "/".join(str(part) for part in error.absolute_path)
    FAULTS.append(f"{place}: {error.message[:300]} (at {where or 'its root'})")


def count(what):
    """Counts what was looked at."""
    COUNTS[what] = COUNTS.get(what, 0) + 1


class Checker:
    """Validates against schemas inside of a document."""

    def __init__(self, document, kind):
        self._resolver = jsonschema.RefResolver.from_schema(document)
        self._kind = kind

    def check(self, place, schema, value):
        """Checks a value, its formats too."""
        validator = self._kind(
            schema, resolver=self._resolver, format_checker=jsonschema.FormatChecker())
        for error in validator.iter_errors(value):
            fault(place, error)

    def check_schema(self, place, schema):
        """Checks a schema and its own examples."""
        try:
            self._kind.check_schema(schema)
        except jsonschema.SchemaError as error:
            fault(place, error)
        for example in schema.get("examples", []):
            self.check(place + " example", schema, example)
        count("schemas")


class Hub:
    """Reads from a hub."""

    def __init__(self, url, token):
        self._url = url
        self._token = token

    def get(self, path):
        """The JSON of an answer; nothing if there is none yet."""
        request = urllib.request.Request(
            self._url + path,
            headers={"Authorization": "Bearer " + self._token, "Accept": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise


def check_openapi(openapi, hub):
    """Schemas, examples, and what the lists answer."""
    checker = Checker(openapi, jsonschema.Draft202012Validator)
    for name, schema in openapi["components"]["schemas"].items():
        checker.check_schema("schema " + name, schema)
    for path, item in openapi["paths"].items():
        shared = item.pop("parameters", [])
        for method, operation in item.items():
            place = f"{method} {path}"
            for parameter in shared + operation.get("parameters", []):
                checker.check(
                    f"{place} {parameter['name']}", parameter["schema"], parameter["example"])
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            for holder in bodies + list(operation["responses"].values()):
                for media in holder.get("content", {}).values():
                    if "example" in media:
                        checker.check(place, media["schema"], media["example"])
            is_list = method == "get" and "{" not in path and operation["security"]
            content = operation["responses"].get("200", {}).get("content", {})
            if is_list and "application/json" in content:
                answer = hub.get(path)
                if answer is None:
                    continue
                checker.check("answer of " + place, content["application/json"]["schema"], answer)
                count("answers")


def check_asyncapi(asyncapi, hub, folder):
    """Messages, examples, and every event that the hub has published."""
    schema = json.loads(gzip.decompress((folder / "asyncapi-3.0.0.schema.json.gz").read_bytes()))
    for error in jsonschema.Draft7Validator(schema).iter_errors(asyncapi):
        fault("asyncapi.json", error)
    checker = Checker(asyncapi, jsonschema.Draft7Validator)
    for name, one in asyncapi["components"]["schemas"].items():
        checker.check_schema("asyncapi schema " + name, one)
    messages = asyncapi["components"]["messages"]
    for name, message in messages.items():
        for example in message["examples"]:
            checker.check("message " + name, message["payload"], example["payload"])
    cloud_events = jsonschema.Draft7Validator(
        json.loads((folder / "cloudevents-1.0.schema.json").read_text()),
        format_checker=jsonschema.FormatChecker())
    known = [name for name in messages if f"event_{name}" in asyncapi["components"]["schemas"]]
    cursor, types = "", set()
    while True:
        page = hub.get("/events?order=asc&limit=1000" + cursor)
        for event in page["data"]:
            name = event["type"].removeprefix("in.bhiv.")
            types.add(name)
            if name not in known:
                if not event["subject"].startswith("events/"):
                    FAULTS.append(f"{name}: the hub publishes it, and no message describes it")
                name = "reported_event"
            checker.check(f"event {event['type']}", messages[name]["payload"], event)
            for error in cloud_events.iter_errors(event):
                fault(f"event {event['type']} as a CloudEvent", error)
            count("events")
        if page["next_cursor"] is None:
            break
        cursor = "&cursor=" + page["next_cursor"]
    print("types:", " ".join(sorted(types)))


def main():
    """Checks both documents."""
    hub = Hub(sys.argv[1], sys.argv[2])
    check_openapi(hub.get("/openapi.json"), hub)
    check_asyncapi(hub.get("/asyncapi.json"), hub, pathlib.Path(sys.argv[3]))
    for line in FAULTS[:40]:
        print(line)
    print("looked at:", ", ".join(f"{number} {what}" for what, number in COUNTS.items()))
    sys.exit(1 if FAULTS else 0)


main()
