// KeySearch: a page of the keys that are valid, ordered by name, or the one with a name. Looks at some keys
// each time, so that ten thousand hold up nobody. Loop thread only.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/key_ring.hpp"
#include "core/walk.hpp"

namespace kgw {

class KeySearch {
 public:
  static constexpr std::size_t kStep = Walk::kStep / 4;

  // `name`: only keys with this name; empty: all.
  explicit KeySearch(std::string name) : name_(std::move(name)) {}

  // Looks at the next kStep keys, which count if they are valid at `now`. Returns true once it has seen all.
  bool step(const KeyRing& keys, WallTime now);

  // --- once step() has returned true
  std::size_t matching() const { return found_.size(); }
  std::vector<KeyRef> page(std::size_t skip, std::size_t count) const;

 private:
  struct ByName {
    bool operator()(const KeyRef& a, const KeyRef& b) const {
      return a->name != b->name ? a->name < b->name : a->id < b->id;
    }
  };
  const std::string name_;
  Walk walk_;
  std::set<KeyRef, ByName> found_;  // sorted while it grows: to sort all at the end would take too long
};

}  // namespace kgw
