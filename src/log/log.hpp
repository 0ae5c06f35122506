// Log: one JSON object a line on stdout (readable and coloured when stdout is a terminal). Lines are rendered
// by the caller's thread into a bounded batch; spdlog's thread writes batches. Never blocks: what finds no room
// is dropped and counted. Loop thread only; other threads hand their events to the loop.
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

// A field of a line. Values are rendered at once; nothing is kept. A duration is shown in milliseconds, with
// three decimals.
struct LogField {
  std::string_view name;  // in plain letters: it is not escaped
  std::variant<std::string_view, std::int64_t, std::chrono::nanoseconds, bool, RequestId> value;
};

// What writes lines gets this: the Log, or what a test has in its place.
class LogLines {
 public:
  virtual ~LogLines() = default;
  // {"timestamp":…,"level":…,"event":…, fields…}
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) = 0;
  // The same with the time that the loop already has (saves the clock call on the hot path).
  virtual void write_at(WallTime at, LogLevel level, std::string_view event,
                        std::initializer_list<LogField> fields) = 0;
  // A line that somebody outside can cause, as often as he likes: `source` says who (an address, a kiosk, a
  // key). What is too much of one source is folded into one line with a number.
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

  // Hands the batch over when it is limits::kLogBatchTime old or half full; the loop calls it at the end of
  // each turn and when next_deadline() has come.
  void end_of_turn(Instant now);
  std::optional<Instant> next_deadline() const;
  void flush();  // hands over everything, now

  // Who also gets each batch that is handed over: whole JSON lines, whatever stdout shows. On the loop's
  // thread.
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
