// Holds every request and every answer of these tests against the contract, openapi.yaml, as the build embedded it.
// An answer must be one that its operation lists: status, header fields, media type, body. A request that the gateway
// took must be one that the contract allows, and one that it refused for a value must not be: whichever of the two is
// wrong, a test fails. Nobody here knows what the gateway does but from the contract.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';

// Members may be added to answers, so their schemas are open (x-more-members) for those who generate clients from them. Here they are
// closed: what the gateway says today stands in the contract.
const closed = (name, value) => {
  if (!value?.['x-more-members']) return value;
  const { 'x-more-members': _, ...schema } = value;
  return { ...schema, unevaluatedProperties: false };
};
const text = fs.readFileSync(path.join(process.env.KGW_BUILD_DIR, 'openapi.json'), 'utf8');
export const document = JSON.parse(text);  // as it is served
export const contract = JSON.parse(text, closed);

const formats = { 'date-time': (text) => !Number.isNaN(Date.parse(text)) };
function newAjv(options) {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, formats, ...options });
  ajv.addVocabulary([...Object.keys(contract), 'discriminator']);  // the document is the schemas' root; OpenAPI's own
  return ajv.addSchema(contract, 'contract', false, false);
}
const ajv = newAjv({});
const textAjv = newAjv({ coerceTypes: true });  // values of header fields, paths and queries, which are text

// A schema of the document -> its validator; for text: of {value: ...}, which is what can be coerced.
const ofJson = new Map(), ofText = new Map();
function validator(cache, schema) {
  let found = cache.get(schema);
  if (!found) {
    const own = JSON.parse(JSON.stringify(schema, (name, value) => name === '$ref' ? `contract${value}` : value));
    found = cache === ofJson ? ajv.compile(own) : textAjv.compile({ type: 'object', properties: { value: own } });
    cache.set(schema, found);
  }
  return found;
}
// What is wrong with the value; nothing: it fits.
function fault(cache, schema, value) {
  const validate = validator(cache, schema);
  if (validate(value)) return undefined;
  return validate.errors.map((one) => `${one.instancePath || 'it'} ${one.message} ${JSON.stringify(one.params)}`).join('; ');
}
const jsonFault = (schema, value) => fault(ofJson, schema, value);
const textFault = (schema, value) => fault(ofText, schema, { value });

// What is wrong with a value that must be one of the document's schemas, say an event's row; nothing: it fits.
export const schemaFault = (name, value) => jsonFault(contract.components.schemas[name], value);

const resolve = (thing) => thing?.$ref ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], contract) : thing;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// --- routes
const routes = Object.entries(contract.paths).map(([template, item]) => ({
  template, item, names: [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
  // /send/ is /send, as the contract's text says.
  pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]*)')}${template === '/send' ? '/?' : ''}$`),
}));
export const operations = new Map();  // the contract's object -> {id, template, method, responses, parameters, body, security}
for (const { template, item } of routes) {
  for (const method of METHODS) {
    if (!item[method]) continue;
    const responses = Object.fromEntries(Object.entries(item[method].responses).map(([status, one]) => [status, resolve(one)]));
    const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve);
    // A credential in the query is a parameter too.
    for (const name of (item[method].security ?? contract.security).flatMap(Object.keys)) {
      const scheme = contract.components.securitySchemes[name];
      if (scheme.in === 'query') parameters.push({ in: 'query', name: scheme.name, schema: { type: 'string' } });
    }
    operations.set(item[method], { id: item[method].operationId, template, method, responses, parameters, body: item[method].requestBody,
      security: item[method].security ?? contract.security });
  }
}
const everywhere = Object.fromEntries(Object.entries({ 400: 'BadRequest', 408: 'RequestTimeout', 413: 'PayloadTooLarge', 431: 'HeadersTooLarge',
  500: 'InternalError', 501: 'NotImplemented', 503: 'Overloaded' }).map(([status, name]) => [status, contract.components.responses[name]]));
const ofNoKey = { 401: contract.components.responses.Unauthorized, 403: contract.components.responses.Forbidden, 429: contract.components.responses.RateLimited };

