"""Weighs the differences that replay.py found against those that no server but the recorded one can avoid.

    python judge.py KNOWN.toml KIND OUTPUT.txt REPORT.json...

An answer is the same when every difference in it is known. Members that the recording does not have are none.
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
    total = same = as_recorded = 0
    left, example = Counter(), {}
    for path in reports:
        with open(path, encoding="utf-8") as file:
            recordings = json.load(file)
        for recording in recordings:
            total += recording["steps"]
            wrong = 0
            for method, url, differences in recording["diffs"]:
                # kind, member, recorded, answered
                unknown = [
                    one
                    for one in differences
                    if one[0] != "extra" and not is_known(known, recording["name"], f"{method} {url}", one)
                ]
                wrong += bool(unknown)
                for what, member, recorded, answered in unknown:
                    key = (what, url[8:].split("/")[0], re.sub(r"\[\d+\]", "[]", member))
                    left[key] += 1
                    example.setdefault(key, f'{recording["name"]} {method} {url}: {recorded[:80]} / {answered[:80]}')
            same += recording["steps"] - wrong
            as_recorded += recording["steps"] - recording["bad"]
    with open(output, "w", encoding="utf-8") as file:
        for key, times in left.most_common():
            print(times, *key, "|", example[key], file=file)
    said = f"{kind}: {same} of {total} answers are as recorded ({as_recorded} to the letter)"
    if total and same >= total * least:
        print(f"ok replay: {said}")
    else:
        print(f"FAIL replay: {said}, see {output}")


def is_known(known, recording, call, difference):
    member = re.sub(r"\[\d+\]", "[]", difference[1])
    facts = {"recording": recording, "call": call, "what": difference[0], "member": member}
    return any(
        all(re.search(pattern, facts[name]) for name, pattern in one.items() if name != "reason")
        for one in known["difference"]
    )


main(*sys.argv[1:])
