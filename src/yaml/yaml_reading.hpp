// YamlReading: what reading a file of ours has in common: faults with their places, pairs of a mapping of which
// none may stand there twice, and words for both. No state of its own but the faults; on the caller's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/yaml_document.hpp"

namespace kgw {

// A text of the file in quotes, printable and not too long.
std::string shown_yaml(const std::string& text);
// Longer texts are cut when shown, and are no slip of anything.
inline constexpr std::size_t kShownYamlBytesMax = 60;
// "a, b, c".
std::string listed(std::span<const std::string_view> names);

class YamlFaults {
 public:
  bool empty() const { return all_.empty(); }
  void add(const YamlNode& node, const std::string& text) { all_.push_back({node.place, text}); }
  void add(YamlFault fault) { all_.push_back(std::move(fault)); }
  // Whether something at or behind this place was found wrong.
  bool any_from(const YamlPlace& place) const;
  // Described, in the order of the file: the first 100, then how many more there are.
  std::vector<std::string> in_order() const;

 private:
  std::vector<YamlFault> all_;  // at most a few for each node
};

// Calls `each` for the pairs of a mapping whose key is a text that did not stand there before; the others are
// faults. `what`: what is expected of a key. Requires a mapping.
void each_pair(const YamlNode& mapping, const char* what, YamlFaults& faults,
               const std::function<void(const YamlNode& key, const YamlNode& value)>& each);

}  // namespace kgw
