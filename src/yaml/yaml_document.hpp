// YamlDocument: a YAML file of ours (rules, routes) as a tree that knows where each part stands, so that
// whoever reads it can name line and column. For files that operators write, not for what comes over the wire;
// bounded all the same. No state, on the caller's thread.
//
// Less than YAML: one document; no aliases (they make a small file a huge tree), so `*name` is a fault; tags
// are passed over. A scalar is its text, whatever YAML would make of it: 007, yes, 1e3 and "1e3" stay as they
// are written. Only an empty one, ~ and null without quotes are `null`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

// Both from 1; the column in characters.
struct YamlPlace {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string text;  // of a scalar, escapes resolved
  std::vector<YamlNode>
      items;  // of a mapping: key, value, key, value, as they are written, twice where they are
  YamlPlace place;
};

struct YamlFault {
  YamlPlace place;
  std::string text;  // a sentence without its full stop
};
std::string describe(const YamlFault& fault);  // "line 3, column 5: ..."

struct YamlBounds {
  std::size_t nodes_max = 100'000;
  std::size_t depth_max = 16;  // at most 400: yaml-cpp's own guard
};

struct YamlDocument {
  YamlNode root;  // null: an empty file
  // The first thing that is wrong with the text as YAML; then `root` is of no use.
  std::optional<YamlFault> fault;
};

// `text` is the whole file; a byte order mark and CRLF are allowed. Linear time but for pathological texts:
// bound its size.
YamlDocument read_yaml(std::string_view text, const YamlBounds& bounds = {});

}  // namespace kgw
