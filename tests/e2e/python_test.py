"""Kiosks in the field are Python: Debian's python3-websockets against the real gateway. Run by tests/e2e/run."""

import asyncio
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import websockets

BINARY = pathlib.Path(os.environ["KGW_BUILD_DIR"]) / "kiosk-gateway"
BOUND_S = 60


class Gateway:
    def __init__(self, directory):
        environment = {key: os.environ[key] for key in ("PATH", "HOME", "ASAN_OPTIONS", "TSAN_OPTIONS") if key in os.environ}
        data = pathlib.Path(directory) / "data"
        environment |= {"PORT": "0", "HOST": "127.0.0.1", "ALLOW_UNAUTHENTICATED_SEND": "loopback", "DATA_DIR": str(data)}
        self.process = subprocess.Popen([BINARY, "serve"], cwd=directory, env=environment, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "listening":
                self.port = event["port"]
                break
        else:
            raise RuntimeError("the gateway ended before it listened")
        self.key = (data / "admin.key").read_text().strip()

    def call(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_S)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def add(self, kiosk_id, **options):
        status, _, body = self.call("POST", "/api/kiosks", json.dumps({"id": kiosk_id, **options}),
                                    {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        assert status == 201, body
        return json.loads(body)["token"]

    def send(self, kiosk_id, body, **headers):
        named = {"Header-Kiosk-Id": kiosk_id, "Header-Operation-Type": "payment", "Content-Type": "application/json"}
        return self.call("POST", "/send", body, named | {name.replace("_", "-"): value for name, value in headers.items()})

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=BOUND_S)
        assert self.process.returncode == 0, self.process.returncode


class PythonKiosk(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kgw-e2e-")
        self.addCleanup(self.directory.cleanup)
        self.gateway = Gateway(self.directory.name)

    def tearDown(self):
        self.gateway.stop()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it would measure this busy machine

    def connect(self, token, **options):
        return websockets.connect(f"ws://127.0.0.1:{self.gateway.port}/ws?token={token}", **options)

    async def send(self, *args, **headers):
        return await asyncio.wait_for(asyncio.to_thread(self.gateway.send, *args, **headers), BOUND_S)

    async def test_a_payment_as_the_older_client_does_it(self):
        async with self.connect(self.gateway.add("py", max_in_flight=1)) as kiosk:
            for number in range(20):
                call = asyncio.create_task(self.send("py", json.dumps({"order_id": number, "sum": 1000.5})))
                frame = json.loads(await asyncio.wait_for(kiosk.recv(), BOUND_S))
                self.assertEqual(frame["body"], {"order_id": number, "sum": 1000.5})
                self.assertEqual(frame["headers"]["header-http-method"], "POST")
                answer = json.dumps({"request_id": frame["request_id"], "status": "success", "текст": "é😀"}, ensure_ascii=number % 2 == 0)
                await kiosk.send(answer)
                status, headers, body = await call
                self.assertEqual((status, headers["X-Answer-From"], body.decode()), (200, "kiosk", answer))

    async def test_ping_both_ways_and_large_frames(self):
        async with self.connect(self.gateway.add("big"), ping_interval=0.05, ping_timeout=5, max_size=1 << 20) as kiosk:
            await asyncio.wait_for(await kiosk.ping(b"now"), BOUND_S)
            await kiosk.send('{"type":"ping"}')
            self.assertEqual(json.loads(await asyncio.wait_for(kiosk.recv(), BOUND_S)), {"type": "pong"})
            sent = "ü" * 500_000
            call = asyncio.create_task(self.send("big", json.dumps({"pad": sent}, ensure_ascii=False).encode()))
            frame = json.loads(await asyncio.wait_for(kiosk.recv(), BOUND_S))
            self.assertEqual(frame["body"]["pad"], sent)
            parts = [f'{{"request_id":"{frame["request_id"]}","pad":"', *["ж" * 1000] * 200, '"}']
            await kiosk.send(parts)  # an iterable goes out in fragments
            status, _, body = await call
            self.assertEqual((status, body.decode()), (200, "".join(parts)))

    async def test_nan_as_python_writes_it(self):
        async with self.connect(self.gateway.add("nan")) as kiosk:
            call = asyncio.create_task(self.send("nan", b""))
            frame = json.loads(await asyncio.wait_for(kiosk.recv(), BOUND_S))
            self.assertEqual(frame["body"], {})
            await kiosk.send(json.dumps({"request_id": frame["request_id"], "sum": float("nan")}))
            status, _, body = await call
            self.assertEqual((status, json.loads(body)["error"]), (502, "invalid_response"))

    async def test_refusals_and_close_codes(self):
        token = self.gateway.add("refused")
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await self.connect(token[:-4] + "AAAA")
        self.assertEqual(refused.exception.status_code, 401)
        async with self.connect(token) as kiosk:
            with self.assertRaises(websockets.InvalidStatusCode) as twice:
                await self.connect(token)
            self.assertEqual(twice.exception.status_code, 409)
            await kiosk.send(b"binary")
            await asyncio.wait_for(kiosk.wait_closed(), BOUND_S)
            self.assertEqual(kiosk.close_code, 1003)
        async with self.connect(token) as kiosk:
            await kiosk.send("x" * ((1 << 20) + 1))
            await asyncio.wait_for(kiosk.wait_closed(), BOUND_S)
            self.assertEqual(kiosk.close_code, 1009)

    async def test_a_hundred_kiosks_that_work_one_by_one(self):
        async def serve(kiosk_id, token):
            async with self.connect(token) as kiosk:
                async for text in kiosk:
                    frame = json.loads(text)
                    await kiosk.send(json.dumps({"request_id": frame["request_id"], "by": kiosk_id, "n": frame["body"]["n"]}))

        names = [f"many_{number}" for number in range(100)]
        kiosks = [asyncio.create_task(serve(name, self.gateway.add(name, max_in_flight=1))) for name in names]
        while json.loads(self.gateway.call("GET", "/health")[2])["active_kiosks"] < len(names):
            await asyncio.sleep(0.02)
        calls = [(name, number, asyncio.create_task(self.send(name, json.dumps({"n": number})))) for number in range(3) for name in names]
        for name, number, call in calls:
            status, _, body = await call
            answer = json.loads(body)
            self.assertEqual((status, answer["by"], answer["n"]), (200, name, number))
        for kiosk in kiosks:
            kiosk.cancel()
        await asyncio.gather(*kiosks, return_exceptions=True)


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    left_out = len(result.skipped) + len(result.expectedFailures)
    passed = result.testsRun - left_out - len({test.id() for test, _ in result.failures + result.errors})
    print(f"python: {result.testsRun} tests, {passed} passed, {left_out} skipped", flush=True)
    sys.exit(0 if result.wasSuccessful() and passed == result.testsRun > 0 else 1)
