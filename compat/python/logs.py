"""Events, and where they are sent."""

import time

from sdk import api, refused, same, step, unique


@step("logs.list and get")
def _():
    for _ in range(100):
        found = list(api.logs.list(search="type:seccft", per_page=5, sort="date:-1").items)
        if found:
            break
        time.sleep(0.1)
    same(found[0].type, "seccft")
    same(api.logs.get(found[0].log_id).log_id, found[0].log_id)


@step("log_streams: create, get, list, update, delete")
def _():
    fresh = api.log_streams.create(
        request={
            "name": unique("Hook"),
            "type": "http",
            "sink": {
                "httpEndpoint": "https://127.0.0.1:1/logs",
                "httpContentType": "application/json",
                "httpContentFormat": "JSONLINES",
                "httpAuthorization": "Bearer x",
            },
        }
    )
    same((fresh.name, fresh.type, fresh.status), (unique("Hook"), "http", "active"))
    same(api.log_streams.get(fresh.id).id, fresh.id)
    assert any(one.id == fresh.id for one in api.log_streams.list())
    same(api.log_streams.update(fresh.id, status="paused").status, "paused")
    api.log_streams.delete(fresh.id)
    refused(404, lambda: api.log_streams.get(fresh.id))
