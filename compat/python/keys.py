"""Keys of the tenant, other than those that sign tokens."""

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sdk import api, same, step, unique


@step("keys.encryption: list, get")
def _():
    key = next(iter(api.keys.encryption.list(per_page=1)))
    same(api.keys.encryption.get(key.kid).state, "active")


# The key that seals everything here is the operator's, not the tenant's.
@step("keys.encryption: a key of one's own is refused in words")
def _():
    keys = api.keys.encryption
    for call in (lambda: keys.create(type="customer-provided-root-key"), keys.rekey):
        try:
            call()
        except Exception as refused:
            assert "operation_not_supported" in str(refused), refused
        else:
            raise AssertionError("it was taken")


@step("keys.custom_signing: set, get, delete")
def _():
    numbers = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(), as_dict=True
    )
    jwk = {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": unique("mine"), "use": "sig", "alg": "RS256"}
    same(api.keys.custom_signing.set(keys=[jwk]).keys[0].kid, jwk["kid"])
    same(api.keys.custom_signing.get().keys[0].n, jwk["n"])
    api.keys.custom_signing.delete()
