// A program written with `fetch` for Bird's Channels API, as its documentation shows.
import assert from "node:assert/strict";

const { BASE_URL, TOKEN, TEXT, WORKSPACE_ID, CHANNEL_ID } = process.env;
const channel = `/workspaces/${WORKSPACE_ID}/channels/${CHANNEL_ID}`;

async function api(method, path, body) {
  const response = await fetch(`${BASE_URL}${path}`, {
    method,
    headers: { Authorization: `AccessKey ${TOKEN}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const data = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(data.message), { status: response.status, ...data });
  }
  return data;
}

const { results: channels } = await api("GET", `/workspaces/${WORKSPACE_ID}/channels`);
assert.ok(channels.some((one) => one.id === CHANNEL_ID && one.status === "active"));

const receiver = { contacts: [{ identifierKey: "phonenumber", identifierValue: "+31612345678" }] };
const sent = await api("POST", `${channel}/messages`, {
  receiver,
  body: { type: "text", text: { text: TEXT } },
  reference: "order-4711",
  tags: ["Shipping"],
});
assert.equal(sent.status, "accepted");
assert.equal(sent.direction, "outgoing");
assert.equal(sent.body.text.text, TEXT);
assert.deepEqual(sent.tags, ["shipping"]);

// A file: asked for, brought as the answer says, sent.
const upload = await api("POST", `${channel}/presigned-upload`, { contentType: "text/plain" });
const form = new FormData();
for (const [name, value] of Object.entries(upload.uploadFormData)) {
  form.append(name, value);
}
form.append("file", new Blob(["Order 4711\n"], { type: "text/plain" }), "order.txt");
const brought = await fetch(upload.uploadUrl, { method: upload.uploadMethod, body: form });
assert.equal(brought.status, 204, await brought.text());
const file = { mediaUrl: upload.mediaUrl, contentType: "text/plain", filename: "order.txt" };
const body = { type: "file", file: { text: "The order", files: [file] } };
const bearing = await api("POST", `${channel}/messages`, { receiver, body });
assert.deepEqual(bearing.body, body);
const had = await fetch(upload.mediaUrl, { headers: { Authorization: `AccessKey ${TOKEN}` } });
assert.equal(await had.text(), "Order 4711\n");

const seen = [];
let token;
do {
  const query = new URLSearchParams({ limit: "1", reverse: "true", ...(token && { pageToken: token }) });
  const page = await api("GET", `${channel}/messages?${query}`);
  seen.push(...page.results.map((message) => message.id));
  token = page.nextPageToken;
} while (token);
assert.deepEqual(seen, [sent.id, bearing.id]);

const one = await api("GET", `${channel}/messages/${sent.id}`);
assert.equal(one.reference, "order-4711");
assert.equal(one.receiver.contacts[0].identifierValue, "+31612345678");
await assert.rejects(api("POST", `${channel}/messages`, { receiver }), (error) => {
  assert.equal(error.status, 422);
  assert.ok(Object.keys(error.details).length > 0);
  return true;
});
