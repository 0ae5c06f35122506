// Trace: the fingerprint of a run (the same seed gives the same one) and, when asked for, its lines for a
// human.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "time_line.hpp"

namespace kgw::sim {

// A rule was broken.
struct Violation {
  std::string rule;
  RequestId id;  // zero: it concerns no single exchange
  std::string what;
};

class Trace {
 public:
  struct Line {
    Time at;
    RequestId id;
    std::string text;
  };

  explicit Trace(bool keep) : keep_(keep) {}
  bool keeps() const { return keep_; }
  std::uint64_t fingerprint() const { return hash_; }

  void mix(std::uint64_t value) { hash_ = std::rotl((hash_ ^ value) * 0x9e3779b97f4a7c15, 29); }
  void mix(std::string_view text) {
    mix(text.size());
    for (const char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  void mix(const RequestId& id) {
    std::uint64_t halves[2];
    std::memcpy(halves, id.bytes.data(), sizeof halves);
    mix(halves[0]);
    mix(halves[1]);
  }
  // `compose` makes the text, only when somebody will read it.
  template <class Compose>
  void line(Time at, const RequestId& id, Compose compose) {
    if (keep_) lines_.push_back({at, id, compose()});
  }
  const std::vector<Line>& lines() const { return lines_; }

 private:
  bool keep_;
  std::uint64_t hash_ = 0x243f6a8885a308d3;
  std::vector<Line> lines_;
};

}  // namespace kgw::sim
