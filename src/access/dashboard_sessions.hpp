// DashboardSessions: who is logged in to the dashboard, and the one-time codes that log in. In memory only, so
// a restart logs all out; bounded, with a share for each key, whose own oldest goes first. A session is as good
// as its key: when that is revoked or past its time, the session is over. Loop thread only.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "base/random.hpp"
#include "wire/jwt.hpp"

namespace kgw {

class DashboardSessions {
 public:
  struct Session {
    std::uint64_t number = 0;  // never reused
    std::string csrf;          // what a write must bring along
    Caller caller;
  };
  // `text` is told once: the cookie's value, or the code in a link.
  struct Issued {
    std::string text;
    std::string csrf;  // of a session
    WallTime expires_at{};
    std::uint64_t session = 0;
  };

  // `random` must be fit for secrets. Both outlive this.
  DashboardSessions(const KeyRing& keys, Random& random) : keys_(keys), random_(random) {}

  Issued open(const Caller& caller, WallTime now);
  Issued make_code(const Caller& caller, WallTime now);
  // Whom the code stands for; it is used up. Nothing: unknown, used, too old, or its key is gone.
  std::optional<Caller> redeem(std::string_view code, WallTime now);

  // Nothing: no such session, or it is over.
  std::optional<Session> find(std::string_view cookie, WallTime now) const;
  bool alive(std::uint64_t number, WallTime now) const;
  void close(std::uint64_t number);
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Entry {
    TokenDigest digest{};  // of the cookie, or of the code: neither is kept
    std::uint64_t number = 0;
    std::string csrf;
    std::string key_id;  // empty: the admin key
    WallTime expires_at{};
  };
  using Entries = std::list<Entry>;  // the oldest first

  Entry& add(Entries& entries, std::size_t most, const Caller& caller, std::string_view secret, WallTime ends,
             WallTime now);
  // The caller that the entry stands for at `now`; nothing: not any more.
  std::optional<Caller> caller_of(const Entry& entry, WallTime now) const;
  static void make_room(Entries& entries, std::size_t most, const std::string& key_id);
  std::string secret_text();

  const KeyRing& keys_;
  Random& random_;
  Entries sessions_;
  Entries codes_;
  std::uint64_t numbers_ = 0;
};

}  // namespace kgw
