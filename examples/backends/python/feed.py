"""feed.py CURSOR_FILE: prints what became final of this key's requests, each once, and waits for more. The cursor is saved
after each page has been processed: killed and started again, it goes on where it was and misses nothing."""
import json, os, sys, time, urllib.error, urllib.parse, urllib.request

def page(cursor):
    query = urllib.parse.urlencode({"final": "true", "cursor": cursor, "wait": 60})
    request = urllib.request.Request(f"{os.environ['GATEWAY_URL']}/requests?{query}", headers={"Authorization": "Bearer " + os.environ["GATEWAY_KEY"]})
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.load(answer)

def process(request):  # yours: save it in one transaction with your order; the same one may come twice
    print(request["request_id"], request["order_id"], request["state"], request["result"], flush=True)

file = sys.argv[1]
cursor = open(file).read() if os.path.exists(file) else "0"
while True:
    try:
        answer = page(cursor)
    except (OSError, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError) and error.code in (400, 401, 403): sys.exit(f"{error}: {error.read().decode()}")
        time.sleep(2)
        continue
    for request in answer["requests"]: process(request)
    if answer["next"] and answer["next"] != cursor:
        cursor = answer["next"]
        with open(file + ".new", "w") as new: new.write(cursor)
        os.replace(file + ".new", file)  # either the old one or the new one, never half of it
