// Probes: tries the way to a gateway or a local service once, blocking. Sends nothing that is acted upon, and
// no token but to the gateway.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/config/agent_settings.hpp"
#include "agent/gateway_url.hpp"
#include "base/clock.hpp"

namespace kgw {

// Resolves the name, connects and, if the URL wants it, sets up TLS. Returns what went wrong, as one sentence;
// empty: nothing. Of `settings`, by the proxy and with the authorities that they name.
std::string probe_way(const GatewayUrl& gateway, const AgentSettings& settings);

// Signs in once with the token and leaves at once. Returns the reason why not; empty: it was let in.
std::string probe_sign_in(const GatewayUrl& gateway, const AgentSettings& settings, const std::string& token);

// Connects to a local service (http:// or https://), and calls nothing. Returns as above; nullopt: the URL's
// host can't be told.
std::optional<std::string> probe_service(const std::string& url);

// How far this machine's clock is ahead of the gateway's; nullopt if the gateway does not say.
std::optional<std::chrono::seconds> probe_clock(const GatewayUrl& gateway, const AgentSettings& settings,
                                                const Clock& clock);

}  // namespace kgw
