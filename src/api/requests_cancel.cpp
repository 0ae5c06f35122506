// POST /requests/{id}/cancel (PROTOCOL.md 1.5). The Relay decides, and the store says what became of it: what
// is told is durable. Implements api/requests_api.hpp.
#include "api/requests_api.hpp"
#include "http/answers.hpp"

namespace kgw {
namespace {

// For its end to become durable.
constexpr auto kCancelTime = std::chrono::seconds(10);
constexpr std::string_view kWasSent =
    "This request was sent to the kiosk, whose agent cannot cancel what runs; wait for its answer.";
constexpr std::string_view kNotYet =
    "The gateway could not save in time that this request is cancelled; ask GET /requests/{request_id} "
    "shortly.";

}  // namespace

void RequestsApi::cancel(const HttpRequest& request, std::string_view id_text, const Caller& caller) {
  const HttpCallId call = request.call;
  const auto id = id_in(call, id_text);
  if (!id) return;
  const Exchange* const x = shell_.relay().exchange(*id);
  const bool its_own =
      x && (caller.has(Scope::admin) || x->order->owner == caller.owner()) && caller.sees(x->order->kiosk_id);
  if (its_own && x->phase == Phase::out)
    return respond_error(by_.server, call, ErrorCode::not_supported, kWasSent,
                         ErrorAbout{x->order->kiosk_id, *id, {}, false});
  if (its_own)
    shell_.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_cancel(now, *id, effects); });
  look({call, *id, caller, false, loop_.now().steady + kCancelTime, true});
}

void RequestsApi::show_cancelled(const Look& asked, const StoredExchange& x) {
  const ErrorAbout about{x.order.kiosk_id, x.id, {}, false};
  switch (x.state) {
    case State::cancelled:
      return respond_json(by_.server, asked.call, 200, request_json(x, false).take(), kNoStore);
    case State::accepted: return respond_error(by_.server, asked.call, ErrorCode::store_unavailable, kNotYet);
    case State::dispatched:
      return respond_error(by_.server, asked.call, ErrorCode::not_supported, kWasSent, about);
    case State::answered:
    case State::timed_out:
    case State::rejected: return respond_error(by_.server, asked.call, ErrorCode::already_final, {}, about);
  }
}

}  // namespace kgw
