"""pay.py KIOSK ORDER KEY [AMOUNT]: takes a payment, or without AMOUNT only asks what became of it. Prints paid, not_paid
or unknown (exit code 0, 1, 2). When in doubt, run it again: one KEY is charged once at most, whatever breaks."""
import http.client, json, os, sys, time, urllib.error, urllib.parse, urllib.request

SURE = {"success": "paid", "declined": "not_paid", "failed": "not_paid", "done": "paid", "not_done": "not_paid", "cancelled": "not_paid"}

def call(path, body=None, headers={}):  # -> status, headers, JSON; status 0: no answer, or none of the gateway's
    headers = {"Authorization": "Bearer " + os.environ["GATEWAY_KEY"], "Content-Type": "application/json", **headers}
    try:
        try:  # the gateway waits up to 45 s for the kiosk: wait longer
            got = urllib.request.urlopen(urllib.request.Request(os.environ["GATEWAY_URL"] + path, body, headers), timeout=60)
        except urllib.error.HTTPError as refusal:
            got = refusal
        return got.status, got.headers, dict(json.load(got))
    except (OSError, ValueError, TypeError, http.client.HTTPException):
        return 0, {}, {}

def pay(kiosk, order, key, amount):
    headers = {"Header-Kiosk-Id": kiosk, "Header-Operation-Type": "payment", "Idempotency-Key": key}
    end = time.monotonic() + float(os.environ.get("PATIENCE", 120))  # seconds; as long as the customer stands there
    sent = False  # a call of ours may still be on its way
    while True:
        status, got, answer = call("/send", json.dumps({"order_id": order, "sum": amount}).encode(), headers)
        if "X-Result" in got: return SURE.get(got["X-Result"]) or ask(kiosk, key)[0], answer  # the kiosk has answered
        if status in (409, 422): return "unknown", answer  # another payment has this order, or this KEY
        sent = sent or not answer.get("safe_to_retry")
        wait = int(got["Retry-After"]) if got.get("Retry-After", "").isdigit() else 1
        if time.monotonic() + wait > end or (not sent and status not in (429, 503)): return ask(kiosk, key, sent)[0], answer
        time.sleep(wait)

def ask(kiosk, key, sent=False):
    known = call("/requests?" + urllib.parse.urlencode({"kiosk_id": kiosk, "idempotency_key": key}))[2]
    if known.get("error") == "request_not_found": return "unknown" if sent else "not_paid", known
    words = known.get("result"), (known.get("resolved") or {}).get("result"), known.get("state")
    return next((SURE[word] for word in words if word in SURE), "unknown"), known

kiosk, order, key, *amount = sys.argv[1:]
verdict, answer = pay(kiosk, order, key, int(amount[0])) if amount else ask(kiosk, key)
print(verdict, answer.get("request_id", "-"), answer.get("message", ""))
sys.exit(["paid", "not_paid", "unknown"].index(verdict))
