// What the gateway says to an agent (PROTOCOL.md 4). No state.
// Implements wire/kiosk_v2/compose.hpp.
#include <utility>
#include <variant>
#include <vector>

#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/kiosk_v2/composer.hpp"

namespace kgw::kiosk_v2 {
namespace {

// A request's members up to the envelope's.
Composer begun_request(const Request& request, std::size_t carried) {
  Composer composer("request", carried);
  composer.time("deadline_ms", request.deadline);
  composer.whole("attempt", request.attempt);
  if (!request.dedupe_id.empty()) composer.text("dedupe_id", request.dedupe_id);
  if (!request.require.empty()) {
    const std::vector<std::string_view> names(request.require.begin(), request.require.end());
    composer.names("require", names);
  }
  return composer;
}

Result<std::string> compose_one(const Request& request) {
  Composer composer = begun_request(request, request.headers.size() + request.body.size());
  composer.id(request.request_id);
  composer.carry("headers", request.headers);
  composer.carry("body", request.body);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Hello& hello) {
  Composer composer("hello");
  composer.text("node", hello.node, kLabelBytesMax);
  composer.text("version", hello.version, kLabelBytesMax);
  composer.time("ping_interval_ms", hello.ping_interval);
  return std::move(composer).end();
}

Result<std::string> with_id(std::string_view type, const RequestId& id) {
  Composer composer(type);
  composer.id(id);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Stored& stored) { return with_id("stored", stored.request_id); }

Result<std::string> compose_one(const Cancel& cancel) { return with_id("cancel", cancel.request_id); }

Result<std::string> compose_one(const LookUp& look_up) { return with_id("lookup", look_up.request_id); }

Result<std::string> compose_one(const Diagnose& diagnose) {
  Composer composer("diagnose");
  composer.text("id", diagnose.id);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Drain& drain) {
  Composer composer("drain");
  composer.time("reconnect_after_ms", drain.reconnect_after);
  return std::move(composer).end();
}

Result<std::string> compose_one(const EventStored& stored) {
  Composer composer("stored");
  composer.text("event_id", stored.event_id);
  return std::move(composer).end();
}

}  // namespace

Result<std::string> compose(const FromGateway& message) {
  return std::visit([](const auto& one) { return compose_one(one); }, message);
}

std::string request_head(const Request& request) {
  Composer composer = begun_request(request, 0);
  composer.out() += ',';
  return std::move(composer.out());
}

}  // namespace kgw::kiosk_v2
