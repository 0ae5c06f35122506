// pay.ts KIOSK ORDER KEY [AMOUNT]: takes a payment, or without AMOUNT only asks what became of it. Prints paid, not_paid
// or unknown (exit code 0, 1, 2). When in doubt, run it again: one KEY is charged once at most, whatever breaks.
type Said = [verdict: string, answer: Record<string, any>];
const SURE: Record<string, string> = { success: 'paid', declined: 'not_paid', failed: 'not_paid', done: 'paid', not_done: 'not_paid', cancelled: 'not_paid' };

// Status 0: no answer, or none of the gateway's. The gateway waits up to 45 s for the kiosk: wait longer.
async function call(path: string, options: RequestInit = {}) {
  const headers = { Authorization: `Bearer ${process.env.GATEWAY_KEY}`, 'Content-Type': 'application/json', ...options.headers };
  try {
    const got = await fetch(process.env.GATEWAY_URL + path, { ...options, headers, signal: AbortSignal.timeout(60_000) });
    return { status: got.status, headers: got.headers, answer: { ...await got.json() } as Said[1] };
  } catch { return { status: 0, headers: new Headers(), answer: {} as Said[1] }; }
}

export async function pay(kiosk: string, order: string, key: string, amount: number): Promise<Said> {
  const headers = { 'Header-Kiosk-Id': kiosk, 'Header-Operation-Type': 'payment', 'Idempotency-Key': key };
  const body = JSON.stringify({ order_id: order, sum: amount });
  const end = Date.now() + 1000 * Number(process.env.PATIENCE ?? 120); // as long as the customer stands there
  for (let sent = false; ;) { // sent: a call of ours may still be on its way
    const { status, headers: got, answer } = await call('/send', { method: 'POST', headers, body });
    const result = got.get('X-Result'), wait = 1000 * (Number(got.get('Retry-After')) || 1);
    if (result) return [SURE[result] ?? (await ask(kiosk, key))[0], answer]; // the kiosk has answered
    if ([409, 422].includes(status)) return ['unknown', answer]; // another payment has this order, or this KEY
    sent ||= !answer.safe_to_retry;
    if (Date.now() + wait > end || (!sent && ![429, 503].includes(status))) return [(await ask(kiosk, key, sent))[0], answer];
    await new Promise((resume) => setTimeout(resume, wait));
  }
}

export async function ask(kiosk: string, key: string, sent = false): Promise<Said> {
  const { answer } = await call(`/requests?${new URLSearchParams({ kiosk_id: kiosk, idempotency_key: key })}`);
  if (answer.error === 'request_not_found') return [sent ? 'unknown' : 'not_paid', answer];
  return [SURE[answer.result] ?? SURE[answer.resolved?.result] ?? SURE[answer.state] ?? 'unknown', answer];
}

const [kiosk, order, key, amount] = process.argv.slice(2);
setInterval(() => {}, 1000); // fetch may leave Node nothing to wait for, and Node would end
const [verdict, answer] = amount ? await pay(kiosk, order, key, Number(amount)) : await ask(kiosk, key);
console.log(verdict, answer.request_id ?? '-', answer.message ?? '');
process.exit(['paid', 'not_paid', 'unknown'].indexOf(verdict));
