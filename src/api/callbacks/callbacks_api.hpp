// The API for callbacks (PROTOCOL.md 1.4): what is owed and what became of it, dead letters sent again, and the
// secrets that callbacks are signed with. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "admin/reading.hpp"
#include "admin/webhook_secrets.hpp"
#include "store/registry.hpp"

namespace kgw {

class CallbacksApi {
 public:
  struct Parts {
    Registry& registry;
    WebhookSecrets& secrets;
    const Access& access;
    Loop& loop;
    std::function<void()> replayed;  // called when something is owed anew
  };
  CallbacksApi(const Reading& by, Parts parts) : by_(by), parts_(std::move(parts)) {}

  // GET /api/callbacks. A caller with only scope send sees its owner's, a limited one those of its kiosks.
  void list(const HttpRequest& request, const Caller& caller);
  // POST /api/callbacks/replay {"id"} or {"since"}: dead letters become owed again, from now on for
  // limits::kCallbackTime. Answers how many, once that is durable.
  void replay(const HttpRequest& request, const Caller& caller);

  // GET /api/webhook-secrets, and below it. For admins of all kiosks.
  void secrets(HttpCallId call);
  void make_secret(const HttpRequest& request, const std::string& owner, const Caller& caller);
  void remove_secret(const HttpRequest& request, const std::string& owner, const Caller& caller);
  void end_previous_secret(const HttpRequest& request, const std::string& owner, const Caller& caller);

 private:
  // A replay in progress.
  struct Replay {
    HttpCallId call{};
    Actor actor;
    CallbacksQuery query;
    std::optional<std::uint32_t> n;     // of the one that is meant
    std::vector<CallbackState> states;  // still to be walked through
    std::size_t count = 0;              // made owed again
    std::string what;                   // for the audit trail
    std::shared_ptr<void> place;
  };
  void see(const Caller& caller, CallbacksQuery& query) const;
  void replay_page(const std::shared_ptr<Replay>& replay);
  void replay_rows(const std::shared_ptr<Replay>& replay, const Page<StoredCallback>& page);
  void replay_done(const Replay& replay, bool more);

  const Reading by_;
  const Parts parts_;
};

// The member "callback" of GET /requests/{id}: null, or its URL without what may be secret in it, and its
// state.
std::string callback_json(const StoredExchange& exchange);

}  // namespace kgw
