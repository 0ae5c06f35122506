// The page's words in English. The shape of this object is what every other language must have.
import { plural } from './plural';

const count = (n: number, one: string, other: string) => `${n.toLocaleString('en')} ${plural('en', n, { one, other })}`;

export const en = {
  code: 'en' as string,
  title: 'Kiosk gateway',
  skip: 'Skip to content',
  menu: 'Views',
  language: 'Language',
  theme: { label: 'Theme', system: 'System', light: 'Light', dark: 'Dark' },
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
    sort: (column: string) => `Sort by ${column}`, opened: 'Enter opens the details; arrow keys move.', signIn: 'Log in', signOut: 'Log out',
  },
  login: {
    title: 'Log in', key: 'API key', hint: 'A key with scope read shows everything; a key with scope admin can also change things.',
    link: 'No key at hand? Run “kiosk-gateway dashboard-link” on the gateway’s machine: it prints a link that logs you in once.',
    empty: 'Enter the key first. It begins with kgw_.', linkUsed: 'This link was already used or is older than 5 minutes. Create a new one, or log in with a key.',
    ended: 'You were logged out: the session expired or its key was revoked. Log in again.', wrong: 'This key is not valid here. Check that you copied all of it.',
    working: 'Logging in…',
  },
  session: {
    as: (name: string) => `Logged in as ${name}`, local: 'Read-only: opened on the gateway’s own machine without a key. Log in to change things.',
    readOnly: 'Read-only: this key can’t change anything.',
  },
  link: {
    connecting: 'Connecting to the gateway…',
    down: 'No live connection to the gateway. What you see may be out of date.', since: (time: string) => `Last update at ${time}.`,
    again: 'Reconnecting automatically', now: 'Connect now', unreachable: 'The gateway does not answer. Check that it is running and that the network works; this page will reconnect by itself.',
  },
  health: {
    label: 'State of the gateway', healthy: 'Healthy', degraded: 'Problems', store: 'Store', embedded: 'on this machine’s disk', connected: 'Redis, connected', disconnected: 'Redis, NOT connected',
    durability: { strict: 'safe', weak: 'weak: check Redis’ settings', off: 'memory only' } as Record<string, string>,
    pushes: { prometheus: 'Metrics to Grafana', loki: 'Log to Grafana', telegram: 'Telegram' } as Record<string, string>, taken: 'working', failing: 'NOT reached', version: 'Version', node: 'Node', uptime: 'Up', online: (on: string, all: string) => `${on} of ${all} kiosks online`,
  },
  overview: {
    perSecond: 'Requests per second', p95: 'Latency, p95', online: 'Kiosks online', unknown: 'Outcome unknown', errors: 'Errors, last minute', inFlight: 'Running now',
    waiting: (n: number) => `${n.toLocaleString('en')} waiting`, latency: 'Latency', errorsByKind: 'Errors by kind', noErrors: 'No errors in this period.', window: 'Time shown',
    m15: '15 min', h1: '1 h', h24: '24 h', noData: 'No data yet. It appears a few seconds after the start.', other: 'other',
    look: 'Needs attention', calm: 'Nothing needs attention.', unknownTitle: 'Outcome unknown', flapping: 'Unstable connections', offline: 'Recently went offline', total: 'all requests', answered: 'answered', noAnswers: 'no answers yet',
    perSecondShort: 'per second',
  },
  kiosk: {
    id: 'Kiosk', name: 'Name', state: 'State', online: 'online', offline: 'offline', off: 'disabled', since: 'Since', address: 'Address', agent: 'Agent', rtt: 'Round trip',
    inFlight: 'Running', waiting: 'Waiting', limit: 'At a time', lastError: 'Last error', created: 'Added', issued: 'Token issued on', expires: 'Token valid until', connected: 'Connected since', default: 'default',
    all: 'All', searchHint: 'Id, name or address', v1: 'v1 client', noneYet: 'No kiosks yet. Add the first one; its token is shown only once.', history: 'Connection history', hisRequests: 'Latest requests', latency: 'Answer times', gone: 'This kiosk does not exist or was removed.',
    noRequests: 'No requests yet.', noHistory: 'Never connected.', came: 'connected', went: 'disconnected', state_filter: 'State', busy: 'busy', expiring: 'token expires soon', actions: 'Actions', allRequests: 'All its requests',
    latencyHint: 'Time from sending a request to its answer, for the latest requests',
  },
  action: {
    add: 'Add kiosk', rename: 'Rename', enable: 'Enable', disable: 'Disable', token: 'New token', remove: 'Remove', kick: 'Reconnect', ping: 'Ping', limit: 'Requests at a time', test: 'Test request',
    addText: 'The kiosk gets a token that its agent uses to connect.', idHint: 'Letters, digits and _ . : - ; at most 64', nameHint: 'For people: shop, floor, street', limitHint: 'Empty: the default. 1 for kiosks that handle one request at a time.',
    renameText: (id: string) => `A new name for ${id}:`,
    enableText: (id: string) => `Enable ${id}? It can connect and receive requests again.`,
    disableText: (id: string) => `Disable ${id}? It gets no new requests from now on; its connection is closed when the running ones have finished.`,
    tokenText: (id: string) => `Create a new token for ${id}? The old one stops working at once. The kiosk stays offline until the new token is installed on it.`,
    removeText: (id: string) => `Remove ${id}? Its token stops working for good. The records of its requests are kept.`,
    kickText: (id: string) => `Close the connection of ${id} so that it reconnects? Running requests continue.`,
    limitText: (id: string) => `How many requests may run at ${id} at the same time?`,
    testText: (id: string) => `This really reaches ${id}. A “payment” sent here is a real payment at its terminal.`,
    force: 'Do not wait for running requests', operation: 'Operation', timeout: 'Timeout, seconds', body: 'Body (one JSON object)', bodyWrong: 'The body must be one JSON object, like {"order_id":1}.', send: 'Send', sending: 'Waiting for the kiosk…',
    answer: 'Answer', took: (span: string) => `Answered in ${span}`, tokenOnce: 'Copy the token now: it is shown only this once.', tokenFor: (id: string) => `Token of ${id}`, expires: (at: string) => `Valid until ${at}`, qr: (id: string) => `QR code with the token of ${id}`,
    added: (id: string) => `${id} was added.`, changed: (id: string) => `${id} was changed.`, removed: (id: string) => `${id} was removed.`, kicked: (id: string) => `The connection of ${id} was closed; it will reconnect by itself.`,
    pong: (id: string, span: string) => `${id} answered in ${span}.`, closeToken: 'I have copied it', wrongId: 'This id is not allowed. Use 1 to 64 letters, digits and _ . : -', wrongLimit: 'Enter a whole number from 1 to 1000, or leave it empty.', working: 'Working…', showToken: 'Show as text',
  },
  request: {
    id: 'Request', time: 'Time', kiosk: 'Kiosk', operation: 'Operation', order: 'Order', state: 'State', outcome: 'Outcome', took: 'Took', error: 'Error', owner: 'Key', late: 'late', title: 'Request', searchHint: 'Full request id',
    states: { accepted: 'waiting', dispatched: 'at the kiosk', answered: 'answered', timed_out: 'timed out', rejected: 'refused, not sent', cancelled: 'cancelled' } as Record<string, string>,
    outcomes: { known: 'known', unknown: 'unknown', not_executed: 'not executed' } as Record<string, string>,
    kioskHint: 'Kiosk id', operationHint: 'e.g. payment', live: 'Live', paused: 'Paused', pause: 'Pause', resume: 'Resume', skipped: (n: number) => `Too many to show: ${count(n, 'change was', 'changes were')} left out of this list (the journal has them all).`,
    none: 'No requests yet. They appear here as they arrive.', unknownText: 'It is not known whether the kiosk carried these out. Check the terminal before trying again.', unknownNone: 'Nothing to check: the outcome of every request is known.',
    timeline: 'Timeline', created: 'Accepted', dispatched: 'Sent to the kiosk', answeredAt: 'Kiosk answered', deadline: 'Deadline', hopWait: 'waited for its turn', hopKiosk: 'at the kiosk', hopNone: 'never sent', running: 'still running', total: 'total',
    answer: 'Answer of the kiosk', noAnswer: 'No answer stored.', body: 'Body of the request', showBody: 'Show the body', bodyGone: 'The body is no longer stored.', notFound: 'There is no request with this id, or it is too old to be in the journal.', lateBy: (span: string) => `late by ${span}`,
    badId: 'A request id looks like 019ac3d8-6f00-7abc-8def-0123456789ab. Copy all of it.', open: 'Open', bodySecret: 'May contain customers’ data. Viewing it requires scope admin.',
  },
  connection: {
    time: 'Time', kiosk: 'Kiosk', what: 'What', address: 'Address', reason: 'Reason', up: 'connected', down: 'disconnected', flapping: 'Unstable in the last hour', flappingNone: 'All connections have been stable in the last hour.',
    times: (n: number) => count(n, 'loss', 'losses'), none: 'No kiosk has connected yet.', all: 'Everything',
  },
  alert: { none: 'No alerts. All is quiet.', absent: 'This gateway does not raise alerts yet.', active: 'Active', past: 'Past', since: 'Since', until: 'Ended', what: 'What', kiosk: 'Kiosk', noneActive: 'Nothing is wrong right now.', kind: 'Alert',
    kinds: { payment_unknown: 'payment outcome unknown', kiosk_offline: 'kiosk offline', kiosk_flapping: 'unstable connection', kiosk_failing: 'kiosk fails often', duplicate_connection: 'token used twice', tokens_expiring: 'tokens expire soon', store_down: 'journal can’t be written', durability_weak: 'saved data may be lost', certificate_expiring: 'certificate expires soon' } as Record<string, string> },
  audit: { time: 'Time', who: 'Who', via: 'Via', action: 'Action', target: 'Target', detail: 'Details', address: 'Address', none: 'Nobody has changed anything yet.', targetHint: 'Kiosk id or key id', forbidden: 'This key is limited to some kiosks and can’t see the audit trail.' },
  actions: {
    kiosk_added: 'kiosk added', kiosk_changed: 'kiosk changed', kiosk_token_renewed: 'new kiosk token', kiosk_kicked: 'kiosk reconnected', kiosk_removed: 'kiosk removed', kiosks_imported: 'kiosks imported',
    key_added: 'key added', key_rotated: 'key rotated', key_revoked: 'key revoked', dashboard_login: 'dashboard login', dashboard_link: 'dashboard link created', dashboard_link_made: 'dashboard link created', dashboard_logout: 'dashboard logout', request_sent: 'test request sent', kiosk_test_sent: 'test request sent', test_request: 'test request sent',
  } as Record<string, string>,
  key: {
    name: 'Name', owner: 'Owner', scopes: 'Scopes', kiosks: 'Kiosks', rate: 'Limit', created: 'Created', expires: 'Expires', state: 'State', id: 'Id', allKiosks: 'all',
    states: { active: 'active', expiring: 'active, will expire', expired: 'expired', revoked: 'revoked' } as Record<string, string>,
    scopeText: { send: 'send: call kiosks', read: 'read: see everything', admin: 'admin: change everything' } as Record<string, string>,
    add: 'Add key', rotate: 'Rotate', revoke: 'Revoke', none: 'No keys yet. Each backend needs its own key to send requests.',
    addText: 'The key is shown only once. Give each backend its own.', nameHint: 'Letters, digits and _ . : - ; who uses it', ownerHint: 'Whose requests it can see. Empty: same as the name', kiosksHint: 'Empty: all. Ids separated by commas; * matches anything', rateHint: 'Maximum calls per second. Empty: no limit', daysHint: 'Days until it expires. Empty: never',
    rotateText: (name: string) => `Replace ${name} with a new key? The old key stays valid for:`, overlap: 'Overlap', overlaps: { now: 'not at all', hour: '1 hour', day: '1 day', week: '7 days' }, revokeText: (name: string) => `Revoke ${name}? It stops working at once. This can’t be undone.`,
    once: 'Copy the key now: it is shown only this once.', keyOf: (name: string) => `Key of ${name}`, revoked: (name: string) => `${name} was revoked.`, wrongName: 'This name is not allowed. Use 1 to 64 letters, digits and _ . : - ; not “admin”.', noScope: 'Choose at least one scope.', wrongNumber: 'Enter a whole number, or leave it empty.', adminOnly: 'Managing keys requires scope admin.', perSecond: (n: string) => `${n} per second`,
  },
  setting: { name: 'Setting', value: 'Value', source: 'From', masked: 'secret', searchHint: 'Name or value', text: 'Set in the environment, in .env or by flags; changes take effect after a restart.', none: 'No settings.', absent: 'This gateway does not show its settings.', unset: 'not set' },
  error: {
    network: 'The gateway does not answer. Check the network and try again.', unknown: 'That did not work. Try again.', title: 'That did not work',
    codes: {
      unauthorized: 'Please log in again.', forbidden: 'This key is not allowed to do that. Log in with a key with scope admin.', kiosk_offline: 'The kiosk is offline and nothing was sent to it. Check its power and network.',
      request_expired: 'The outcome of this request is no longer known. It may have been sent: check the kiosk.', kiosk_not_found: 'There is no such kiosk.', kiosk_disabled: 'The kiosk is disabled. Enable it first.', kiosk_busy: 'The kiosk is busy. Nothing was sent; try again in a moment.', rate_limited: 'Too many attempts. Wait a little and try again.',
      already_exists: 'That already exists. Choose another id or name.', timeout: 'The kiosk did not answer in time. It is not known whether the request was carried out: check the terminal before trying again.',
      invalid_response: 'The kiosk’s answer was not a JSON object. The outcome is unknown: check the terminal.', store_unavailable: 'The gateway can’t write its journal, so nothing was done. The status line at the top says why.', draining: 'The gateway is restarting. Try again in a moment.', overloaded: 'The gateway is overloaded. Try again in a moment.',
      internal_error: 'The gateway had an internal error; its log has the details. Check whether the action was carried out before trying again.',
    } as Record<string, string>,
  },
};

export type Texts = typeof en;
