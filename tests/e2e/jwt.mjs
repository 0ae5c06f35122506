// Tokens made by hand, right and wrong, with node's own crypto.
import crypto from 'node:crypto';

export const b64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');
export const hmac = (bits, key, text) => crypto.createHmac(`sha${bits}`, key).update(text).digest();

// header and claims: objects, or JSON texts as they are.
export function sign(claims, key, { header = { alg: 'HS256', typ: 'JWT' }, bits = 256 } = {}) {
  const input = `${b64(header)}.${b64(claims)}`;
  return `${input}.${hmac(bits, key, input).toString('base64url')}`;
}
export const now = () => Math.floor(Date.now() / 1000);
