// TermRun: for some thousands of exchanges whose keys follow one another, which of them have a term: are of a
// kiosk, bear an order's id, ended otherwise than with a plain answer. A term is 32 bits of a hash, so it may
// find one exchange too many, never one too few; whoever looks it up compares the exchange itself. The bytes
// stand in the journal: what they mean may not change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kgw {

using Term = std::uint32_t;
enum class TermKind : unsigned char {
  kiosk = 'k',
  order = 'o',
  ended = 'e',  // by the state's number
  doubt = 'd',  // answered, with another outcome than `known`; no text
};
Term term_of(TermKind kind, std::string_view text);
inline Term term_of(TermKind kind, std::int64_t number) { return term_of(kind, std::to_string(number)); }

// A run in the making.
class TermRunBuilder {
 public:
  void add(std::int64_t key) { keys_.push_back(key); }  // REQUIRES it to be greater than those before
  void note(Term term) { terms_.emplace_back(term, static_cast<std::uint16_t>(keys_.size() - 1)); }
  void note_of(std::int64_t key, Term term);  // of one that was added; otherwise nothing
  std::size_t size() const { return keys_.size(); }
  std::int64_t first() const { return keys_.front(); }
  std::int64_t last() const { return keys_.back(); }
  std::string bytes();
  void clear() { keys_.clear(), terms_.clear(); }

 private:
  std::vector<std::int64_t> keys_;
  std::vector<std::pair<Term, std::uint16_t>> terms_;
};

// What a query asks of an exchange's terms: one of each group.
using TermGroups = std::vector<std::vector<Term>>;

// The keys of a run that `groups` lets through, in order; nothing: the bytes are no run's.
std::optional<std::vector<std::int64_t>> keys_with(std::string_view run, const TermGroups& groups);

}  // namespace kgw
