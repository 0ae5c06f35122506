// KioskChanges: operators' changes of kiosks, whoever asks (the admin API, the demo, the bot): add, import,
// change, new token, remove. Each is durable, together with its line of the audit trail, before the Relay
// applies it and before it is reported. Loop thread only; callbacks run exactly once, now or later.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "admin/change_queue.hpp"
#include "admin/kiosk_form.hpp"
#include "base/random.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "shell/relay_shell.hpp"
#include "store/registry.hpp"
#include "wire/jwt.hpp"

namespace kgw {

// A kiosk that was added or got a new token; the token is shown only once.
struct IssuedToken {
  std::string kiosk_id;
  std::string title;
  std::string token;
  WallTime expires_at{};
};

class KioskChanges {
 public:
  KioskChanges(const Config& config, RelayShell& shell, const TokenAuthority& tokens, Random& random,
               const Changing& with);

  using Issued = std::function<void(const Result<IssuedToken>&)>;
  using Done = std::function<void(const Result<void>&)>;
  struct Imported {
    std::vector<IssuedToken> added;  // `token` is empty for those that came with their own
    std::size_t existing = 0;        // left unchanged
  };
  using ImportDone = std::function<void(const Result<Imported>&)>;

  // Faults: already_exists, overloaded (too many kiosks), invalid_argument (its own token is not valid here),
  // store_unavailable.
  void add(const Actor& actor, KioskForm form, Issued callback);
  // Adds all kiosks that do not exist yet, or none.
  void import(const Actor& actor, std::vector<KioskForm> forms, ImportDone callback);
  // Faults of the next three: kiosk_not_found, store_unavailable.
  void change(const Actor& actor, const std::string& id, KioskForm form, const Done& callback);
  void renew_token(const Actor& actor, const std::string& id, bool force, const Issued& callback);
  void remove(const Actor& actor, const std::string& id, bool force, const Done& callback);

  // Applies what was made durable elsewhere to the Relay and reports it to the onlookers.
  void put_in_place(const KioskRecord& record, std::string_view event, std::string_view by, bool force) const;

  // Makes a token that the kiosk already has its current one. It must be valid at the kiosks' door, except
  // that it may have expired. Fault: invalid_argument.
  Result<void> take_token(KioskRecord& record, const std::string& token) const;

  // For `demo`: adds the kiosk, or renews the token of one with the same title; one with another title is
  // left alone (already_exists).
  void ensure(const std::string& id, std::string_view title, const Issued& callback);

 private:
  // What becomes durable in one step, and is then applied to the Relay.
  struct Work {
    std::vector<KioskRecord> kiosks;
    std::string event;   // in the log and in the audit trail
    std::string detail;  // in the audit trail
    bool force = false;
  };
  // Queues the change; calls `fail` with overloaded if too many are waiting.
  void queue(ChangeQueue::Change change, const std::function<void(const Fault&)>& fail);
  // Makes the work durable, applies it and ends the change.
  void write(const Actor& actor, Work work, Done then);
  Result<IssuedToken> issue(KioskRecord& record, const std::string& given_token) const;
  KioskRecord fresh(const KioskForm& form) const;
  const Kiosk* find(const std::string& id) const;

  const Config& config_;
  RelayShell& shell_;
  const TokenAuthority& tokens_;
  Random& random_;
  const Changing with_;
};

}  // namespace kgw
