// AlertBook: decides what people should look at. Events and the time go in, alerts come out: each is raised
// once, however often its cause recurs, and ended once. Pure: no clock, no I/O. Bounded: beyond
// limits::kAlertsMax the oldest rows are dropped, beyond limits::kAlertNewsMax news is only counted.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerts/alert.hpp"
#include "alerts/alert_settings.hpp"
#include "alerts/failing_devices.hpp"
#include "alerts/token_ends.hpp"
#include "base/errors.hpp"
#include "core/records.hpp"

namespace kgw {

class AlertBook {
 public:
  static constexpr auto kFlappingWindow = std::chrono::minutes(10);
  static constexpr auto kFailingWindow = std::chrono::minutes(5);

  explicit AlertBook(AlertSettings settings = {}) : settings_(std::move(settings)) {}
  const AlertSettings& settings() const { return settings_; }
  void set(AlertSettings settings) {
    settings_ = std::move(settings);
    fresh_ = true;
  }

  // --- events
  void on_kiosk_up(const std::string& id, const Now& now);
  void on_kiosk_down(const std::string& id, const Now& now);
  // Removed or disabled: it is no longer expected to be online.
  void on_kiosk_gone(const std::string& id, const Now& now);
  void on_duplicate(const std::string& id, std::string_view address, const Now& now);
  void on_request_ended(const std::string& kiosk_id, std::string_view operation, std::optional<ErrorCode> error,
                        Outcome outcome, const RequestId& id, const Now& now);
  void on_late_answer(const RequestId& id, Outcome outcome, const Now& now);
  // What a kiosk's answer says, also a late one. A device fails from the settings' number of errors in a row on
  // until an answer that is none. `words`: the error's own, for people; unused for other answers.
  void on_device_answer(const std::string& kiosk_id, std::string_view operation, AnswerResult result,
                        std::string_view words, const Now& now);
  // Errors in a row that there were before this start, the first at `since`. Requires a registered kiosk, and
  // as many errors as the settings say. `is_news`: it may not have been published.
  struct DeviceRow {
    std::string kiosk_id;
    std::string operation;
    std::uint32_t errors = 0;
    WallTime since{};
    std::string words{};  // of the last one
  };
  void on_device_row(const DeviceRow& row, bool is_news, const Now& now);
  // Somebody found out what became of it.
  void on_request_resolved(const RequestId& id, const Now& now);
  // A line of the ledger that was there before this start. `is_news`: it may not have been published.
  void on_unresolved(const StoredExchange& exchange, bool is_news, const Now& now);
  static bool is_about_money(std::string_view operation) { return operation == "payment"; }
  // Answers of success that went unclaimed for too long, found together: one alert, until each is claimed.
  struct Unclaimed {
    RequestId id;
    std::string kiosk_id;
  };
  void on_unclaimed(const std::vector<Unclaimed>& answers, const Now& now);
  void on_claimed(const RequestId& id, const Now& now);
  void on_store_down(const std::string& why, const Now& now);
  void on_store_up(const Now& now);
  // An empty `why`: durability is as configured again.
  void on_durability_weak(const std::string& why, const Now& now);
  // The callbacks of this owner to this endpoint have been failing for an hour, the last one with `why`; or
  // they no longer are.
  void on_callbacks_failing(const std::string& owner, const std::string& endpoint, std::string_view why,
                            const Now& now);
  void on_callbacks_work(const std::string& owner, const std::string& endpoint, const Now& now);
  // The certificate of the gateway itself or of the store's server expires within so many days.
  enum class Certificate : std::uint8_t { store, own };
  void on_certificate(Certificate whose, WallTime ends_at, std::int64_t in_days, const Now& now);
  // Returns the smallest of 30, 7 and 1 days within which it expires, or 0 if it expires later.
  static std::int64_t days_left(WallTime ends_at, WallTime now);

  // Adds a kiosk's token to `ends` unless it is muted; then on_tokens() raises one alert for each of 30, 7 and
  // 1 days, with the tokens that came that close to expiry since the last look; and, if that was in another
  // month, a summary of all that expire within 31 days.
  void see_token(TokenEnds& ends, const std::string& kiosk_id, WallTime ends_at) const;
  void on_tokens(const TokenEnds& ends, const Now& now);

  void on_tick(const Now& now);
  std::optional<Instant> next_deadline() const;

  // --- results
  const std::deque<Alert>& alerts() const { return alerts_; }  // oldest first
  std::uint64_t raised(AlertKind kind) const { return raised_[static_cast<std::size_t>(kind)]; }
  std::size_t open(AlertKind kind) const { return open_[static_cast<std::size_t>(kind)]; }
  // True if there may be news since the last take_news(); false while everything left is held back.
  bool fresh() const { return fresh_; }
  // Returns the news to publish now: nothing that is muted, and in quiet hours only payments. The rest
  // follows when they end, except alerts that are over by then.
  std::vector<AlertNews> take_news(WallTime now);
  // Returns how much news was dropped for lack of room since the last call.
  std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }
  // Returns when the news that is held back may be published; nullopt if there is none.
  std::optional<WallTime> held_until(WallTime now) const;

 private:
  struct Watch {  // one kiosk
    bool up = true;
    Instant down_since{};
    Instant window{};  // of `downs`
    std::uint32_t downs = 0;
    Instant count_window{};  // of `ended` and `failed`
    std::uint32_t ended = 0;
    std::uint32_t failed = 0;
    std::uint64_t offline = 0;  // numbers of alerts; 0: none
    std::uint64_t flapping = 0;
    std::uint64_t failing = 0;
    Instant flapping_ends{};
    Instant failing_ends{};
  };
  enum class Due : std::uint8_t { offline, calm };

  // nullptr: it was never here. Else what is known of it, kept from now on.
  Watch* watch(const std::string& id);

  std::uint64_t raise(Alert alert, bool lasts, const Now& now);
  void close(const Alert& alert);
  void end(std::uint64_t& number, const Now& now);
  void tell(const Alert& alert, bool ended);
  Alert* find(std::uint64_t number);
  void count_failures(Watch& watch, const std::string& kiosk_id, bool failed, const Now& now);
  void raise_tokens(const TokenEnds::Group& tokens, std::int64_t days, const Now& now);
  void look_at(Due due, const std::string& id, const Now& now);

  AlertSettings settings_;
  std::unordered_map<std::string, std::unique_ptr<Watch>> watches_;  // null: connected, and nothing else so far
  std::set<std::pair<Instant, std::string>> down_;  // since when offline, those without an alert yet
  std::set<std::pair<Instant, std::string>> calm_;  // when flapping or failing may be over
  std::unordered_map<RequestId, std::uint64_t, RequestIdHash> unclaimed_;  // the alert that names each
  std::unordered_map<std::uint64_t, std::size_t> unclaimed_left_;          // of each such alert
  std::deque<Alert> alerts_;
  std::unordered_map<RequestId, std::uint64_t, RequestIdHash>
      payments_;  // those of unknown outcome, while open
  std::deque<AlertNews> news_;
  bool fresh_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t store_ = 0;
  std::uint64_t weak_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> callbacks_;  // by owner and endpoint
  FailingDevices devices_;
  std::array<std::uint64_t, kAlertKindCount> raised_{};
  std::array<std::size_t, kAlertKindCount> open_{};
};

// One English sentence, for the API and the log.
std::string sentence_of(const Alert& alert);
// "critical", "warning", "info".
std::string_view severity_of(AlertKind kind);

}  // namespace kgw
