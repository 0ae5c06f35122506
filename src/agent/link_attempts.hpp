// LinkAttempts: which of the gateway's addresses a link tries next, and after how long. The addresses are in
// order: the next one when one is dead or stalls, the first one again after a connection that was good. Has
// neither clock nor timer. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

class LinkAttempts {
 public:
  // A connection that lasted this long was good: the waits begin anew.
  static constexpr Milliseconds kStable = std::chrono::minutes(1);
  // More than this is not waited, whatever a Retry-After says: it may be a proxy's.
  static constexpr Milliseconds kRetryAfterMax = std::chrono::minutes(5);

  struct Settings {
    std::size_t addresses = 1;  // at least one
    // After the n-th round through all addresses: a random time up to first * 2^n, but never over `most`.
    // Before another address of the same round: a random time up to `first`.
    Milliseconds first{1'000}, most{60'000};
    Milliseconds disabled{10'000};  // a kiosk that is disabled asks again this often
  };
  // How an attempt, or a connection, ended.
  struct End {
    Instant now{};
    std::optional<Milliseconds> lasted{};       // a connection; nullopt: there was none
    bool stalled = false;                       // it fell silent
    unsigned http_status = 0;                   // of a refused upgrade, else 0
    std::optional<Milliseconds> retry_after{};  // that the refusal asked for
  };
  struct Next {
    std::size_t address = 0;
    Milliseconds wait{0};
  };

  explicit LinkAttempts(const Settings& settings)
      : settings_(settings), backoff_(settings.first, settings.most), not_before_(settings.addresses) {}

  std::size_t address() const { return address_; }
  // Returns what to try next; address() is it from now on.
  Next after(const End& end, Random& random);

 private:
  Next choose(Instant now, Milliseconds wait);

  const Settings settings_;
  Backoff backoff_;
  std::size_t address_ = 0;
  std::size_t failed_ = 0;           // attempts since the last good connection
  std::vector<Instant> not_before_;  // of each address
};

}  // namespace kgw
