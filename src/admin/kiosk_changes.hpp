// KioskChanges: what operators do to kiosks, whoever asks for it (the admin API, the demo; later the bot):
// add, import, change, new token, remove. Each change is durable together with its line of the audit trail
// before the Relay hears of it and before it is told. Loop thread only; callbacks come later, from the loop or
// from the store's poll(), exactly once.
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
#include "wire/jwt.hpp"

namespace kgw {

// A kiosk that was added or given a new token; the token is shown once.
struct IssuedToken {
  std::string kiosk_id;
  std::string title;
  std::string token;
  WallTime expires_at{};
};

class KioskChanges {
 public:
  KioskChanges(const Config& config, ChangeQueue& queue, RelayShell& shell, const TokenAuthority& tokens,
               Random& random, Loop& loop, Store& store, Log& log);

  using Issued = std::function<void(const Result<IssuedToken>&)>;
  using Done = std::function<void(const Result<void>&)>;
  struct Imported {
    std::vector<IssuedToken> added;  // `token` is empty for those that came with their own
    std::size_t existing = 0;        // left as they were
  };
  using ImportDone = std::function<void(const Result<Imported>&)>;

  // Faults: already_exists, overloaded (too many kiosks), invalid_argument (its own token is not ours),
  // store_unavailable.
  void add(const Actor& actor, KioskForm form, Issued callback);
  // All or none of those that are not there yet.
  void import(const Actor& actor, std::vector<KioskForm> forms, ImportDone callback);
  // Faults of these three: kiosk_not_found, store_unavailable.
  void change(const Actor& actor, const std::string& id, KioskForm form, Done callback);
  void renew_token(const Actor& actor, const std::string& id, bool force, Issued callback);
  void remove(const Actor& actor, const std::string& id, bool force, Done callback);

  // What was made durable elsewhere: from now on the Relay, the figures and whoever looks on know it.
  void put_in_place(const KioskRecord& record, std::string_view event, std::string_view by, bool force) const;

  // Makes a token that the kiosk has already its current one; its signature must be ours and the kiosk right,
  // it may have expired: else as the kiosks' door has it. Fault: invalid_argument.
  Result<void> take_token(KioskRecord& record, const std::string& token) const;

  // For `demo`: adds the kiosk, or gives one that bears the same title a new token; one with another title is
  // not touched (already_exists).
  void ensure(const std::string& id, std::string_view title, Issued callback);

 private:
  // What becomes durable in one go, and what the Relay then hears.
  struct Work {
    std::vector<KioskRecord> kiosks;
    std::string event;   // of the log and of the audit trail
    std::string detail;  // of the audit trail
    bool force = false;
  };
  // Queues; `fail` gets overloaded when too many wait.
  void queue(ChangeQueue::Change change, const std::function<void(const Fault&)>& fail);
  void write(const Actor& actor, Work work, Done then);  // ends the change
  Result<IssuedToken> issue(KioskRecord& record, const std::string& given_token) const;
  KioskRecord fresh(const KioskForm& form) const;
  const Kiosk* find(const std::string& id) const;

  const Config& config_;
  ChangeQueue& queue_;
  RelayShell& shell_;
  const TokenAuthority& tokens_;
  Random& random_;
  Loop& loop_;
  Store& store_;
  Log& log_;
};

}  // namespace kgw
