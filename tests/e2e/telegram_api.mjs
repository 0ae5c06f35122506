// A strict stand-in for Telegram's Bot API: what it would refuse, it refuses, and what breaks its rules (unknown
// parameters, markup that does not parse, messages too fast) is remembered as a breach, which fails the test at end().
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { Feed, secret, within } from './harness.mjs';

const TAGS = new Set(['b', 'i', 'u', 's', 'code', 'pre', 'a', 'tg-spoiler', 'blockquote']);
const PARAMETERS = {
  getMe: [],
  getUpdates: ['offset', 'limit', 'timeout', 'allowed_updates'],
  setMyCommands: ['commands', 'language_code'],
  sendMessage: ['chat_id', 'text', 'parse_mode', 'protect_content', 'reply_markup', 'link_preview_options', 'message_thread_id'],
  editMessageText: ['chat_id', 'message_id', 'text', 'parse_mode', 'reply_markup', 'link_preview_options'],
  deleteMessage: ['chat_id', 'message_id'],
  answerCallbackQuery: ['callback_query_id', 'text', 'show_alert'],
};
class Refusal extends Error {
  constructor(code, description, parameters) { super(description); Object.assign(this, { code, parameters }); }
}

// HTML as Telegram parses it; -> the text without markup. Throws what Telegram would say.
export function parseHtml(html) {
  const open = [];
  let text = '';
  for (let at = 0; at < html.length;) {
    if (html[at] === '<') {
      const tag = /^<(\/?)([a-z-]+)((?: [a-z]+="[^"<>]*")*)>/.exec(html.slice(at));
      if (!tag || !TAGS.has(tag[2])) throw new Refusal(400, `Bad Request: can't parse entities: unsupported start tag at byte offset ${at}`);
      if (!tag[1]) open.push(tag[2]);
      else if (open.pop() !== tag[2]) throw new Refusal(400, `Bad Request: can't parse entities: unexpected end tag at byte offset ${at}`);
      at += tag[0].length;
    } else if (html[at] === '&') {
      const entity = /^&(lt|gt|amp|quot|#\d+);/.exec(html.slice(at));
      if (!entity) throw new Refusal(400, `Bad Request: can't parse entities: unescaped & at byte offset ${at}`);
      text += { lt: '<', gt: '>', amp: '&', quot: '"' }[entity[1]] ?? '?';
      at += entity[0].length;
    } else text += html[at++];
  }
  if (open.length > 0) throw new Refusal(400, `Bad Request: can't parse entities: can't find end tag corresponding to start tag ${open.at(-1)}`);
  return text;
}

export class TelegramApi {
  token = secret(`123456:${crypto.randomBytes(24).toString('hex')}`);
  calls = new Feed();     // {method, parameters, answer}
  messages = new Feed();  // what people see: {chat, id, text (plain), html, buttons, protect, deleted}
  breaches = [];
  commands = {};          // by language
  updates = [];
  topics = new Set();     // message_thread_id of those there are; General has none
  clock = 0;              // Telegram's, ahead of ours, in milliseconds
  mode = 'well';          // 'hang', 'drop', '502'
  next = [];              // answers of sendMessage that come instead: a Refusal each
  #updateId = 1000;
  #messageId = 1;
  #queries = new Set();
  #sent = new Map();      // chat: times
  #all = [];
  #poll;
  #held = new Set();
  botName = 'kgw_test_bot';

  static async start() {
    const api = new TelegramApi();
    api.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('error', () => {});
      request.on('end', () => api.#serve(request, response, Buffer.concat(parts)));
    });
    await new Promise((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    api.server.unref();  // a test that failed must not hold the process
    api.url = `http://127.0.0.1:${api.server.address().port}`;
    return api;
  }
  env(extra = {}) { return { TELEGRAM_BOT_TOKEN: this.token, TELEGRAM_API_URL: this.url, ...extra }; }
  end() {
    this.server.closeAllConnections();
    this.server.close();
    assert.deepEqual(this.breaches, []);
  }
  // A gateway that was restarted can't know what the last one sent this second; Telegram would refuse it, softly.
  restarted() { this.#sent.clear(); }
  // Back from 'hang': what hung is dropped.
  recover() {
    this.mode = 'well';
    for (const response of this.#held) response.destroy();
    this.#held.clear();
  }

  #serve(request, response, body) {
    const path = /^\/bot([^/]+)\/(\w+)$/.exec(request.url);
    if (this.mode === 'drop') return response.destroy();
    if (this.mode === 'hang') return this.#held.add(response);
    if (this.mode === '502') { response.writeHead(502, { 'content-type': 'text/html' }); return response.end('<html>Bad Gateway</html>'); }
    const answer = (status, json) => {
      if (response.destroyed) return;
      response.writeHead(status, { 'content-type': 'application/json', date: new Date(Date.now() + this.clock).toUTCString() });
      response.end(JSON.stringify(json));
    };
    const refuse = (error) => {
      if (!(error instanceof Refusal)) { this.breaches.push(String(error.stack)); error.code = 500; }
      this.calls.push({ method: path?.[2], refused: error.code, description: error.message });
      answer(error.code, { ok: false, error_code: error.code, description: error.message, ...(error.parameters && { parameters: error.parameters }) });
    };
    try {
      if (!path) throw new Refusal(404, 'Not Found');
      if (path[1] !== this.token) throw new Refusal(401, 'Unauthorized');
      const [, , method] = path;
      if (!PARAMETERS[method]) throw new Refusal(404, 'Not Found: method not found');
      assert.equal(request.method, 'POST');
      assert.match(request.headers['content-type'] ?? '', /^application\/json/);
      const parameters = JSON.parse(body.toString());
      for (const name of Object.keys(parameters)) assert.ok(PARAMETERS[method].includes(name), `${method} has no ${name}`);
      if (method === 'getUpdates') return this.#getUpdates(parameters, response, answer, refuse);
      const result = this[`on_${method}`](parameters);
      this.calls.push({ method, parameters, result });
      return answer(200, { ok: true, result });
    } catch (error) { return refuse(error); }
  }

  // --- methods
  on_getMe() { return { id: 123456, is_bot: true, first_name: 'Kiosks', username: this.botName }; }
  on_setMyCommands({ commands, language_code: language = '' }) {
    for (const { command, description } of commands) {
      assert.match(command, /^[a-z0-9_]{1,32}$/);
      assert.ok(description.length >= 1 && description.length <= 256);
    }
    assert.ok(commands.length <= 100);
    this.commands[language] = commands;
    return true;
  }
  #getUpdates({ offset = 0, timeout = 0, limit = 100, allowed_updates: allowed }, response, answer, refuse) {
    assert.deepEqual(allowed, ['message', 'callback_query']);
    this.calls.push({ method: 'getUpdates', parameters: { offset, timeout, limit } });
    // The newer one wins.
    this.#poll?.refuse(new Refusal(409, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running'));
    this.#poll = undefined;
    if (this.webhook) return refuse(new Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"));
    this.updates = this.updates.filter((update) => update.update_id >= offset);
    const poll = { refuse, flush: () => {
      if (this.updates.length === 0) return;
      clearTimeout(poll.timer);
      if (this.#poll === poll) this.#poll = undefined;
      answer(200, { ok: true, result: this.updates.slice(0, limit) });
    } };
    this.#poll = poll;
    poll.timer = setTimeout(() => { if (this.#poll === poll) this.#poll = undefined; answer(200, { ok: true, result: [] }); }, timeout * 1000);
    poll.timer.unref();
    response.on('close', () => { if (this.#poll === poll) this.#poll = undefined; });
    return poll.flush();
  }
  #text({ text, parse_mode: mode, reply_markup: markup }) {
    assert.equal(typeof text, 'string');
    assert.ok(text.isWellFormed?.() ?? true, 'no lone surrogates');
    const plain = mode === 'HTML' ? parseHtml(text) : text;
    if (plain.trim() === '') throw new Refusal(400, 'Bad Request: message text is empty');
    if (plain.length > 4096) throw new Refusal(400, 'Bad Request: message is too long');
    const buttons = (markup?.inline_keyboard ?? []).flat();
    for (const { text: label, callback_data: data } of buttons) {
      assert.ok(label);
      if (!(Buffer.byteLength(data) >= 1 && Buffer.byteLength(data) <= 64)) throw new Refusal(400, 'Bad Request: BUTTON_DATA_INVALID');
    }
    return { text: plain, html: text, buttons };
  }
  #limit(chat) {
    const now = Date.now(), times = (this.#sent.get(chat) ?? []).filter((at) => now - at < 60000);
    this.#all = this.#all.filter((at) => now - at < 1000);
    const breach = (what, seconds) => {
      this.breaches.push(`too fast: ${what} in chat ${chat}`);
      throw new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
    };
    if (times.length > 0 && now - times.at(-1) < 950) breach('twice a second', 1);
    if (chat < 0 && times.length >= 20) breach('more than 20 a minute', 30);
    if (this.#all.length >= 30) breach('more than 30 a second', 1);
    this.#sent.set(chat, [...times, now]);
    this.#all.push(now);
  }
  on_sendMessage(parameters) {
    const refusal = this.next.shift();
    if (refusal) throw refusal;
    assert.ok(Number.isSafeInteger(parameters.chat_id));
    const { message_thread_id: topic } = parameters;
    if (topic !== undefined && !this.topics.has(topic)) throw new Refusal(400, 'Bad Request: message thread not found');
    this.#limit(parameters.chat_id);
    const message = { chat: parameters.chat_id, id: this.#messageId++, topic, protect: parameters.protect_content === true, ...this.#text(parameters) };
    this.messages.push(message);
    return { message_id: message.id, chat: { id: message.chat }, date: Math.floor(Date.now() / 1000), text: message.text };
  }
  #find({ chat_id: chat, message_id: id }, what) {
    const found = this.messages.entries.findLast((message) => message.chat === chat && message.id === id);  // as it is now
    if (!found || found.deleted) throw new Refusal(400, `Bad Request: message to ${what} not found`);
    return found;
  }
  on_editMessageText(parameters) {
    const message = this.#find(parameters, 'edit');
    this.#limit(message.chat);
    const text = this.#text(parameters);
    if (text.html === message.html && JSON.stringify(text.buttons) === JSON.stringify(message.buttons)) throw new Refusal(400, 'Bad Request: message is not modified');
    this.messages.push({ ...message, ...text, edited: true });
    return { message_id: message.id };
  }
  on_deleteMessage(parameters) { this.#find(parameters, 'delete').deleted = true; return true; }
  on_answerCallbackQuery({ callback_query_id: id, text = '' }) {
    assert.ok(text.length <= 200);
    if (!this.#queries.delete(id)) throw new Refusal(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
    return true;
  }

  // --- people
  push(update) {
    this.updates.push({ update_id: ++this.#updateId, ...update });
    this.#poll?.flush();
    return this.#updateId;
  }
  message(user, text, { chat = user.id, type = chat === user.id ? 'private' : 'supergroup', date = Math.floor((Date.now() + this.clock) / 1000), ...extra } = {}) {
    return this.push({ message: { message_id: this.#messageId++, from: { id: user.id, is_bot: false, first_name: 'U', language_code: user.language }, chat: { id: chat, type }, date, text, ...extra } });
  }
  press(user, message, label, data = message.buttons.find(({ text }) => text === label || text.startsWith(label))?.callback_data) {
    assert.ok(data, `no button ${label}: ${JSON.stringify(message.buttons)}`);
    const id = crypto.randomUUID();
    this.#queries.add(id);
    this.push({ callback_query: { id, from: { id: user.id, is_bot: false, first_name: 'U', language_code: user.language }, chat_instance: '1', data,
      message: { message_id: message.id, date: 1, chat: { id: message.chat, type: message.chat < 0 ? 'supergroup' : 'private' }, text: message.text } } });
    return this.calls.wait((call) => call.method === 'answerCallbackQuery' && call.parameters?.callback_query_id === id, 'the press is acknowledged').then((call) => call.parameters);
  }
  // Says it, and waits for the next message in that chat.
  async ask(user, text, options = {}) {
    const chat = options.chat ?? user.id;
    const from = this.messages.entries.length;
    this.message(user, text, options);
    return this.messages.wait((message) => message.chat === chat, `an answer to ${text}`, { from });
  }
  reply(chat, match = () => true, from = 0, ms) { return this.messages.wait((message) => message.chat === chat && match(message), `a message in ${chat}`, { from, ms }); }
  sentTo(chat) { return this.messages.entries.filter((message) => message.chat === chat && !message.edited); }
  // Polls once, as another program with the same token would.
  otherPoller() {
    return within(fetch(`${this.url}/bot${this.token}/getUpdates`, { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timeout: 0, allowed_updates: ['message', 'callback_query'] }) }), 'polled').then((response) => response.json());
  }
}
export { Refusal };
