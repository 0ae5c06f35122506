"""callbacks.py PORT: takes the gateway's callbacks. KIOSK_WEBHOOK_SECRET is what `webhook-secret make` printed (whsec_...)."""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secret = base64.b64decode(os.environ["KIOSK_WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = set()  # yours: a table with a unique column, written in one transaction with the order

def genuine(headers, body):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    ours = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300  # an old one may be somebody's recording
    return fresh and any(hmac.compare_digest("v1," + ours, one) for one in headers["webhook-signature"].split())

class Callbacks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            ok = genuine(self.headers, body)
        except (KeyError, TypeError, ValueError, AttributeError):
            ok = False
        if ok and self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            state = json.loads(body)
            print(state["request_id"], state["state"], state["result"], flush=True)
        self.send_response(204 if ok else 401)
        self.end_headers()

    def log_message(self, *_): pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Callbacks).serve_forever()
