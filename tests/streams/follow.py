"""Follows streams of the example with httpx-sse, as a service in Python would.

    python follow.py ORIGIN"""

import json
import sys

import httpx
from httpx_sse import connect_sse

ORIGIN = sys.argv[1]
API = "/api/messages"


def sign_in(user):
    # The server sends a summary at least every 25 seconds. After a minute of silence, the connection is lost.
    client = httpx.Client(base_url=ORIGIN, timeout=httpx.Timeout(10, read=60))
    client.post("/demo/login", json={"user": user}).raise_for_status()
    return client


def add(client, message, level=20, tags=()):
    answer = client.post("/demo/messages", json={"level": level, "message": message, "extra_tags": tags})
    return answer.raise_for_status().json()["id"]


class Stream:
    """An open stream, which checks the name and the data of each event."""

    def __init__(self, client, after, filters=None):
        headers = {"Last-Event-ID": after} if after else {}
        self.opened = connect_sse(client, "GET", f"{API}/stream/", headers=headers, params=filters or {})
        # Unlike a browser, httpx-sse also returns a block without data, such as the first one.
        self.events = (event for event in self.opened.__enter__().iter_sse() if event.data)
        self.position = after

    def expect(self, name, **expected):
        event = next(self.events)
        self.position = event.id
        data = json.loads(event.data)
        found = {key: data.get(key) for key in expected}
        assert (event.event, found) == (name, expected), f"{name} {expected} was expected, not {event}"
        return event

    def expect_end(self):
        left = list(self.events)
        assert left == [], left

    def close(self):
        self.opened.__exit__(None, None, None)


def follows_each_change():
    client = sign_in("python")
    inbox = client.get(f"{API}/inbox/").raise_for_status().json()
    stream = Stream(client, inbox["at"])
    stream.expect("summary", count=0, mailbox=inbox["mailbox"])
    text, tags = "Grüße:\nzwei Zeilen", ["a, b"]
    first = add(client, text, level=25, tags=tags)
    stream.expect("message", id=first, message=text, level_tag="success", extra_tags=tags, read_at=None)
    stream.expect("summary", count=1, max_level=25, max_level_tag="success")
    client.post(f"{API}/{first}/read/").raise_for_status()
    stream.expect("read", ids=[first])
    stream.expect("summary", count=0, max_level=None)
    client.post(f"{API}/{first}/unread/").raise_for_status()
    stream.expect("unread", ids=[first])
    stream.expect("summary", count=1)

    # The next stream continues from the last event: it gets what was missed, and nothing twice.
    stream.close()
    position = stream.position
    second = add(client, "Missed.", level=40)
    stream = Stream(client, position)
    stream.expect("message", id=second)
    stream.expect("summary", count=2, max_level_tag="error")
    client.post(f"{API}/read/").raise_for_status()
    stream.expect("read", ids=[first, second])
    stream.expect("summary", count=0)

    # A change that was missed is not told in detail.
    stream.close()
    client.delete(f"{API}/{first}/").raise_for_status()
    client.post(f"{API}/unread/").raise_for_status()
    stream = Stream(client, stream.position)
    stream.expect("summary", count=1)
    stream.expect("resync")
    left = client.get(f"{API}/inbox/").raise_for_status().json()["results"]
    assert [message["id"] for message in left] == [second], left

    # The stream ends with the session.
    client.post("/demo/logout").raise_for_status()
    stream.expect_end()
    assert client.get(f"{API}/stream/").status_code == 204


def filters_messages():
    client = sign_in("python-filter")
    stream = Stream(client, None, {"level_tag": "error"})
    stream.expect("summary", count=0)
    add(client, "Not important.")
    important = add(client, "Important.", level=40)
    stream.expect("message", id=important)
    stream.expect("summary", count=1, max_level_tag="error")
    stream.close()


def limits_the_streams_of_a_mailbox():
    client = sign_in("python-many")
    streams = [Stream(client, None) for _ in range(8)]
    for stream in streams:
        stream.expect("summary", count=0)
    assert client.get(f"{API}/stream/").status_code == 429
    for stream in streams:
        stream.close()


for test in [follows_each_change, filters_messages, limits_the_streams_of_a_mailbox]:
    test()
    print(f"httpx-sse {test.__name__.replace('_', ' ')}")
