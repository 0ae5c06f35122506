#include "agent/desk/probe.hpp"

#include <ctime>
#include <utility>

#include "agent/agent_loop.hpp"
#include "agent/agent_loop_impl.hpp"
#include "agent/link.hpp"
#include "agent/link_stream_impl.hpp"
#include "agent/link_words.hpp"
#include "agent/local/local_client.hpp"

namespace kgw {
namespace {

constexpr Milliseconds kPatience = std::chrono::seconds(10);

OpenEnd open_once(AgentLoop& loop, const GatewayUrl& gateway, const std::optional<ProxyUrl>& proxy) {
  LinkStream stream(loop.impl(), gateway.tls);
  OpenEnd ended;
  stream.open(gateway, proxy, kPatience, [&](const OpenEnd& end) {
    ended = end;
    loop.stop();
  });
  loop.run();
  stream.close();
  return ended;
}

// An IMF-fixdate (RFC 9110 5.6.7); nullopt for anything else.
std::optional<WallTime> read_http_date(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

std::string probe_way(const GatewayUrl& gateway, const AgentSettings& settings) {
  AgentLoop loop;
  if (!settings.ca_file.empty())
    if (const auto trusted = loop.trust(settings.ca_file); !trusted) return trusted.error().message;
  const OpenEnd end = open_once(loop, gateway, settings.proxy);
  return end.step == OpenEnd::Step::open ? "" : unopened_sentence(gateway, end);
}

std::string probe_sign_in(const GatewayUrl& gateway, const AgentSettings& settings, const std::string& token) {
  AgentLoop loop;
  if (!settings.ca_file.empty())
    if (const auto trusted = loop.trust(settings.ca_file); !trusted) return trusted.error().message;
  std::string reason = "The gateway did not answer";
  Link::Settings once;
  once.gateways = {gateway};
  once.proxy = settings.proxy;
  once.token = [token] { return token; };
  std::optional<Link> link;
  link.emplace(loop, std::move(once),
               Link::Hooks{.up =
                               [&] {
                                 reason.clear();
                                 link->close([&] { loop.stop(); });
                               },
                           .down =
                               [&](const LinkDown& down) {
                                 reason = down.reason;
                                 loop.stop();
                               },
                           .text = [](std::string_view) {}});
  link->start();
  loop.after(3 * kPatience, [&] { loop.stop(); });
  loop.run();
  return reason;
}

std::optional<std::string> probe_service(const std::string& url) {
  // http:// and https:// have the form of ws:// and wss://.
  if (!url.starts_with("http")) return std::nullopt;
  auto parsed = parse_gateway_url("ws" + url.substr(4));
  if (!parsed) return std::nullopt;
  parsed->tls = false;  // that something listens is enough
  AgentLoop loop;
  const OpenEnd end = open_once(loop, *parsed, std::nullopt);
  switch (end.step) {
    case OpenEnd::Step::open: return std::string();
    case OpenEnd::Step::name: return "The host name " + parsed->host + " could not be resolved";
    case OpenEnd::Step::connect:
    case OpenEnd::Step::proxy:
    case OpenEnd::Step::tls: break;
  }
  if (end.why == boost::asio::error::connection_refused)
    return "Nothing listens there; start the local service";
  return "It can't be reached: " + end.why.message();
}

std::optional<std::chrono::seconds> probe_clock(const GatewayUrl& gateway, const AgentSettings& settings,
                                                const Clock& clock) {
  OutboundRequest request{.url = (gateway.tls ? "https://" : "http://") + gateway.host_field() + "/health"};
  request.timeout = kPatience;
  if (settings.proxy) request.proxy = settings.proxy->url();
  const OutboundAnswer answer = LocalClient::run(std::move(request), settings.ca_file);
  for (const auto& [name, value] : answer.fields) {
    if (name != "date") continue;
    if (const auto theirs = read_http_date(value))
      return std::chrono::floor<std::chrono::seconds>(clock.now().wall - *theirs);
  }
  return std::nullopt;
}

}  // namespace kgw
