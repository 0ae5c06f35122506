// What a person at the kiosk asks the agent: is it well, does this route work, what is wrong here. Each prints
// to standard output and returns the exit code: 0 well, 1 not well.
#pragma once

#include <string>

#include "agent/config/agent_settings.hpp"
#include "agent/routes/routes.hpp"

namespace kgw {

// `kiosk-agent status`: of the agent that runs on this machine, by its health page.
int show_status(const AgentSettings& settings);

// `kiosk-agent test OPERATION BODY`: calls the local service as for a request of the gateway, really, and shows
// what the gateway would hear. Neither the outbox nor the gateway learns of it. `body`: JSON; empty: none.
int test_route(const Routes& routes, const std::string& operation, const std::string& body);

// `kiosk-agent doctor`: the way to the gateway (name, TCP, TLS, clock, token) and each route; changes nothing
// and makes no call that a device would act on.
int run_doctor(const AgentSettings& settings, const Routes& routes);

}  // namespace kgw
