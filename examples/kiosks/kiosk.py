#!/usr/bin/env python3
"""kiosk.py GATEWAY TOKEN_FILE TERMINAL: a kiosk in one file. Needs python3-websockets."""
import asyncio, json, random, sys, urllib.error, urllib.request
import websockets

gateway, token_file, terminal = sys.argv[1:4]
unsent = []                     # answers that no connection has taken yet
one_card_at_a_time = asyncio.Semaphore(1)
headers_argument = "additional_headers" if int(websockets.__version__.split(".")[0]) >= 14 else "extra_headers"

def ask_terminal(request):
    call = urllib.request.Request(terminal, json.dumps(request["body"]).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(call, timeout=40) as response:   # less than the gateway waits (45 s)
            return dict(json.load(response))
    except urllib.error.HTTPError as error:                          # maybe done, maybe not: the gateway says "unknown"
        return {"status": "error", "error": "http_error", "http_status": error.code}
    except urllib.error.URLError as error:
        refused = isinstance(error.reason, ConnectionRefusedError)   # surely not done, and only then may we say so
        return {"status": "error", "error": "connection_refused" if refused else "timeout", "message": str(error.reason)}
    except (OSError, ValueError, TypeError) as error:
        return {"status": "error", "error": "timeout" if isinstance(error, TimeoutError) else "invalid_response", "message": str(error)}

async def handle(request):
    async with one_card_at_a_time:
        answer = await asyncio.to_thread(ask_terminal, request)
    unsent.append(json.dumps({**answer, "request_id": request["request_id"]}))
    await flush()

async def flush():
    while unsent and link:
        try:
            await link.send(unsent[0])
        except websockets.ConnectionClosed:
            return                                                   # the next connection takes it
        unsent.pop(0)

async def main():
    global link
    wait, running = 1, set()
    while True:
        try:
            token = open(token_file).read().strip()                  # each time: it may have been renewed
            async with websockets.connect(gateway, max_size=2**20, **{headers_argument: {"Authorization": f"Bearer {token}"}}) as link:
                wait = 1
                await flush()
                async for text in link:
                    message = json.loads(text)
                    if "request_id" in message:
                        task = asyncio.create_task(handle(message))  # not awaited: pings must be answered meanwhile
                        running.add(task)
                        task.add_done_callback(running.discard)
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
            print(f"not connected: {error}", file=sys.stderr)
        link = None
        await asyncio.sleep(wait * random.uniform(0.5, 1))
        wait = min(wait * 2, 60)

link = None
asyncio.run(main())
