// A kiosk that speaks v2 (PROTOCOL.md 4): its messages, and what is said to it.
// Implements shell/kiosk_session.hpp.
#include <string>
#include <utility>
#include <variant>

#include "base/hex.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "shell/kiosk_session.hpp"
#include "wire/json_members.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/sha256.hpp"
#include "wire/websocket.hpp"

namespace kgw {
namespace {

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Under which the agent knows one and the same order of a caller's again, whatever its request's id.
std::string dedupe_id(const KeyClaim& claim) {
  Sha256 hash;
  hash.add(bytes_of(claim.key));
  hash.add(bytes_of(claim.request));
  return hex::text(hash.end());
}

AnswerHow how_of(kiosk_v2::ResultHow how) {
  switch (how) {
    case kiosk_v2::ResultHow::answer: return AnswerHow::answer;
    case kiosk_v2::ResultHow::lookup: return AnswerHow::lookup;
    case kiosk_v2::ResultHow::interrupted: return AnswerHow::interrupted;
  }
  return AnswerHow::answer;
}

std::string_view text_of(kiosk_v2::DeclineReason reason) {
  switch (reason) {
    case kiosk_v2::DeclineReason::expired: return "expired";
    case kiosk_v2::DeclineReason::cancelled: return "cancelled";
    case kiosk_v2::DeclineReason::busy: return "busy";
    case kiosk_v2::DeclineReason::precondition: return "precondition";
    case kiosk_v2::DeclineReason::other: break;
  }
  return "other";
}

std::string id_token(const RequestId& id) { return '"' + id.text() + '"'; }

// What stands in the books when it had timed out before: an answer which says that it was not done.
Answer answer_of(const kiosk_v2::Declined& declined) {
  std::string text = R"({"request_id":)" + id_token(declined.request_id) +
                     R"(,"status":"declined","error":"not_executed","reason":")";
  text += text_of(declined.reason);
  text += R"(","message":)";
  append_json_string(text, declined.message);
  text += '}';
  return Answer{declined.request_id, true, Outcome::known, share(std::move(text)), AnswerResult::declined,
                AnswerHow::declined};
}

}  // namespace

// ---------------------------------------------------------------- what the kiosk says

void KioskSession::on_text_v2(std::string_view text) {
  const kiosk_v2::ReadFromAgent read = kiosk_v2::read_from_agent(text);
  if (const auto* const broken = std::get_if<kiosk_v2::Broken>(&read)) return on_broken_v2(*broken, text);
  const auto* const message = std::get_if<kiosk_v2::FromAgent>(&read);
  if (!message) return;  // of a later version
  std::visit(
      [this](const auto& what) {
        // The others are of use to nobody yet.
        if constexpr (requires { this->on_message(what); }) on_message(what);
      },
      *message);
}

void KioskSession::on_message(const kiosk_v2::Resume& resume) {
  AgentResumes agent{resume.outbox_id, resume.accepted, resume.max_in_flight};
  agent.held.insert(agent.held.end(), resume.executing.begin(), resume.executing.end());
  agent.held.insert(agent.held.end(), resume.finished.begin(), resume.finished.end());
  around_.shell.apply(
      [&](Relay& relay, Now now, Effects& effects) { relay.on_resumed(now, id_, agent, effects); });
}

void KioskSession::on_message(const kiosk_v2::Accepted& accepted) {
  around_.shell.apply([&](Relay& relay, Now, Effects&) { relay.on_accepted(id_, accepted.request_id); });
}

void KioskSession::on_message(const kiosk_v2::Declined& declined) {
  const ErrorCode why =
      declined.reason == kiosk_v2::DeclineReason::cancelled ? ErrorCode::caller_gone : ErrorCode::kiosk_busy;
  around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
    relay.on_declined(now, id_, answer_of(declined), why, effects);
  });
}

void KioskSession::on_message(const kiosk_v2::KioskResult& result) {
  std::string text = splice_request_id(id_token(result.request_id), result.response);
  around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
    // As in v1: the shell classifies an answer to a request that is no longer in memory.
    const Exchange* const asked = relay.exchange(result.request_id);
    const AnswerResult says =
        asked ? around_.shell.rules().classify(asked->order->operation, text) : AnswerResult::unclassified;
    relay.on_answer(
        now, id_,
        Answer{result.request_id, true, outcome_of(says), share(std::move(text)), says, how_of(result.how)},
        effects);
  });
}

// A result, or a text whose type cannot be read, ends the request that it names, as in v1: it says that
// something happened, and not what. All other messages say nothing about money.
void KioskSession::on_broken_v2(const kiosk_v2::Broken& broken, std::string_view text) {
  const bool may_end = broken.type.empty() || broken.type == "result";
  if (may_end && take_broken(broken.named, text) != Relay::Broken::matches_none) return;
  if (may_end) around_.metrics.on_unmatched(UnmatchedWhy::not_json);
  const Kiosk* const kiosk = around_.shell.relay().kiosk_of(id_);
  const std::string_view kiosk_id = kiosk ? std::string_view(kiosk->record.id) : std::string_view();
  around_.log.write_of(kiosk_id, LogLevel::warning, "kiosk_message_broken",
                       {{"kiosk_id", kiosk_id},
                        {"type", std::string_view(broken.type)},
                        {"why", std::string_view(broken.why)},
                        {"bytes", static_cast<std::int64_t>(text.size())}});
}

// ---------------------------------------------------------------- what is said to it

bool KioskSession::send_text(std::string_view text) {
  const bool sent = around_.server.ws_send(ws_of(id_), encode_ws_frame(WsOpcode::text, text));
  if (sent) ++around_.metrics.messages_to_kiosks;
  return sent;
}

void KioskSession::greet() {
  if (!peer_.v2) return;
  const auto hello = kiosk_v2::compose(
      kiosk_v2::FromGateway(kiosk_v2::Hello{around_.node, KGW_VERSION, Milliseconds(limits::kPingInterval)}));
  if (hello) send_text(*hello);
}

void KioskSession::tell_stored(const RequestId& id) {
  const auto stored = kiosk_v2::compose(kiosk_v2::FromGateway(kiosk_v2::Stored{id}));
  // If it has too much to read already, it asks again after its next reconnect.
  if (stored) send_text(*stored);
}

// The envelope's text from its second byte on, behind a head of its own.
std::optional<ErrorCode> KioskSession::send_v2(const SendFrame& frame) {
  const Exchange* const x = around_.shell.relay().exchange(frame.id);
  KGW_CHECK(x != nullptr && x->delivery != nullptr);
  kiosk_v2::Request request;
  request.request_id = frame.id;
  request.deadline = std::chrono::duration_cast<Milliseconds>(x->expires - around_.shell.now().steady);
  request.attempt = x->delivery->attempt;
  if (x->order->claim) request.dedupe_id = dedupe_id(*x->order->claim);
  std::string text = kiosk_v2::request_head(request);
  text.append(*frame.envelope.text, 1);
  if (text.size() > limits::kFrameBytesMax) return ErrorCode::payload_too_large;
  return send_text(text) ? std::nullopt : std::optional(ErrorCode::kiosk_busy);
}

}  // namespace kgw
