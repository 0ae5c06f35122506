#include "http/prefer.hpp"

#include <algorithm>
#include <cstdint>

#include "base/ascii.hpp"

namespace kgw {
namespace {

constexpr std::uint64_t kWaitMax = 86'400;

// Returns the text up to the first `end` outside of quotes, and takes both out of `rest`.
std::string_view take_until(char end, std::string_view& rest) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != end); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    else if (quoted && rest[at] == '\\') ++at;
  }
  at = std::min(at, rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return ascii::trim(part);
}

struct Pair {
  std::string_view name;
  std::string_view value;  // without quotes around it; empty: none
};

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), ascii::is_token_char);
}

// token [ BWS "=" BWS word ]
std::optional<Pair> read_pair(std::string_view text) {
  const std::size_t sign = text.find('=');
  Pair pair{ascii::trim(text.substr(0, sign)), {}};
  if (!is_token(pair.name)) return std::nullopt;
  if (sign == std::string_view::npos) return pair;
  pair.value = ascii::trim(text.substr(sign + 1));
  const bool quoted = pair.value.size() >= 2 && pair.value.front() == '"' && pair.value.back() == '"';
  if (quoted) pair.value = pair.value.substr(1, pair.value.size() - 2);
  else if (!is_token(pair.value)) return std::nullopt;
  return pair;
}

// preference *( OWS ";" [ OWS parameter ] ), of which the parameters mean nothing here.
std::optional<Pair> read_preference(std::string_view text) {
  const auto preference = read_pair(take_until(';', text));
  while (preference && !text.empty())
    if (const std::string_view parameter = take_until(';', text); !parameter.empty() && !read_pair(parameter))
      return std::nullopt;
  return preference;
}

}  // namespace

void read_prefer(std::string_view value, Preferences& out) {
  while (!value.empty()) {
    const auto preference = read_preference(take_until(',', value));
    if (!preference) continue;
    const std::string name = ascii::lowered(preference->name);
    if (name == "respond-async" && preference->value.empty()) out.respond_async = true;
    if (name != "wait" || out.wait) continue;
    if (const auto seconds = ascii::parse_decimal(preference->value))
      out.wait = std::chrono::seconds(std::min(*seconds, kWaitMax));
  }
}

}  // namespace kgw
