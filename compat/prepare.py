"""Makes a machine-to-machine client that may do everything at the Management API.

Prints shell assignments of COMPAT_TOKEN, COMPAT_CLIENT_ID and COMPAT_CLIENT_SECRET.
"""

import json
import os
import shlex
import ssl
import urllib.request

URL = os.environ["COMPAT_URL"]
TRUST = ssl.create_default_context(cafile=os.environ["COMPAT_CA"])


def call(method, path, body=None, token=None):
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", "Bearer " + token)
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(request, data, timeout=10, context=TRUST) as answer:
        return json.load(answer)


def main():
    token = call("POST", "/dev/token")["access_token"]
    apis = call("GET", "/api/v2/resource-servers?per_page=100", token=token)
    management = next(api for api in apis if api.get("is_system") and "/api/v2/" in api["identifier"])
    client = call(
        "POST",
        "/api/v2/clients",
        {"name": "Tools", "app_type": "non_interactive", "grant_types": ["client_credentials"]},
        token,
    )
    grant = {
        "client_id": client["client_id"],
        "audience": management["identifier"],
        "scope": [scope["value"] for scope in management["scopes"]],
    }
    call("POST", "/api/v2/client-grants", grant, token)
    for name, value in (
        ("COMPAT_TOKEN", token),
        ("COMPAT_CLIENT_ID", client["client_id"]),
        ("COMPAT_CLIENT_SECRET", client["client_secret"]),
    ):
        print(f"export {name}={shlex.quote(value)}")


main()
