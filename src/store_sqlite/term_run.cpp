#include "store_sqlite/term_run.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace kgw {
namespace {

static_assert(std::endian::native == std::endian::little, "the journal's bytes are those of this machine");

// Two numbers (keys, terms), the keys, the terms in order, and with which key each stands.
constexpr std::size_t kHeadBytes = 8;

template <class T>
T read(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

struct Run {
  std::string_view bytes;
  std::size_t keys;
  std::size_t terms;

  std::size_t terms_at() const { return kHeadBytes + 8 * keys; }
  std::int64_t key(std::size_t place) const { return read<std::int64_t>(bytes, kHeadBytes + 8 * place); }
  Term term(std::size_t i) const { return read<Term>(bytes, terms_at() + 4 * i); }
  std::uint16_t place(std::size_t i) const {
    return read<std::uint16_t>(bytes, terms_at() + 4 * terms + 2 * i);
  }
  void add_places(Term wanted, std::vector<std::uint16_t>& places) const {
    std::size_t low = 0, high = terms;
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (term(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    for (; low < terms && term(low) == wanted; ++low)
      if (place(low) < keys) places.push_back(place(low));
  }
};

}  // namespace

// FNV-1a.
Term term_of(TermKind kind, std::string_view text) {
  constexpr std::uint32_t kPrime = 16'777'619;
  std::uint32_t hash = (2'166'136'261U ^ static_cast<unsigned char>(kind)) * kPrime;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

void TermRunBuilder::note_of(std::int64_t key, Term term) {
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (at != keys_.end() && *at == key)
    terms_.emplace_back(term, static_cast<std::uint16_t>(at - keys_.begin()));
}

std::string TermRunBuilder::bytes() {
  std::sort(terms_.begin(), terms_.end());
  std::string bytes;
  bytes.reserve(kHeadBytes + 8 * keys_.size() + 6 * terms_.size());
  put(bytes, static_cast<std::uint32_t>(keys_.size()));
  put(bytes, static_cast<std::uint32_t>(terms_.size()));
  for (const std::int64_t key : keys_) put(bytes, key);
  for (const auto& [term, place] : terms_) put(bytes, term);
  for (const auto& [term, place] : terms_) put(bytes, place);
  return bytes;
}

std::optional<std::vector<std::int64_t>> keys_with(std::string_view bytes, const TermGroups& groups) {
  if (bytes.size() < kHeadBytes) return std::nullopt;
  const Run run{bytes, read<std::uint32_t>(bytes, 0), read<std::uint32_t>(bytes, 4)};
  if (bytes.size() != kHeadBytes + 8 * run.keys + 6 * run.terms) return std::nullopt;
  std::optional<std::vector<std::uint16_t>> found;
  for (const std::vector<Term>& group : groups) {
    std::vector<std::uint16_t> places;
    for (const Term term : group) run.add_places(term, places);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (found) {
      std::vector<std::uint16_t> both;
      std::set_intersection(found->begin(), found->end(), places.begin(), places.end(),
                            std::back_inserter(both));
      places = std::move(both);
    }
    found = std::move(places);
  }
  std::vector<std::int64_t> keys;
  if (found)
    for (const std::uint16_t place : *found) keys.push_back(run.key(place));
  return keys;
}

}  // namespace kgw
