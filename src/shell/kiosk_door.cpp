#include "shell/kiosk_door.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "http/answers.hpp"
#include "net/visitors.hpp"
#include "wire/kiosk_v2/messages.hpp"

namespace kgw {
namespace {

// "0.1.0" of "kiosk-agent/0.1.0"; empty: not our agent.
std::string agent_version(const HttpHead& head) {
  constexpr std::string_view kAgent = "kiosk-agent/";
  constexpr std::size_t kCharsMax = 32;
  const std::string_view agent = head.find("User-Agent").value_or("");
  if (!agent.starts_with(kAgent)) return {};
  const std::string_view version = agent.substr(kAgent.size(), agent.find(' ') - kAgent.size());
  return is_name(version) ? std::string(version.substr(0, kCharsMax)) : std::string();
}

// A subprotocol is named in one or several fields, letter by letter (RFC 6455 4.1).
bool offers_v2(const HttpHead& head) {
  bool offered = false;
  for (std::size_t i = 0; i < head.field_count; ++i)
    if (same_ignoring_case(head.fields[i].name, "sec-websocket-protocol"))
      ascii::for_each_in_list(head.fields[i].value, [&](std::string_view element) {
        offered = offered || element == kiosk_v2::kSubprotocol;
      });
  return offered;
}

// The answer's field that names what will be spoken.
std::string chosen(bool v2) {
  return v2 ? "Sec-WebSocket-Protocol: " + std::string(kiosk_v2::kSubprotocol) + "\r\n" : std::string();
}

}  // namespace

KioskDoor::KioskDoor(const KioskSession::Surroundings& around, const TokenAuthority& tokens,
                     KioskCertificates certificates, Access& access, Loop& loop, Registry& registry)
    : around_(around),
      tokens_(tokens),
      certificates_(certificates),
      access_(access),
      loop_(loop),
      registry_(registry),
      pings_(loop, around.server) {}

// ---------------------------------------------------------------- handshakes

// In the header or in the address; when both have one, the one that is valid: a proxy in between may have put
// its own into the header.
Result<KioskDoor::Visitor> KioskDoor::verify(const HttpRequest& request) const {
  const WallTime now = loop_.now().wall;
  const auto in_header = bearer(request.head);
  const auto in_address = query_value(request.head.query, "token");
  Result<TokenClaims> claims = tokens_.verify(in_header ? *in_header : in_address ? *in_address : "", now);
  bool by_header = in_header.has_value();
  if (!claims && in_header && in_address) {
    claims = tokens_.verify(*in_address, now);
    by_header = false;
  }
  if (!claims) return claims.error();
  return Visitor{std::move(claims->kiosk_id), digest_of(by_header ? *in_header : *in_address)};
}

// A certificate vouches for its kiosk as that kiosk's current token does, and ends with it: a kiosk that is
// disabled or removed is refused whatever it shows.
Result<KioskDoor::Visitor> KioskDoor::identify(const HttpRequest& request) const {
  if (certificates_ == KioskCertificates::off) return verify(request);
  const std::string kiosk_id(request.certified_kiosk);
  if (kiosk_id.empty()) {
    if (certificates_ == KioskCertificates::optional) return verify(request);
    return Fault{
        ErrorCode::unauthorized,
        "This gateway admits kiosks by their certificate only, and none that names a kiosk was shown; give "
        "the kiosk's agent its certificate and key."};
  }
  if (bearer(request.head) || query_value(request.head.query, "token")) {
    auto visitor = verify(request);
    if (!visitor || visitor->kiosk_id == kiosk_id) return visitor;
    return Fault{
        ErrorCode::unauthorized,
        "The certificate is for another kiosk than the token; give this kiosk its own certificate and token."};
  }
  const KioskRef* const kiosk = around_.shell.relay().kiosks().find(kiosk_id);
  return Visitor{kiosk_id, kiosk ? (*kiosk)->record.token_digest : TokenDigest{}};
}

void KioskDoor::refuse_now(const HttpRequest& request, ErrorCode why, std::string_view message,
                           std::string_view kiosk_id) {
  ++around_.metrics.handshakes_refused[static_cast<std::size_t>(why)];
  const std::string address = access_.address(request);
  around_.log.write_of(
      address, LogLevel::warning, "kiosk_refused",
      {{"kiosk_id", kiosk_id}, {"error", info(why).name}, {"address", address}, {"reason", message}});
  respond_error(around_.server, request.call, why, message, ErrorAbout{kiosk_id, {}, {}, false});
}

void KioskDoor::on_upgrade(const HttpRequest& request) {
  const auto accept = check_upgrade(request.head);
  if (!accept) return respond_fault(around_.server, request.call, accept.error());
  const auto visitor = identify(request);
  if (!visitor) {
    const ErrorCode why = access_.failed(request, ErrorCode::unauthorized, loop_.now().steady);
    return refuse_now(request, why,
                      why == ErrorCode::unauthorized ? visitor.error().message : std::string_view(), {});
  }
  if (!reconnects_.may(visitor->kiosk_id, loop_.now().steady))
    return refuse_now(request, ErrorCode::overloaded,
                      "This kiosk keeps reconnecting; wait the number of seconds given in Retry-After, then "
                      "check its network and look for a second agent with its token.",
                      visitor->kiosk_id);
  const KnockId knock{static_cast<std::uint64_t>(request.call)};
  std::string address = access_.address(request);
  std::string network = network_of(address);
  knocks_.add(knock, Knock{visitor->kiosk_id, *accept, std::move(address), std::move(network),
                           agent_version(request.head), offers_v2(request.head)});
  around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
    relay.on_knock(now, knock, visitor->kiosk_id, visitor->digest, effects);
  });
  if (knocks_.may_wait(knock)) return;
  around_.shell.apply([&](Relay& relay, Now, Effects&) { relay.on_knock_gone(knock, visitor->kiosk_id); });
  refuse(knock, visitor->kiosk_id, ErrorCode::overloaded);
}

