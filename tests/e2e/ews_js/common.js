// What the parts share.
"use strict";
const assert = require("assert");
const ews = require("ews-javascript-api");

const day = (hour, minute = 0) => new ews.DateTime(Date.UTC(2026, 9, 5, hour, minute));

async function only(s, folder, subject) {
  const found = await s.FindItems(folder, new ews.ItemView(200));
  const hits = found.Items.filter((i) => i.Subject === subject);
  assert.strictEqual(hits.length, 1, `${subject}: ${found.Items.map((i) => i.Subject)}`);
  return hits[0];
}

async function draft(s, subject, to, folder = ews.WellKnownFolderName.Drafts) {
  const m = new ews.EmailMessage(s);
  m.Subject = subject;
  m.Body = new ews.MessageBody(ews.BodyType.Text, "Text");
  if (to) m.ToRecipients.Add(to);
  await m.Save(folder);
  return m;
}

async function folder(s, name, parent = ews.WellKnownFolderName.Inbox) {
  const f = new ews.Folder(s);
  f.DisplayName = name;
  await f.Save(parent);
  return f;
}

module.exports = { assert, ews, day, only, draft, folder };
