#include "shell/kiosk_session.hpp"

#include "wire/json_scan.hpp"
#include "wire/websocket.hpp"

namespace kgw {
namespace {

struct Closing {
  WsClose code;
  std::string_view reason;
};

Closing closing(CloseReason reason) {
  switch (reason) {
    case CloseReason::replaced: return {WsClose::normal, "replaced by new connection"};
    case CloseReason::disabled: return {WsClose::policy, "kiosk disabled"};
    case CloseReason::removed: return {WsClose::policy, "kiosk removed"};
    case CloseReason::token_superseded: return {WsClose::policy, "token superseded"};
    case CloseReason::no_resume: return {WsClose::protocol_error, "no resume"};
  }
  return {WsClose::policy, ""};
}

}  // namespace

// ---------------------------------------------------------------- what the kiosk says

void KioskSession::on_alive() {
  around_.shell.apply(
      [this](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_alive(now, id_, effects); });
}

void KioskSession::on_text(std::string_view message_text) {
  ++around_.metrics.messages_from_kiosks;
  if (peer_.v2) return on_text_v2(message_text);
  const std::string_view text = without_bom(message_text);  // a backend's JSON parser would not take it
  const KioskMessage message = around_.reader.read(text);
  switch (message.kind) {
    case KioskMessage::Kind::answer:
      return around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
        // The shell classifies an answer to a request that is no longer in memory, once the store has found it.
        const Exchange* const asked = relay.exchange(message.id);
        const AnswerResult result =
            around_.reader.result(asked ? std::string_view(asked->order->operation) : std::string_view());
        relay.on_answer(
            now, id_, Answer{message.id, true, outcome_of(result), share(std::string(text)), result}, effects);
      });
    case KioskMessage::Kind::ping: {
      static const std::string pong = encode_ws_frame(WsOpcode::text, R"({"type":"pong"})");
      around_.server.ws_send(ws_of(id_), std::string_view(pong));
      return;
    }
    case KioskMessage::Kind::broken:
    case KioskMessage::Kind::unknown: return on_broken(message, message_text);
  }
}

// A right answer in the wrong kind of frame is a broken one: its text is kept, and the caller told. The link
// goes on when it ended a request; what the store has to be asked about may be of no use at all.
bool KioskSession::on_binary(std::string_view bytes) {
  ++around_.metrics.messages_from_kiosks;
  const KioskMessage message = around_.reader.read(without_bom(bytes));
  const std::span<const RequestId> named =
      message.kind == KioskMessage::Kind::answer ? std::span(&message.id, 1) : std::span(message.named);
  return take_broken(named, as_utf8(bytes)) == Relay::Broken::ended;
}

Relay::Broken KioskSession::take_broken(std::span<const RequestId> named, std::string_view text) {
  auto matched = Relay::Broken::matches_none;
  if (!named.empty())
    around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
      matched = relay.on_broken_answer(now, id_, named, share(std::string(text)), effects);
    });
  return matched;
}

void KioskSession::on_broken(const KioskMessage& message, std::string_view text) {
  if (take_broken(message.named, text) != Relay::Broken::matches_none) return;
  const bool no_json = message.kind == KioskMessage::Kind::broken;
  around_.metrics.on_unmatched(no_json ? UnmatchedWhy::not_json : UnmatchedWhy::no_id);
  const Kiosk* const kiosk = around_.shell.relay().kiosk_of(id_);
  const std::string_view kiosk_id = kiosk ? std::string_view(kiosk->record.id) : std::string_view();
  around_.log.write_of(kiosk_id, LogLevel::warning, "unmatched_answer",
                       {{"kiosk_id", kiosk_id},
                        {"why", no_json ? "not a JSON object" : "has no valid request_id"},
                        {"bytes", static_cast<std::int64_t>(text.size())}});
}

void KioskSession::on_round_trip(std::chrono::nanoseconds round_trip) {
  // Not each pong of ten thousand kiosks is news; the first is, and one that is quite another.
  const bool another = !round_trip_ || round_trip > *round_trip_ * 3 / 2 || round_trip < *round_trip_ / 2;
  round_trip_ = round_trip;
  const Kiosk* const kiosk = around_.shell.relay().kiosk_of(id_);
  if (another && kiosk) around_.shell.onlookers().tell(&Onlooker::on_round_trip, kiosk->record.id);
}

// ---------------------------------------------------------------- what is said to it

// A v1 kiosk's message is the envelope's text as it is, in one frame.
std::optional<ErrorCode> KioskSession::send(const SendFrame& frame) {
  if (peer_.v2) return send_v2(frame);
  char header[kWsHeaderBytesMax];
  const SharedBytes& text = frame.envelope.text;
  const std::size_t header_bytes = write_ws_header(header, WsOpcode::text, text->size());
  if (!around_.server.ws_send(ws_of(id_), {header, header_bytes}, text)) return ErrorCode::kiosk_busy;
  ++around_.metrics.messages_to_kiosks;
  return std::nullopt;
}

void KioskSession::probe() {
  static const std::string ping = encode_ws_frame(WsOpcode::ping, "probe");
  around_.server.ws_send(ws_of(id_), std::string_view(ping));
}

void KioskSession::close(CloseReason reason) {
  const Closing how = closing(reason);
  around_.server.ws_close(ws_of(id_), how.code, how.reason);
}

void KioskSession::kick() { around_.server.ws_close(ws_of(id_), WsClose::restart, "kicked"); }

}  // namespace kgw
