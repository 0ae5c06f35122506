// DashboardSessions: sessions of the dashboard, and the one-time codes for logging in. In memory only, so a
// restart logs everyone out; bounded, with a share per key, which loses its own oldest first. A session is
// only valid as long as its key: it ends when that is revoked or expires. Loop thread only.
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
    std::string csrf;          // required with every write
    Caller caller;
  };
  // `text` is available only here: the cookie's value, or the code in a link.
  struct Issued {
    std::string text;
    std::string csrf;  // of a session
    WallTime expires_at{};
    std::uint64_t session = 0;
  };

  // Requires both to outlive this, and `random` to be fit for secrets.
  DashboardSessions(const KeyRing& keys, Random& random) : keys_(keys), random_(random) {}

  // Opens a session for limits::kSessionTime.
  Issued open(const Caller& caller, WallTime now);
  // Issues a one-time code for limits::kLoginCodeTime.
  Issued make_code(const Caller& caller, WallTime now);
  // Uses up the code and returns whom it stands for; nullopt if it is unknown, used, expired, or its key is
  // not valid.
  std::optional<Caller> redeem(std::string_view code, WallTime now);

  // Returns nullopt if there is no such session, or it has ended.
  std::optional<Session> find(std::string_view cookie, WallTime now) const;
  bool alive(std::uint64_t number, WallTime now) const;
  void close(std::uint64_t number);
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Entry {
    TokenDigest digest{};  // of the cookie or the code, which are not stored
    std::uint64_t number = 0;
    std::string csrf;
    std::string key_id;  // empty: the admin key
    WallTime expires_at{};
  };
  using Entries = std::list<Entry>;  // oldest first

  Entry& add(Entries& entries, std::size_t most, const Caller& caller, std::string_view secret, WallTime ends,
             WallTime now);
  // Returns the caller that the entry stands for, or nullopt if it has expired or its key is not valid.
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
