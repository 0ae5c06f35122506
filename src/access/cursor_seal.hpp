// CursorSeal: numbers of rows as a key that is limited to some kiosks gets them. In the open they count the
// rows of all kiosks, and an exchange's tells when it was made; sealed, they only say where a page goes on. A
// permutation of the numbers below 2^62 by a secret (four Feistel rounds over SHA-256); 0 stays 0. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/caller.hpp"

namespace kgw {

class CursorSeal {
 public:
  explicit CursorSeal(std::string_view secret) : secret_(secret) {}

  // For this caller; the number itself for one who may know of all kiosks.
  std::int64_t seal(const Caller& caller, std::int64_t number) const {
    return caller.limited() ? permuted(number, false) : number;
  }
  std::int64_t open(const Caller& caller, std::int64_t number) const {
    return caller.limited() ? permuted(number, true) : number;
  }
  std::optional<std::int64_t> seal(const Caller& caller, std::optional<std::int64_t> number) const {
    return number ? std::optional(seal(caller, *number)) : number;
  }
  std::optional<std::int64_t> open(const Caller& caller, std::optional<std::int64_t> number) const {
    return number ? std::optional(open(caller, *number)) : number;
  }

 private:
  std::int64_t permuted(std::int64_t number, bool back) const;
  std::uint64_t round(unsigned number, std::uint64_t half) const;

  const std::string secret_;
};

}  // namespace kgw
