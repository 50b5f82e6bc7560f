// A program written with `fetch` for SaaSignal's messaging module, as its documentation shows.
import assert from "node:assert/strict";

const { BASE_URL, TOKEN, TEXT } = process.env;

async function api(method, path, body) {
  const response = await fetch(`${BASE_URL}/modules/messaging${path}`, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const data = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(data.message), { status: response.status, code: data.code });
  }
  return data;
}

const conversation = await api("POST", "/conversations", { type: "group", title: "Order 4711" });
const people = `/conversations/${conversation.id}/participants`;
const ada = await api("POST", people, { external_id: "user_ada", display_name: "Ada" });
const messages = `/conversations/${conversation.id}/messages`;

const metadata = { order: 4711, tags: ["a", null], nested: { deep: 1.5, "ключ": "🙂" } };
const sent = await api("POST", messages, { participant_id: ada.id, body: TEXT, metadata });
assert.equal(sent.status, "ok");
assert.equal(sent.body, TEXT);
assert.equal(sent.type, "text");
assert.deepEqual(sent.metadata, metadata);

const reply = await api("POST", messages, { participant_id: ada.id, body: "And more", reply_to: sent.id });
assert.equal(reply.reply_to, sent.id);
const edited = await api("PATCH", `${messages}/${reply.id}`, { body: "And less" });
assert.equal(edited.body, "And less");
assert.ok(Date.parse(edited.edited_at) >= Date.parse(edited.created_at));

await api("POST", `/messages/${sent.id}/reactions`, { participant_id: ada.id, emoji: "👍" });
await assert.rejects(
  api("POST", `/messages/${sent.id}/reactions`, { participant_id: ada.id, emoji: "👍" }),
  { status: 409, code: "conflict" },
);

const seen = [];
let cursor = null;
do {
  const next = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
  const page = await api("GET", `${messages}?limit=1${next}`);
  seen.push(...page.items.map((message) => message.id));
  cursor = page.next_cursor;
} while (cursor !== null);
assert.deepEqual(seen, [reply.id, sent.id]);

assert.equal((await api("DELETE", `${messages}/${reply.id}`)).deleted, true);
assert.ok((await api("GET", `${messages}/${reply.id}`)).deleted_at);
await assert.rejects(api("DELETE", `${messages}/${reply.id}`), { status: 404, code: "not_found" });
