// Log: one JSON object per line on stdout (readable and coloured if stdout is a terminal). Lines are rendered
// on the caller's thread into a bounded batch; spdlog's thread writes the batches. Never blocks: what finds
// no room is dropped and counted. Loop thread only; other threads pass their events to the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
std::optional<LogLevel> parse_log_level(std::string_view name);  // DEBUG INFO WARNING (WARN) ERROR, any case

// A field of a line. Values are rendered at once and not kept. A duration is shown in milliseconds, with
// three decimals.
struct LogField {
  std::string_view name;  // plain letters: it is not escaped
  std::variant<std::string_view, std::int64_t, std::chrono::nanoseconds, bool, RequestId> value;
};

// What writes lines gets this: the Log, or a test's substitute.
class LogLines {
 public:
  virtual ~LogLines() = default;
  // {"timestamp":…,"level":…,"event":…, fields…}
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) = 0;
  // The same with the loop's time (saves a clock call on the hot path).
  virtual void write_at(WallTime at, LogLevel level, std::string_view event,
                        std::initializer_list<LogField> fields) = 0;
  // A line that an outsider can cause at will; `source` says who (an address, a kiosk, a key). Excess lines
  // of one source are folded into one with a number.
  virtual void write_of(std::string_view /*source*/, LogLevel level, std::string_view event,
                        std::initializer_list<LogField> fields) {
    write(level, event, fields);
  }
};

class Log final : public LogLines {
 public:
  struct Settings {
    LogLevel level = LogLevel::info;
    bool human = false;  // coloured text instead of JSON
    int fd = 1;
  };
  Log(const Clock& clock, Settings settings);
  ~Log() override;  // writes what is left

  bool enabled(LogLevel level) const { return level >= settings_.level; }
  void set_level(LogLevel level) { settings_.level = level; }
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) override;
  void write_at(WallTime at, LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) override;

  void write_of(std::string_view source, LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) override;

  // Hands over the batch once it is limits::kLogBatchTime old (a half-full one does not wait for this). Call
  // it at the end of each turn and at next_deadline().
  void end_of_turn(Instant now);
  std::optional<Instant> next_deadline() const;
  void flush();  // hands over everything now

  // `tap` also gets each batch that is handed over, as complete JSON lines, whatever stdout shows. Called on
  // the loop's thread.
  void set_tap(std::function<void(std::string_view lines)> tap);

  std::uint64_t lines() const { return lines_; }
  std::uint64_t dropped() const;  // lines

 private:
  struct Impl;
  void write_folded(Instant now);
  const Clock& clock_;
  Settings settings_;
  std::uint64_t lines_ = 0;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
