#include "api/send_handler.hpp"

#include <memory>
#include <utility>

#include "http/answers.hpp"
#include "wire/kiosk_frame.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

constexpr const char* kTooLate =
    "The gateway did not get to this request within its Header-Timeout, and nothing was sent to the kiosk; try "
    "again shortly.";
constexpr const char* kShareWritten =
    "The journal is nearly as large as JOURNAL_MAX_BYTES allows, and most of what is new in it came to this "
    "kiosk, or from this key's owner: what is left is for others. Nothing was sent to the kiosk; try again "
    "later, or let the gateway keep more.";

// A valid one, or empty.
std::string_view traceparent_of(const HttpHead& head) {
  const std::string_view trace = head.find("traceparent").value_or(std::string_view());
  return trace_id_of(trace) ? trace : std::string_view();
}

// Takes the order's id out of `send`.
SharedOrder order_of(ParsedSend& send, std::string_view owner) {
  auto order = std::make_shared<Order>();
  order->kiosk_id = send.kiosk_id;
  order->operation = send.operation;
  order->order_id = std::move(send.order_id);
  order->owner = owner;
  return order;
}

}  // namespace

SendHandler::SendHandler(const Config& config, RelayShell& shell, RequestIdGenerator& ids, Loop& loop,
                         HttpServer& server, Store& store, Log& log, Metrics& metrics)
    : settings_{config.timeout, config.timeout_max},
      legacy_(config.legacy_http_status),
      data_dir_(config.data_dir),
      shell_(shell),
      ids_(ids),
      loop_(loop),
      server_(server),
      store_(store),
      log_(log),
      metrics_(metrics) {}

void SendHandler::refuse(const HttpRequest& request, const Fault& fault, std::string_view operation) {
  ++metrics_.refused;
  ++metrics_.errors[static_cast<std::size_t>(fault.code)];
  const std::string_view kiosk = request.head.find("Header-Kiosk-Id").value_or(std::string_view());
  const std::string_view kiosk_id = is_name(kiosk) ? kiosk : std::string_view();
  log_.write_of(kiosk_id.empty() ? std::string_view(request.peer.text) : kiosk_id, LogLevel::info,
                "request_refused",
                {{"kiosk_id", kiosk_id}, {"operation", operation}, {"error", info(fault.code).name}});
  const std::string trace = trace_field(traceparent_of(request.head));
  respond_fault(server_, request.call, fault, ErrorAbout{kiosk_id, {}, trace, legacy_ && !kiosk_id.empty()});
}

void SendHandler::on_send(const HttpRequest& request, const Caller& caller) {
  Result<ParsedSend> send = parse_send(request.head, request.body, settings_);
  if (!send) return refuse(request, send.error(), {});
  if (!caller.sees(send->kiosk_id))
    return refuse(request, Fault{ErrorCode::kiosk_not_found, {}}, send->operation);
  // It waited while the gateway did not run: its caller may have closed since, and its time counts from then.
  if (request.waited > Milliseconds(0) && request.half_closed)
    return refuse(request, Fault{ErrorCode::caller_gone, {}}, send->operation);
  if (request.waited >= send->timeout)
    return refuse(request, Fault{ErrorCode::overloaded, kTooLate}, send->operation);
  if (!store_.accepts() && shell_.relay().store_up())
    return refuse(request, Fault{ErrorCode::store_unavailable, without_folder(store_.trouble(), data_dir_)},
                  send->operation);
  if (!store_.has_room_for(send->kiosk_id, caller.owner()))
    return refuse(request, Fault{ErrorCode::overloaded, kShareWritten}, send->operation);

  const RequestId id = ids_.next(loop_.now().wall);
  Result<EncodedFrame> frame = compose_kiosk_frame(id, request.head, *send);
  if (!frame) return refuse(request, frame.error(), send->operation);

  SendRequest ask;
  ask.id = id;
  ask.order = order_of(*send, caller.owner());
  ask.timeout = send->timeout - request.waited;
  ask.caller = CallerId{static_cast<std::uint64_t>(request.call)};
  ask.frame = std::move(*frame);
  // Who shows no key has the share of its address.
  const std::string holder = ask.order->owner.empty() ? caller.holder() : std::string();
  ask.holder = holder;
  shell_.add_caller(ask.caller, id, traceparent_of(request.head));
  shell_.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, std::move(ask), effects); });
}

// Through the same checks as a call from outside, and so with the same faults.
Result<RequestId> SendHandler::send_own(std::string_view kiosk_id, std::string_view operation,
                                        std::string_view body, std::string_view owner,
                                        std::function<void(const Reply&)> told) {
  HttpHead head;
  head.method = "POST";
  head.path = head.target = "/send";
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.fields[head.field_count++] = {name, value};
  };
  add("Header-Kiosk-Id", kiosk_id);
  add("Header-Operation-Type", operation);
  add("Content-Type", "application/json");
  Result<ParsedSend> send = parse_send(head, body, settings_);
  if (!send) return send.error();
  if (!store_.accepts() && shell_.relay().store_up())
    return Fault{ErrorCode::store_unavailable, without_folder(store_.trouble(), data_dir_)};
  if (!store_.has_room_for(send->kiosk_id, owner)) return Fault{ErrorCode::overloaded, kShareWritten};
  const RequestId id = ids_.next(loop_.now().wall);
  Result<EncodedFrame> frame = compose_kiosk_frame(id, head, *send);
  if (!frame) return frame.error();
  SendRequest ask;
  ask.id = id;
  ask.order = order_of(*send, owner);
  ask.timeout = send->timeout;
  ask.caller = shell_.add_own_caller(std::move(told));
  ask.frame = std::move(*frame);
  shell_.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, std::move(ask), effects); });
  return id;
}

}  // namespace kgw
