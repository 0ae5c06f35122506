// Access: who may do what (PROTOCOL.md 5), with the one admin key there is so far. Credentials are verified
// first; what fails is rate-limited per address, so that a valid key is never refused for others' failures.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"
#include "wire/jwt.hpp"

namespace kgw {



// Failures by address: a token bucket each, a bounded number of them (the longest unused goes first).
class FailureLimiter {
 public:
  static constexpr std::size_t kAddressesMax = 10'000;
  static constexpr double kBurst = 20;
  static constexpr double kPerSecond = 1;

  // Counts one failure. False: this address has had too many; answer rate_limited.
  bool allow(const std::string& address, Instant now);

 private:
  struct Bucket {
    std::string address;
    double left = kBurst;
    Instant at{};
  };
  std::list<Bucket> by_use_;  // the most recent first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator>
      buckets_;  // keys point into the list's nodes
};

class Access {
 public:
  struct Settings {
    std::string admin_key;
    bool open_send = false;    // ALLOW_UNAUTHENTICATED_SEND
    bool trust_proxy = false;  // TRUST_PROXY
  };
  explicit Access(const Settings& settings);

  // Ok, or the fault to answer with: unauthorized, rate_limited.
  Result<void> check(const HttpRequest& request, Scope scope, Instant now);
  // The admin key stands in Authorization.
  bool is_admin(const HttpHead& head) const;
  // A failed kiosk token: unauthorized as given, or rate_limited.
  ErrorCode failed(const HttpRequest& request, ErrorCode code, Instant now);
  // The peer's address, or X-Real-IP's with TRUST_PROXY.
  std::string address(const HttpRequest& request) const;

 private:
  Result<void> check_without_key(const HttpRequest& request, Scope scope) const;
  TokenDigest admin_key_;
  bool open_send_;
  bool trust_proxy_;
  FailureLimiter failures_;
};

// True for a call from this machine that no proxy passed on and no foreign page made.
bool is_local_call(const HttpRequest& request);
// The credential of `Authorization: Bearer KEY`; nullopt when there is none.
std::optional<std::string_view> bearer(const HttpHead& head);

}  // namespace kgw
