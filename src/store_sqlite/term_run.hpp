// TermRun: for some thousands of exchanges with consecutive keys, which of them have a term: belong to a
// kiosk, have an order id, ended otherwise than with a plain answer. A term is 32 bits of a hash, so a search
// may find an exchange too many, but never one too few; the caller compares the exchange itself. The bytes
// are stored in the journal: their meaning must not change.
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
  doubt = 'd',  // answered, with an outcome other than `known`; no text
};
Term term_of(TermKind kind, std::string_view text);
inline Term term_of(TermKind kind, std::int64_t number) { return term_of(kind, std::to_string(number)); }

// A run being built.
class TermRunBuilder {
 public:
  void add(std::int64_t key) { keys_.push_back(key); }  // requires a key above all earlier ones
  void note(Term term) { terms_.emplace_back(term, static_cast<std::uint16_t>(keys_.size() - 1)); }
  void note_of(std::int64_t key, Term term);  // does nothing if `key` was not added
  std::size_t size() const { return keys_.size(); }
  std::int64_t first() const { return keys_.front(); }
  std::int64_t last() const { return keys_.back(); }
  std::string bytes();
  void clear() { keys_.clear(), terms_.clear(); }

 private:
  std::vector<std::int64_t> keys_;
  std::vector<std::pair<Term, std::uint16_t>> terms_;
};

// What a query requires of an exchange's terms: one of each group.
using TermGroups = std::vector<std::vector<Term>>;

// Returns the keys in a run that match `groups`, in order; nullopt if the bytes are not a valid run.
std::optional<std::vector<std::int64_t>> keys_with(std::string_view run, const TermGroups& groups);

}  // namespace kgw
