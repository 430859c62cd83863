"""Keys of the tenant, other than those that sign tokens."""

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sdk import api, same, step, unique


@step("keys.encryption: list, get")
def _():
    key = next(iter(api.keys.encryption.list(per_page=1)))
    same(api.keys.encryption.get(key.kid).state, "active")


@step("keys.encryption: create, wrapping key, delete, rekey")
def _():
    keys = api.keys.encryption
    fresh = keys.create(type="customer-provided-root-key")
    same((fresh.type, fresh.state), ("customer-provided-root-key", "pre-activation"))
    assert "BEGIN PUBLIC KEY" in keys.create_public_wrapping_key(fresh.kid).public_key
    same(keys.get(fresh.kid).kid, fresh.kid)
    keys.delete(fresh.kid)
    keys.rekey()


@step("keys.custom_signing: set, get, delete")
def _():
    numbers = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(), as_dict=True
    )
    jwk = {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": unique("mine"), "use": "sig", "alg": "RS256"}
    same(api.keys.custom_signing.set(keys=[jwk]).keys[0].kid, jwk["kid"])
    same(api.keys.custom_signing.get().keys[0].n, jwk["n"])
    api.keys.custom_signing.delete()
