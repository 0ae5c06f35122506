// GET /requests/{id}, GET /requests, GET /api/requests and GET /api/orders/{id} (PROTOCOL.md 1.5): the outcome
// of requests. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "admin/reading.hpp"
#include "http/json_object.hpp"
#include "live/long_polls.hpp"
#include "net/loop.hpp"
#include "shell/relay_shell.hpp"
#include "shell/unclaimed.hpp"
#include "store/journal.hpp"

namespace kgw {

class RequestsApi {
 public:
  RequestsApi(const Reading& by, Loop& loop, RelayShell& shell, Journal& journal, Unclaimed& unclaimed)
      : by_(by), loop_(loop), shell_(shell), journal_(journal), unclaimed_(unclaimed) {
    shell.onlookers().add(polls_);
  }
  // `id_text`: what follows /requests/ in the path, decoded. A caller with only scope send sees its owner's
  // requests. ?body=1, for scope admin: includes the request's body. ?wait=N: waits up to so many seconds until
  // the request has ended.
  void get(const HttpRequest& request, std::string_view id_text, const Caller& caller);
  // GET /requests?kiosk_id=&idempotency_key=: the request that the caller's owner made with this key.
  void by_key(const HttpRequest& request, const Caller& caller);
  // POST /requests/{id}/cancel: of the caller's owner; with scope admin, of anybody's.
  void cancel(const HttpRequest& request, std::string_view id_text, const Caller& caller);
  // POST /requests/{id}/ack: the caller's owner has used the answer. `id_text` as above.
  void ack(const HttpRequest& request, std::string_view id_text, const Caller& caller);
  // GET /api/requests
  void list(const HttpRequest& request, const Caller& caller);
  // GET /api/orders/{order_id}: all requests of one order, the oldest first. `order_id`: decoded.
  void order(const HttpRequest& request, std::string_view order_id, const Caller& caller);

  LongPolls& polls() { return polls_; }

 private:
  // A caller of GET /requests/{id}.
  struct Look {
    HttpCallId call;
    RequestId id;
    Caller caller;
    bool with_body;
    std::optional<Instant> wait_until;
    bool to_cancel = false;  // answered with what became of that
    bool acks = false;       // else it asks
    bool head_only = false;
  };
  void answer(const Look& look, const StoredExchange& exchange);
  void take_ack(const Look& look, const StoredExchange& exchange);
  void look(Look look);
  void show(const Look& look, const StoredExchange& exchange);
  std::optional<RequestId> id_in(HttpCallId call, std::string_view text);
  void show_cancelled(const Look& asked, const StoredExchange& x);
  void add_body(HttpCallId call, const RequestId& id, JsonObject json);
  void find(ExchangesQuery query, const HttpRequest& request, const Caller& caller);

  const Reading by_;
  Loop& loop_;
  RelayShell& shell_;
  Journal& journal_;
  Unclaimed& unclaimed_;
  LongPolls polls_;
};

inline constexpr std::string_view kNoRequestId =
    "The path does not contain a request id (a UUID of 36 characters); copy it from the answer's X-Request-Id.";

// A row of a list, without the response.
std::string summary_json(const StoredExchange& exchange);
// The answer's JSON, with the kiosk's response byte for byte. `for_people`: card-like numbers in it are
// masked.
JsonObject request_json(const StoredExchange& exchange, const Unclaimed& unclaimed, bool for_people);

}  // namespace kgw
