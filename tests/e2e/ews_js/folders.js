// Folders and many items at a time.
"use strict";
const { assert, ews, only, draft, folder } = require("./common");

const unread = async (s, f) => (await ews.Folder.Bind(s, f.Id)).UnreadCount;
const view = () => new ews.FolderView(100);

async function tree(alice) {
  const one = await folder(alice, "Eins"), two = await folder(alice, "Zwei");
  for (const n of [1, 2, 3]) await draft(alice, `Blatt ${n}`, null, one.Id);
  await one.Move(two.Id);
  const copy = await one.Copy(ews.WellKnownFolderName.Inbox);
  assert.notStrictEqual(copy.Id.UniqueId, one.Id.UniqueId);
  const under = await alice.FindFolders(two.Id, view());
  assert.deepStrictEqual(under.Folders.map((f) => [f.DisplayName, f.TotalCount]), [["Eins", 3]]);
  copy.DisplayName = "Drei";
  await copy.Update();
  const bound = await ews.Folder.Bind(alice, copy.Id);
  assert.deepStrictEqual([bound.DisplayName, bound.TotalCount], ["Drei", 3]);

  await bound.MarkAllItemsAsUnread(true);
  assert.strictEqual(await unread(alice, bound), 3);
  await bound.MarkAllItemsAsRead(true);
  assert.strictEqual(await unread(alice, bound), 0);
  await bound.Empty(ews.DeleteMode.HardDelete, true);
  assert.strictEqual((await ews.Folder.Bind(alice, bound.Id)).TotalCount, 0);

  const before = await alice.SyncFolderHierarchy(ews.PropertySet.IdOnly, null);
  await bound.Delete(ews.DeleteMode.HardDelete);
  await two.Delete(ews.DeleteMode.HardDelete);
  const after = await alice.SyncFolderHierarchy(ews.PropertySet.IdOnly, before.SyncState);
  const gone = Array.from({ length: after.Count }, (_, i) => after._getItem(i));
  assert.ok(gone.every((c) => c.ChangeType === ews.ChangeType.Delete));
  assert.deepStrictEqual(gone.map((c) => c.FolderId.UniqueId).sort(),
                         [bound, one, two].map((f) => f.Id.UniqueId).sort());
}

async function batches(alice) {
  const f = await folder(alice, "Stapel");
  const items = ["a", "b", "c"].map((subject) => {
    const m = new ews.EmailMessage(alice);
    m.Subject = subject;
    return m;
  });
  const created = await alice.CreateItems(items, f.Id, ews.MessageDisposition.SaveOnly, null);
  assert.strictEqual(created.OverallResult, ews.ServiceResult.Success);
  const ids = items.map((m) => m.Id);
  await alice.DeleteItems([ids[1]], ews.DeleteMode.HardDelete, null, null);
  const got = await alice.BindToItems(ids, ews.PropertySet.FirstClassProperties);
  assert.deepStrictEqual(got.Responses.map((r) => r.ErrorCode), [
    ews.ServiceError.NoError, ews.ServiceError.ErrorItemNotFound, ews.ServiceError.NoError]);
  assert.strictEqual(got.Responses[2].Item.Subject, "c");
  const copied = await alice.CopyItems([ids[0]], f.Id, true);
  assert.notStrictEqual(copied.Responses[0].Item.Id.UniqueId, ids[0].UniqueId);
  const moved = await alice.MoveItems([ids[0], ids[2]], new ews.FolderId(
    ews.WellKnownFolderName.DeletedItems), true);
  assert.strictEqual(moved.OverallResult, ews.ServiceResult.Success);
  assert.strictEqual((await ews.Folder.Bind(alice, f.Id)).TotalCount, 1);
  await f.Delete(ews.DeleteMode.HardDelete);
}

async function junk(alice) {
  await draft(alice, "Gewonnen", null, ews.WellKnownFolderName.Inbox);
  const item = await only(alice, ews.WellKnownFolderName.Inbox, "Gewonnen");
  const moved = await alice.MarkAsJunk([item.Id], true, true);
  assert.strictEqual(moved.OverallResult, ews.ServiceResult.Success);
  const there = await only(alice, ews.WellKnownFolderName.JunkEmail, "Gewonnen");
  assert.notStrictEqual(there.Id.UniqueId, item.Id.UniqueId); // it never reads MovedItemId
  await alice.MarkAsJunk([there.Id], false, true);
  await only(alice, ews.WellKnownFolderName.Inbox, "Gewonnen");
}

async function attachments(alice) {
  const m = await draft(alice, "Anlagen");
  m.Attachments.AddFileAttachment("eins.txt", Buffer.from("eins").toString("base64"));
  m.Attachments.AddFileAttachment("zwei.txt", Buffer.from("zwei").toString("base64"));
  await m.Update(ews.ConflictResolutionMode.AlwaysOverwrite);
  let got = await ews.EmailMessage.Bind(alice, m.Id);
  assert.deepStrictEqual(got.Attachments.Items.map((a) => a.Name).sort(),
                         ["eins.txt", "zwei.txt"]);
  await got.Attachments.Items[1].Load();
  assert.strictEqual(Buffer.from(got.Attachments.Items[1].Base64Content, "base64").toString(),
                     "zwei");
  got.Attachments.Remove(got.Attachments.Items.find((a) => a.Name === "eins.txt"));
  await got.Update(ews.ConflictResolutionMode.AlwaysOverwrite);
  got = await ews.EmailMessage.Bind(alice, m.Id);
  assert.deepStrictEqual(got.Attachments.Items.map((a) => a.Name), ["zwei.txt"]);
}

// Reply, forward, and a draft that is sent by itself.
async function sending(alice, bob) {
  const m = await draft(alice, "Frage", "bob@example.test");
  await m.Send();
  const got = await ews.EmailMessage.Bind(
    bob, (await only(bob, ews.WellKnownFolderName.Inbox, "Frage")).Id);
  await got.Reply(new ews.MessageBody(ews.BodyType.Text, "Antwort"), false);
  await only(alice, ews.WellKnownFolderName.Inbox, "RE: Frage");
  await got.Forward(new ews.MessageBody(ews.BodyType.Text, "sieh"),
                    [new ews.EmailAddress("alice@example.test")]);
  await only(alice, ews.WellKnownFolderName.Inbox, "FW: Frage");
}

module.exports = { parts: [tree, batches, junk, attachments, sending] };
