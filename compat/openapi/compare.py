#!/usr/bin/env python3
"""Compares m2mint's description of its Management API with Auth0's published one.

usage: compare.py OURS.json AUTH0.json [--write FILE]

OURS.json is docs/openapi.json, or what a server answers at /m2mint/v1/openapi.json. Every difference
must fit a line of known.toml, which says why it is there; one that fits none makes this fail, and so
does a line that nothing fits. --write puts the whole list into a Markdown file.
"""
import argparse
import fnmatch
import json
import pathlib
import re
import sys
import tomllib

# The part of Auth0's API that is about machines.
SCOPE = (
    "actions", "attack-protection", "client-grants", "clients", "custom-domains", "jobs", "keys",
    "log-streams", "logs", "network-acls", "organizations", "rate-limit-policies",
    "resource-servers", "stats", "tenants", "token-exchange-profiles",
)
# Members and users of an organization are people.
PEOPLE = {"members", "enabled_connections", "connections", "invitations", "roles", "groups"}
# An operation, what is different there, and perhaps of what.
FORM = re.compile(
    r"([A-Z]+ \S+) ((?:(?:query|request|\d+) )?(?:lacks|also|needs|does not need)|is .*|.*answers?|request .*|\d+ .*)"
    r"(?: (\S+))?"
)
METHODS = ("get", "post", "put", "patch", "delete")
DEPTH = 8


def in_scope(path):
    parts = path.strip("/").split("/")
    if parts[0] == "organizations" and len(parts) > 2 and parts[2] in PEOPLE:
        return False
    return parts[0] in SCOPE


