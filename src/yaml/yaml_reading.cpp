#include "yaml/yaml_reading.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/table.hpp"

namespace kgw {
namespace {

constexpr std::size_t kFaultsMax = 100;

auto order_of(const YamlPlace& place) { return std::pair(place.line, place.column); }

}  // namespace

std::string shown_yaml(const std::string& text) {
  const bool is_long = text.size() > kShownYamlBytesMax;
  return "'" + printable(is_long ? text.substr(0, kShownYamlBytesMax) + "..." : text) + "'";
}

std::string listed(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) (out += out.empty() ? "" : ", ") += name;
  return out;
}

bool YamlFaults::any_from(const YamlPlace& place) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const YamlFault& fault) { return order_of(fault.place) >= order_of(place); });
}

std::vector<std::string> YamlFaults::in_order() const {
  std::vector<YamlFault> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const YamlFault& a, const YamlFault& b) {
    return order_of(a.place) < order_of(b.place);
  });
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(sorted.size(), kFaultsMax); ++i) texts.push_back(describe(sorted[i]));
  if (sorted.size() > kFaultsMax)
    texts.push_back("and " + std::to_string(sorted.size() - kFaultsMax) + " more");
  return texts;
}

void each_pair(const YamlNode& mapping, const char* what, YamlFaults& faults,
               const std::function<void(const YamlNode& key, const YamlNode& value)>& each) {
  std::map<std::string_view, const YamlNode*> seen;
  for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
    const YamlNode& key = mapping.items[i];
    if (key.kind != YamlNode::Kind::scalar) {
      faults.add(key, std::string("expected ") + what + " here");
      continue;
    }
    const auto [first, is_new] = seen.emplace(key.text, &key);
    if (is_new) each(key, mapping.items[i + 1]);
    else
      faults.add(key, shown_yaml(key.text) + " is already in line " +
                          std::to_string(first->second->place.line) + "; keep one of them");
  }
}

}  // namespace kgw
