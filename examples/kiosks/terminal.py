#!/usr/bin/env python3
"""terminal.py PORT: a card terminal's service, to try a kiosk with. It takes anything up to 100000."""
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Terminal(BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if order["sum"] <= 100000:
            answer = {"status": "success", "transaction_id": f"TXN{order['order_id']}", "order_id": order["order_id"], "sum": order["sum"]}
        else:
            answer = {"status": "declined", "message": "insufficient funds", "order_id": order["order_id"]}
        body = json.dumps(answer).encode()
        self.send_response(200)                       # a decline is an answer too: 200
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Terminal).serve_forever()
