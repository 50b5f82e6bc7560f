"""A program written with `requests` for the Protocol API, as its documentation shows: everything is a form."""

import os

import requests

session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
base = os.environ["BASE_URL"] + "/v1"
text = os.environ["TEXT"]

made = session.post(
    f"{base}/contacts", data={"username": "LinnieMcCallister", "phone_number": "1-800-759-3000"}
)
assert made.status_code == 201, made.text
conversation = made.json()["conversation_id"]
assert session.get(f"{base}/conversations/{conversation}").json()["contact_id"] == made.json()["id"]

sent = session.post(f"{base}/messages", data={"conversation_id": conversation, "message": text})
assert sent.status_code == 201, sent.text
message = sent.json()
assert message["message"] == text

# Nothing percent-encoded, as the command line sends it.
raw = "reactions[red_angry_face][]=LinnieMcCallister".encode()
form = {"Content-Type": "application/x-www-form-urlencoded"}
updated = session.put(f"{base}/messages/{message['id']}", data=raw, headers=form)
assert updated.status_code == 200, updated.text
assert updated.json()["reactions"] == [{"red_angry_face": ["LinnieMcCallister"]}]
edited = session.put(f"{base}/messages/{message['id']}", data={"message": "a & b = c + d"})
assert edited.json()["message"] == "a & b = c + d"
edited = session.put(f"{base}/messages/{message['id']}", data={"message": text})
assert edited.json()["message"] == text

uploaded = session.post(f"{base}/attachments", files={"file": ("invoice.pdf", b"%PDF-1.4\n")})
assert uploaded.status_code == 201, uploaded.text
bearing = session.post(
    f"{base}/messages",
    data={
        "conversation_id": conversation,
        "message": "The invoice",
        "attachments[]": [uploaded.json()["id"]],
    },
)
assert [one["filename"] for one in bearing.json()["attachments"]] == ["invoice.pdf"], bearing.text

listed = session.get(f"{base}/messages", params={"conversation_id": conversation, "limit": 10})
assert [one["id"] for one in listed.json()["data"]] == [bearing.json()["id"], message["id"]]
assert listed.json()["has_more"] is False
gone = session.delete(f"{base}/messages/{bearing.json()['id']}")
assert gone.status_code == 204 and not gone.content
refused = session.get(f"{base}/messages", params={"limit": 101})
assert refused.status_code == 400 and refused.json()["type"] == "invalid_request", refused.text
