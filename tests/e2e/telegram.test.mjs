// The bot: every command in both languages, confirmations, secrets, strangers. Telegram is tests/e2e/telegram_api.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, newSecret, secret, until, within } from './harness.mjs';
import { now, sign } from './jwt.mjs';
import { sayYes } from './kiosk.mjs';
import { TelegramApi } from './telegram_api.mjs';

const GROUP = -100500;
const jwt = newSecret();
let api, gw, kiosk, last = 100;
// A new person each time: what one is told is then not delayed by what another was.
const admin = (language = 'en') => ({ id: ++last, language });
const stranger = (language = 'en') => ({ id: 5000 + ++last, language });
const isRussian = (text) => /[а-яё]{3}/i.test(text);

before(async () => {
  api = await TelegramApi.start();
  const ids = Array.from({ length: 60 }, (_, i) => 101 + i).concat(Array.from({ length: 40 }, (_, i) => 201 + i));
  gw = await Gateway.start({ env: api.env({ JWT_SECRET: jwt, TELEGRAM_ADMIN_IDS: ids.join(','), NODE_ID: 'node-1' }) });
  kiosk = await gw.kiosk(sayYes, { id: 'till_1', name: 'Left <b>&" 🍕', headers: { 'user-agent': 'kiosk-agent/1.2.3 (linux)' } });
  const token = secret(sign({ kiosk_id: 'till_2', exp: now() + 86400 * 365 }, jwt));
  assert.equal((await gw.api('POST', '/api/kiosks', { id: 'till_2', token })).status, 201);
});
after(async () => {
  await gw.stop();
  api.end();
});

const audit = async (target) => (await gw.api('GET', `/api/audit${target ? `?target=${target}` : ''}`)).json.entries;

test('it says who it is, in both languages', async () => {
  await gw.waitLog('telegram_ready', (line) => line.bot === api.botName);
  await api.calls.wait((call) => call.method === 'setMyCommands' && call.parameters.language_code === 'ru', 'commands in Russian');
  const [english, russian] = [api.commands[''], api.commands.ru];
  assert.deepEqual(english.map(({ command }) => command), russian.map(({ command }) => command));
  for (const { description } of russian) assert.ok(isRussian(description), description);
  for (const { description } of english) assert.ok(!isRussian(description), description);
  for (const command of ['start', 'add_kiosk', 'list_kiosks', 'status', 'token_info', 'regenerate_token', 'enable_kiosk', 'disable_kiosk', 'rename_kiosk',
    'remove_kiosk', 'kiosk', 'ping', 'send', 'requests', 'resolve', 'add_key', 'list_keys', 'revoke_key', 'alerts', 'audit', 'language', 'help'])
    assert.ok(english.some((one) => one.command === command), command);
});

