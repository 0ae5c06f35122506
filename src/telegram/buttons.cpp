#include "telegram/buttons.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kgw::telegram {

std::string Buttons::add(Rules rules, Instant now, Action action) {
  static constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::array<std::uint8_t, kNonceChars> bytes{};
  random_.fill(bytes);
  std::string nonce;
  for (const std::uint8_t byte : bytes) nonce += kCharacters[byte % 64];
  std::erase_if(sets_, [now](const Set& set) { return set.ends <= now; });
  if (sets_.size() >= kSetsMax) sets_.pop_front();
  sets_.push_back({nonce, rules, now + rules.life, std::move(action)});
  return nonce;
}

Buttons::Press Buttons::press(std::string_view data, std::int64_t user, Instant now) {
  const std::string_view nonce = data.substr(0, data.find(':'));
  const auto found =
      std::find_if(sets_.begin(), sets_.end(), [&](const Set& set) { return set.nonce == nonce; });
  if (found == sets_.end() || found->ends <= now || nonce.size() == data.size())
    return {Refusal::unknown, {}, {}};
  if (found->rules.only && *found->rules.only != user) return {Refusal::not_yours, {}, {}};
  Press press{std::nullopt, found->action, std::string(data.substr(nonce.size() + 1))};
  if (found->rules.once) sets_.erase(found);
  return press;
}

}  // namespace kgw::telegram
