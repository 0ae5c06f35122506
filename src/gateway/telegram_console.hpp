// TelegramConsole: the gateway's side of the bot, using the same parts as the API: the same checks, the same
// line of the audit trail, "via telegram". Loop thread only.
#pragma once

#include <deque>
#include <string>
#include <utility>

#include "admin/key_changes.hpp"
#include "admin/kiosk_changes.hpp"
#include "admin/resolutions.hpp"
#include "gateway/alerts.hpp"
#include "live/timeouts_fit.hpp"
#include "net/loop.hpp"
#include "net/slices.hpp"
#include "shell/intake.hpp"
#include "shell/kiosk_door.hpp"
#include "store/history.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"
#include "telegram/console.hpp"

namespace kgw {

class TelegramConsole final : public telegram::Console {
 public:
  // Requires all of it to outlive the console.
  struct Rooms {
    RelayShell& shell;
    KioskDoor& door;
    KioskChanges& kiosks;
    KeyChanges& key_changes;
    Resolutions& resolutions;
    KeyRing& keys;
    Intake& intake;
    Alerts& alerts;
    KeptSettings& kept;
    Loop& loop;
    const Journal& journal;
    Registry& registry;
    History& history;
    const Metrics& metrics;
    const TimeoutsFit& timeouts;
    Slices& slices;
  };
  TelegramConsole(Rooms rooms, std::string node, bool in_redis);

  telegram::GatewayStatus status() const override;
  std::optional<telegram::KioskRow> kiosk(const std::string& id) const override;
  void kiosks(const std::string& filter, std::size_t skip, std::size_t count,
              Then<telegram::KioskPage> then) override;
  void add_kiosk(Admin admin, const std::string& id, const std::string& name,
                 Then<telegram::IssuedSecret> then) override;
  void rename_kiosk(Admin admin, const std::string& id, const std::string& name, Then<void> then) override;
  void enable_kiosk(Admin admin, const std::string& id, bool enabled, Then<void> then) override;
  void renew_token(Admin admin, const std::string& id, Then<telegram::IssuedSecret> then) override;
  void remove_kiosk(Admin admin, const std::string& id, Then<void> then) override;
  void ping(const std::string& id, Then<std::chrono::nanoseconds> then) override;
  void send(Admin admin, const std::string& kiosk_id, const std::string& operation, const std::string& body,
            std::function<void(const telegram::SendOutcome&)> then) override;
  void find_request(const RequestId& id, Then<std::optional<StoredExchange>> then) override;
  void find_requests(const std::string& kiosk_id, std::size_t count,
                     Then<std::vector<StoredExchange>> then) override;
  void find_unresolved(std::size_t count, Then<std::vector<StoredExchange>> then) override;
  void find_unclaimed(std::size_t count, Then<std::vector<StoredExchange>> then) override;
  void find_callbacks(CallbackState state, std::size_t count, Then<std::vector<StoredCallback>> then) override;
  void resolve(Admin admin, const RequestId& id, Resolution result, const std::string& note,
               Then<void> then) override;
  void find_connections(const std::string& kiosk_id, std::size_t count,
                        Then<std::vector<StoredConnection>> then) override;
  void find_audit(const std::string& target, std::size_t count, Then<std::vector<StoredAudit>> then) override;
  void keys(const std::string& name, std::size_t skip, std::size_t count,
            Then<telegram::KeyPage> then) override;
  std::optional<KeyRecord> key(const std::string& id) const override;
  void add_key(Admin admin, const std::string& name, Scope scope, Then<telegram::IssuedSecret> then) override;
  void revoke_key(Admin admin, const std::string& id, Then<void> then) override;
  std::vector<Alert> open_alerts() const override;
  const AlertSettings& alert_settings() const override { return rooms_.alerts.settings(); }
  void change_alerts(Admin admin, AlertSettings settings, const std::string& what, Then<void> then) override;
  std::string kept(const std::string& name) const override { return std::string(rooms_.kept.get(name)); }
  void keep(const std::string& name, std::string value, Then<void> then) override;
  void note(std::int64_t user, const std::string& action, const std::string& detail) override;
  // The store's lease decides who polls: whoever holds the store asks Telegram. Without Redis nobody else can
  // hold it; while Redis is unreachable another gateway may have the lease by now.
  bool may_poll() const override { return !in_redis_ || rooms_.shell.relay().store_up(); }

  // For the rate in status(): called on each tick of the wiring, every kSampleTime.
  static constexpr auto kSampleTime = std::chrono::seconds(15);
  void take_sample();

 private:
  const Kiosk* find(const std::string& id) const;
  telegram::KioskRow row_of(const Kiosk& kiosk) const;
  // Looks for something in slices; `then` learns of it only if there is no room for that.
  template <class Found>
  void look(Slices::Piece piece, const Then<Found>& then);
  static Actor actor(std::int64_t user) { return {"telegram:" + std::to_string(user), "telegram", {}}; }

  Rooms rooms_;
  const std::string node_;
  const bool in_redis_;
  const Instant started_;
  std::deque<std::pair<Instant, std::uint64_t>> samples_;  // requests that had ended, over the last minute
};

}  // namespace kgw
