// Console: everything that the bot may ask of the gateway; gateway/ implements it, tests have their own.
// Callbacks run on the loop, now or later, exactly once, or never if the gateway ends first. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alert.hpp"
#include "alerts/alert_settings.hpp"
#include "alerts/misfit_timeouts.hpp"
#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw::telegram {

struct KioskRow {
  KioskRecord record;
  std::optional<WallTime> online_since;  // nullopt: offline
  std::string address;
  std::string agent_version;  // empty: offline, or not our agent
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
};

struct KioskPage {
  std::vector<KioskRow> rows;  // online ones first, then by id
  std::size_t matching = 0;
  std::size_t online = 0;  // of the matching ones
};

struct KeyPage {
  std::vector<KeyRecord> rows;
  std::size_t matching = 0;
};

struct GatewayStatus {
  std::string version;
  std::string node;
  std::chrono::seconds uptime{};
  std::size_t online = 0;
  std::size_t kiosks = 0;
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
  std::uint64_t requests = 0;  // since the start
  std::uint64_t answers = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t refused = 0;
  std::uint64_t late_answers = 0;
  std::size_t unknown_payments = 0;  // open alerts
  double per_second = 0;             // over the last minute or so
  std::optional<double> p50_seconds;
  std::optional<double> p99_seconds;
  bool in_redis = false;
  std::string durability;       // "strict", "weak", "off"
  std::string trouble;          // of the store; empty: none
  std::vector<Misfit> misfits;  // timeouts that are the wrong way round
};

struct IssuedSecret {
  std::string about;  // id of the kiosk or key
  std::string text;   // shown once
  std::optional<WallTime> expires_at;
};

struct SendOutcome {
  RequestId id;                // zero: nothing was sent
  std::optional<Fault> fault;  // nullopt: the kiosk answered
  std::string answer;          // the kiosk's bytes
  std::chrono::milliseconds took{};
};

class Console {
 public:
  template <class T>
  using Then = std::function<void(const Result<T>&)>;
  using Admin = std::int64_t;  // Telegram user id of the requester, for the audit trail

  virtual ~Console() = default;

  virtual GatewayStatus status() const = 0;
  virtual std::optional<KioskRow> kiosk(const std::string& id) const = 0;
  // `filter`: part of an id or a name, ignoring ASCII case.
  virtual void kiosks(const std::string& filter, std::size_t skip, std::size_t count, Then<KioskPage> then) = 0;

  virtual void add_kiosk(Admin admin, const std::string& id, const std::string& name,
                         Then<IssuedSecret> then) = 0;
  virtual void rename_kiosk(Admin admin, const std::string& id, const std::string& name, Then<void> then) = 0;
  virtual void enable_kiosk(Admin admin, const std::string& id, bool enabled, Then<void> then) = 0;
  virtual void renew_token(Admin admin, const std::string& id, Then<IssuedSecret> then) = 0;
  virtual void remove_kiosk(Admin admin, const std::string& id, Then<void> then) = 0;
  virtual void ping(const std::string& id, Then<std::chrono::nanoseconds> then) = 0;
  // Like POST /send, after an entry in the audit trail.
  virtual void send(Admin admin, const std::string& kiosk_id, const std::string& operation,
                    const std::string& body, std::function<void(const SendOutcome&)> then) = 0;

  virtual void find_request(const RequestId& id, Then<std::optional<StoredExchange>> then) = 0;
  virtual void find_requests(const std::string& kiosk_id, std::size_t count,
                             Then<std::vector<StoredExchange>> then) = 0;
  // Payments and others whose outcome nobody knows yet, newest first.
  virtual void find_unresolved(std::size_t count, Then<std::vector<StoredExchange>> then) = 0;
  // Answers that their callers may not have got, newest first.
  virtual void find_unclaimed(std::size_t count, Then<std::vector<StoredExchange>> then) = 0;
  // Closes one of either; faults as in Resolutions.
  virtual void resolve(Admin admin, const RequestId& id, Resolution result, const std::string& note,
                       Then<void> then) = 0;
  // In this state, those first owed first; their URLs may hold secrets.
  virtual void find_callbacks(CallbackState state, std::size_t count,
                              Then<std::vector<StoredCallback>> then) = 0;
  virtual void find_connections(const std::string& kiosk_id, std::size_t count,
                                Then<std::vector<StoredConnection>> then) = 0;
  virtual void find_audit(const std::string& target, std::size_t count,
                          Then<std::vector<StoredAudit>> then) = 0;

  // Active ones, by name. `name`: only those with this name; empty: all.
  virtual void keys(const std::string& name, std::size_t skip, std::size_t count, Then<KeyPage> then) = 0;
  virtual std::optional<KeyRecord> key(const std::string& id) const = 0;  // an active one
  // `scope`: send or read, never admin.
  virtual void add_key(Admin admin, const std::string& name, Scope scope, Then<IssuedSecret> then) = 0;
  virtual void revoke_key(Admin admin, const std::string& id, Then<void> then) = 0;

  virtual std::vector<Alert> open_alerts() const = 0;  // newest first
  virtual const AlertSettings& alert_settings() const = 0;
  virtual void change_alerts(Admin admin, AlertSettings settings, const std::string& what, Then<void> then) = 0;

  // What the bot keeps across restarts, by name ("telegram.update"); "" if there is none.
  virtual std::string kept(const std::string& name) const = 0;
  virtual void keep(const std::string& name, std::string value, Then<void> then) = 0;
  // Adds a line to the audit trail; no confirmation.
  virtual void note(std::int64_t user, const std::string& action, const std::string& detail) = 0;
  // True if this gateway is the one of its store that asks Telegram for updates.
  virtual bool may_poll() const = 0;
};

}  // namespace kgw::telegram
