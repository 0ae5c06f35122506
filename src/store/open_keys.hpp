// OpenKeys: the journal keys of all exchanges that have not ended, to find the lowest. Keys arrive nearly
// sorted and leave nearly in that order, so this is a sorted vector with deletion marks, compacted once more
// than half is marked: no allocation per exchange. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace kgw {

class OpenKeys {
 public:
  void insert(std::int64_t key) {
    if (keys_.empty() || key > keys_.back().key) {
      keys_.push_back({key, false});
    } else {
      const auto at = find(key);
      if (at->key != key) keys_.insert(at, {key, false});
      else if (at->gone) at->gone = false, --gone_;
      else return;
      first_ = std::min(first_, index_of(key));
    }
  }

  void erase(std::int64_t key) {
    const auto at = find(key);
    if (at == keys_.end() || at->key != key || at->gone) return;
    at->gone = true;
    ++gone_;
    while (first_ < keys_.size() && keys_[first_].gone) ++first_;
    if (gone_ * 2 > keys_.size()) sweep();
  }

  std::optional<std::int64_t> lowest() const {
    if (first_ == keys_.size()) return std::nullopt;
    return keys_[first_].key;
  }
  std::size_t size() const { return keys_.size() - gone_; }
  void clear() {
    keys_.clear();
    first_ = gone_ = 0;
  }

 private:
  struct Entry {
    std::int64_t key;
    bool gone;
  };
  using Iterator = std::vector<Entry>::iterator;
  Iterator find(std::int64_t key) {
    return std::lower_bound(keys_.begin(), keys_.end(), key,
                            [](const Entry& e, std::int64_t k) { return e.key < k; });
  }
  std::size_t index_of(std::int64_t key) { return static_cast<std::size_t>(find(key) - keys_.begin()); }
  void sweep() {
    std::erase_if(keys_, [](const Entry& e) { return e.gone; });
    first_ = gone_ = 0;
  }

  std::vector<Entry> keys_;
  std::size_t first_ = 0;  // the first that is not marked; keys_.size(): none
  std::size_t gone_ = 0;
};

}  // namespace kgw
