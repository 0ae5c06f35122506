// What the agent that runs on this machine says of itself. Blocks for a few seconds at most.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "agent/config/agent_settings.hpp"
#include "base/result.hpp"

namespace kgw {

// Returns what its /health has. Error: a sentence: no agent runs here, or it does not answer.
Result<boost::json::object> ask_local_agent(const AgentSettings& settings);

// Members of it, for people; "" and 0 if there is no such member.
std::string text_in(const boost::json::object& object, const char* name);
std::int64_t number_in(const boost::json::object& object, const char* name);
bool is_true_in(const boost::json::object& object, const char* name);

}  // namespace kgw
