// A program written with `fetch` for an intranet's chat (Ziik's API), as its documentation shows.
import assert from "node:assert/strict";

const { BASE_URL, TOKEN, TEXT } = process.env;

async function api(method, path, body) {
  const response = await fetch(`${BASE_URL}/api${path}`, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const data = text === "" ? null : JSON.parse(text);
  if (!response.ok) {
    throw Object.assign(new Error(data.message), { status: response.status, errors: data.errors });
  }
  return data;
}

const me = await api("GET", "/users/current");
const john = await api("POST", "/users", {
  first_name: "John", last_name: "Doe", email: "john@example.com", title: "Manager", unit: "HQ",
});
const conversation = await api("POST", "/conversations", { recipients: [john.id] });
assert.equal(conversation.type, "direct");
const messages = `/conversations/${conversation.id}/messages`;

const sent = await api("POST", messages, { message: TEXT, parent_id: null });
const members = ["id", "type", "conversationId", "is_reply", "parent", "deleted", "message", "date", "edited_at",
  "reactions", "author", "files", "voice"];
assert.deepEqual(members.filter((name) => !(name in sent)), []);
assert.equal(sent.message, TEXT);
assert.equal(sent.conversationId, conversation.id);
assert.equal(sent.author.id, me.id);
assert.ok(Math.abs(sent.date - Date.now() / 1000) < 60);

const reply = await api("POST", messages, { message: "<b>x</b> @[John](user:1)", parent_id: sent.id });
assert.equal(reply.is_reply, true);
assert.equal(reply.parent.id, sent.id);
assert.equal(reply.message, "<b>x</b> @[John](user:1)");

// A file: announced, brought as the answer says, finalised.
const upload = await api("POST", "/upload", {
  id: sent.id, type: "messages", content_type: "text/plain", filename: "order.txt",
});
const headers = Object.entries(upload.headers).map(([name, values]) => [name, values.join(", ")]);
const put = await fetch(upload.url, { method: "PUT", headers, body: "Order 4711\n" });
assert.ok(put.ok, await put.text());
assert.equal(await api("POST", `/file/${upload.file}/finalise`, { key: upload.key }), null);
const bearing = await api("GET", `${messages}/${sent.id}`);
assert.deepEqual(bearing.files.map((file) => [file.name, file.uploaded, file.size]), [["order.txt", true, 11]]);

const page = await api("GET", `${messages}?limit=1`);
assert.deepEqual(page.data.map((message) => message.id), [reply.id]);
const next = await api("GET", `${messages}?limit=1&cursor=${encodeURIComponent(page.meta.next_cursor)}`);
assert.deepEqual(next.data.map((message) => message.id), [sent.id]);

assert.equal(await api("DELETE", `${messages}/${reply.id}`), null);
const gone = await api("GET", `${messages}/${reply.id}`);
assert.deepEqual([gone.deleted, gone.message], [true, ""]);
await assert.rejects(api("POST", messages, {}), (error) => {
  assert.equal(error.status, 422);
  assert.ok(error.errors.message.length > 0);
  return true;
});
