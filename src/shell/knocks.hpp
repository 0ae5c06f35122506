// Knocks: handshakes that wait for the Relay's word. Most have it at once; those that are held while an old
// connection is probed share their number per network, so that one network can't hold all of them. Loop thread
// only.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/limits.hpp"
#include "base/shares.hpp"
#include "core/effects.hpp"

namespace kgw {

struct Knock {
  std::string kiosk_id;
  std::string accept;
  std::string address;
  std::string network;  // of that address; holds its share
  std::string agent_version;
  bool v2 = false;  // it offers the protocol of that name
};

class Knocks {
 public:
  void add(KnockId id, Knock knock) { knocks_.try_emplace(id, Entry{std::move(knock), false}); }
  // Call when the Relay has heard of it. Returns false if it has no answer yet and its network has no share
  // left.
  bool may_wait(KnockId id) {
    const auto found = knocks_.find(id);
    if (found == knocks_.end() || found->second.held) return true;
    return found->second.held = shares_.take(found->second.knock.network);
  }
  // Ends it; nothing if there is none.
  std::optional<Knock> take(KnockId id) {
    auto entry = knocks_.extract(id);
    if (entry.empty()) return std::nullopt;
    if (entry.mapped().held) shares_.give_back(entry.mapped().knock.network);
    return std::move(entry.mapped().knock);
  }

 private:
  struct Entry {
    Knock knock;
    bool held;
  };
  std::unordered_map<KnockId, Entry> knocks_;
  Shares shares_{limits::kKnocksMax, 9};
};

}  // namespace kgw
