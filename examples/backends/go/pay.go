// pay KIOSK ORDER KEY [AMOUNT]: takes a payment, or without AMOUNT only asks what became of it. Prints paid, not_paid or
// unknown (exit code 0, 1, 2). When in doubt, run it again: one KEY is charged once at most, whatever breaks.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

var sure = map[string]string{"success": "paid", "declined": "not_paid", "failed": "not_paid", "done": "paid", "not_done": "not_paid", "cancelled": "not_paid"}

type answer struct {
	RequestID   string `json:"request_id"`
	Error       string
	Message     string
	State       string
	Result      string
	SafeToRetry bool `json:"safe_to_retry"`
	Resolved    *struct{ Result string }
}

// The gateway waits up to 45 s for the kiosk: wait longer. A connection that is used again could make Go send a request twice.
var client = http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Status 0: no answer, or none of the gateway's.
func call(method, path string, body []byte, headers map[string]string) (int, http.Header, answer) {
	request, err := http.NewRequest(method, os.Getenv("GATEWAY_URL")+path, bytes.NewReader(body))
	if err != nil {
		return 0, http.Header{}, answer{}
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("GATEWAY_KEY"))
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, http.Header{}, answer{}
	}
	defer response.Body.Close()
	var said answer
	if json.NewDecoder(response.Body).Decode(&said) != nil {
		return 0, http.Header{}, answer{}
	}
	return response.StatusCode, response.Header, said
}

func pay(kiosk, order, key string, amount int) (string, answer) {
	headers := map[string]string{"Header-Kiosk-Id": kiosk, "Header-Operation-Type": "payment", "Idempotency-Key": key}
	body, _ := json.Marshal(map[string]any{"order_id": order, "sum": amount})
	patience, err := strconv.ParseFloat(os.Getenv("PATIENCE"), 64)
	if err != nil {
		patience = 120 // seconds; as long as the customer stands there
	}
	end := time.Now().Add(time.Duration(patience * float64(time.Second)))
	sent := false // a call of ours may still be on its way
	for {
		status, got, said := call("POST", "/send", body, headers)
		if result := got.Get("X-Result"); result != "" { // the kiosk has answered
			if verdict, known := sure[result]; known {
				return verdict, said
			}
			verdict, _ := ask(kiosk, key, false)
			return verdict, said
		}
		if status == 409 || status == 422 { // another payment has this order, or this KEY
			return "unknown", said
		}
		sent = sent || !said.SafeToRetry
		wait, err := strconv.Atoi(got.Get("Retry-After"))
		if err != nil {
			wait = 1
		}
		pause := time.Duration(wait) * time.Second
		if time.Now().Add(pause).After(end) || (!sent && status != 429 && status != 503) {
			verdict, _ := ask(kiosk, key, sent)
			return verdict, said
		}
		time.Sleep(pause)
	}
}

func ask(kiosk, key string, sent bool) (string, answer) {
	query := url.Values{"kiosk_id": {kiosk}, "idempotency_key": {key}}
	_, _, known := call("GET", "/requests?"+query.Encode(), nil, nil)
	if known.Error == "request_not_found" {
		if sent {
			return "unknown", known
		}
		return "not_paid", known
	}
	words := []string{known.Result, known.State}
	if known.Resolved != nil {
		words = []string{known.Result, known.Resolved.Result, known.State}
	}
	for _, word := range words {
		if verdict, is := sure[word]; is {
			return verdict, known
		}
	}
	return "unknown", known
}

func main() {
	var verdict string
	var said answer
	if len(os.Args) > 4 {
		amount, err := strconv.Atoi(os.Args[4])
		if err != nil {
			panic("AMOUNT must be a whole number")
		}
		verdict, said = pay(os.Args[1], os.Args[2], os.Args[3], amount)
	} else {
		verdict, said = ask(os.Args[1], os.Args[3], false)
	}
	if said.RequestID == "" {
		said.RequestID = "-"
	}
	fmt.Println(verdict, said.RequestID, said.Message)
	os.Exit(map[string]int{"paid": 0, "not_paid": 1, "unknown": 2}[verdict])
}
