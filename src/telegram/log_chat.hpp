// LogChat: what is published in the log chat, gathered into one message every few seconds: one line each
// while there is little, only counts for the rest, so that even under load a request costs no more than
// checking two numbers. Failures have room of their own. Bounded. Pure: time and events come in, messages
// come out.
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

// What the lines are about; each has its own level.
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
  static constexpr std::size_t kLinesMax = 15;           // per message, and as many again for failures
  static constexpr std::size_t kOpenMax = 200;           // requests whose fields are kept for their line

  LogChat() { depths_.fill(LogDepth::all); }
  void set(const LogDepths& depths) { depths_ = depths; }
  const LogDepths& depths() const { return depths_; }
  void set_language(Language language) { language_ = language; }

  void on_connected(const std::string& kiosk_id, std::string_view address);
  void on_disconnected(const std::string& kiosk_id, std::string_view reason);
  void on_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address);
  void on_accepted(const AcceptedRecord& record);
  void on_withdrawn(const RequestId& id) { open_.erase(id); }
  void on_ended(const Reply& reply);
  void on_late_answer(const LateAnswer& answer);

  bool empty() const { return lines_.empty() && troubles_.empty() && !more_; }
  // When the next message may be taken; nullopt if there is none.
  std::optional<Instant> next_time() const { return empty() ? std::nullopt : std::optional(next_); }
  // Returns the message to send now, HTML within Telegram's limits; nullopt if there is nothing, or it is too
  // early.
  std::optional<std::string> take(Instant now);

 private:
  bool room(LogTopic topic, bool trouble);
  void add(bool trouble, const std::string& html);
  std::string counts() const;

  LogDepths depths_;
  Language language_ = Language::en;
  std::vector<std::string> lines_;
  std::vector<std::string> troubles_;
  // Fields of requests in progress, for their lines.
  std::unordered_map<RequestId, std::string, RequestIdHash> open_;
  std::array<std::array<std::uint64_t, 2>, kLogTopics> counts_{};  // without a line: succeeded, failed
  bool more_ = false;                                              // counts_ is not all zero
  Instant next_{};
};

}  // namespace kgw::telegram
