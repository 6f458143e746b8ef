// ews-javascript-api on ewsim: notifications, availability, the meeting workflow, mail,
// search and contacts; folders.js, settings.js: the rest.  node round.js URL; prints a line
// for each part.
"use strict";
const { assert, ews, day, only, folder } = require("./common");

const url = process.argv[2];

function service(name) {
  const s = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013_SP1);
  s.Url = new ews.Uri(url);
  s.Credentials = new ews.WebCredentials(name + "@example.test", name);
  return s;
}

async function mail(alice, bob) {
  const m = new ews.EmailMessage(alice);
  m.Subject = "Über Brücken";
  m.Body = new ews.MessageBody(ews.BodyType.Text, "Text");
  m.ToRecipients.Add("bob@example.test");
  m.Attachments.AddFileAttachment("a.txt", Buffer.from("hello").toString("base64"));
  await m.Save(ews.WellKnownFolderName.Drafts);
  await m.SendAndSaveCopy();
  const got = await only(bob, ews.WellKnownFolderName.Inbox, "Über Brücken");
  const whole = await ews.EmailMessage.Bind(bob, got.Id);
  assert.strictEqual(whole.From.Address, "alice@example.test");
  assert.ok(whole.HasAttachments && !whole.IsRead);
  await whole.Attachments.Items[0].Load();
  assert.strictEqual(Buffer.from(whole.Attachments.Items[0].Base64Content, "base64").toString(),
                     "hello");
  whole.IsRead = true;
  await whole.Update(ews.ConflictResolutionMode.AutoResolve);
  const filter = new ews.SearchFilter.IsEqualTo(ews.ItemSchema.Subject, "Über Brücken");
  const found = await bob.FindItems(ews.WellKnownFolderName.Inbox, filter, new ews.ItemView(9));
  assert.strictEqual(found.TotalCount, 1);
  const moved = await whole.Move(ews.WellKnownFolderName.JunkEmail);
  assert.ok(moved.Id.UniqueId !== whole.Id.UniqueId);
}

// Streaming: events of two folders come while the connection is open.
async function streaming(alice, bob) {
  const kinds = [ews.EventType.NewMail, ews.EventType.Created, ews.EventType.Deleted];
  const sub = await bob.SubscribeToStreamingNotifications(
    [new ews.FolderId(ews.WellKnownFolderName.Inbox)], ...kinds);
  const connection = new ews.StreamingSubscriptionConnection(bob, 1);
  connection.AddSubscription(sub);
  const seen = [];
  let tell;
  const all = new Promise((resolve, reject) => {
    tell = resolve;
    setTimeout(() => reject(new Error("events: " + seen)), 60000).unref();
  });
  connection.OnNotificationEvent.push((_, args) => {
    for (const e of args.Events) seen.push(ews.EventType[e.EventType]);
    if (seen.includes("NewMail") && seen.includes("Deleted")) tell();
  });
  connection.OnSubscriptionError.push((_, e) => { throw e.Exception; });
  connection.Open().catch(() => {}); // ends with the connection, not when it is open
  const m = new ews.EmailMessage(alice);
  m.Subject = "event";
  m.Body = new ews.MessageBody("x");
  m.ToRecipients.Add("bob@example.test");
  await m.Send();
  const got = await only(bob, ews.WellKnownFolderName.Inbox, "event");
  await got.Delete(ews.DeleteMode.HardDelete);
  await all;
  connection.Close();
}

// Pull: the same, asked for.
async function pull(alice) {
  const sub = await alice.SubscribeToPullNotifications(
    [new ews.FolderId(ews.WellKnownFolderName.Drafts)], 5, null, ews.EventType.Created);
  const m = new ews.EmailMessage(alice);
  m.Subject = "pulled";
  await m.Save(ews.WellKnownFolderName.Drafts);
  const events = await sub.GetEvents();
  assert.strictEqual(Array.from(events.ItemEvents).length, 1);
  await sub.Unsubscribe();
}

