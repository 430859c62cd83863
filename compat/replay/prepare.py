"""Puts a tenant into the state that a recording shows its own tenant to have been in before it began.

    python prepare.py plan REPLAY.py KIND:FOLDER ONLY PLAN.json
    python prepare.py next PLAN.json BASE [CA.pem]

`plan` reads the recordings in the order in which the replay reads them, and writes for each what it shows to have been
there before: objects that it reads, changes or lists and did not make, and the settings of its tenant. `next` resets
the tenant and brings it there, for the recording whose turn it is: an import of objects, with their recorded ids, and a
change of the settings. Nothing is said twice: what a recording does itself, it does itself.
"""

import importlib.util
import json
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SETTINGS = "/api/v2/tenants/settings"
# What a recorder put in place of what it hid.
HIDDEN = "[REDACTED]"
# The client that every tenant has.
GLOBAL = "All Applications"
# Settings in hours, which may have to be said in minutes.
HOURS = ("session_lifetime", "idle_session_lifetime", "ephemeral_session_lifetime", "idle_ephemeral_session_lifetime")
# Settings of which a part may be refused.
INNER = ("flags",)
# The path below /api/v2, the member that names one, the member of an import's document
KINDS = [
    ("resource-servers", "id", "resourceServers"),
    ("actions/actions", "id", "actions"),
    ("clients", "client_id", "clients"),
    ("client-grants", "id", "clientGrants"),
    ("organizations", "id", "organizations"),
    ("log-streams", "id", "logStreams"),
]


def plan(replay_path, corpus, only, output):
    spec = importlib.util.spec_from_file_location("replay", replay_path)
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    recordings = [one for one in replay.load(*corpus.split(":", 1)) if one["usable"] and re.search(only, one["name"])]
    before = [{"name": one["name"], **past_of(one["its"])} for one in recordings]
    Path(output).write_text(json.dumps({"turn": 0, "recordings": before}), encoding="utf-8")


def past_of(calls):
    """What was there before the first of these calls."""
    past = Past()
    for call in calls:
        answer, method, path = call["res"], call["method"], call["path"].removesuffix("/")
        if not 200 <= call["status"] < 300:
            continue
        if path == SETTINGS:
            past.read(SETTINGS, past.settings, call)
        for place, id_member, member in KINDS:
            rest = path.removeprefix(f"/api/v2/{place}")
            if rest == path or (rest and not rest.startswith("/")):
                continue
            if method == "POST" and isinstance(answer, dict):
                past.made |= {answer.get(name) for name in (id_member, "identifier", "client_id", "name")} - {None}
            elif rest.count("/") == 1 and isinstance(answer, dict) and method in ("GET", "PATCH"):
                # An answer without its id has that of the path.
                past.meet(member, {id_member: urllib.parse.unquote(rest[1:]), **answer}, id_member, call)
            elif not rest and method == "GET":
                for one in listed(answer):
                    is_global = {"global": True} if "is_global=true" in call["query"] else {}
                    past.meet(member, {**is_global, **one}, id_member, {**call, "body": None})
    return past.told()


class Past:
    def __init__(self):
        self.settings, self.made, self.said, self.whole = {}, set(), {}, set()
        self.things = {member: {} for _, _, member in KINDS}

    def meet(self, member, answer, id_member, call):
        """An answer that shows an object."""
        name = answer.get(id_member, answer.get("name"))
        if name is None or {name, answer.get("identifier")} & self.made:
            return
        self.read(name, self.things[member].setdefault(name, {}), {**call, "res": answer})

    def read(self, name, thing, call):
        """The first whole answer tells how a thing was, but for what was said since."""
        said = self.said.setdefault(name, {})
        if call["method"] != "GET" and isinstance(call["body"], dict):
            fill(said, call["body"])
        if name in self.whole:
            return
        fill(thing, without(clean(call["res"]), said))
        if not re.search("(^|&)fields=[^&]", call["query"]):
            self.whole.add(name)

    def told(self):
        things = self.things
        for member, ids in things.items():
            for name, thing in [*ids.items()]:
                if member not in ("clientGrants", "organizations"):
                    thing.setdefault("name", thing.get("identifier", name))
                if thing.get("is_system") or thing.get("is_default"):
                    del ids[name]
        clients = things["clients"]
        is_global = {name for name, one in clients.items() if one.get("global") or one["name"] == GLOBAL}
        everyone = [clients.pop(name) for name in is_global]
        document = {member: [*ids.values()] for member, ids in things.items()}
        complete(document, self.settings, self.made)
        return {"settings": self.settings, "global": everyone[0] if everyone else None, "document": document}


