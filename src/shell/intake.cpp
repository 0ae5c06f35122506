#include "shell/intake.hpp"

#include <memory>
#include <utility>

#include "base/limits.hpp"
#include "http/answers.hpp"
#include "wire/kiosk_frame.hpp"

namespace kgw {
namespace {

constexpr const char* kTooLate =
    "The gateway could not send this request within its Header-Timeout, and nothing was sent to the kiosk; try "
    "again shortly.";
constexpr const char* kTooLongOnTheLine =
    "Header-Wait-Online above 300 needs 'Prefer: respond-async': no connection is kept open for so long; send "
    "both, or at most 300.";
constexpr const char* kShareWritten =
    "The journal has nearly reached JOURNAL_MAX_BYTES, and this kiosk or this key's owner has used its share "
    "of it; the rest is reserved for others. Nothing was sent to the kiosk; try again later, or raise "
    "JOURNAL_MAX_BYTES.";

// Takes the order's id out of `send`.
SharedOrder order_of(ParsedSend& send, std::string_view owner, const SendSettings& settings,
                     std::string callback_url) {
  auto order = std::make_shared<Order>();
  order->order_claim = order_claim_of(send, owner, settings);
  order->kiosk_id = send.kiosk_id;
  order->operation = send.operation;
  order->order_id = std::move(send.order_id);
  order->owner = owner;
  order->callback_url = std::move(callback_url);
  order->claim = claim_of(send, owner);
  return order;
}

Preferences preferences_in(HttpFields headers) {
  Preferences all;
  for (const HttpField& field : headers)
    if (same_ignoring_case(field.name, "prefer")) read_prefer(field.value, all);
  return all;
}

}  // namespace

std::string_view kiosk_named_in(HttpFields headers) {
  const std::string_view named = find_field(headers, "Header-Kiosk-Id").value_or(std::string_view());
  return is_name(named) ? named : std::string_view();
}

Fault Intake::refused(const Submission& asked, std::string_view operation, const Fault& fault) {
  ++metrics_.refused;
  ++metrics_.errors[static_cast<std::size_t>(fault.code)];
  const std::string_view kiosk_id = kiosk_named_in(asked.headers);
  log_.write_of(kiosk_id.empty() ? asked.from : kiosk_id, LogLevel::info, "request_refused",
                {{"kiosk_id", kiosk_id}, {"operation", operation}, {"error", info(fault.code).name}});
  return fault;
}

Result<void> Intake::check(const Submission& asked, const ParsedSend& send, const Caller& caller) const {
  // What lies outside its patterns does not exist for a limited key.
  if (!caller.sees(send.kiosk_id)) return Fault{ErrorCode::kiosk_not_found, {}};
  // It waited while the gateway did not run: its caller may have closed since, and its time counts from then.
  if (asked.waited > Milliseconds(0) && asked.half_closed) return Fault{ErrorCode::caller_gone, {}};
  if (send.wait_online > limits::kWaitOnlineOfCallerMax &&
      !(send.prefers && preferences_in(asked.headers).respond_async))
    return Fault{ErrorCode::invalid_header, kTooLongOnTheLine};
  if (asked.waited >= send.timeout) return Fault{ErrorCode::overloaded, kTooLate};
  if (!journal_.accepts() && shell_.relay().store_up())
    return Fault{ErrorCode::store_unavailable, without_folder(journal_.trouble(), settings_.data_dir)};
  if (!journal_.has_room_for(send.kiosk_id, caller.owner())) return Fault{ErrorCode::overloaded, kShareWritten};
  return {};
}

template <class Enlist>
Result<RequestId> Intake::take(const Submission& asked, const Caller& caller, Enlist&& enlist) {
  Result<ParsedSend> send = parse_send(asked.headers, asked.body, settings_.send);
  if (!send) return refused(asked, {}, send.error());
  if (const auto may = check(asked, *send, caller); !may) return refused(asked, send->operation, may.error());
  std::string callback_url;
  if (!send->callback_url.empty()) {
    auto url = settings_.callback_url(send->callback_url, caller.owner());
    if (!url) return refused(asked, send->operation, url.error());
    callback_url = std::move(*url);
  }
  const RequestId id = ids_.next(clock_.now().wall);
  Result<Envelope> envelope = compose_envelope(id, asked.headers, *send);
  if (!envelope) return refused(asked, send->operation, envelope.error());

  SendRequest ask;
  ask.id = id;
  ask.order = order_of(*send, caller.owner(), settings_.send, std::move(callback_url));
  ask.timeout = send->timeout - asked.waited;
  ask.wait_online = send->wait_online;
  ask.envelope = std::move(*envelope);
  // Who shows no key has the share of its address.
  const std::string holder = ask.order->owner.empty() ? caller.holder() : std::string();
  ask.holder = holder;
  ask.caller = enlist(id, send->prefers);
  shell_.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, std::move(ask), effects); });
  return id;
}

Result<RequestId> Intake::submit(const Submission& asked, const Caller& caller, CallerId call) {
  return take(asked, caller, [&](const RequestId& id, bool prefers) {
    if (prefers && async_)
      if (const Preferences prefer = preferences_in(asked.headers); prefer.respond_async)
        return async_->enlist(call, id, prefer, asked.traceparent);
    shell_.desk().add(call, id, asked.traceparent);
    return call;
  });
}

Result<RequestId> Intake::submit(const Submission& asked, const Caller& caller, Told told) {
  return take(asked, caller, [&](const RequestId&, bool) {
    return shell_.desk().add_own([told = std::move(told)](const Reply& reply) {
      told(reply);
      return true;
    });
  });
}

}  // namespace kgw