async function meeting(alice, bob) {
  const a = new ews.Appointment(alice);
  a.Subject = "Workshop";
  a.Start = day(8);
  a.End = day(9);
  a.Location = "R 3";
  a.RequiredAttendees.Add("bob@example.test");
  await a.Save(ews.SendInvitationsMode.SendToAllAndSaveCopy);
  const got = await only(bob, ews.WellKnownFolderName.Inbox, "Workshop");
  const request = await ews.MeetingRequest.Bind(bob, got.Id);
  assert.strictEqual(request.Location, "R 3");
  await request.Accept(true);
  const theirs = await ews.Appointment.Bind(
    bob, (await only(bob, ews.WellKnownFolderName.Calendar, "Workshop")).Id);
  assert.strictEqual(ews.MeetingResponseType[theirs.MyResponseType], "Accept");
  const mine = await ews.Appointment.Bind(alice, a.Id);
  assert.strictEqual(
    ews.MeetingResponseType[mine.RequiredAttendees.Items[0].ResponseType], "Accept");
  await only(alice, ews.WellKnownFolderName.Inbox, "Accepted: Workshop");
  mine.Location = "R 4";
  await mine.Update(ews.ConflictResolutionMode.AlwaysOverwrite,
                    ews.SendInvitationsOrCancellationsMode.SendToAllAndSaveCopy);
  const moved = await ews.Appointment.Bind(bob, theirs.Id);
  assert.strictEqual(moved.Location, "R 4");
  await mine.CancelMeeting("off");
  await only(bob, ews.WellKnownFolderName.Inbox, "Canceled: Workshop");
}

async function availability(alice, bob) {
  const a = new ews.Appointment(bob);
  a.Subject = "Dentist";
  a.Start = day(10);
  a.End = day(11, 30);
  await a.Save(ews.SendInvitationsMode.SendToNone);
  const window = new ews.TimeWindow(new ews.DateTime(Date.UTC(2026, 9, 5)),
                                    new ews.DateTime(Date.UTC(2026, 9, 6)));
  const result = await alice.GetUserAvailability(
    [new ews.AttendeeInfo("bob@example.test")], window,
    ews.AvailabilityData.FreeBusyAndSuggestions);
  const events = result.AttendeesAvailability.Responses[0].CalendarEvents;
  const states = events.map((e) => ews.LegacyFreeBusyStatus[e.FreeBusyStatus]);
  assert.deepStrictEqual(states, ["Free", "Busy"]); // the meeting was called off
  assert.ok(result.Suggestions.length > 0);
}

async function people(alice) {
  const c = new ews.Contact(alice);
  c.GivenName = "Ada";
  c.DisplayName = "Ada Js";
  c.EmailAddresses._setItem(ews.EmailAddressKey.EmailAddress1,
                            new ews.EmailAddress("ada@elsewhere.test"));
  await c.Save(ews.WellKnownFolderName.Contacts);
  const names = await alice.ResolveName("Ada", ews.ResolveNameSearchLocation.ContactsThenDirectory,
                                        true);
  assert.strictEqual(names.Count, 1);
  const members = await alice.ExpandGroup("everyone@example.test");
  assert.strictEqual(members.Members.length, 3);
}

async function folders(alice) {
  const f = await folder(alice, "Js");
  const changes = await alice.SyncFolderItems(f.Id, ews.PropertySet.IdOnly, null, 10,
                                              ews.SyncFolderItemsScope.NormalItems, null);
  assert.ok(!changes.MoreChangesAvailable && changes.SyncState);
  await f.Delete(ews.DeleteMode.HardDelete);
}

async function main() {
  const alice = service("alice"), bob = service("bob");
  for (const part of [mail, folders, pull, streaming, meeting, availability, people,
                      ...require("./folders").parts, ...require("./settings").parts]) {
    await part(alice, bob);
    console.log("ok", part.name);
  }
}

main().then(() => process.exit(0), (e) => {
  console.error(e && e.stack || e);
  if (e && e.message) console.error(e.message);
  process.exit(1);
});
