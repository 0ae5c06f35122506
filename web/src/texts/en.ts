// The page's words in English. The shape of this object is what every other language must have.
import { plural } from './plural';

const count = (n: number, one: string, other: string) => `${n.toLocaleString('en')} ${plural('en', n, { one, other })}`;

export const en = {
  code: 'en' as string,
  title: 'Kiosk gateway',
  skip: 'Skip to the content',
  menu: 'Views',
  language: 'Language',
  theme: { label: 'Theme', system: 'As the system', light: 'Light', dark: 'Dark' },
  views: {
    overview: 'Overview', kiosks: 'Kiosks', requests: 'Requests', unknown: 'Unknown outcome', connections: 'Connections',
    alerts: 'Alerts', audit: 'Audit trail', keys: 'API keys', settings: 'Settings',
  },
  unit: {
    ms: (n: string) => `${n} ms`, s: (n: string) => `${n} s`, min: (n: string) => `${n} min`, h: (n: string) => `${n} h`, d: (n: string) => `${n} d`,
    perSecond: (n: string) => `${n}/s`,
    ago: (span: string) => `${span} ago`, inFuture: (span: string) => `in ${span}`, now: 'just now', never: 'never', none: '–',
  },
  kiosks: (n: number) => count(n, 'kiosk', 'kiosks'),
  requests: (n: number) => count(n, 'request', 'requests'),
  entries: (n: number) => count(n, 'entry', 'entries'),
  of: (part: string, all: string) => `${part} of ${all}`,
  common: {
    cancel: 'Cancel', close: 'Close', copy: 'Copy', copied: 'Copied', save: 'Save', search: 'Search', csv: 'Export CSV', more: 'Show older',
    loading: 'Loading…', retry: 'Try again', all: 'All', yes: 'yes', no: 'no', reset: 'Clear filters', done: 'Done', details: 'Details',
    nothing: 'Nothing here.', filtered: 'Nothing matches the filters.',
    bound: (n: number) => `Only the newest ${n.toLocaleString('en')} are shown. Narrow the filters to look further back.`,
    sort: (column: string) => `Sort by ${column}`, opened: 'Opens details: Enter. Move: arrow keys.', signIn: 'Log in', signOut: 'Log out',
  },
  login: {
    title: 'Log in', key: 'API key', hint: 'A key with scope read shows everything, one with scope admin may also change things.',
    link: 'No key at hand? On the gateway’s machine “kiosk-gateway dashboard-link” prints a link that logs you in once.',
    empty: 'Enter the key first. It begins with kgw_.', linkUsed: 'This link has been used or is older than 5 minutes. Make a new one, or log in with a key.',
    ended: 'You were logged out: the session ended or its key was revoked. Log in again.', wrong: 'This key is not known here. Check that it was copied whole.',
    working: 'Logging in…',
  },
  session: {
    as: (name: string) => `Logged in as ${name}`, local: 'Read-only: opened on the gateway’s own machine without a key. Log in to change things.',
    readOnly: 'Read-only: this key may look, not change.',
  },
  link: {
    connecting: 'Connecting to the gateway…',
    down: 'No live connection to the gateway. What you see may be out of date.', since: (time: string) => `Last news at ${time}.`,
    again: 'Connecting again by itself', now: 'Connect now', unreachable: 'The gateway does not answer. Check that it runs and that the network is there; this page goes on by itself.',
  },
  health: {
    label: 'State of the gateway', healthy: 'Healthy', degraded: 'Trouble', store: 'Store', embedded: 'on this machine’s disk', connected: 'Redis, connected', disconnected: 'Redis, NOT connected',
    durability: { strict: 'safe', weak: 'weak: settings of Redis', off: 'memory only' } as Record<string, string>,
    pushes: { prometheus: 'Metrics to Grafana', loki: 'Log to Grafana', telegram: 'Telegram' } as Record<string, string>, taken: 'works', failing: 'NOT reached', version: 'Version', node: 'Node', uptime: 'Up', online: (on: string, all: string) => `${on} of ${all} kiosks online`,
  },
  overview: {
    perSecond: 'Requests per second', p95: 'Latency, p95', online: 'Kiosks online', unknown: 'Outcome unknown', errors: 'Errors, last minute', inFlight: 'Running now',
    waiting: (n: number) => `${n.toLocaleString('en')} waiting`, latency: 'Latency', errorsByKind: 'Errors by kind', noErrors: 'No errors in this time.', window: 'Time shown',
    m15: '15 min', h1: '1 h', h24: '24 h', noData: 'No figures yet. They appear a few seconds after the start.', other: 'other',
    look: 'Needs a look', calm: 'Nothing needs a look.', unknownTitle: 'Outcome unknown', flapping: 'Unstable connections', offline: 'Went offline last', total: 'all requests', answered: 'answered', noAnswers: 'no answers yet',
    perSecondShort: 'per second',
  },
  kiosk: {
    id: 'Kiosk', name: 'Name', state: 'State', online: 'online', offline: 'offline', off: 'switched off', since: 'Since', address: 'Address', agent: 'Agent', rtt: 'Round trip',
    inFlight: 'Running', waiting: 'Waiting', limit: 'At a time', lastError: 'Last error', created: 'Added', issued: 'Token issued on', expires: 'Token valid until', connected: 'Connected since', default: 'as set for all',
    all: 'All', searchHint: 'Id, name or address', v1: 'v1 client', noneYet: 'No kiosk yet. Add the first one; its token is shown once.', history: 'Connection history', hisRequests: 'Latest requests', latency: 'Answer times', gone: 'This kiosk does not exist (any more).',
    noRequests: 'No requests yet.', noHistory: 'Never connected.', came: 'connected', went: 'disconnected', state_filter: 'State', busy: 'busy', expiring: 'token ends soon', actions: 'Actions', allRequests: 'All its requests',
    latencyHint: 'Time from sending to the answer, of its latest requests',
  },
  action: {
    add: 'Add kiosk', rename: 'Rename', enable: 'Switch on', disable: 'Switch off', token: 'New token', remove: 'Remove', kick: 'Reconnect', ping: 'Ping', limit: 'Requests at a time', test: 'Test request',
    addText: 'The kiosk gets a token with which its agent connects.', idHint: 'Letters, digits and _ . : - ; at most 64', nameHint: 'For people: shop, floor, street', limitHint: 'Empty: as set for all kiosks. 1 for kiosks that work one by one.',
    renameText: (id: string) => `A new name for ${id}:`,
    enableText: (id: string) => `Switch ${id} on? It may connect and gets requests again.`,
    disableText: (id: string) => `Switch ${id} off? It gets no new requests at once; its connection ends when what is running has ended.`,
    tokenText: (id: string) => `Make a new token for ${id}? The old one stops working at once. The kiosk stays away until the new one is entered there.`,
    removeText: (id: string) => `Remove ${id}? Its token stops working for good. The records of its requests stay.`,
    kickText: (id: string) => `End the connection of ${id}, so that it connects again? Running requests go on.`,
    limitText: (id: string) => `How many requests may run at ${id} at a time?`,
    testText: (id: string) => `This really reaches ${id}. A “payment” sent here is a real payment at its terminal.`,
    force: 'Do not wait for running requests', operation: 'Operation', timeout: 'Timeout, seconds', body: 'Body (one JSON object)', bodyWrong: 'The body must be one JSON object, like {"order_id":1}.', send: 'Send', sending: 'Waiting for the kiosk…',
    answer: 'Answer', took: (span: string) => `Answered in ${span}`, tokenOnce: 'Copy the token now: it is shown only this once.', tokenFor: (id: string) => `Token of ${id}`, expires: (at: string) => `Valid until ${at}`, qr: (id: string) => `QR code with the token of ${id}`,
    added: (id: string) => `${id} was added.`, changed: (id: string) => `${id} was changed.`, removed: (id: string) => `${id} was removed.`, kicked: (id: string) => `The connection of ${id} was ended; it connects again by itself.`,
    pong: (id: string, span: string) => `${id} answered in ${span}.`, closeToken: 'I have copied it', wrongId: 'This id is not possible: 1 to 64 of letters, digits and _ . : -', wrongLimit: 'A whole number from 1 to 1000, or empty.', working: 'Working…', showToken: 'Show as text',
  },
  request: {
    id: 'Request', time: 'Time', kiosk: 'Kiosk', operation: 'Operation', order: 'Order', state: 'State', outcome: 'Outcome', took: 'Took', error: 'Error', owner: 'Key', late: 'late', title: 'Request', searchHint: 'Request id, whole',
    states: { accepted: 'waiting', dispatched: 'at the kiosk', answered: 'answered', timed_out: 'timed out', rejected: 'refused unsent', cancelled: 'cancelled' } as Record<string, string>,
    outcomes: { known: 'known', unknown: 'unknown', not_executed: 'not executed' } as Record<string, string>,
    kioskHint: 'Kiosk id', operationHint: 'e.g. payment', live: 'Live', paused: 'Paused', pause: 'Pause', resume: 'Go on', skipped: (n: number) => `Too many to show: ${count(n, 'change was', 'changes were')} left out of this list (all are in the journal).`,
    none: 'No requests yet. They appear here as they come.', unknownText: 'Nobody knows whether these ran at the kiosk. Look at the terminal before trying again.', unknownNone: 'No open case. Every request has a clear end.',
    timeline: 'Time line', created: 'Accepted', dispatched: 'Sent to the kiosk', answeredAt: 'Kiosk answered', deadline: 'Deadline', hopWait: 'waited for its turn', hopKiosk: 'at the kiosk', hopNone: 'never sent', running: 'still running', total: 'in all',
    answer: 'Answer of the kiosk', noAnswer: 'No answer kept.', body: 'Body of the request', showBody: 'Show the body', bodyGone: 'The body is not kept any more.', notFound: 'No request has this id, or it is older than the journal keeps.', lateBy: (span: string) => `late by ${span}`,
    badId: 'A request id looks like 019ac3d8-6f00-7abc-8def-0123456789ab. Copy it whole.', open: 'Open', bodySecret: 'May hold customers’ data. Looking at it needs scope admin.',
  },
  connection: {
    time: 'Time', kiosk: 'Kiosk', what: 'What', address: 'Address', reason: 'Reason', up: 'connected', down: 'disconnected', flapping: 'Unstable in the last hour', flappingNone: 'No kiosk lost its connection often in the last hour.',
    times: (n: number) => count(n, 'loss', 'losses'), none: 'No kiosk has connected yet.', all: 'Everything',
  },
  alert: { none: 'No alerts. All is quiet.', absent: 'This gateway has no alerts yet.', active: 'Active', past: 'Past', since: 'Since', until: 'Ended', what: 'What', kiosk: 'Kiosk', noneActive: 'Nothing is wrong right now.', kind: 'Alert',
    kinds: { payment_unknown: 'payment unclear', kiosk_offline: 'kiosk offline', kiosk_flapping: 'unstable connection', kiosk_failing: 'kiosk fails often', duplicate_connection: 'token used twice', tokens_expiring: 'tokens end soon', store_down: 'journal can not be written', durability_weak: 'storage not safe', certificate_expiring: 'certificate ends soon' } as Record<string, string> },
  audit: { time: 'Time', who: 'Who', via: 'Through', action: 'Action', target: 'What', detail: 'Details', address: 'Address', none: 'Nobody has changed anything yet.', targetHint: 'Kiosk id or key id', forbidden: 'This key is limited to some kiosks and may not see the audit trail.' },
  actions: {
    kiosk_added: 'kiosk added', kiosk_changed: 'kiosk changed', kiosk_token_renewed: 'new kiosk token', kiosk_kicked: 'kiosk reconnected', kiosk_removed: 'kiosk removed', kiosks_imported: 'kiosks imported',
    key_added: 'key added', key_rotated: 'key rotated', key_revoked: 'key revoked', dashboard_login: 'dashboard login', dashboard_link: 'dashboard link made', dashboard_link_made: 'dashboard link made', dashboard_logout: 'dashboard logout', request_sent: 'test request sent', kiosk_test_sent: 'test request sent', test_request: 'test request sent',
  } as Record<string, string>,
  key: {
    name: 'Name', owner: 'Owner', scopes: 'Scopes', kiosks: 'Kiosks', rate: 'Limit', created: 'Made', expires: 'Ends', state: 'State', id: 'Id', allKiosks: 'all',
    states: { active: 'active', expiring: 'has an end', expired: 'expired', revoked: 'revoked' } as Record<string, string>,
    scopeText: { send: 'send: call kiosks', read: 'read: look at everything', admin: 'admin: change everything' } as Record<string, string>,
    add: 'Add key', rotate: 'Rotate', revoke: 'Revoke', none: 'No key yet. Each backend needs one of its own to send.',
    addText: 'The key is shown once. Give each backend its own.', nameHint: 'Letters, digits and _ . : - ; who uses it', ownerHint: 'Empty: the name. Whose requests it may see', kiosksHint: 'Empty: all. Ids separated by commas, * stands for anything', rateHint: 'Most calls a second. Empty: no limit', daysHint: 'Days. Empty: no end',
    rotateText: (name: string) => `Make a successor of ${name}? The old key goes on for:`, overlap: 'Overlap', overlaps: { now: 'not at all', hour: '1 hour', day: '1 day', week: '7 days' }, revokeText: (name: string) => `Revoke ${name}? Whoever uses it is refused from now on. This can not be undone.`,
    once: 'Copy the key now: it is shown only this once.', keyOf: (name: string) => `Key of ${name}`, revoked: (name: string) => `${name} was revoked.`, wrongName: 'This name is not possible: 1 to 64 of letters, digits and _ . : - ; not “admin”.', noScope: 'Choose at least one scope.', wrongNumber: 'A whole number, or empty.', adminOnly: 'Keys need scope admin.', perSecond: (n: string) => `${n} a second`,
  },
  setting: { name: 'Setting', value: 'Value', source: 'From', masked: 'secret', searchHint: 'Name or value', text: 'Set by the environment, .env or flags; a restart takes up changes.', none: 'No settings.', absent: 'This gateway does not tell its settings.', unset: 'not set' },
  error: {
    network: 'The gateway does not answer. Check the network and try again.', unknown: 'That did not work. Try again.', title: 'That did not work',
    codes: {
      unauthorized: 'Please log in again.', forbidden: 'This key may not do that. Log in with a key of scope admin.', kiosk_offline: 'The kiosk is offline. Nothing was sent to it. Look whether it has power and network.',
      request_expired: 'What became of this request is not known any more. That does not mean that nothing was sent.', kiosk_not_found: 'There is no such kiosk.', kiosk_disabled: 'The kiosk is switched off. Switch it on first.', kiosk_busy: 'The kiosk has too much to do. Nothing was sent; try again in a moment.', rate_limited: 'Too many tries. Wait a little and try again.',
      already_exists: 'That exists already. Choose another id or name.', timeout: 'The kiosk got the request but did not answer in time. Nobody knows whether it ran: look at the terminal before trying again.',
      invalid_response: 'The kiosk answered with something that is no JSON object. The outcome is unknown: look at the terminal.', store_unavailable: 'The gateway can not write its journal, so nothing was done. Look at the health line.', draining: 'The gateway is restarting. Try again in a moment.', overloaded: 'The gateway has too much to do. Try again in a moment.',
      internal_error: 'A fault in the gateway; it is in its log. Look whether it happened before trying again.',
    } as Record<string, string>,
  },
};

export type Texts = typeof en;