function find(method, target) {
  const [pathname] = target.split('?');
  const api = /^\/api(\/|$)/.test(pathname);
  for (const route of routes) {
    const match = route.pattern.exec(pathname);
    if (!match) continue;
    const operation = operations.get(route.item[method === 'HEAD' ? 'get' : method.toLowerCase()]);
    // The handshake of a WebSocket is a GET alone.
    if (operation && !(method === 'HEAD' && operation.id === 'connectKiosk'))
      return { ...operation, path: Object.fromEntries(route.names.map((name, n) => [name, match[n + 1]])) };
    const methods = METHODS.filter((one) => route.item[one]).flatMap((one) => one === 'get' && route.template !== '/ws' ? ['GET', 'HEAD'] : [one.toUpperCase()]);
    return { id: 'other-method', allow: method === 'OPTIONS' && api ? undefined : methods, responses: { ...everywhere, ...(api ? ofNoKey : {}), 405: contract.components.responses.MethodNotAllowed } };
  }
  return { id: 'other-path', responses: { ...everywhere, ...(api ? ofNoKey : {}), 404: contract.components.responses.NotFound, ...(api && method === 'OPTIONS' ? { 405: contract.components.responses.MethodNotAllowed } : {}) } };
}

// --- answers
// Of the connection, or of no interest to a contract.
const COMMON = new Set(['date', 'content-type', 'content-length', 'connection', 'transfer-encoding', 'keep-alive']);

function answerFault(response, answer, headOnly) {
  const documented = new Map(Object.entries(response.headers ?? {}).map(([name, header]) => [name.toLowerCase(), resolve(header)]));
  for (const [name, header] of documented) {
    const value = answer.headers[name]?.toString();  // of Set-Cookie a list of one
    if (value === undefined) { if (header.required) return `the header ${name} is missing`; continue; }
    const wrong = textFault(header.schema, value);
    if (wrong) return `the header ${name}: ${value}: ${wrong}`;
  }
  for (const name of Object.keys(answer.headers))
    if (!documented.has(name) && !COMMON.has(name)) return `the header ${name} is not in the contract`;
  if (!response.content) return undefined;
  const type = answer.headers['content-type'];
  const media = response.content[type];
  if (!media) return `the media type is ${type}`;
  if (headOnly) return answer.body.length === 0 ? undefined : 'an answer to HEAD has a body';
  if (type !== 'application/json') return jsonFault(media.schema, answer.text);
  if (answer.json === undefined) return 'the body is no JSON';
  const id = answer.headers['x-request-id'];
  if (id !== undefined && answer.json?.request_id?.toLowerCase?.() !== id) return 'X-Request-Id and request_id differ';
  return jsonFault(media.schema, answer.json);
}

const shown = (answer) => `${answer.status} ${JSON.stringify(answer.headers)} ${String(answer.text).slice(0, 600)}`;
// LEGACY_HTTP_STATUS: an error's body with status 200; it must be one that the operation has with another status.
const legacyResponses = (operation) => Object.entries(operation.responses).filter(([status]) => Number(status) >= 400).map(([, one]) => one);

function checkAnswer(operation, what, answer, { legacy, head }) {
  if (legacy && answer.status === 200 && operation.id === 'sendRequest' && answer.headers['x-answer-from'] === undefined) {
    const faults = legacyResponses(operation).map((response) => answerFault(response, answer, head));
    return assert.ok(faults.includes(undefined), `not in the contract: ${what}: ${shown(answer)}`);
  }
  const response = operation.responses[answer.status];
  assert.ok(response, `not in the contract: ${what} is answered ${answer.status}: ${shown(answer)}`);
  const wrong = answerFault(response, answer, head);
  assert.ok(!wrong, `not in the contract: ${what}: ${wrong}: ${shown(answer)}`);
  if (operation.allow && answer.status === 405) assert.deepEqual(answer.headers.allow.split(', ').sort(), [...operation.allow].sort(), `not in the contract: ${what}: Allow`);
}

// --- requests
function bodyFault(operation, headers, body) {
  const bytes = Buffer.concat([body ?? ''].flat().map((part) => Buffer.from(part)));
  if (bytes.length === 0) return operation.body?.required ? 'the body is missing' : undefined;
  if (!operation.body) return 'a body where there is none';
  const type = (headers['content-type'] ?? 'application/json').split(';')[0].trim().toLowerCase();
  const media = operation.body.content[type];
  if (!media) return `the media type is ${type}`;
  if (type === 'application/x-ndjson') {
    for (const line of bytes.toString().split('\n').filter((one) => one.trim())) {
      const wrong = jsonFault(contract.components.schemas[media.schema['x-line']], JSON.parse(line));
      if (wrong) return wrong;
    }
    return undefined;
  }
  try { return jsonFault(media.schema, JSON.parse(bytes)); } catch (error) { return error.message; }
}

