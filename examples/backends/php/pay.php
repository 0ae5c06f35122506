<?php // pay.php KIOSK ORDER KEY [AMOUNT]: takes a payment, or without AMOUNT only asks what became of it. Prints paid, not_paid
// or unknown (exit code 0, 1, 2). When in doubt, run it again: one KEY is charged once at most, whatever breaks.
const SURE = ['success' => 'paid', 'declined' => 'not_paid', 'failed' => 'not_paid', 'done' => 'paid', 'not_done' => 'not_paid', 'cancelled' => 'not_paid'];

// -> status, headers, JSON; status 0: no answer, or none of the gateway's. It waits up to 45 s for the kiosk: wait longer.
function call(string $path, ?string $body = null, array $headers = []): array {
    [$curl, $got] = [curl_init(getenv('GATEWAY_URL') . $path), []];
    $headers = ['Authorization: Bearer ' . getenv('GATEWAY_KEY'), 'Content-Type: application/json', ...$headers];
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60, CURLOPT_HTTPHEADER => $headers,
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$got): int {
            if (str_contains($line, ':')) $got[strtolower(strstr($line, ':', true))] = trim(substr(strstr($line, ':'), 1));
            return strlen($line);
        }] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
    $answer = json_decode((string) curl_exec($curl), true);
    return is_array($answer) ? [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $got, $answer] : [0, [], []];
}

function pay(string $kiosk, string $order, string $key, int $amount): array {
    $headers = ["Header-Kiosk-Id: $kiosk", 'Header-Operation-Type: payment', "Idempotency-Key: $key"];
    $end = microtime(true) + (float) (getenv()['PATIENCE'] ?? 120); // seconds; as long as the customer stands there
    for ($sent = false; ; sleep($wait)) { // sent: a call of ours may still be on its way
        [$status, $got, $answer] = call('/send', json_encode(['order_id' => $order, 'sum' => $amount]), $headers);
        if (isset($got['x-result'])) return [SURE[$got['x-result']] ?? ask($kiosk, $key)[0], $answer]; // the kiosk has answered
        if (in_array($status, [409, 422])) return ['unknown', $answer]; // another payment has this order, or this KEY
        $sent = $sent || !($answer['safe_to_retry'] ?? false);
        $wait = (int) ($got['retry-after'] ?? 1) ?: 1;
        if (microtime(true) + $wait > $end || (!$sent && !in_array($status, [429, 503]))) return [ask($kiosk, $key, $sent)[0], $answer];
    }
}

function ask(string $kiosk, string $key, bool $sent = false): array {
    [, , $known] = call('/requests?' . http_build_query(['kiosk_id' => $kiosk, 'idempotency_key' => $key]));
    if (($known['error'] ?? '') === 'request_not_found') return [$sent ? 'unknown' : 'not_paid', $known];
    return [SURE[$known['result'] ?? ''] ?? SURE[$known['resolved']['result'] ?? ''] ?? SURE[$known['state'] ?? ''] ?? 'unknown', $known];
}

[, $kiosk, $order, $key, $amount] = $argv + [4 => null];
[$verdict, $answer] = $amount === null ? ask($kiosk, $key) : pay($kiosk, $order, $key, (int) $amount);
echo $verdict, ' ', $answer['request_id'] ?? '-', ' ', $answer['message'] ?? '', "\n";
exit(array_search($verdict, ['paid', 'not_paid', 'unknown']));
