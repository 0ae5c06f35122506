// What a browser does for the dashboard's page, without one: a session's cookie on every call, its CSRF token on
// writes, and the event stream.
import http from 'node:http';
import { Feed, secret, within } from './harness.mjs';

export class Browser {
  // -> a Browser that is logged in; form: {key} or {code}
  static async logIn(gw, form, headers = {}) {
    const answer = await gw.call('POST', '/dashboard/login', { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(form) });
    const browser = new Browser();
    Object.assign(browser, { gw, answer, session: answer.json });
    const [cookie] = answer.headers['set-cookie'] ?? [];
    browser.cookie = cookie?.split(';')[0];
    if (cookie) secret(browser.cookie.split('=')[1]), secret(answer.json.csrf);
    return browser;
  }
  get(target, headers = {}) { return this.gw.get(target, { headers: { cookie: this.cookie, ...headers } }); }
  write(method, target, body, headers = {}) {
    const all = { cookie: this.cookie, 'content-type': 'application/json', 'x-csrf-token': this.session.csrf, ...headers };
    return this.gw.call(method, target, { headers: all, body: body === undefined ? undefined : JSON.stringify(body) });
  }
}

export class EventStream {
  events = new Feed();  // {id, event, data}
  comments = new Feed();
  retry;

  // headers: a cookie, or Last-Event-ID. -> once its head is there
  static async open(gw, { key, headers = {}, paused = false } = {}) {
    const stream = new EventStream();
    const all = { accept: 'text/event-stream', ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers };
    const request = http.request({ host: '127.0.0.1', port: gw.port, path: '/api/events', headers: all, agent: false });
    stream.request = request;
    stream.ended = new Promise((resolve) => request.on('close', resolve));
    request.end();
    const response = await within(new Promise((resolve, reject) => request.on('response', resolve).on('error', reject)), 'the event stream begins');
    stream.response = response;
    gw.checkContract({ method: 'GET', target: '/api/events', headers: all }, { status: response.statusCode, headers: response.headers, text: '', body: Buffer.alloc(0), json: {} });
    request.on('error', () => {});
    response.on('error', () => {});
    let rest = '';
    if (!paused) response.setEncoding('utf8').on('data', (text) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) stream.#take(block);
    });
    return stream;
  }
  #take(block) {
    const event = {};
    for (const line of block.split('\n')) {
      const [, name, value] = /^(\w*): (.*)$/s.exec(line);  // also over U+2028
      if (name === '') this.comments.push(value);
      else if (name === 'retry') this.retry = Number(value);
      else event[name] = name === 'data' ? JSON.parse(value) : value;
    }
    if (event.event) this.events.push(event);
  }
  wait(event, match = () => true, from = 0) {
    return this.events.wait((one) => one.event === event && match(one.data, one), `event ${event}`, { from });
  }
  // The snapshot is whole.
  settled() { return this.wait('kiosks', (data) => data.complete); }
  of(event) { return this.events.entries.filter((one) => one.event === event); }
  close() { this.request.destroy(); return within(this.ended, 'the event stream ends'); }
}
