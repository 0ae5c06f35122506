// CursorSeal: row numbers as shown to keys that are limited to some kiosks. An open number would reveal how
// many rows all kiosks have, an exchange's even its time; a sealed one only says where the next page begins.
// A keyed permutation of the numbers below 2^62 (four Feistel rounds over SHA-256); 0 stays 0. Pure.
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

  // Both leave the number unchanged for a caller that is not limited.
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
