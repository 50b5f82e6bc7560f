"""A program written with `requests` for an intranet's chat (Ziik's API), as its documentation shows."""

import os

import requests

session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
base = os.environ["BASE_URL"]
text = os.environ["TEXT"]

people = []
for first, last in (("Ann", "Lee"), ("Bo", "Berg")):
    made = session.post(
        f"{base}/users",
        json={"first_name": first, "last_name": last, "email": f"{first}@example.com", "unit": "HQ"},
    )
    assert made.ok, made.text
    people.append(made.json()["id"])

begun = session.post(f"{base}/conversations", json={"recipients": people})
assert begun.status_code == 200, begun.text
conversation = begun.json()
assert conversation["type"] == "group"
renewed = session.patch(f"{base}/conversations/{conversation['id']}", json={"title": "Shifts"})
assert renewed.status_code == 204, renewed.text

messages = f"{base}/conversations/{conversation['id']}/messages"
sent = session.post(messages, json={"message": text})
assert sent.status_code == 201, sent.text
assert sent.headers["Location"].endswith(f"/messages/{sent.json()['id']}")
assert sent.json()["message"] == text
assert sent.json()["is_reply"] is False and sent.json()["parent"] is None

edited = session.patch(f"{messages}/{sent.json()['id']}", json={"message": text + "!"})
assert edited.status_code == 200, edited.text
assert isinstance(edited.json()["edited_at"], int)
restored = session.patch(f"{messages}/{sent.json()['id']}", json={"message": text})
assert restored.json()["message"] == text

listed = session.get(messages, params={"limit": 100})
listed.raise_for_status()
texts = [one["message"] for one in listed.json()["data"] if one["type"] == "normal"]
assert texts == [text], texts
assert listed.json()["meta"]["per_page"] == 100
seen = session.post(f"{base}/conversations/{conversation['id']}/seen")
assert seen.status_code == 204, seen.text
missing = session.get(f"{base}/conversations/4711/messages")
assert missing.status_code in (403, 404) and missing.json()["message"], missing.text