// What of a request is not as the contract has it.
function requestFault(operation, { target, headers, body }) {
  const query = new Map(new URLSearchParams(target.split('?')[1] ?? ''));
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const one of operation.parameters) {
    const value = one.in === 'query' ? query.get(one.name) : one.in === 'header' ? lower[one.name.toLowerCase()] : decodeURIComponent(operation.path[one.name]);
    if (value === undefined) { if (one.required) return `${one.name} is missing`; continue; }
    const wrong = textFault(one.schema, String(value));
    if (wrong) return `${one.name}: ${value}: ${wrong}`;
  }
  for (const name of query.keys())
    if (!operation.parameters.some((one) => one.in === 'query' && one.name === name)) return `${name} in the query is not known`;
  return bodyFault(operation, lower, body);
}

// Errors that are told before a request is looked at, or that say nothing of how it was written.
const SAYS_NOTHING = new Set([400, 401, 403, 404, 405, 408, 413, 415, 426, 431, 500, 501]);
const REFUSED = new Set(['missing_header', 'invalid_header', 'invalid_argument', 'invalid_parameter']);
// Refused for what no schema can say.
const BEYOND_SCHEMAS = /more than once|twice|not both|to find one request|'token'|another kiosk|from 1 to \d+\.$|printable ASCII|REQUIRE_IDEMPOTENCY_KEY|OFFLINE_WAIT_OPERATIONS|respond-async|JOURNAL=off|Line \d+/;

function checkRequest(operation, what, request, answer) {
  if (!operation.parameters) return;  // of a path or method that there is not
  const code = answer.json?.error;
  const taken = !SAYS_NOTHING.has(answer.status) && !['rate_limited', 'overloaded'].includes(code);
  const refused = answer.status === 400 && REFUSED.has(code) && !BEYOND_SCHEMAS.test(answer.json.message);
  if (!taken && !refused) return;
  const wrong = requestFault(operation, request);
  if (taken) assert.ok(!wrong, `taken, but not in the contract: ${what}: ${wrong}`);
  else assert.ok(wrong, `refused, but the contract allows it: ${what}: ${answer.text}`);
}

// --- which of the contract the tests have seen, for tests/e2e/run
const seen = new Set();
if (process.env.KGW_CONTRACT_SEEN)
  process.on('exit', () => fs.appendFileSync(process.env.KGW_CONTRACT_SEEN, [...seen, ''].join('\n')));

// request: {method, target, headers, body}; answer: {status, headers, body, text, json}.
// garbage: the request is taken though it is off the contract on purpose; its answer is held against it all the same.
export function checkExchange(request, answer, { legacy = false, garbage = false } = {}) {
  const operation = find(request.method, request.target);
  const what = `${request.method} ${request.target.slice(0, 200)}`;
  checkAnswer(operation, what, answer, { legacy, head: request.method === 'HEAD' });
  if (!garbage && !legacy) checkRequest(operation, what, request, answer);
  seen.add(`${operation.id} ${answer.status}`);
}

// An answer to bytes of which nobody knows whether they were a request: it must be one that the contract has somewhere.
const byStatus = new Map();
for (const { id, responses } of operations.values())
  for (const [status, response] of Object.entries(responses))
    byStatus.set(status, (byStatus.get(status) ?? new Map()).set(response, id));
byStatus.set('405', new Map([[contract.components.responses.MethodNotAllowed, 'other-method']]));

export function checkAnyAnswer(answer, { head = false } = {}) {
  const responses = byStatus.get(String(answer.status));
  assert.ok(responses, `not in the contract: ${shown(answer)}`);
  const faults = [];
  for (const [response, id] of responses) {
    const wrong = answerFault(response, answer, head);
    if (wrong === undefined) {
      seen.add(`${id} ${answer.status}`);
      return;
    }
    faults.push(`${id}: ${wrong}`);
  }
  assert.fail(`not in the contract: ${shown(answer)}: ${faults.join(' | ')}`);
}

// For tests/e2e/run: what of the contract no test has seen.
if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const lines = new Set(fs.readFileSync(process.argv[2], 'utf8').split('\n'));
  const all = [...operations.values()].flatMap(({ id, responses }) => Object.keys(responses).map((status) => ({ id, status, line: `${id} ${status}` })));
  const unseen = all.filter(({ line }) => !lines.has(line));
  const untold = unseen.filter(({ status }) => Number(status) < 300);
  const left = [...new Set(unseen.map(({ status }) => status))].map((status) => {
    const ids = unseen.filter((one) => one.status === status).map(({ id }) => id);
    return `${status} of ${ids.length > 8 ? `${ids.length} operations` : ids.join(', ')}`;
  });
  console.log(`contract: ${all.length - unseen.length} of ${all.length} answers of ${operations.size} operations seen; not: ${left.join('; ') || 'none'}`);
  for (const { line } of untold) console.error(`contract: no test has seen ${line}`);
  process.exitCode = untold.length > 0 ? 1 : 0;
}