// What is asked, and what the answer has in English and in Russian.
const READS = [
  ['/start', /Left|version/, /версия/],
  ['/help', /\/add_kiosk <id> \[name\]/, /\/add_kiosk <ID>/],
  ['/status', /kiosks online: 1 of 2[^]*store: (embedded|Redis); durability strict/, /киосков на связи: 1 из 2/],
  ['/list_kiosks', /2 kiosks, online: 1\n🟢 till_1 Left <b>&" 🍕/, /2 киоска, на связи: 1/],
  ['/list_kiosks TILL_2', /1 kiosk, online: 0\n🔴 till_2/, /1 киоск,/],
  ['/list_kiosks nowhere', /No kiosk.s id or name/, /Нет киоска с таким/],
  ['/kiosk till_1', /online for \d+ s[^]*agent: kiosk-agent 1\.2\.3\n[^]*token valid until \d{4}[^]*round trip: \d+ ms/, /отклик: \d+ мс/],
  ['/kiosk', /\/kiosk <id>/, /\/kiosk <ID>/],
  ['/kiosk nobody', /no such kiosk/, /Такого киоска нет/],
  ['/kiosk a/b<i>', /a\/b<i> is not a valid kiosk id/, /недопустимый ID/],
  ['/ping till_1', /till_1 answered in \d+ ms/, /ответил за/],
  ['/ping till_2', /is offline/, /не на связи/],
  ['/token_info till_1', /token created on \d{4}-\d\d-\d\d, valid until \d{4}-\d\d-\d\d \(36\d days left\)/, /выпущен \d{4}[^]*осталось 36\d (день|дня|дней)/],
  ['/token_info till_2', /till_2: token valid until [^]*It is not known when it was created/, /неизвестно/],
  ['/requests', /✅ [^]* till_1 print: success/, /print: успешно/],
  ['/requests till_1', /till_1 print/, /успешно/],
  ['/requests nobody', /no such kiosk/, /Такого киоска нет/],
  ['/requests 01910000-0000-7000-8000-000000000000', /no longer known/, /уже не узнать/],
  ['/requests unknown', /No request's outcome is unknown/, /неизвестным исходом нет/],
  ['/resolve 01910000-0000-7000-8000-000000000000 maybe', /Like this/, /Так:/],
  ['/callbacks', /All callbacks arrive/, /Все уведомления доходят/],
  ['/list_keys', /no keys yet|\d keys?/, /Ключей пока нет|\d ключ/],
  ['/audit', /kiosk_added till_1/, /kiosk_added/],
  ['/audit till_2', /kiosk_added till_2/, /kiosk_added/],
  ['/alerts', /Nothing needs attention[^]*offline for 5 minutes/, /Всё спокойно[^]*5 минут/],
  ['/alerts mute nothing', /Like this/, /Так:/],
  ['/log', /payment all/, /payment all/],
  ['/log payment loud', /Like this/, /Так:/],
  ['/add_kiosk', /Like this/, /Так:/],
  ['/add_kiosk till_1', /already in use/, /занято/],
  ['/add_key bad/name', /Like this/, /Так:/],
  ['/add_key a admin', /be created in a chat/, /нельзя создать в чате/],
  ['/remove_kiosk nobody', /no such kiosk/, /Такого киоска нет/],
  ['/rename_kiosk till_1', /Like this/, /Так:/],
  ['/enable_kiosk nobody', /no such kiosk|registered/i, /Такого киоска нет/],
  ['/revoke_key nothing', /no such key/, /Такого ключа нет/],
  ['/send till_1 print {', /not a JSON object/, /не JSON-объект/],
  ['/send till_1', /Like this/, /Так:/],
  ['/language xx', /Like this/, /Так:/],
  ['/nonsense', /don't know that command/, /Такой команды нет/],
  ['hello', /don't know that command/, /Такой команды нет/],
];
test('every command, also wrongly put, in both languages', async () => {
  assert.equal((await gw.send(kiosk, { order_id: 7 }, { op: 'print' })).status, 200);
  for (const [index, language] of ['en', 'ru'].entries()) {
    for (let at = 0; at < READS.length; at += 20)
      await Promise.all(READS.slice(at, at + 20).map(async ([text, english, russian], i) => {
        const user = { id: 201 + i + 20 * index, language };
        const answer = await api.ask(user, text);
        assert.match(answer.text, language === 'ru' ? russian : english, `${text} in ${language}`);
        if (language === 'en') assert.ok(!isRussian(answer.text), answer.text);
      }));
  }
  const story = await api.ask(admin(), `/requests ${(await gw.api('GET', '/api/requests?limit=1')).json.requests[0].request_id}`);
  assert.match(story.text, /order: 7[^]*TXN1/);
  const { text } = await gw.get('/metrics');
  const figure = (name) => Number(new RegExp(`^${name}\\{to="telegram"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  assert.ok(figure('kgw_push_sent_total') >= 2 * READS.length, text);
  assert.deepEqual([figure('kgw_push_dropped_total'), figure('kgw_push_failures_total')], [0, 0]);
  assert.ok(figure('kgw_push_waiting') <= 1);
});

test('an answer that its caller missed is listed, and confirmed', async () => {
  const silent = await gw.kiosk(undefined, { id: 'till_silent' });
  const user = admin(), russian = admin('ru');
  assert.match((await api.ask(user, '/requests unclaimed')).text, /Every answer has been received/);
  let socket;
  const call = gw.send(silent, {}, { agent: false, onSocket: (request) => request.on('socket', (its) => { socket = its; }) }).catch(() => 'gone');
  const { request_id: id } = await silent.take();
  socket.destroy();
  assert.equal(await call, 'gone');
  silent.answer({ request_id: id }, { status: 'declined' });
  await gw.waitLog('answer_unclaimed', (line) => line.request_id === id);
  await until('it is listed', async () => (await gw.api('GET', '/api/requests?unclaimed=true')).json.requests.length === 1);
  assert.match((await api.ask(user, '/requests unclaimed')).text, new RegExp(`🚫 [^]* till_silent payment: declined, NOT RECEIVED[^]*${id}[^]*/ack`));
  assert.match((await api.ask(russian, '/requests unclaimed')).text, /отклонено, НЕ ПОЛУЧЕН бэкендом/);
  const question = await api.ask(user, `/ack ${id} by phone`);
  assert.match(question.text, /Does the backend know/);
  await api.press(user, question, 'Yes, it knows');
  await gw.waitLog('answer_claimed', (line) => line.request_id === id && line.how === 'person');
  assert.match((await api.ask(admin(), '/requests unclaimed')).text, /Every answer has been received/);
  assert.match((await api.ask(russian, `/ack ${id}`)).text, /не числится среди неполученных/);
  const [line] = await audit(id);
  assert.deepEqual([line.actor, line.action, line.detail], [`telegram:${user.id}`, 'request_resolved', 'not_done: by phone']);
  await silent.close();
});

test('an unknown outcome is listed, and resolved once it is confirmed', async () => {
  const mute = await gw.kiosk(() => {}, { id: 'till_mute' });
  const { request_id: id } = (await gw.send(mute, {}, { op: 'print', timeout: 1 })).json;
  const user = admin(), second = admin();
  assert.match((await api.ask(user, '/requests unknown')).text, new RegExp(`🔴 [^]* till_mute print: timed out, outcome unknown[^]*${id}[^]*/resolve`));
  let question = await api.ask(user, `/resolve ${id} not_done no slip`);
  assert.match(question.text, /not executed[^]*can't be undone/);
  await api.press(user, question, 'Cancel');
  assert.equal((await gw.request(id)).resolved, null);
  question = await api.ask(second, `/resolve ${id} not_done no slip`);
  await api.press(second, question, 'Yes, not done');
  await gw.waitLog('request_resolved', (line) => line.request_id === id);
  const { resolved } = await gw.request(id);
  assert.deepEqual([resolved.result, resolved.note, resolved.by], ['not_done', 'no slip', `telegram:${second.id}`]);
  assert.match((await api.ask(admin(), '/requests unknown')).text, /No request's outcome is unknown/);
  const story = (await api.ask(admin('ru'), `/requests ${id}`)).text;
  assert.match(story, /решено: не выполнен[^]*заметка: no slip/);
  assert.match((await api.ask(admin(), `/resolve ${id} done`)).text, /resolved: not done/);
  await mute.close();
});

test('/language overrides, and is kept', async () => {
  const user = admin('en');
  assert.match((await api.ask(user, '/language ru')).text, /русский/);
  assert.match((await api.ask(user, '/ping nobody')).text, /Такого киоска нет/);
});

test('a kiosk is added: its token is shown to one, protected, and can be deleted', async () => {
  const user = admin();
  const shown = await api.ask(user, '/add_kiosk new_1 Тир "A"');
  const token = secret(/\n\n(\S+)\n/.exec(shown.text)[1]);
  assert.ok(shown.protect);
  const there = await gw.kiosk(sayYes, { of: { id: 'new_1', token } });
  assert.equal((await gw.kioskInfo('new_1')).name, 'Тир "A"');
  const [line] = await audit('new_1');
  assert.deepEqual([line.actor, line.via, line.action, line.address], [`telegram:${user.id}`, 'telegram', 'kiosk_added', null]);
  await api.press(user, shown, '🗑');
  await api.calls.wait((call) => call.method === 'deleteMessage' && !call.refused && call.parameters.message_id === shown.id, 'deleted');
  await there.close();
  const others = await api.ask(user, '/add_kiosk new_2', { chat: GROUP });
  assert.match(others.text, /private chat/);
  assert.equal((await gw.api('GET', '/api/kiosks/new_2')).status, 404, 'nothing was made');
});

test('keys: send or read, never admin', async () => {
  const user = admin();
  const shown = await api.ask(user, '/add_key back read');
  const key = secret(/\n\n(\S+)\n/.exec(shown.text)[1]);
  assert.equal((await gw.call('GET', '/api/stats', { key })).status, 200);
  assert.equal((await gw.call('POST', '/api/kiosks', { key, body: '{"id":"x"}', headers: { 'content-type': 'application/json' } })).status, 403);
  const question = await api.ask(admin(), '/revoke_key back');
  await api.press({ id: last }, question, 'Revoke');
  await api.reply(last, (message) => message.text.includes('was revoked'));
  assert.equal((await gw.call('GET', '/api/stats', { key })).status, 401);
});

test('no admin key, in name or rights', async () => {
  assert.match((await api.ask(admin(), '/add_key admin')).text, /admin is the gateway's own key/);
  assert.match((await api.ask(admin('ru'), '/add_key boss admin')).text, /нельзя создать в чате/);
  assert.ok(!(await gw.api('GET', '/api/keys')).json.keys.some(({ name }) => ['admin', 'boss'].includes(name)));
});

test('commands in any letter case, with any blanks', async () => {
  await gw.addKiosk({ id: 'cased' });
  for (const text of ['/Kiosk cased', '/KIOSK@KGW_TEST_BOT cased', '/kiosk\u00a0cased', '/kiosk \u202f\u00a0cased\u00a0'])
    assert.match((await api.ask(admin(), text)).text, /cased/, JSON.stringify(text));
});

test('answers go to the topic of the question; General has none', async () => {
  const user = admin(), FORUM = -5005;
  api.topics.add(77);
  const inTopic = { chat: FORUM, message_thread_id: 77, is_topic_message: true };
  assert.equal((await api.ask(user, '/help', inTopic)).topic, 77);
  // A reply in General bears a thread's number too, but is no message of a topic.
  assert.equal((await api.ask(user, '/help', { chat: FORUM, message_thread_id: 5 })).topic, undefined);
  api.topics.delete(77);
  assert.equal((await api.ask(user, '/help', inTopic)).topic, undefined, 'a topic that is gone: said to the group');
});

test('what destroys asks first: only the one who asked, once', async () => {
  const user = admin(), other = admin('ru');
  await gw.addKiosk({ id: 'doomed' });
  const question = await api.ask(user, '/remove_kiosk doomed', { chat: GROUP });
  assert.match(question.text, /Remove kiosk doomed/);
  assert.equal(question.buttons[0].text, 'Remove', 'the confirming one first');
  assert.ok(!question.buttons.some(({ callback_data: data }) => data.includes('doomed')), 'a nonce, not the command');
  const refused = await api.press(other, question, 'Remove');
  assert.match(refused.text, /Нажать может только/);
  assert.equal((await gw.api('GET', '/api/kiosks/doomed')).status, 200);
  await api.press(user, question, 'Remove');
  await api.reply(GROUP, (message) => message.text.includes('was removed'));
  assert.equal((await gw.api('GET', '/api/kiosks/doomed')).status, 404);
  assert.match((await api.press(user, question, 'Remove')).text, /no longer works/);
  assert.deepEqual((await audit('doomed')).map(({ action }) => action), ['kiosk_removed', 'kiosk_added']);
});

test('cancel, switch off and on, rename, new token', async () => {
  const user = admin();
  const { token } = await gw.addKiosk({ id: 'life' });
  let question = await api.ask(user, '/disable_kiosk life');
  await api.press(user, question, 'Cancel');
  await api.reply(user.id, (message) => message.edited && message.text.includes('Cancelled'));
  assert.equal((await gw.kioskInfo('life')).enabled, true);
  const second = admin();
  question = await api.ask(second, '/disable_kiosk life');
  await api.press(second, question, 'Disable');
  await api.reply(second.id, (message) => message.text.includes('is disabled'));
  assert.equal((await gw.kioskInfo('life')).enabled, false);
  assert.match((await api.ask(admin(), '/enable_kiosk life')).text, /is enabled/);
  assert.match((await api.ask(admin(), '/rename_kiosk life A <i>&amp; B')).text, /now called A <i>&amp; B/);
  assert.equal((await gw.kioskInfo('life')).name, 'A <i>&amp; B');
  const third = admin();
  question = await api.ask(third, '/regenerate_token life');
  await api.press(third, question, 'New token');
  const shown = await api.reply(third.id, (message) => message.protect);
  const fresh = secret(/\n\n(\S+)\n/.exec(shown.text)[1]);
  assert.notEqual(fresh, token);
  await (await gw.kiosk(sayYes, { of: { id: 'life', token: fresh } })).close();
});

test('/send: asks, sends as /send does, shows the answer with cards masked', async () => {
  const user = admin();
  const from = kiosk.messages.entries.length;
  const question = await api.ask(user, '/send till_1 payment {"sum": 1000.10, "pan":"4111 1111 1111 1111"}');
  assert.ok(question.text.includes('4111 11** **** 1111'), question.text);
  kiosk.handler = (message) => ({ request_id: message.request_id, status: 'success', pan: '4111111111111111', note: '<&>' });
  await api.press(user, question, 'Send');
  const sent = await kiosk.messages.wait((message) => message.headers['header-operation-type'] === 'payment', 'the request', { from });
  assert.ok(sent.raw.includes('"body":{"sum": 1000.10, "pan":"4111 1111 1111 1111"}'), 'byte for byte');
  const answer = await api.reply(user.id, (message) => message.text.includes('Answered after'));
  assert.ok(answer.text.includes('411111******1111') && answer.text.includes('<&>'), answer.text);
  kiosk.handler = sayYes;
  const [line] = await audit('till_1');
  assert.deepEqual([line.action, line.via, line.detail], ['request_sent', 'telegram', 'payment']);
  const row = (await gw.request(sent.request_id));
  assert.equal(row.state, 'answered');
  const lost = admin('ru');
  const question2 = await api.ask(lost, '/send till_2 print {}');
  await api.press(lost, question2, 'Отправить');
  await api.reply(lost.id, (message) => message.text.includes('не на связи'));
});

test('strangers get one line a minute, and a line in the audit trail', async () => {
  const one = stranger('ru');
  const refused = await api.ask(one, '/remove_kiosk till_1');
  assert.match(refused.text, new RegExp(`У вас нет доступа[^]*${one.id}`));
  for (let n = 0; n < 5; ++n) api.message(one, '/status');
  const question = await api.ask(admin(), '/remove_kiosk till_1', { chat: GROUP });
  await api.press(admin(), question, 'Remove');
  api.press(stranger(), question, 'Remove').catch(() => {});
  // A group's own name, a forwarded command, another bot's, a bot in between: none of them counts.
  const owner = admin();
  api.message(owner, '/remove_kiosk till_1', { sender_chat: { id: GROUP, type: 'supergroup' }, chat: GROUP });
  api.message(owner, '/remove_kiosk till_1', { forward_origin: { type: 'user' } });
  api.message(owner, '/remove_kiosk till_1', { via_bot: { id: 1 } });
  api.message(owner, '/status@some_other_bot', { chat: GROUP });
  api.push({ message: { message_id: 1 } });
  api.push({ message: 'x' });
  api.push({ callback_query: {} });
  api.push({ poll: {} });
  assert.match((await api.ask(owner, `/status@${api.botName.toUpperCase()}`)).text, /node-1/);
  assert.equal(api.sentTo(one.id).length, 1);
  assert.equal(api.sentTo(owner.id).length, 1);
  assert.equal((await gw.api('GET', '/api/kiosks/till_1')).status, 200);
  const lines = (await audit()).filter(({ action }) => action === 'telegram_refused');
  assert.deepEqual(lines.filter(({ actor }) => actor === `telegram:${one.id}`).map(({ via, detail }) => [via, detail]), [['telegram', '/remove_kiosk']]);
});

test('a command that is older than two minutes is not run', async () => {
  const user = admin('ru');
  const answer = await api.ask(user, '/add_kiosk late_one', { date: Math.floor(Date.now() / 1000) - 150 });
  assert.match(answer.text, /\/add_kiosk: команда пришла с опозданием \(2 мин 3\d с\) и не выполнена/);
  assert.equal((await gw.api('GET', '/api/kiosks/late_one')).status, 404);
});

test('how old a command is, Telegram\'s clock says', async () => {
  for (const clock of [3_600_000, -3_600_000]) {
    api.clock = clock;
    await api.ask(admin(), '/help');  // its answers bring the time
    assert.match((await api.ask(admin(), '/help')).text, /list_kiosks/, `a clock of ${clock} ms`);
    assert.match((await api.ask(admin(), '/help', { date: Math.floor((Date.now() + clock) / 1000) - 150 })).text, /was not run/);
  }
  api.clock = 0;
  await api.ask(admin(), '/help');
});

test('alerts: thresholds and mutes are kept, news come to the admins', async () => {
  const user = admin();
  assert.match((await api.ask(user, '/alerts offline 7')).text, /offline for 7 minutes/);
  assert.match((await api.ask(admin(), '/alerts quiet 22:00 07:00 +3')).text, /Quiet from 22:00 to 07:00 \(UTC\+3\)/);
  for (const [said, meant] of [['+5:30', 'UTC+5:30'], ['-3:30', 'UTC-3:30'], ['+05:45', 'UTC+5:45']])
    assert.ok((await api.ask(admin(), `/alerts quiet 22:00 07:00 ${said}`)).text.includes(`(${meant})`), said);
  assert.match((await api.ask(admin(), '/alerts quiet 22:00 07:00 +15')).text, /Like this/);
  assert.match((await api.ask(admin(), '/alerts quiet off')).text, /^✅/);
  assert.match((await api.ask(admin(), '/alerts mute kiosk_failing till_1')).text, /🔕 kiosk_failing till_1/);
  assert.equal((await audit()).find(({ action }) => action === 'alerts_changed').detail, 'mute kiosk_failing till_1');
  const mute = await gw.kiosk(() => undefined, { id: 'mute' });
  assert.equal((await gw.send(mute, {}, { timeout: 1 })).status, 504);
  const told = await api.reply(160, (message) => message.text.includes('nobody knows whether it went through'), 0, 30000);
  assert.match(told.text, /Payment [0-9a-f-]{36} at mute/);
  assert.match((await api.ask(admin('ru'), '/alerts')).text, /неизвестно, прошёл ли он/);
});

test('10,000 kiosks, page by page', async () => {
  await gw.addKiosks(10000);
  const user = admin();
  const first = await api.ask(user, '/list_kiosks bulk_');
  assert.match(first.text, /^10000 kiosks, online: 0\n/);
  assert.deepEqual(first.buttons.map(({ text }) => text), ['1/500', '▶']);
  await api.press(user, first, '▶');
  const second = await api.reply(user.id, (message) => message.edited);
  assert.deepEqual(second.buttons.map(({ text }) => text), ['◀', '2/500', '▶']);
  assert.notEqual(second.text, first.text);
  await within(api.press(user, second, '', `${second.buttons[0].callback_data.split(':')[0]}:999999`), 'a page that is not there');
  assert.equal((await gw.get('/health')).status, 200);
});
