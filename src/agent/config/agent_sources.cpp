// Implements agent/config/agent_settings.hpp: what it reads from the outside world, environment and files.
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/config/agent_settings.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

AgentSources agent_sources(std::map<std::string, std::string> flags) {
  AgentSources sources;
  sources.flags = std::move(flags);
  sources.environment = environment;
  for (const std::string& name : {std::string(".env"), std::string(kAgentEnvFile)}) {
    std::error_code ignored;
    if (std::filesystem::symlink_status(name, ignored).type() == std::filesystem::file_type::not_found)
      continue;
    auto text = read_settings_file(name, Reading::at_start);
    if (text) sources.files.push_back({name, *std::move(text)});
    else
      sources.faults.push_back(name + " can't be read (" + text.error().message +
                               "). Make it readable for the agent's user, or remove it.");
  }
  return sources;
}

Result<std::string> read_agent_token(const AgentSettings& settings, Reading reading) {
  std::string token = settings.token;
  if (!settings.token_file.empty()) {
    auto text = read_settings_file(settings.token_file, reading, limits::kTokenBytesMax + 64);
    if (!text || text->empty())
      return Fault{ErrorCode::invalid_argument,
                   "The token file '" + settings.token_file + "' " +
                       (text ? "is empty." : "can't be read: " + text.error().message + ".")};
    token = *std::move(text);
    if (token.starts_with("\xef\xbb\xbf")) token.erase(0, 3);  // a BOM from an editor
  }
  const std::size_t start = token.find_first_not_of(" \t\r\n");
  if (start == std::string::npos)
    return Fault{ErrorCode::invalid_argument,
                 "There is no token. Put the token that `kiosk-gateway kiosk add` printed in a file and give "
                 "it with --token-file, or set WS_TOKEN."};
  token = token.substr(start, token.find_last_not_of(" \t\r\n") - start + 1);
  const bool odd =
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
      std::string::npos;
  if (odd || token.size() > limits::kTokenBytesMax)
    return Fault{ErrorCode::invalid_argument,
                 "The kiosk's token is not valid: a token is one long word of letters, digits and dots."};
  return token;
}

}  // namespace kgw
