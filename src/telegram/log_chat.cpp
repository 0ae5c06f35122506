#include "telegram/log_chat.hpp"

#include <cstdio>
#include <sstream>

#include "alerts/failing_devices.hpp"
#include "telegram/exchange_words.hpp"
#include "telegram/text.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kLineUnitsMax = 250;

LogTopic topic_of(std::string_view operation) {
  for (std::size_t i = 1; i + 1 < kLogTopics; ++i)
    if (kLogTopicNames[i] == operation) return static_cast<LogTopic>(i);
  return LogTopic::other;
}

std::string_view sign_of(LogTopic topic) {
  switch (topic) {
    case LogTopic::connections: return "🔌";
    case LogTopic::payment: return "💳";
    case LogTopic::fiscal: return "🧾";
    case LogTopic::kds: return "🍳";
    case LogTopic::print: return "🖨";
    case LogTopic::other: return "📦";
  }
  return "";
}

Phrase name_of(LogTopic topic) {
  switch (topic) {
    case LogTopic::connections: return {"connections", "подключения"};
    case LogTopic::payment: return {"payments", "платежи"};
    case LogTopic::fiscal: return {"receipts", "чеки"};
    case LogTopic::kds: return {"kitchen orders", "заказы на кухню"};
    case LogTopic::print: return {"prints", "печать"};
    case LogTopic::other: return {"others", "прочее"};
  }
  return {};
}

std::string seconds_of(std::chrono::nanoseconds took) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%.1f", std::chrono::duration<double>(took).count());
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::string text_of(const LogDepths& depths) {
  std::string text;
  for (std::size_t i = 0; i < kLogTopics; ++i)
    text.append(kLogTopicNames[i])
        .append(" ")
        .append(kLogDepthNames[static_cast<std::size_t>(depths[i])])
        .append("\n");
  return text;
}

LogDepths parse_log_depths(std::string_view text) {
  LogDepths depths;
  depths.fill(LogDepth::all);
  std::istringstream words{std::string(text)};
  for (std::string topic, depth; words >> topic >> depth;)
    for (std::size_t i = 0; i < kLogTopics; ++i)
      for (std::size_t d = 0; d < kLogDepthNames.size(); ++d)
        if (topic == kLogTopicNames[i] && depth == kLogDepthNames[d]) depths[i] = static_cast<LogDepth>(d);
  return depths;
}

// ---------------------------------------------------------------- events

bool LogChat::room(LogTopic topic, bool trouble) {
  const LogDepth depth = depths_[static_cast<std::size_t>(topic)];
  if (depth == LogDepth::off || (depth == LogDepth::errors && !trouble)) return false;
  if ((trouble ? troubles_ : lines_).size() < kLinesMax) return true;
  ++counts_[static_cast<std::size_t>(topic)][trouble ? 1 : 0];
  more_ = true;
  return false;
}

void LogChat::add(bool trouble, const std::string& html) {
  (trouble ? troubles_ : lines_).push_back(cut_html(html, kLineUnitsMax));
}

void LogChat::on_connected(const std::string& kiosk_id, std::string_view address) {
  if (room(LogTopic::connections, false))
    add(false, fill(language_, {"🔌 <b>{}</b> connected, {}", "🔌 <b>{}</b> на связи, {}"}, {kiosk_id, address}));
}

void LogChat::on_disconnected(const std::string& kiosk_id, std::string_view reason) {
  if (room(LogTopic::connections, false))
    add(false,
        fill(language_, {"🔌 <b>{}</b> disconnected {}", "🔌 <b>{}</b> отключился {}"}, {kiosk_id, reason}));
}

void LogChat::on_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address) {
  if (room(LogTopic::connections, true))
    add(true, fill(language_, {"⛔ <b>{}</b> refused: {}, {}", "⛔ <b>{}</b> не подключён: {}, {}"},
                   {kiosk_id, info(why).name, address}));
}

void LogChat::on_accepted(const AcceptedRecord& record) {
  // Under load there will be no line for it.
  if (lines_.size() >= kLinesMax || open_.size() >= kOpenMax || !record.envelope) return;
  const LogTopic topic = topic_of(record.order->operation);
  if (depths_[static_cast<std::size_t>(topic)] == LogDepth::off) return;
  open_.emplace(record.id, request_fields(record.order->operation, record.envelope.body()));
}

void LogChat::on_ended(const Reply& reply) {
  const LogTopic topic = topic_of(reply.order->operation);
  const bool trouble = reply.error || reply.outcome == Outcome::unknown || says_device_fails(reply.result);
  auto fields = open_.empty() ? decltype(open_)::node_type() : open_.extract(reply.id);
  if (!room(topic, trouble)) return;
  std::string line(reply.error ? "🔴" : sign_of(reply.result));
  line.append(" ").append(sign_of(topic));
  line += fill(language_, {" <b>{}</b> {}", " <b>{}</b> {}"}, {reply.order->kiosk_id, reply.order->operation});
  if (!fields.empty() && !fields.mapped().empty()) line.append(" ").append(escape_html(fields.mapped()));
  line += " → ";
  if (reply.error) line += info(*reply.error).name;
  else line += words_of(reply.result).in(language_);
  if (!reply.error && reply.answer)
    if (const std::string said = answer_fields(reply.order->operation, *reply.answer); !said.empty())
      line.append(": ").append(escape_html(said));
  if (reply.answered)
    line += fill(language_, {" ({} s)", " ({} с)"}, {seconds_of(*reply.answered - reply.began)});
  if (trouble && reply.id) line += " <code>" + reply.id.text() + "</code>";
  add(trouble, line);
}

void LogChat::on_late_answer(const LateAnswer& answer) {
  if (room(LogTopic::other, true))
    add(true, fill(language_,
                   {"🕐 {} <b>{}</b>: late answer to <code>{}</code>: {}",
                    "🕐 {} <b>{}</b>: поздний ответ на <code>{}</code>: {}"},
                   {sign_of(answer.result), answer.kiosk_id, answer.id.text(),
                    words_of(answer.result).in(language_)}));
}

// ---------------------------------------------------------------- the message

std::string LogChat::counts() const {
  std::string text;
  for (std::size_t i = 0; i < kLogTopics; ++i) {
    const auto& [well, badly] = counts_[i];
    if (well + badly == 0) continue;
    text.append(text.empty() ? "" : ", ").append(name_of(static_cast<LogTopic>(i)).in(language_));
    text.append(" ").append(std::to_string(well + badly));
    if (badly != 0) text += fill(language_, {" ({} failed)", " (неудачно: {})"}, {std::to_string(badly)});
  }
  return text;
}

std::optional<std::string> LogChat::take(Instant now) {
  if (empty() || now < next_) return std::nullopt;
  next_ = now + kGap;
  std::string html;
  const auto append = [&html](const std::string& line) { html.append(html.empty() ? "" : "\n").append(line); };
  // What matters most comes first: it is never cut.
  if (more_) append(fill(language_, {"➕ more: {}", "➕ ещё: {}"}, {counts()}));
  for (const std::string& line : troubles_) append(line);
  for (const std::string& line : lines_) append(line);
  lines_.clear();
  troubles_.clear();
  counts_ = {};
  more_ = false;
  return cut_html(html);
}

}  // namespace kgw::telegram
