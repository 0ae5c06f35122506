// What ClaimIndex keeps of a claim (an Idempotency-Key, or an order): 8 bytes of its digest and the id of its
// row. Many of them, sorted, are a run; a run is stored in blocks that fit a page of the database each. An
// entry is a hint: whose claim it is, the row says, in full. Pure. The bytes are stored in the journal: their
// meaning must not change.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kgw {

struct ClaimEntry {
  std::uint64_t prefix;  // the digest's first 8 bytes, as a big-endian number
  std::int64_t id;       // RequestId::journal_key()

  friend auto operator<=>(const ClaimEntry&, const ClaimEntry&) = default;
};

std::uint64_t prefix_of(const Digest& key);
// REQUIRES at least 8 bytes.
std::uint64_t prefix_of(std::string_view key);

// Where a block stands: the run's number, then the upper 40 bits of the first prefix in it. So the block that a
// prefix belongs to is the one with the highest place that is not above the prefix's own.
inline constexpr int kClaimPlaceBits = 40;
inline constexpr std::int64_t kClaimRunsMax = std::int64_t{1} << 22;  // numbers are below this, and above 0
constexpr std::int64_t claim_place(std::int64_t run, std::uint64_t prefix) {
  return run << kClaimPlaceBits | static_cast<std::int64_t>(prefix >> (64 - kClaimPlaceBits));
}
constexpr std::int64_t run_at(std::int64_t place) { return place >> kClaimPlaceBits; }

// A block being filled. It ends only between two entries whose places differ: all entries with one place are in
// one block, whatever digests somebody makes up, and looking into one block is enough.
class ClaimBlock {
 public:
  static constexpr std::size_t kEntries = 252;  // 4,032 bytes: with SQLite's own, one page

  // Whether `next` belongs into a block of its own. REQUIRES an entry that is not below the last one.
  bool ends_before(const ClaimEntry& next) const {
    return size_ >= kEntries && claim_place(0, next.prefix) != claim_place(0, last_.prefix);
  }
  void add(const ClaimEntry& entry);
  std::size_t size() const { return size_; }
  std::uint64_t first() const { return first_; }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(), size_ = 0; }

 private:
  std::string bytes_;
  std::size_t size_ = 0;
  std::uint64_t first_ = 0;
  ClaimEntry last_{};
};

// What may be the bytes of a block.
class ClaimBlockView {
 public:
  explicit ClaimBlockView(std::string_view bytes) : bytes_(bytes) {}
  // False: these bytes are none.
  bool whole() const { return !bytes_.empty() && bytes_.size() % sizeof(ClaimEntry) == 0; }
  // REQUIRES whole(), as all that follows.
  std::size_t size() const { return bytes_.size() / sizeof(ClaimEntry); }
  ClaimEntry at(std::size_t place) const;
  // Adds the ids that stand with `prefix`.
  void add_ids(std::uint64_t prefix, std::vector<std::int64_t>& ids) const;

 private:
  std::string_view bytes_;
};

// Says for sure that a run has no entry with a prefix; wrongly that it may have one in some 12 of 1,000
// cases. 1.5 bytes an entry.
class ClaimFilter {
 public:
  ClaimFilter() = default;  // none: a run may have everything
  explicit ClaimFilter(std::size_t entries) : words_(bytes_for(entries) / 8) {}
  static constexpr std::size_t bytes_for(std::size_t entries) { return (entries * 3 / 16 + 1) * 8; }

  explicit operator bool() const { return !words_.empty(); }
  void add(std::uint64_t prefix) { words_[word_of(prefix)] |= bits_of(prefix); }
  bool may_have(std::uint64_t prefix) const {
    const std::uint64_t bits = bits_of(prefix);
    return words_.empty() || (words_[word_of(prefix)] & bits) == bits;
  }
  std::size_t bytes() const { return words_.size() * 8; }

 private:
  // The word by the upper half, four bits of it by the lower: a digest's bits have nothing to do with each
  // other.
  std::size_t word_of(std::uint64_t prefix) const { return ((prefix >> 32) * words_.size()) >> 32; }
  static std::uint64_t bits_of(std::uint64_t prefix) {
    const auto bit = [prefix](int from) { return std::uint64_t{1} << (prefix >> from & 63); };
    return bit(0) | bit(6) | bit(12) | bit(18);
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace kgw