void KioskDoor::on_caller_gone(HttpCallId call, bool can_write) {
  const KnockId knock{static_cast<std::uint64_t>(call)};
  const auto gone = knocks_.take(knock);
  if (!gone) return;
  around_.shell.apply([&](Relay& relay, Now, Effects&) { relay.on_knock_gone(knock, gone->kiosk_id); });
  if (can_write)
    respond_error(around_.server, call, ErrorCode::bad_request,
                  "The connection was half closed before the upgrade.");
}

void KioskDoor::admit(KnockId knock, const std::string& kiosk_id) {
  auto known = knocks_.take(knock);
  if (!known) return;
  const WsId ws =
      around_.server.upgrade(HttpCallId{static_cast<std::uint64_t>(knock)}, known->accept, chosen(known->v2));
  if (ws == WsId::none) return;
  const SessionId session = session_of(ws);
  KioskSession::Peer peer{loop_.now().wall, known->address, std::move(known->agent_version), known->v2};
  sessions_.try_emplace(session, around_, session, std::move(peer)).first->second.greet();
  reconnects_.took(kiosk_id, loop_.now().steady);
  ++around_.metrics.handshakes;
  around_.log.write_of(kiosk_id, LogLevel::info, "kiosk_connected",
                       {{"kiosk_id", kiosk_id}, {"address", known->address}});
  around_.shell.onlookers().tell(&Onlooker::on_kiosk_connected, kiosk_id, known->address);
  note(kiosk_id, true, std::move(known->address), "connected");
  around_.shell.apply([&](Relay& relay, Now now, Effects& effects) {
    relay.on_kiosk_up(now, kiosk_id, session, effects, known->v2);
  });
  around_.shell.series().on_up(kiosk_id);
}

