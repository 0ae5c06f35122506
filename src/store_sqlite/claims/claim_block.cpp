#include "store_sqlite/claims/claim_block.hpp"

#include <bit>
#include <cstring>

namespace kgw {

static_assert(std::endian::native == std::endian::little, "the journal's bytes are those of this machine");
static_assert(sizeof(ClaimEntry) == 16, "an entry's bytes are its two numbers");

std::uint64_t prefix_of(const Digest& key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | key[i];
  return prefix;
}

std::uint64_t prefix_of(std::string_view key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | static_cast<unsigned char>(key[i]);
  return prefix;
}

void ClaimBlock::add(const ClaimEntry& entry) {
  if (size_++ == 0) first_ = entry.prefix;
  last_ = entry;
  bytes_.append(reinterpret_cast<const char*>(&entry), sizeof entry);
}

ClaimEntry ClaimBlockView::at(std::size_t place) const {
  ClaimEntry entry;
  std::memcpy(&entry, bytes_.data() + place * sizeof entry, sizeof entry);
  return entry;
}

void ClaimBlockView::add_ids(std::uint64_t prefix, std::vector<std::int64_t>& ids) const {
  std::size_t low = 0, high = size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle).prefix < prefix) low = middle + 1;
    else high = middle;
  }
  for (; low < size() && at(low).prefix == prefix; ++low) ids.push_back(at(low).id);
}

}  // namespace kgw