def shape(path):
    """Parameters may have other names."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


class Document:
    def __init__(self, file, prefix):
        self.json = json.loads(pathlib.Path(file).read_text())
        self.operations = {}
        for path, methods in self.json["paths"].items():
            if prefix and not path.startswith(prefix):
                continue
            for method in METHODS:
                if method in methods:
                    self.operations[method.upper(), shape(path[len(prefix):])] = methods[method]

    def resolve(self, node):
        for _ in range(20):
            if not isinstance(node, dict) or "$ref" not in node:
                break
            target = self.json
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            node = target
        return node if isinstance(node, dict) else {}

    def members(self, node, depth=0):
        """The paths of all members, with whether each must be there; (paths, open)."""
        node = self.resolve(node)
        found, opened = {}, False
        if DEPTH < depth:
            return found, True
        for word in ("anyOf", "oneOf", "allOf"):
            alternatives = [self.members(one, depth + 1) for one in node.get(word, ())]
            for more, free in alternatives:
                for name, must in more.items():
                    everywhere = all(members.get(name) for members, _ in alternatives)
                    found[name] = must if word == "allOf" else everywhere
                opened |= free
        if "items" in node:
            more, free = self.members(node["items"], depth + 1)
            found.update({f"[]{'' if n.startswith('[]') else '.'}{n}": must for n, must in more.items()})
            opened |= free
        required = set(node.get("required", ()))
        for name, child in node.get("properties", {}).items():
            found[name] = name in required
            more, free = self.members(child, depth + 1)
            if free:
                found[f"{name}.*"] = False
            for inner in more:
                found[f"{name}{'' if inner.startswith('[]') else '.'}{inner}"] = False
        kinds = node.get("type")
        is_object = kinds == "object" or isinstance(kinds, list) and "object" in kinds
        if (is_object and node.get("additionalProperties", True) is not False) or not node:
            opened = True
        return found, opened

    def body(self, operation):
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        return content.get("application/json", {}).get("schema")

    def answers(self, operation):
        for status, answer in operation.get("responses", {}).items():
            if status.startswith("2"):
                content = self.resolve(answer).get("content", {})
                yield status, content.get("application/json", {}).get("schema")

    def query(self, operation):
        parameters = (self.resolve(one) for one in operation.get("parameters", ()))
        return {one["name"] for one in parameters if one.get("in") == "query"}


def covered(name, names):
    """Whether a member stands in a set, or below one of it that takes any."""
    parts = name.split(".")
    return name in names or any(".".join(parts[:n]) + ".*" in names for n in range(1, len(parts) + 1)) or any(
        ".".join(parts[:n]) + "[].*" in names for n in range(1, len(parts) + 1))


def missing(wanted, names, free):
    """The members that a set has not; of one that is missing, not the members below it."""
    found = []
    for name in sorted(wanted, key=lambda name: (name.count("."), name)):
        if free or name.endswith(".*") or name in names or covered(name, names):
            continue
        parts = name.split(".")
        above = {".".join(parts[:n]) for n in range(1, len(parts))}
        if not any(one in found or one.removesuffix("[]") in found for one in above):
            found.append(name)
    return sorted(found)


def bodies(ours, theirs, place, a, b):
    mine, my_free = ours.members(a) if a is not None else ({}, a is None)
    other, free = theirs.members(b) if b is not None else ({}, b is None)
    for name in missing(other, mine, my_free):
        yield f"{place} lacks {name}"
    for name in missing(mine, other, free):
        yield f"{place} also {name}"
    for name in sorted(set(mine) & set(other)):
        if mine[name] != other[name] and "." not in name:
            yield f"{place} {'needs' if mine[name] else 'does not need'} {name}"
    if (my_free or any(name.endswith(".*") for name in mine)) and not free and other:
        wild = sorted(name for name in mine if name.endswith(".*") and name not in other)
        if my_free:
            yield f"{place} takes any member"
        for name in wild:
            if any(known.startswith(name[:-1]) for known in other):
                yield f"{place} {name[:-2]} is any object"


def differences(ours, theirs):
    for (method, path), operation in sorted(theirs.operations.items()):
        if not in_scope(path):
            continue
        place = f"{method} {path}"
        mine = ours.operations.get((method, path))
        if mine is None:
            yield f"{place} is not there"
            continue
        for name in sorted(theirs.query(operation) - ours.query(mine)):
            yield f"{place} query lacks {name}"
        for name in sorted(ours.query(mine) - theirs.query(operation)):
            yield f"{place} query also {name}"
        yield from bodies(ours, theirs, f"{place} request", ours.body(mine), theirs.body(operation))
        my_answers, answers = dict(ours.answers(mine)), dict(theirs.answers(operation))
        for status in sorted(set(answers) - set(my_answers)):
            yield f"{place} does not answer {status}"
        for status in sorted(set(my_answers) - set(answers)):
            yield f"{place} answers {status}"
        if my_answers and answers:
            (status, a), (_, b) = next(iter(my_answers.items())), next(iter(answers.items()))
            yield from bodies(ours, theirs, f"{place} {status}", a, b)
    for (method, path) in sorted(set(ours.operations) - set(theirs.operations)):
        yield f"{method} {path} is ours"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours")
    parser.add_argument("auth0")
    parser.add_argument("--write")
    options = parser.parse_args()
    ours, theirs = Document(options.ours, "/api/v2"), Document(options.auth0, "")
    known = tomllib.loads(pathlib.Path(__file__).with_name("known.toml").read_text())["difference"]
    unused = {line["pattern"] for line in known}
    explained, unknown = {}, []
    for difference in differences(ours, theirs):
        for line in known:
            # In a pattern only * is special.
            pattern = line["pattern"].replace("[", "[[]")
            if fnmatch.fnmatchcase(difference, pattern):
                explained.setdefault(line["reason"], []).append(difference)
                unused.discard(line["pattern"])
                break
        else:
            unknown.append(difference)
    scope = [key for key in theirs.operations if in_scope(key[1])]
    there = [ours.operations[key] for key in scope if key in ours.operations]
    refused = sum(not dict(ours.answers(operation)) for operation in there)
    there = f"{len(there)} of {len(scope)} operations"
    print(f"{there}, {refused} of which only refuse; "
          f"{sum(map(len, explained.values()))} differences with a reason, {len(unknown)} without")
    for difference in unknown:
        print(f"  no reason: {difference}")
    for pattern in sorted(unused):
        print(f"  nothing fits: {pattern}")
    if options.write:
        order = list(dict.fromkeys(line["reason"] for line in known if line["reason"] in explained))
        write(options.write, {reason: explained[reason] for reason in order}, there, refused)
    sys.exit(1 if unknown or unused else 0)


def write(file, explained, there, refused):
    lines = [
        "# Differences from Auth0's description of the Management API", "",
        "Written by `compat/openapi/compare.py` from [openapi.json](openapi.json), Auth0's published document",
        "and the reasons in `compat/openapi/known.toml`; do not edit.", "",
        f"m2mint knows {there} that are about machines, {refused} of which only refuse, in words. Where its",
        "description is not the published one, this is why:", "",
        "| Reason | Differences |", "|---|---|",
    ]
    lines += [f"| [{reason}](#{anchor(reason)}) | {len(found)} |" for reason, found in explained.items()]
    for reason, found in explained.items():
        lines += ["", f"## {reason}", ""]
        together = {}
        for one in found:
            where, what, name = FORM.fullmatch(one).groups()
            together.setdefault((where, what), []).append(name)
        for (where, what), names in together.items():
            names = ": " + ", ".join(f"`{name}`" for name in names) if names != [None] else ""
            lines.append(f"- `{where}` {what}{names}")
    pathlib.Path(file).write_text("\n".join(lines) + "\n")


def anchor(heading):
    """The name that a heading gets on a page."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    main()
