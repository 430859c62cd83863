"""Weighs what schemathesis found against the deviations that are meant.

    python judge.py REPORT.ndjson KNOWN.toml REPORT.txt

One line an operation: `ok` when every finding is a known one. A known deviation that was not seen is
said at the end, so that the list does not outlive its reasons.
"""

import base64
import json
import re
import sys
import tomllib
from collections import defaultdict


def findings(path):
    """Every failed check, and at the end the operations: true where something answers."""
    operations, missing = set(), set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            finished = event.get("ScenarioFinished")
            if not finished or "checks" not in finished["recorder"]:
                continue
            recorder = finished["recorder"]
            # A method that is not in the document: 405 where there is a route, 404 where there is none.
            method, route = recorder["label"].split(" ", 1)
            operations.add((method, route))
            for interaction in recorder["interactions"].values():
                answer = interaction.get("response")
                if answer and interaction["request"]["method"] != method and answer["status_code"] == 404:
                    missing.add(route)
            for case, checks in recorder["checks"].items():
                for check in checks:
                    if check["status"] != "success":
                        yield recorder, case, check
    yield {f"{method} {route}": route not in missing for method, route in operations}, None, None


def text_of(content):
    if isinstance(content, dict) and "$base64" in content:
        return base64.b64decode(content["$base64"]).decode(errors="replace")
    return json.dumps(content, ensure_ascii=False) if content is not None else ""


def describe(recorder, case, check):
    failure = check["failure_info"]["failure"]
    message = failure.get("message") or failure["title"]
    interaction = recorder["interactions"].get(case) or {}
    request, answer = interaction.get("request") or {}, interaction.get("response") or {}
    value = recorder["cases"][case]["value"]
    scenario = (value.get("meta") or {}).get("phase", {}).get("data", {})
    return {
        "operation": recorder["label"],
        "check": check["name"],
        "message": " ".join(message.split())[:800],
        "scenario": scenario.get("description") or "",
        "request": f'{request.get("method")} {request.get("uri", "")} {text_of(request.get("body"))}'[:1500],
        "content_type": ", ".join((request.get("headers") or {}).get("Content-Type") or []),
        "answer": f'{answer.get("status_code")} {text_of(answer.get("content"))}'[:800],
    }


def main(report, known_path, output):
    with open(known_path, "rb") as file:
        known = tomllib.load(file)["deviation"]
    seen = [0] * len(known)
    unknown, forgiven, operations = defaultdict(list), defaultdict(int), {}
    for recorder, case, check in findings(report):
        if check is None:
            operations = recorder
            continue
        found = describe(recorder, case, check)
        for index, deviation in enumerate(known):
            wanted = {name: pattern for name, pattern in deviation.items() if name != "reason"}
            if all(re.search(pattern, found[name]) for name, pattern in wanted.items()):
                seen[index] += 1
                forgiven[found["operation"]] += 1
                break
        else:
            unknown[found["operation"]].append(found)

    with open(output, "w", encoding="utf-8") as file:
        for operation in sorted(unknown):
            for found in unknown[operation]:
                print(*(f"{name}: {value}" for name, value in found.items()), sep="\n", end="\n\n", file=file)

    for operation in sorted(operations):
        if not operations[operation]:
            print(f"FAIL schemathesis: {operation}: there is no such route")
            continue
        if operation not in unknown:
            note = f" ({forgiven[operation]} known deviations)" if forgiven[operation] else ""
            print(f"ok schemathesis: {operation}{note}")
            continue
        kinds = defaultdict(list)
        for found in unknown[operation]:
            kinds[found["check"]].append(found)
        said = "; ".join(f'{len(some)} × {check}, such as {some[0]["message"][:110]}' for check, some in kinds.items())
        print(f"FAIL schemathesis: {operation}: {said}")
    for deviation, times in zip(known, seen):
        if not times:
            print(f'note schemathesis: not seen: {deviation["reason"]}')


main(*sys.argv[1:])
