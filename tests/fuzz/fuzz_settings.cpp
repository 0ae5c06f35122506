// Settings: `.env` and a few values. The input is taken up to its first 0 byte as `.env`'s text, and from
// there, parted by 0 bytes, as PORT, JWT_SECRET, METRICS_TOKEN_FILE and that file's text. What is accepted is
// within its bounds and, written as a `.env` of its own, says the same again; and no fault or warning shows a
// secret.
#include <algorithm>
#include <array>
#include <string>

#include "base/check.hpp"
#include "env/dotenv.hpp"
#include "settings/config.hpp"
#include "settings/settings.hpp"

namespace {

using namespace kgw;

// With a space in it, so that it is refused, and unlike anything that a message says.
constexpr std::string_view kSecret = "q7@ Zx%w9 vK";

struct Input {
  std::string dotenv;
  std::array<std::string, 4> values;
};

Input parts_of(std::string_view text) {
  Input input;
  const auto next = [&text] {
    const std::size_t end = std::min(text.find('\0'), text.size());
    std::string part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
  };
  input.dotenv = next();
  for (std::string& value : input.values) value = next();
  return input;
}

LoadedConfig load(const Input& input, bool with_bad_secret) {
  SettingSources sources;
  sources.dotenv = input.dotenv;
  sources.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return input.values[0];
    if (name == "JWT_SECRET") return input.values[1];
    if (name == "METRICS_TOKEN_FILE") return input.values[2];
    if (name == "ADMIN_API_KEY" && with_bad_secret) return std::string(kSecret);
    return std::nullopt;
  };
  sources.read_file = [&](const std::string&, std::size_t) -> Result<std::string> { return input.values[3]; };
  return load_config(sources);
}

void check_bounds(const Config& config) {
  KGW_CHECK(config.timeout.count() >= 1 && config.timeout <= config.timeout_max);
  KGW_CHECK(config.timeout_max <= std::chrono::hours(24));
  KGW_CHECK(config.max_in_flight >= 1 && config.max_in_flight <= 1000);
  KGW_CHECK(config.jwt_lifetime.count() >= 1);
  KGW_CHECK(config.journal_retention >= std::chrono::hours(24) && config.journal_keep_bodies.count() >= 0);
  KGW_CHECK(config.drain_timeout <= std::chrono::hours(1));
  KGW_CHECK(!config.host.empty() && !config.data_dir.empty() && !config.gateway_url.empty());
  KGW_CHECK(config.admin_api_key.find_first_of(" \r\n") == std::string::npos);
}

void check_round_trip(const LoadedConfig& loaded) {
  KGW_CHECK(loaded.values.size() == settings().size());
  Input again;
  for (const SettingValue& value : loaded.values) {
    if (value.text.find_first_of("\n\0", 0, 2) != std::string::npos) return;  // what no `.env` can say
    again.dotenv += std::string(value.name) + "=\"";
    for (const char c : value.text) {
      if (c == '"' || c == '\\') again.dotenv += '\\';
      again.dotenv += c;
    }
    again.dotenv += "\" # comment\r\n";
    (void)shown_value(value);
  }
  const LoadedConfig second = load(again, false);
  KGW_CHECK(second.faults.empty());
  KGW_CHECK(second.config == loaded.config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input = parts_of({reinterpret_cast<const char*>(data), size});
  const Dotenv dotenv = parse_dotenv(input.dotenv);
  for (const auto& [name, entry] : dotenv.entries)
    KGW_CHECK(!name.empty() && entry.line >= 1 && entry.value.find('\n') == std::string::npos);

  const LoadedConfig loaded = load(input, false);
  if (loaded.faults.empty()) {
    check_bounds(loaded.config);
    check_round_trip(loaded);
  } else {
    KGW_CHECK(!describe(loaded.faults).empty());
  }
  const LoadedConfig refused = load(input, true);
  KGW_CHECK(!refused.faults.empty());
  if (std::string_view(reinterpret_cast<const char*>(data), size).find("q7@") != std::string_view::npos)
    return 0;
  KGW_CHECK(describe(refused.faults).find(kSecret) == std::string::npos);
  for (const std::string& warning : refused.warnings) KGW_CHECK(warning.find(kSecret) == std::string::npos);
  return 0;
}
