// What belongs to the mailbox and the directory; tasks, series, lists of people.
"use strict";
const { assert, ews, day, only, folder } = require("./common");

async function rules(alice) {
  const target = await folder(alice, "Rechnungen");
  const rule = new ews.Rule();
  rule.DisplayName = "Invoices";
  rule.Priority = 1;
  rule.IsEnabled = true;
  rule.Conditions.ContainsSubjectStrings.Add("Rechnung");
  rule.Actions.MoveToFolder = target.Id;
  await alice.UpdateInboxRules([new ews.CreateRuleOperation(rule)], true);
  const read = async () => {
    const all = await alice.GetInboxRules();
    return Array.from({ length: all.Count }, (_, i) => all._getItem(i));
  };
  const [kept] = await read();
  assert.strictEqual(kept.DisplayName, "Invoices");
  assert.deepStrictEqual(Array.from(kept.Conditions.ContainsSubjectStrings.GetEnumerator()),
                         ["Rechnung"]);
  assert.strictEqual(kept.Actions.MoveToFolder.UniqueId, target.Id.UniqueId);
  kept.DisplayName = "Bills";
  await alice.UpdateInboxRules([new ews.SetRuleOperation(kept)], true);
  assert.deepStrictEqual((await read()).map((r) => r.DisplayName), ["Bills"]);
  await alice.UpdateInboxRules([new ews.DeleteRuleOperation(kept.Id)], true);
  assert.strictEqual((await read()).length, 0);
}

async function away(alice) {
  const mine = new ews.OofSettings();
  mine.State = ews.OofState.Scheduled;
  mine.ExternalAudience = ews.OofExternalAudience.Known;
  mine.Duration = new ews.TimeWindow(day(6), day(18));
  mine.InternalReply = new ews.OofReply("weg");
  mine.ExternalReply = new ews.OofReply("fort");
  await alice.SetUserOofSettings("alice@example.test", mine);
  const got = await alice.GetUserOofSettings("alice@example.test");
  assert.strictEqual(got.State, ews.OofState.Scheduled);
  assert.strictEqual(got.ExternalAudience, ews.OofExternalAudience.Known);
  assert.deepStrictEqual([got.InternalReply.Message, got.ExternalReply.Message], ["weg", "fort"]);
  assert.strictEqual(got.Duration.StartTime.TotalMilliSeconds, day(6).TotalMilliSeconds);
}

async function directory(alice) {
  const lists = await alice.GetRoomLists();
  assert.strictEqual(lists.Count, 1);
  const rooms = await alice.GetRooms(lists._getItem(0));
  assert.deepStrictEqual(rooms.map((r) => r.Address), ["room1@example.test"]);
  const delegates = await alice.GetDelegates(new ews.Mailbox("alice@example.test"), true, []);
  assert.strictEqual(delegates.DelegateUserResponses.length, 0);
}

async function converting(alice) {
  const inbox = await ews.Folder.Bind(alice, ews.WellKnownFolderName.Inbox);
  const mine = new ews.AlternateId(ews.IdFormat.EwsId, inbox.Id.UniqueId, "alice@example.test");
  const other = await alice.ConvertId(mine, ews.IdFormat.OwaId);
  assert.strictEqual(other.Format, ews.IdFormat.OwaId);
  const back = await alice.ConvertId(other, ews.IdFormat.EwsId);
  assert.strictEqual(back.UniqueId, inbox.Id.UniqueId);
}

async function configuration(alice) {
  const got = await alice.GetUserConfiguration(
    "CategoryList", new ews.FolderId(ews.WellKnownFolderName.Calendar),
    ews.UserConfigurationProperties.XmlData);
  assert.ok(Buffer.from(got.XmlData, "base64").toString().includes("<categories"));
}

async function task(alice) {
  const t = new ews.Task(alice);
  t.Subject = "Tinte";
  t.DueDate = day(0);
  t.Status = ews.TaskStatus.InProgress;
  t.PercentComplete = 40;
  await t.Save();
  const got = await ews.Task.Bind(alice, t.Id);
  assert.deepStrictEqual([got.Status, got.PercentComplete], [ews.TaskStatus.InProgress, 40]);
  got.Status = ews.TaskStatus.Completed;
  await got.Update(ews.ConflictResolutionMode.AutoResolve);
  const done = await ews.Task.Bind(alice, t.Id);
  assert.ok(done.IsComplete && done.PercentComplete === 100);
  await done.Delete(ews.DeleteMode.HardDelete);
}

async function series(alice) {
  const a = new ews.Appointment(alice);
  a.Subject = "Runde";
  a.Start = day(8);
  a.End = day(9);
  a.Recurrence = new ews.Recurrence.DailyPattern(day(0), 1);
  a.Recurrence.NumberOfOccurrences = 4;
  await a.Save(ews.SendInvitationsMode.SendToNone);
  const view = async () => (await alice.FindAppointments(
    ews.WellKnownFolderName.Calendar, new ews.CalendarView(day(0), day(24 * 10)))).Items
    .filter((i) => i.Subject.startsWith("Runde")).map((i) => i.Subject);
  assert.deepStrictEqual(await view(), ["Runde", "Runde", "Runde", "Runde"]);
  const second = await ews.Appointment.BindToOccurrence(alice, a.Id, 2);
  second.Subject = "Runde anders";
  await second.Update(ews.ConflictResolutionMode.AutoResolve,
                      ews.SendInvitationsOrCancellationsMode.SendToNone);
  const third = await ews.Appointment.BindToOccurrence(alice, a.Id, 3);
  await third.Delete(ews.DeleteMode.HardDelete);
  assert.deepStrictEqual(await view(), ["Runde", "Runde anders", "Runde"]);
  const master = await ews.Appointment.Bind(alice, a.Id);
  assert.strictEqual(master.AppointmentType, ews.AppointmentType.RecurringMaster);
  assert.strictEqual(master.ModifiedOccurrences.Count, 1);
  assert.strictEqual(master.DeletedOccurrences.Count, 1);
  await master.Delete(ews.DeleteMode.HardDelete);
}

async function group(alice) {
  const g = new ews.ContactGroup(alice);
  g.DisplayName = "Runde Leute";
  g.Members.Add(new ews.GroupMember("bob@example.test"));
  await g.Save(ews.WellKnownFolderName.Contacts);
  const found = await alice.FindItems(ews.WellKnownFolderName.Contacts, new ews.ItemView(50));
  const mine = found.Items.find((i) => i.Id.UniqueId === g.Id.UniqueId);
  assert.ok(mine instanceof ews.ContactGroup);
  const bound = await ews.ContactGroup.Bind(alice, g.Id);
  assert.strictEqual(bound.Members.Count, 1);
  await bound.Delete(ews.DeleteMode.HardDelete);
}

module.exports = {
  parts: [rules, away, directory, converting, configuration, task, series, group],
};
