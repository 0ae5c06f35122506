// Alerts: the AlertBook within the gateway. Observes events, keeps thresholds and mutes in the store, logs
// and counts, and passes news on for publishing. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "access/caller.hpp"
#include "admin/kept_settings.hpp"
#include "alerts/alert_book.hpp"
#include "callbacks/endpoint_health.hpp"
#include "gateway/device_history.hpp"
#include "log/log.hpp"
#include "net/loop.hpp"
#include "net/slices.hpp"
#include "shell/onlookers.hpp"
#include "shell/relay_shell.hpp"
#include "store/history.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"

namespace kgw {

class Alerts final : public Onlooker {
 public:
  // `dropped`: how many more there were.
  using Teller = std::function<void(std::vector<AlertNews> news, std::uint64_t dropped)>;

  // Where it finds what it needs from earlier lives.
  struct Stored {
    KeptSettings& kept;
    const Journal& journal;
    History& history;
  };
  // The end of the gateway's own certificate; nullopt: it has none.
  using OwnEnd = std::function<std::optional<WallTime>()>;
  // Registers as an onlooker of `shell`.
  Alerts(RelayShell& shell, const Stored& stored, OwnEnd own_end, Loop& loop, Slices& slices, Log& log);
  void set_teller(Teller teller) { teller_ = std::move(teller); }

  const AlertBook& book() const { return book_; }
  const AlertSettings& settings() const { return book_.settings(); }
  // Durable together with its line of the audit trail. `what`: the change, for people.
  void change(const Actor& actor, AlertSettings settings, const std::string& what, Registry::Written written);

  // Whose receivers of callbacks have begun or ceased to fail for an hour.
  void on_callbacks(const std::vector<EndpointNews>& news);

  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);
  // Passes on this turn's news.
  void end_of_turn();

  void on_kiosk_connected(const std::string& kiosk_id, std::string_view address) override;
  void on_kiosk_disconnected(const std::string& kiosk_id, std::string_view reason) override;
  void on_kiosk_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address) override;
  void on_kiosk_changed(const KioskRecord& kiosk) override;
  void on_kiosk_removed(const std::string& kiosk_id) override;
  void on_request_ended(const Reply& reply) override;
  void on_late_answer(const LateAnswer& answer) override;
  void on_request_resolved(const StoredExchange& exchange) override;
  void on_answers_overdue(const std::vector<UnclaimedAnswer>& answers) override;
  void on_answer_claimed(const RequestId& id) override { book_.on_claimed(id, loop_.now()); }
  void on_store_down(const std::string& why) override;
  void on_store_up() override;
  void on_store_weak(const std::string& why) override;

 private:
  void expect_back();
  void read_devices();
  void read_ledger(std::optional<std::int64_t> before);
  void take_ledger();
  void look_at_ends(const Now& now);
  void look_at_tokens(const Now& now);
  void look_at_certificates(const Now& now);
  void look_at_certificate(AlertBook::Certificate whose, std::optional<WallTime> ends_at, const Now& now);
  void log_new();

  RelayShell& shell_;
  KeptSettings& kept_;
  Loop& loop_;
  Slices& slices_;
  const Journal& journal_;
  History& history_;
  const OwnEnd own_end_;
  Log& log_;
  AlertBook book_;
  DeviceHistory devices_;
  Teller teller_;
  Instant ends_due_;
  std::optional<Instant> quiet_ends_;
  std::uint64_t logged_ = 0;  // number of the last alert in the log
  // The ledger of before this start, while it is read: newest first, and what was closed meanwhile.
  bool reads_ledger_ = true;
  std::vector<StoredExchange> ledger_;
  std::unordered_set<RequestId, RequestIdHash> closed_;
  std::optional<Instant> ledger_due_;  // it could not be read
};

}  // namespace kgw
