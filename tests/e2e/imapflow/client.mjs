// ImapFlow at the end of a pipe: a JSON array [method, ...arguments] a line on standard
// input, an answer {"ok": value} or {"error": text} a line on standard output.
import { createInterface } from 'node:readline';
import { ImapFlow } from 'imapflow';

const [port, user, pass] = process.argv.slice(2);
const FLAGS = { seen: '\\Seen', flagged: '\\Flagged', answered: '\\Answered' };

async function connect() {
    const client = new ImapFlow({
        host: '127.0.0.1', port: Number(port), secure: false, doSTARTTLS: false, logger: false,
        auth: { user, pass }, qresync: true
    });
    client.on('error', () => {});
    await client.connect();
    return client;
}

// One action on @folder over a connection of its own.
async function within(folder, action, options) {
    const client = await connect();
    const lock = await client.getMailboxLock(folder, options);
    try {
        return await action(client);
    } finally {
        lock.release();
        await client.logout();
    }
}

const marksOf = flags => Object.keys(FLAGS).filter(name => flags.has(FLAGS[name]));

async function one(client, ident) {
    const uids = await client.search({ header: { 'Message-ID': ident } }, { uid: true });
    if (uids.length !== 1)
        throw new Error(`${ident}: ${uids}`);
    return uids;
}

const methods = {
    async capabilities() {
        const client = await connect();
        const all = [...client.capabilities.keys()], enabled = [...client.enabled];
        await client.logout();
        return { all, enabled };
    },
    async list() {
        const client = await connect();
        const folders = await client.list({ statusQuery: { messages: true, unseen: true } });
        await client.logout();
        return folders.map(f => [f.path, f.specialUse ?? null, f.status?.messages ?? null]);
    },
    read: folder => within(folder, async client => {
        const got = [];
        for await (const m of client.fetch('1:*', { source: true, envelope: true,
                                                    bodyStructure: true, uid: true }))
            got.push([m.envelope.messageId, m.source.toString('base64')]);
        return got;
    }),
    marks: folder => within(folder, async client => {
        const got = [];
        for await (const m of client.fetch('1:*', { flags: true, envelope: true }))
            got.push([m.envelope.messageId, marksOf(m.flags)]);
        return got;
    }),
    mark: (folder, ident, marks) => within(folder, async client =>
        client.messageFlagsSet(await one(client, ident), marks.map(m => FLAGS[m]), { uid: true })),
    move: (folder, ident, to) => within(folder, async client => {
        const uids = await one(client, ident);
        const done = await client.messageMove(uids, to, { uid: true });
        return done.uidMap.has(uids[0]);
    }),
    delete: (folder, ident) => within(folder, async client =>
        client.messageDelete(await one(client, ident), { uid: true })),
    async add(folder, base64) {
        const client = await connect();
        const done = await client.append(folder, Buffer.from(base64, 'base64'), ['\\Seen']);
        await client.logout();
        return done.uid > 0;
    },
    // Resolves when something came while we were in IDLE; says "idling" before.
    idle: () => within('INBOX', async client => {
        const came = new Promise(resolve => client.on('exists', e => resolve(e.count)));
        client.idle();
        process.stdout.write('"idling"\n');
        return await came;
    }),
    // Where a folder stands, and who is in it: what a client remembers between two days.
    snapshot: folder => within(folder, async client => {
        const messages = [];
        for await (const m of client.fetch('1:*', { flags: true, envelope: true, emailId: true,
                                                    threadId: true }))
            messages.push({ uid: m.uid, ident: m.envelope.messageId, marks: marksOf(m.flags),
                            emailId: m.emailId ?? null, threadId: m.threadId ?? null });
        const { uidValidity, highestModseq, mailboxId } = client.mailbox;
        return { uidValidity: String(uidValidity), modseq: String(highestModseq),
                 mailboxId: mailboxId ?? null, messages };
    }),
    // QRESYNC (RFC 7162): what SELECT alone tells of since a snapshot.
    async changes(folder, uidValidity, modseq) {
        const client = await connect();
        const vanished = [], changed = [];
        client.on('expunge', e => vanished.push(e.uid));
        client.on('flags', e => changed.push([e.uid, marksOf(e.flags)]));
        const lock = await client.getMailboxLock(folder, {
            uidValidity: BigInt(uidValidity), changedSince: BigInt(modseq)
        });
        const invalid = client.mailbox.qresync === false;
        lock.release();
        await client.logout();
        return { vanished, changed, invalid };
    }
};

for await (const line of createInterface({ input: process.stdin })) {
    const [method, ...args] = JSON.parse(line);
    let answer;
    try {
        answer = { ok: (await methods[method](...args)) ?? null };
    } catch (e) {
        answer = { error: `${e.stack} ${e.responseText ?? ''}` };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
}
