"""A program written with `requests` for Doto, as its documentation shows."""

import os

import requests

base = os.environ["BASE_URL"] + "/api/v1"
headers = {"api_access_token": os.environ["TOKEN"]}
text = os.environ["TEXT"]


def api(method, path, **body):
    return requests.request(method, base + path, headers=headers, timeout=30, **body)


profile = api("GET", "/profile").json()
account = f"/accounts/{profile['accounts'][0]['id']}"
inbox = api("POST", account + "/inboxes", json={"name": "App", "channel": {"type": "api"}}).json()
made = api(
    "POST",
    account + "/contacts",
    json={"name": "Jane Doe", "phone_number": "+14155550100", "inbox_id": inbox["id"]},
)
made.raise_for_status()
contact = made.json()["payload"]["contact"]
begun = api(
    "POST",
    account + "/conversations",
    json={"inbox_id": inbox["id"], "contact_id": contact["id"]},
)
begun.raise_for_status()
messages = f"{account}/conversations/{begun.json()['id']}/messages"

sent = api(
    "POST",
    messages,
    json={"content": text, "message_type": "outgoing", "private": False},
)
assert sent.status_code == 200, sent.text
assert sent.json()["content"] == text
assert sent.json()["message_type"] == "outgoing"

files = [("attachments[]", (name, b"bytes of " + name.encode())) for name in ("a.txt", "b.txt")]
bearing = api("POST", messages, data={"content": "Two files"}, files=files)
assert bearing.status_code == 200, bearing.text
got = [requests.get(one["data_url"], timeout=30).content for one in bearing.json()["attachments"]]
assert got == [b"bytes of a.txt", b"bytes of b.txt"], got

payload = api("GET", messages).json()["payload"]
assert [one["id"] for one in payload] == [sent.json()["id"], bearing.json()["id"]]
deleted = api("DELETE", f"{messages}/{bearing.json()['id']}")
assert deleted.status_code == 200, deleted.text
missing = api("GET", f"{account}/conversations/4711/messages")
assert missing.status_code == 404 and missing.json()["error"], missing.text
