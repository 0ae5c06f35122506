// ReadShares: how many looks at the store each caller has under way, so that nobody's fill the reader's queue
// for all others. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"

namespace kgw {

class ReadShares {
 public:
  static constexpr std::string_view kTooMany =
      "Too many of this caller's reads are waiting for the store; wait for some to finish, then try again.";
  // Held for as long as the read is under way; null: the caller has its share, and is to come again.
  using Place = std::shared_ptr<void>;

  Place take(const Caller& caller) {
    const std::string holder = caller.holder();
    if (!shares_->take(holder)) return nullptr;
    return Place(shares_.get(), [shares = shares_, holder](void*) { shares->give_back(holder); });
  }

 private:
  // What other parts of the gateway ask for has room beside it.
  std::shared_ptr<Shares> shares_ = std::make_shared<Shares>(limits::kStoreReadsMax / 2);
};

}  // namespace kgw
