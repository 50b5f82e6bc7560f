"""A program written with `requests` for SaaSignal's messaging module, as its documentation shows."""

import os

import requests

session = requests.Session()
session.trust_env = False
session.headers["X-API-Key"] = os.environ["TOKEN"]
base = os.environ["BASE_URL"] + "/modules/messaging"
text = os.environ["TEXT"]

conversation = session.post(f"{base}/conversations", json={})
assert conversation.status_code == 201, conversation.text
messages = f"{base}/conversations/{conversation.json()['id']}/messages"
added = session.post(
    f"{base}/conversations/{conversation.json()['id']}/participants",
    json={"external_id": "user_1", "display_name": "Bo", "role": "owner"},
)
assert added.status_code == 201, added.text

sent = session.post(messages, json={"participant_id": added.json()["id"], "body": text})
assert sent.status_code == 201, sent.text
assert sent.json()["body"] == text
assert sent.json()["status"] == "ok"

listed = session.get(messages, params={"after": "2020-01-01T00:00:00Z", "limit": 10})
listed.raise_for_status()
assert [message["id"] for message in listed.json()["items"]] == [sent.json()["id"]]
assert listed.json()["next_cursor"] is None

refused = session.get(messages, params={"limit": 101})
assert refused.status_code == 400, refused.text
assert refused.json()["code"] == "bad_request"
