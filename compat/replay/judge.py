"""Weighs the differences that replay.py found against those that no server but the recorded one can avoid.

    python judge.py KNOWN.toml KIND OUTPUT.txt REPORT.json... [--unprepared REPORT.json...]

An answer is the same when every difference in it is known. Members that the recording does not have are none. Said are
three figures: the answers that are the same to the letter on an empty tenant, where there are such reports; those that
are the same to the letter on a tenant that was brought to where the recorded one was; and those whose every difference
has a known reason besides. `OUTPUT.txt` has what is left, and how often each reason was needed.
"""

import json
import re
import sys
import tomllib
from collections import Counter


def main(known_path, kind, output, *reports):
    with open(known_path, "rb") as file:
        known = tomllib.load(file)
    least = known["least"]
    prepared, unprepared = split(reports, "--unprepared")
    total = same = as_recorded = 0
    left, example, reasons = Counter(), {}, Counter()
    for recording in recordings_of(prepared):
        total += recording["steps"]
        as_recorded += recording["steps"] - recording["bad"]
        wrong = 0
        for method, url, differences in recording["diffs"]:
            # kind, member, recorded, answered
            counted = [one for one in differences if one[0] != "extra"]
            found = [(one, reason_of(known, recording["name"], f"{method} {url}", one)) for one in counted]
            unknown = [one for one, reason in found if reason is None]
            wrong += bool(unknown)
            if not unknown:
                reasons.update({reason for _, reason in found})
            for what, member, recorded, answered in unknown:
                key = (what, url[8:].split("/")[0], nameless(member))
                left[key] += 1
                example.setdefault(key, f'{recording["name"]} {method} {url}: {recorded[:80]} / {answered[:80]}')
        same += recording["steps"] - wrong
    with open(output, "w", encoding="utf-8") as file:
        for key, times in left.most_common():
            print(times, *key, "|", example[key], file=file)
        for reason, times in reasons.most_common():
            print(times, "answers:", reason, file=file)
    letter = f"{as_recorded} to the letter"
    if unprepared:
        before = sum(one["steps"] - one["bad"] for one in recordings_of(unprepared))
        letter += f", {before} on an empty tenant"
    said = f"{kind}: {same} of {total} answers are as recorded ({letter})"
    if total and same >= total * least:
        print(f"ok replay: {said}")
    else:
        print(f"FAIL replay: {said}, see {output}")


def split(reports, mark):
    reports = [*reports]
    place = reports.index(mark) if mark in reports else len(reports)
    return reports[:place], reports[place + 1 :]


def recordings_of(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            yield from json.load(file)


def nameless(member):
    return re.sub(r"\[\d+\]", "[]", member)


def reason_of(known, recording, call, difference):
    what, member, recorded, _ = difference
    facts = {"recording": recording, "call": call, "what": what, "member": nameless(member), "recorded": recorded}
    for one in known["difference"]:
        if all(re.search(pattern, facts[name]) for name, pattern in one.items() if name != "reason"):
            return one["reason"]
    return None


main(*sys.argv[1:])
