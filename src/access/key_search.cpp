#include "access/key_search.hpp"

namespace kgw {

bool KeySearch::step(const KeyRing& keys, WallTime now) {
  const auto see = [&](const KeyRef& key) {
    if (is_valid(*key, now) && (name_.empty() || key->name == name_)) found_.insert(key);
  };
  return walk_.step(keys, see, kStep);
}

std::vector<KeyRef> KeySearch::page(std::size_t skip, std::size_t count) const {
  std::vector<KeyRef> rows;
  for (const KeyRef& key : found_) {
    if (skip > 0) --skip;
    else if (rows.size() < count) rows.push_back(key);
    else break;
  }
  return rows;
}

}  // namespace kgw
