// A program written with the JavaScript SDK for Chatwoot, as its documentation shows.
import assert from "node:assert/strict";
import sdk from "@figuro/chatwoot-sdk";

const { BASE_URL, TOKEN, TEXT } = process.env;
const { default: ChatwootClient, ApiError } = sdk;
const client = new ChatwootClient({
  config: { basePath: BASE_URL, with_credentials: true, credentials: "include", token: TOKEN },
});

const profile = await client.profile.profile();
const accountId = profile.accounts[0].id;
const inbox = await client.inboxes.create({
  accountId,
  data: { name: "Website", channel: { type: "api", webhook_url: "" } },
});
const inboxes = await client.inboxes.list({ accountId });
assert.ok(inboxes.payload.some((one) => one.id === inbox.id));

const made = await client.contacts.create({
  accountId,
  data: { inbox_id: inbox.id, name: "Jane Doe", email: "jane@example.com", custom_attributes: { age: 30 } },
});
const contact = made.payload.contact;
const source = made.payload.contact_inbox.source_id;
const found = await client.contacts.search({ accountId, q: "jane" });
assert.deepEqual(found.payload.map((one) => one.id), [contact.id]);

const { id: conversationId } = await client.conversations.create({
  accountId,
  data: { source_id: source, inbox_id: String(inbox.id), contact_id: String(contact.id) },
});
const conversation = await client.conversations.get({ accountId, conversationId });
assert.equal(conversation.status, "open");
assert.equal(conversation.meta.sender.name, "Jane Doe");

const of = { accountId, conversationId };
const sent = await client.messages.create({ ...of, data: { content: TEXT } });
assert.equal(sent.content, TEXT);
assert.equal(sent.conversation_id, conversationId);
const asked = await client.messages.create({ ...of, data: { content: "Where is it?", message_type: "incoming" } });
assert.equal(asked.sender.id, contact.id);
const note = await client.messages.create({ ...of, data: { content: "Premium plan", private: true } });
assert.equal(note.private, true);
const items = [{ title: "Yes", value: "y" }, { title: "No", value: "n" }];
const select = await client.messages.create({
  ...of,
  data: { content: "Well?", content_type: "input_select", content_attributes: { items } },
});
assert.deepEqual(select.content_attributes.items, items);
const file = { content: Buffer.from("Order 4711\n").toString("base64"), encoding: "base64", filename: "order.txt" };
const bearing = await client.messages.create({ ...of, data: { content: "The order", attachments: [file] } });
assert.equal(bearing.attachments.length, 1);
assert.equal(await (await fetch(bearing.attachments[0].data_url)).text(), "Order 4711\n");

const { payload } = await client.messages.list(of);
const all = [sent, asked, note, select, bearing].map((message) => message.id);
assert.deepEqual(payload.map((message) => message.id), all);
await client.messages.delete({ ...of, messageId: bearing.id });
const after = (await client.messages.list(of)).payload.at(-1);
assert.equal(after.content_attributes.deleted, true);
assert.deepEqual(after.attachments, []);

await client.conversationLabels.add({ ...of, data: { labels: ["vip"] } });
assert.deepEqual((await client.conversationLabels.list(of)).payload, ["vip"]);
await client.conversations.toggleStatus({ ...of, data: { status: "resolved" } });
const open = await client.conversations.list({ accountId, status: "open" });
assert.equal(open.data.payload.length, 0);
const resolved = await client.conversations.list({ accountId, status: "resolved" });
assert.deepEqual(resolved.data.payload.map((one) => one.id), [conversationId]);
await assert.rejects(client.messages.list({ accountId, conversationId: 4711 }), (error) => {
  assert.ok(error instanceof ApiError);
  assert.equal(error.status, 404);
  return true;
});
