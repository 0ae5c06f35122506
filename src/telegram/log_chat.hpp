// LogChat: what the log chat is told, gathered into one message every few seconds: line by line while there is
// little, and counts for all that finds no room, so that under any load a request costs a look at two numbers.
// What went wrong has room of its own. Bounded. Pure: time and events come in, a message comes out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/effects.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {

// What the lines are about; each has a level of its own.
enum class LogTopic : std::uint8_t { connections, payment, fiscal, kds, print, other };
inline constexpr std::size_t kLogTopics = 6;
inline constexpr std::array<std::string_view, kLogTopics> kLogTopicNames{"connections", "payment", "fiscal",
                                                                         "kds",         "print",   "other"};
enum class LogDepth : std::uint8_t { off, errors, all };
inline constexpr std::array<std::string_view, 3> kLogDepthNames{"off", "errors", "all"};
using LogDepths = std::array<LogDepth, kLogTopics>;

std::string text_of(const LogDepths& depths);  // "payment all\nkds off\n"
LogDepths parse_log_depths(std::string_view text);

class LogChat {
 public:
  static constexpr auto kGap = std::chrono::seconds(4);  // below 20 messages a minute
  static constexpr std::size_t kLinesMax = 15;           // in one message, and as many more of what went wrong
  static constexpr std::size_t kOpenMax = 200;           // requests whose fields are kept for their line

  LogChat() { depths_.fill(LogDepth::all); }
  void set(const LogDepths& depths) { depths_ = depths; }
  const LogDepths& depths() const { return depths_; }
  void set_language(Language language) { language_ = language; }

  void on_connected(const std::string& kiosk_id, std::string_view address);
  void on_disconnected(const std::string& kiosk_id, std::string_view reason);
  void on_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address);
  void on_accepted(const AcceptedRecord& record);
  void on_ended(const Reply& reply);
  void on_late_answer(const LateAnswer& answer);

  bool empty() const { return lines_.empty() && troubles_.empty() && !more_; }
  // When the next message may be taken; nothing: there is none.
  std::optional<Instant> next_time() const { return empty() ? std::nullopt : std::optional(next_); }
  // The message of the moment, HTML within Telegram's bounds; a little later nothing, until there is more.
  std::optional<std::string> take(Instant now);

 private:
  bool room(LogTopic topic, bool trouble);
  void add(bool trouble, std::string html);
  std::string counts() const;

  LogDepths depths_;
  Language language_ = Language::en;
  std::vector<std::string> lines_;
  std::vector<std::string> troubles_;
  std::unordered_map<RequestId, std::string, RequestIdHash> open_;  // fields of requests, for their line
  std::array<std::array<std::uint64_t, 2>, kLogTopics> counts_{};   // of what found no room: went well, did not
  bool more_ = false;                                               // there are such
  Instant next_{};
};

}  // namespace kgw::telegram
