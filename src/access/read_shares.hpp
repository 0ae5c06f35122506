// ReadShares: limits how many reads of the store each caller has in progress, so that no caller fills the
// reader's queue for all others. Loop thread only.
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
  // Hold it while the read is in progress; null: the caller has used up its share and should try again later.
  using Place = std::shared_ptr<void>;

  Place take(const Caller& caller) {
    const std::string holder = caller.holder();
    if (!shares_->take(holder)) return nullptr;
    return Place(shares_.get(), [shares = shares_, holder](void*) { shares->give_back(holder); });
  }

 private:
  // Half of the store's reads: the rest is for other parts of the gateway.
  std::shared_ptr<Shares> shares_ = std::make_shared<Shares>(limits::kStoreReadsMax / 2);
};

}  // namespace kgw
