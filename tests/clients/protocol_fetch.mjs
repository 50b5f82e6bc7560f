// A program written with `fetch` for the Protocol API, as its documentation shows: objects as JSON, files as forms.
import assert from "node:assert/strict";

const { BASE_URL, TOKEN, TEXT } = process.env;

async function api(method, path, body) {
  const isForm = body instanceof FormData;
  const response = await fetch(`${BASE_URL}/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}`, ...(!isForm && { "Content-Type": "application/json" }) },
    body: isForm ? body : body && JSON.stringify(body),
  });
  const text = await response.text();
  const data = text === "" ? null : JSON.parse(text);
  if (!response.ok) {
    throw Object.assign(new Error(data.message), { status: response.status, type: data.type });
  }
  return data;
}

const contact = await api("POST", "/contacts", {
  username: "FrankMcCallister",
  phone_number: "1-800-759-3000",
  avatar_url: "https://assets.example.com/avatars/frank.jpg",
});
assert.match(contact.id, /^[A-Za-z0-9]{16}$/);
const of = { conversation_id: contact.conversation_id };

const sent = await api("POST", "/messages", { ...of, message: TEXT });
assert.equal(sent.message, TEXT);
assert.deepEqual([sent.reactions, sent.read_at, sent.updated_at], [[], null, null]);

const form = new FormData();
form.append("file", new Blob(["Order 4711\n"], { type: "text/plain" }), "order.txt");
const attachment = await api("POST", "/attachments", form);
assert.equal(attachment.file_size, 11);
const bearing = await api("POST", "/messages", { ...of, message: "The order", attachments: [attachment.id] });
assert.equal(bearing.attachments[0].id, attachment.id);
assert.equal(await (await fetch(bearing.attachments[0].file_url)).text(), "Order 4711\n");

const reactions = { red_angry_face: ["FrankMcCallister"] };
const updated = await api("PUT", `/messages/${sent.id}`, { reactions });
assert.deepEqual(updated.reactions, [reactions]);
assert.equal(updated.message, TEXT);
assert.ok(updated.updated_at >= updated.created_at);

const first = await api("GET", `/messages?conversation_id=${of.conversation_id}&limit=1`);
assert.deepEqual([first.has_more, first.data[0].id], [true, bearing.id]);
const older = await api("GET", `/messages?limit=1&starting_after=${bearing.id}`);
assert.deepEqual([older.has_more, older.data[0].id], [false, sent.id]);

assert.equal(await api("DELETE", `/messages/${bearing.id}`), null);
await assert.rejects(api("GET", `/messages/${bearing.id}`), { status: 404, type: "invalid_request" });
