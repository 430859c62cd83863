"""The SDK that is walked, and what its steps share."""

import os
import secrets
import sys
import traceback

import jwt
from auth0.authentication import GetToken
from auth0.management import ManagementClient
from auth0.management.core.api_error import ApiError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DOMAIN = os.environ["COMPAT_DOMAIN"]
ACCOUNT = (os.environ["COMPAT_CLIENT_ID"], os.environ["COMPAT_CLIENT_SECRET"])
RUN = secrets.token_hex(4)
IDENTIFIER = f"https://api-{RUN}.example/orders/"


def unique(name):
    return f"{name}-{RUN}"


class Made:
    """What earlier files made: client, grant, organization, … None when that failed."""

    def __getattr__(self, name):
        return None


made = Made()


def step(name, keep=None):
    """Runs a step at once and prints its line; the name then holds its value, or None. `keep` keeps it in `made`."""

    def run(body):
        try:
            value = body()
        except Exception as error:  # whatever the SDK throws is the finding
            said = f"{error.status_code} {error.body}" if isinstance(error, ApiError) else f"{type(error).__name__} {error}"
            print(f"FAIL python: {name}: {' '.join(said.split())[:500]}", flush=True)
            traceback.print_exc(file=sys.stderr)
            return None
        print(f"ok python: {name}", flush=True)
        if keep:
            setattr(made, keep, value)
        return True if value is None else value

    return run


def need(value):
    if value is None:
        raise RuntimeError("an earlier step failed")
    return value


def same(actual, expected):
    assert actual == expected, f"{actual!r}, not {expected!r}"


def refused(status, call):
    try:
        call()
    except ApiError as error:
        same(error.status_code, status)
        return
    raise AssertionError(f"expected {status}, but it went well")


def claims(who, **options):
    token = GetToken(DOMAIN, who[0], client_secret=who[1]).client_credentials(**options)["access_token"]
    return jwt.decode(token, options={"verify_signature": False})


def public_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_bytes(*form).decode()


api = ManagementClient(domain=DOMAIN, client_id=ACCOUNT[0], client_secret=ACCOUNT[1])
