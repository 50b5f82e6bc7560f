"""A program written with `requests` for Bird's Channels API, as its documentation shows."""

import os

import requests

base = os.environ["BASE_URL"]
workspace = f"{base}/workspaces/{os.environ['WORKSPACE_ID']}"
messages = f"{workspace}/channels/{os.environ['CHANNEL_ID']}/messages"
headers = {"Authorization": f"AccessKey {os.environ['TOKEN']}"}
text = os.environ["TEXT"]
receiver = {"contacts": [{"identifierValue": "+31687654321", "identifierKey": "phonenumber"}]}

sent = requests.post(
    messages,
    headers=headers,
    json={"receiver": receiver, "body": {"type": "text", "text": {"text": text}}},
    timeout=30,
)
assert sent.status_code == 202, sent.text
message = sent.json()
assert message["body"] == {"type": "text", "text": {"text": text}}

again = requests.post(
    messages,
    headers=headers,
    json={
        "receiver": receiver,
        "body": {
            "type": "list",
            "list": {"text": "Which?", "items": [{"title": "One"}, {"title": "Two", "mediaUrl": None}]},
        },
        "meta": {"extraInformation": {"price": 12.50, "ids": [1, None]}},
    },
    timeout=30,
)
assert again.status_code == 202, again.text
assert again.json()["receiver"]["contacts"][0]["id"] == message["receiver"]["contacts"][0]["id"]

got = requests.get(f"{messages}/{again.json()['id']}", headers=headers, timeout=30)
got.raise_for_status()
assert got.json()["body"]["list"]["items"][1] == {"title": "Two", "mediaUrl": None}
assert got.json()["meta"] == {"extraInformation": {"price": 12.50, "ids": [1, None]}}

listed = requests.get(f"{workspace}/channels/messages", headers=headers, timeout=30)
listed.raise_for_status()
assert [one["id"] for one in listed.json()["results"]] == [again.json()["id"], message["id"]]
assert "nextPageToken" not in listed.json()

wrong = requests.get(messages, headers={"Authorization": "AccessKey wrong"}, timeout=30)
assert wrong.status_code == 401 and wrong.json()["code"], wrong.text
