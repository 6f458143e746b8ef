// ews-javascript-api's own Autodiscover on ewsim: node autodiscover.js {"HOST:PORT": PORT, ...}
// Connections to those names go to ports of this machine, all others fail; TLS is real.
"use strict";
const assert = require("assert");
const net = require("net");
const ews = require("ews-javascript-api");

const table = JSON.parse(process.argv[2]);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const port = table[`${options.host}:${options.port}`];
  Object.assign(options, { host: "127.0.0.1", port: port || 9 });
  return connect.apply(this, args);
};

async function found(address, host) {
  const s = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013_SP1);
  s.Credentials = new ews.WebCredentials("alice@example.test", "alice");
  await s.AutodiscoverUrl(address, (url) => url.startsWith("https://"));
  assert.strictEqual(s.Url.AbsoluteUri, `https://${host}/EWS/Exchange.asmx`);
  const inbox = await ews.Folder.Bind(s, ews.WellKnownFolderName.Inbox);
  assert.strictEqual(inbox.DisplayName, "Inbox");
}

async function settings() {
  const s = new ews.AutodiscoverService(ews.ExchangeVersion.Exchange2013);
  s.Credentials = new ews.WebCredentials("alice@example.test", "alice");
  s.RedirectionUrlValidationCallback = () => true;
  const answer = await s.GetUserSettings("alice@example.test",
    [ews.UserSettingName.UserDisplayName, ews.UserSettingName.ExternalEwsUrl,
     ews.UserSettingName.ExternalPop3Connections]);
  assert.strictEqual(answer.ErrorCode, ews.AutodiscoverErrorCode.NoError);
  assert.strictEqual(answer.Settings.get(ews.UserSettingName.UserDisplayName), "Alice");
  assert.strictEqual(answer.UserSettingErrors.length, 1);
  const nobody = await s.GetUserSettings("nobody@example.test",
                                         [ews.UserSettingName.ExternalEwsUrl]);
  assert.strictEqual(nobody.ErrorCode, ews.AutodiscoverErrorCode.InvalidUser);
}

async function main() {
  await found("alice@example.test", "autodiscover.example.test");
  await found("al@example.test", "autodiscover.example.test"); // redirectAddr
  await settings();
  console.log("ok autodiscover");
}

main().then(() => process.exit(0), (e) => {
  console.error(e && e.stack || e, e && e.message);
  process.exit(1);
});