void KioskDoor::refuse(KnockId knock, const std::string& kiosk_id, ErrorCode why) {
  auto known = knocks_.take(knock);
  if (!known) return;
  ++around_.metrics.handshakes_refused[static_cast<std::size_t>(why)];
  around_.log.write_of(kiosk_id, LogLevel::warning, "kiosk_refused",
                       {{"kiosk_id", kiosk_id}, {"error", info(why).name}, {"address", known->address}});
  around_.shell.onlookers().tell(&Onlooker::on_kiosk_refused, kiosk_id, why, known->address);
  std::string_view message;
  if (why == ErrorCode::unauthorized)
    message =
        "This token is not the kiosk's current one, or the kiosk is not registered; create a new token for it.";
  respond_error(around_.server, HttpCallId{static_cast<std::uint64_t>(knock)}, why, message,
                ErrorAbout{kiosk_id, {}, {}, false});
}

// ---------------------------------------------------------------- sessions

KioskSession* KioskDoor::find(SessionId session) {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : &found->second;
}

const KioskSession* KioskDoor::session(SessionId session) const {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : &found->second;
}

void KioskDoor::on_ws_alive(WsId ws) {
  if (!around_.shell.relay().probing()) return;
  if (KioskSession* const session = find(session_of(ws))) session->on_alive();
}

void KioskDoor::on_ws_text(WsId ws, std::string_view text) {
  if (KioskSession* const session = find(session_of(ws))) session->on_text(text);
}

bool KioskDoor::on_ws_binary(WsId ws, std::string_view bytes) {
  KioskSession* const session = find(session_of(ws));
  return session && session->on_binary(bytes);
}

void KioskDoor::on_ws_round_trip(WsId ws, std::chrono::nanoseconds round_trip) {
  around_.metrics.round_trips.record(round_trip);
  note_round_trip(session_of(ws), round_trip);
}

void KioskDoor::note_round_trip(SessionId id, std::chrono::nanoseconds round_trip) {
  if (KioskSession* const session = find(id)) session->on_round_trip(round_trip);
}

void KioskDoor::on_ws_closed(WsId ws, std::uint16_t code, std::string_view reason) {
  const SessionId session = session_of(ws);
  auto ended = sessions_.extract(session);
  pings_.on_closed(ws);
  std::string kiosk_id;
  if (const Kiosk* const kiosk = around_.shell.relay().kiosk_of(session)) {
    around_.log.write_of(
        kiosk->record.id, LogLevel::info, "kiosk_disconnected",
        {{"kiosk_id", kiosk->record.id}, {"code", static_cast<std::int64_t>(code)}, {"reason", reason}});
    if (kiosk->session == session) around_.shell.series().on_down(kiosk->record.id);
    kiosk_id = kiosk->record.id;
    note(kiosk->record.id, false, ended.empty() ? std::string() : ended.mapped().peer().address,
         std::to_string(code) + (reason.empty() ? "" : " ") + std::string(reason));
  }
  around_.shell.apply(
      [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_down(now, session, effects); });
  if (!kiosk_id.empty()) around_.shell.onlookers().tell(&Onlooker::on_kiosk_disconnected, kiosk_id, reason);
}

void KioskDoor::note(const std::string& kiosk_id, bool up, std::string address, std::string reason) {
  registry_.note_connection(
      ConnectionRecord{kiosk_id, loop_.now().wall, up, std::move(address), std::move(reason)});
}

// ---------------------------------------------------------------- what is wanted of a session

std::optional<ErrorCode> KioskDoor::send(const SendFrame& frame) {
  KioskSession* const session = find(frame.session);
  return session ? session->send(frame) : ErrorCode::kiosk_offline;
}

void KioskDoor::tell_stored(SessionId id, const RequestId& request) {
  if (KioskSession* const session = find(id)) session->tell_stored(request);
}

void KioskDoor::probe(SessionId id) {
  if (KioskSession* const session = find(id)) session->probe();
}

void KioskDoor::close(SessionId id, CloseReason reason) {
  if (KioskSession* const session = find(id)) session->close(reason);
}

void KioskDoor::kick(SessionId id) {
  if (KioskSession* const session = find(id)) session->kick();
}

}  // namespace kgw
