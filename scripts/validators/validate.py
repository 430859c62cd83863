"""Judges the cases with PyJWT: keys by discovery, or the shared secret.

    python validate.py cases.json
"""

import json
import sys
import time
import urllib.request
from urllib.parse import urljoin

import jwt

with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)
issuer = given["issuer"]
discovery = urljoin(issuer, ".well-known/openid-configuration")
with urllib.request.urlopen(discovery, timeout=5) as answer:
    metadata = json.load(answer)
assert metadata["issuer"] == issuer, metadata["issuer"]
keys = jwt.PyJWKClient(metadata["jwks_uri"], timeout=5)


def verdict(case):
    """What the library makes of one case."""
    # The library has no clock to set. Its leeway moves the end of a token, and nothing else that
    # these tokens have; a negative one makes it later.
    leeway = 0
    if case.get("now"):
        leeway = int(time.time()) - case["now"]
    try:
        if case.get("secret"):
            key = case["secret"]
        else:
            key = keys.get_signing_key_from_jwt(case["token"]).key
        claims = jwt.decode(
            case["token"],
            key,
            algorithms=[case["alg"]],
            audience=case["audience"],
            issuer=case["issuer"],
            leeway=leeway,
            options={
                "require": ["exp", "iat", "sub", "iss", "aud"],
                # With the clock moved back, so is the time of issue.
                "verify_iat": leeway >= 0,
            },
        )
    except jwt.ExpiredSignatureError:
        return "expired"
    except jwt.InvalidAudienceError:
        return "audience"
    except jwt.InvalidIssuerError:
        return "issuer"
    except jwt.InvalidSignatureError:
        return "signature"
    except jwt.InvalidAlgorithmError:
        return "algorithm"
    except jwt.PyJWKClientError as error:
        return "key" if "Unable to find a signing key" in str(error) else repr(error)
    except jwt.PyJWTError as error:
        return repr(error)
    typ = jwt.get_unverified_header(case["token"]).get("typ")
    if typ != case["typ"]:
        return f"typ {typ}"
    wrong = [name for name, value in case["claims"].items() if claims.get(name) != value]
    return f"claims {wrong}" if wrong else "accept"


failed = 0
for case in given["cases"]:
    found = verdict(case)
    if found == case["expect"]:
        print(f"ok   PyJWT  {case['title']} ({found})")
    else:
        failed += 1
        print(f"FAIL PyJWT  {case['title']}: expected {case['expect']}, found {found}")
sys.exit(1 if failed else 0)
