#!/bin/bash
# compare.sh: runs two servers under the same load, in turn, and prints the ratio A / B.
#
#   compare.sh [--rounds N] [--port P] --a 'COMMAND with {port}' --b 'COMMAND with {port}' -- RELAY_LOAD_ARGUMENTS
#
#   compare.sh --rounds 5 --a './gateway --port {port} ...' --b './relay_floor {port} SECRET' \
#       -- --jwt-secret SECRET --kiosks 1000 --backends 64 --duration 10
#
# Every run starts a fresh server on core 0 and relay_load on core 1. COMMAND is one command that
# stays in the foreground ("env X=1 ./server {port}" sets variables); it is exec'ed, so its pid is
# the server's. Each round runs A and B next to each other, in alternating order, and gives one
# ratio per figure; the median of the rounds' ratios is printed with its smallest and largest.
# relay_load gets --port, --server-pid and --json from here, everything else from you. RELAY_LOAD
# names the harness [relay_load beside this script]. Needs bash, taskset and python3.
#   --before-run CMD, --after-run CMD   run (bash -c) before a server starts, and after its load while it still runs, with
#                 RUN_NAME (a or b), RUN_ROUND, RUN_PORT, RUN_LOG (what the server printed) and, after, RUN_PID and RUN_JSON
#   --json FILE   the medians and ratios for programs
#   --load-a ARGS more arguments (words) of relay_load for server A alone: what does A pay for them?
# Exit status 1 if any request of any run failed or an --after-run did, 2 if a run was not possible.
set -u

rounds=5 port=18400 command_a= command_b= before_run= after_run= json= load_a=() unproven=0
load=${RELAY_LOAD:-$(dirname "$0")/relay_load}
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2; shift 2 ;;
        --port) port=$2; shift 2 ;;
        --a) command_a=$2; shift 2 ;;
        --b) command_b=$2; shift 2 ;;
        --before-run) before_run=$2; shift 2 ;;
        --after-run) after_run=$2; shift 2 ;;
        --json) json=$2; shift 2 ;;
        --load-a) read -ra load_a <<<"$2"; shift 2 ;;
        --) shift; break ;;
        *) sed -n '2,19s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
[ -n "$command_a" ] && [ -n "$command_b" ] || { echo "compare.sh: --a and --b are needed" >&2; exit 2; }
[ -x "$load" ] || { echo "compare.sh: no harness at $load (build it, or set RELAY_LOAD)" >&2; exit 2; }

results=$(mktemp -d)
server=
stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    kill -9 "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}
trap 'stop_server; rm -rf "$results"' EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

run_one() {  # name, command, round, load arguments...
    local name=$1 command=${2//\{port\}/$port} round=$3
    shift 3
    if accepts "$port"; then
        echo "compare.sh: something already listens on port $port" >&2
        exit 2
    fi
    export RUN_NAME=$name RUN_ROUND=$round RUN_PORT=$port RUN_LOG=$results/$name.log RUN_JSON=$results/$name.$round.json
    if [ -n "$before_run" ] && ! bash -c "$before_run"; then
        echo "compare.sh: --before-run failed for server $name, round $round" >&2
        exit 2
    fi
    taskset -c 0 bash -c "exec $command" >"$results/$name.log" 2>&1 &
    server=$!
    for _ in $(seq 200); do
        accepts "$port" && break
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    if ! accepts "$port"; then
        echo "compare.sh: server $name does not accept on port $port; it said:" >&2
        tail -n 20 "$results/$name.log" >&2
        exit 2
    fi
    taskset -c 1 "$load" "$@" --port "$port" --server-pid "$server" --json "$results/$name.$round.json" \
        >"$results/$name.$round.txt" 2>&1
    local status=$?
    if [ $status -ne 0 ]; then
        echo "compare.sh: server $name, round $round: relay_load's exit status is $status" >&2
        tail -n 15 "$results/$name.$round.txt" >&2
    fi
    if [ -n "$after_run" ] && ! RUN_PID=$server bash -c "$after_run"; then
        echo "compare.sh: --after-run failed for server $name, round $round" >&2
        unproven=$((unproven + 1))
    fi
    stop_server
}

for round in $(seq "$rounds"); do
    if [ $((round % 2)) -eq 1 ]; then
        run_one a "$command_a" "$round" "$@" "${load_a[@]}"
        run_one b "$command_b" "$round" "$@"
    else
        run_one b "$command_b" "$round" "$@"
        run_one a "$command_a" "$round" "$@" "${load_a[@]}"
    fi
done

python3 - "$results" "$rounds" "$unproven" "$json" <<'PYTHON'
import json, pathlib, statistics, sys

folder, rounds, unproven, json_file = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
FIGURES = [
    ("CPU us/request", lambda r: r["server"]["cpu_us_per_request"]),
    ("  of it user", lambda r: r["server"]["user_us_per_request"]),
    ("throughput /s", lambda r: r["throughput"]),
    ("p50 ms", lambda r: r["latency_ms"]["p50"]),
    ("p99 ms", lambda r: r["latency_ms"]["p99"]),
]


def load(name):
    paths = [folder / f"{name}.{i}.json" for i in range(1, rounds + 1)]
    missing = [p.name for p in paths if not p.exists()]
    if missing:
        sys.exit(f"compare.sh: no result: {', '.join(missing)}")
    return [json.loads(p.read_text()) for p in paths]


def failures(runs):
    return sum(sum(r["failures"].values()) + r["kiosk_failures"] for r in runs)


a, b = load("a"), load("b")
print(f"{rounds} rounds, {a[0]['mode']}, {a[0]['kiosks']} kiosks; failures: A {failures(a)}, B {failures(b)}")
print(f"{'median of rounds':16} {'A':>10} {'B':>10} {'A/B':>7}   (min - max)")
figures = {}
for label, value in FIGURES:
    of_a, of_b = [value(r) for r in a], [value(r) for r in b]
    ratios = [x / y for x, y in zip(of_a, of_b) if y]
    if not ratios:
        continue
    print(f"{label:16} {statistics.median(of_a):10.2f} {statistics.median(of_b):10.2f} "
          f"{statistics.median(ratios):7.3f}   ({min(ratios):.3f} - {max(ratios):.3f})")
    figures[label.strip()] = {"a": statistics.median(of_a), "b": statistics.median(of_b), "ratio": statistics.median(ratios),
                              "ratio_min": min(ratios), "ratio_max": max(ratios)}
failed = failures(a) + failures(b) + unproven
if json_file:
    pathlib.Path(json_file).write_text(json.dumps({"rounds": rounds, "failures": failed, "figures": figures}))
sys.exit(1 if failed else 0)
PYTHON