def fill(thing, more):
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(thing.get(name), dict):
            fill(thing[name], value)
        else:
            thing.setdefault(name, value)


def complete(document, settings, made):
    """Adds what goes without saying: what others refer to, and members that go by another name in a change."""
    clients = {one.get("client_id") for one in document["clients"]} | made
    apis = {one["identifier"]: one for one in document["resourceServers"] if "identifier" in one}
    for grant in document["clientGrants"]:
        client, audience = grant.get("client_id"), grant.get("audience")
        if client and client not in clients:
            clients.add(client)
            document["clients"].append({"client_id": client, "name": client})
        if audience and audience not in made:
            api = apis.setdefault(audience, {"identifier": audience, "name": audience})
            said = api.setdefault("scopes", [])
            said += [{"value": one} for one in grant.get("scope", []) if " " not in one and {"value": one} not in said]
    for client in document["clients"]:
        audience = client.get("resource_server_identifier")
        if audience and audience not in made:
            apis.setdefault(audience, {"identifier": audience, "name": audience})
    document["resourceServers"] = [*apis.values()]
    for action in document["actions"]:
        action["deployed"] = action.get("all_changes_deployed", False)
        action.pop("secrets", None)
    for setting in HOURS:
        hours = settings.get(setting)
        if isinstance(hours, float) and not hours.is_integer():
            del settings[setting]
            settings[f"{setting}_in_minutes"] = round(hours * 60)


def without(answer, said):
    """The parts of an answer that nobody has said; of those that were said in part, what is left."""
    left = {}
    for name, value in answer.items():
        if name not in said:
            left[name] = value
        elif isinstance(value, dict) and isinstance(said[name], dict):
            rest = without(value, said[name])
            if rest:
                left[name] = rest
    return left


def clean(value):
    """Without what the recorder had hidden, and what is not set."""
    if isinstance(value, dict):
        members = {name: clean(one) for name, one in value.items() if one is not None}
        return {name: one for name, one in members.items() if HIDDEN not in json.dumps(one)}
    return [clean(one) for one in value] if isinstance(value, list) else value


def listed(answer):
    if isinstance(answer, list):
        return answer
    lists = [value for value in answer.values() if isinstance(value, list)] if isinstance(answer, dict) else []
    return lists[0] if lists else []


class Server:
    def __init__(self, base, ca=None):
        self.base, self.tls = base, ssl.create_default_context(cafile=ca) if ca else None
        self.token = None
        self.token = self.call("POST", "/dev/token")["access_token"]

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, context=self.tls, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def bring(self, thing, method, path, member=None):
        """Sends, and again without what is refused by name. Says what was left out."""
        left_out = []
        while True:
            try:
                self.call(method, path, {"document": {member: [thing]}} if member else thing)
                return left_out
            except urllib.error.HTTPError as error:
                message = json.loads(error.read() or b"{}").get("message", "")
                inner = [name for name in INNER if name in thing and re.search(rf"on property {name}\b", message)]
                place = thing[inner[0]] if inner else thing
                names = refused(message) & place.keys()
                if error.code != 400 or not names:
                    return [*left_out, f"all ({message})"]
                for name in sorted(names):
                    del place[name]
                    left_out.append(name)


def refused(message):
    """The first members that a message of a refused body is about."""
    extra = re.search(r"Additional properties not allowed: ([\w, ]+)", message)
    named = re.findall(r"(?:on property|property|Missing required property:?) ['\"]?([A-Za-z_]\w*)", message)
    return {name.strip() for name in (extra.group(1).split(",") if extra else [])} | set(named)


def bring_next(plan_path, base, ca=None):
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    past = plan["recordings"][plan["turn"]]
    plan["turn"] += 1
    Path(plan_path).write_text(json.dumps(plan), encoding="utf-8")
    server = Server(base, ca)
    server.call("POST", "/dev/reset")
    for member, things in past["document"].items():
        for thing in things:
            left_out = server.bring(thing, "POST", "/m2mint/v1/import", member)
            report(past, f"{member} {thing.get('name', '')}", left_out)
    if past["global"]:
        [ours] = server.call("GET", "/api/v2/clients?is_global=true")
        left_out = server.bring(past["global"], "PATCH", f"/api/v2/clients/{ours['client_id']}")
        report(past, GLOBAL, left_out)
    if past["settings"]:
        report(past, "settings", server.bring(past["settings"], "PATCH", SETTINGS))


def report(past, what, left_out):
    if left_out:
        print(f"{past['name']}: {what} without {', '.join(left_out)}", file=sys.stderr)


if __name__ == "__main__":
    {"plan": plan, "next": bring_next}[sys.argv[1]](*sys.argv[2:])
