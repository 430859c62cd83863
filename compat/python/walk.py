"""Every manager of Auth0's SDK that concerns machines: create, get, list, update, delete."""

import importlib

# In this order: later ones need what earlier ones made.
for subject in (
    "resource_servers",
    "clients",
    "client_grants",
    "organizations",
    "actions",
    "keys",
    "logs",
    "edges",
    "end",
):
    importlib.import_module(subject)
