#include "log/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/ascii.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "log/line_fold.hpp"

namespace kgw {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

// Writes whole batches to a descriptor, on spdlog's thread. A reader that stalls must not keep the process
// from ending, so a pipe gets only what poll(2) has room for.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit DescriptorSink(int fd) : fd_(fd) {
    struct stat about {};
    whole_ = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  }
  void end_soon() { ending_.store(true, std::memory_order_relaxed); }

  std::atomic<std::size_t> batches_waiting{0};
  std::atomic<std::uint64_t> lines_lost{0};

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string_view rest(message.payload.data(), message.payload.size());
    while (!rest.empty() && wait_for_room()) {
      const std::size_t portion = whole_ ? rest.size() : std::min<std::size_t>(rest.size(), kPipeRoom);
      const ssize_t written = ::write(fd_, rest.data(), portion);
      if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
      else if (written == 0 || (errno != EINTR && errno != EAGAIN)) break;  // EPIPE, ENOSPC: this batch is lost
    }
    if (!rest.empty()) {
      const auto lines = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
      lines_lost.fetch_add(lines, std::memory_order_relaxed);
    }
    batches_waiting.fetch_sub(1, std::memory_order_release);
  }
  void flush_() override {}

 private:
  static constexpr std::size_t kPipeRoom =
      4096;                                // PIPE_BUF: what a pipe that polls writable takes without blocking
  static constexpr int kPatienceMs = 100;  // how often a stalled writer checks whether the process is ending
  static constexpr int kRoundsAtTheEnd = 10;

  bool wait_for_room() {
    if (whole_) return true;
    for (int rounds = 0; !given_up_; ++rounds) {
      pollfd about{fd_, POLLOUT, 0};
      const int ready = ::poll(&about, 1, kPatienceMs);
      if (ready > 0) return true;  // errors included: write(2) will report them
      if (ready < 0 && errno != EINTR) return false;
      given_up_ = ending_.load(std::memory_order_relaxed) && rounds >= kRoundsAtTheEnd;
    }
    return false;
  }

  const int fd_;
  bool whole_ = false;
  bool given_up_ = false;
  std::atomic<bool> ending_{false};
};

void append_number(std::string& out, std::int64_t value) {
  char text[24];
  out.append(text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, value).ptr - text));
}

void append_ms(std::string& out, std::chrono::nanoseconds value) {
  const std::int64_t us = value.count() / 1000;
  if (us < 0) out += '-';
  append_number(out, std::abs(us / 1000));
  const std::int64_t decimals = std::abs(us % 1000);
  const char text[] = {'.', static_cast<char>('0' + decimals / 100),
                       static_cast<char>('0' + decimals / 10 % 10), static_cast<char>('0' + decimals % 10)};
  out.append(text, sizeof text);
}

void append_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return append_json_string(out, *text);
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return append_number(out, *number);
  if (const auto* time = std::get_if<std::chrono::nanoseconds>(&field.value)) return append_ms(out, *time);
  if (const auto* truth = std::get_if<bool>(&field.value)) {
    out += *truth ? "true" : "false";
    return;
  }
  const std::size_t at = out.size();
  out.resize(at + RequestId::kTextSize + 2, '"');
  std::get<RequestId>(field.value).write_to(out.data() + at + 1);
}

bool is_bare(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  const std::string lower = ascii::lowered(name);
  if (lower == "warn") return LogLevel::warning;
  for (std::size_t i = 0; i < kLevelNames.size(); ++i)
    if (lower == kLevelNames[i]) return static_cast<LogLevel>(i);
  return std::nullopt;
}

struct Log::Impl {
  explicit Impl(int fd)
      : sink(std::make_shared<DescriptorSink>(fd)),
        pool(std::make_shared<spdlog::details::thread_pool>(limits::kLogBatchesMax + 1, 1)),
        logger(std::make_shared<spdlog::async_logger>("log", sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_level(spdlog::level::trace);
    batch.reserve(limits::kLogBatchBytesMax);
  }

  ~Impl() { pool.reset(); }  // ends the thread, after all that was handed over, before the logger is destroyed

  std::string_view time_text(WallTime at) {
    if (at != rendered_time || rendered.empty()) {
      rendered_time = at;
      rendered.clear();
      append_rfc3339(rendered, at);
    }
    return rendered;
  }

  void render_json(std::string& out, WallTime at, LogLevel level, std::string_view event,
                   std::initializer_list<LogField> fields) {
    out.append("{\"timestamp\":\"").append(time_text(at));
    out.append("\",\"level\":\"").append(kLevelNames[static_cast<std::size_t>(level)]).append("\",\"event\":");
    append_json_string(out, event);
    for (const LogField& field : fields) {
      out.append(",\"").append(field.name).append("\":");
      append_value(out, field);
    }
    out += "}\n";
  }

  // For people: "22:13:39.123 WARNING kiosk_gone kiosk_id=k1". Everything that could move a terminal's cursor
  // is escaped.
  void render_human(WallTime at, LogLevel level, std::string_view event,
                    std::initializer_list<LogField> fields) {
    constexpr std::array<std::string_view, 4> kColours{"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
    constexpr std::array<std::string_view, 4> kPadded{"DEBUG  ", "INFO   ", "WARNING", "ERROR  "};
    batch.append("\x1b[2m").append(time_text(at).substr(11, 12)).append("\x1b[0m ");
    batch.append(kColours[static_cast<std::size_t>(level)]).append(kPadded[static_cast<std::size_t>(level)]);
    batch.append("\x1b[0m ").append(event);
    for (const LogField& field : fields) {
      batch.append(" \x1b[2m").append(field.name).append("=\x1b[0m");
      const auto* text = std::get_if<std::string_view>(&field.value);
      if (text != nullptr && is_bare(*text)) batch.append(*text);
      else append_value(batch, field);
    }
    batch += '\n';
  }

  void hand_over() {
    if (batch.empty()) return;
    if (tap) tap(human_tap.empty() ? batch : human_tap);
    human_tap.clear();
    if (sink->batches_waiting.load(std::memory_order_acquire) >= limits::kLogBatchesMax) {
      dropped += batch_lines;
    } else {
      sink->batches_waiting.fetch_add(1, std::memory_order_relaxed);
      logger->log(spdlog::level::info, spdlog::string_view_t(batch.data(), batch.size()));
    }
    batch.clear();
    batch_lines = 0;
    batch_since.reset();
  }

  std::shared_ptr<DescriptorSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::function<void(std::string_view)> tap;
  std::string human_tap;  // the batch as JSON, if `batch` is for people
  std::string batch;
  LineFold fold;
  std::uint64_t batch_lines = 0;
  std::uint64_t dropped = 0;
  std::optional<Instant> batch_since;
  WallTime rendered_time{};
  std::string rendered;
};

Log::Log(const Clock& clock, Settings settings)
    : clock_(clock), settings_(settings), impl_(std::make_unique<Impl>(settings.fd)) {}

Log::~Log() {
  impl_->tap = {};
  impl_->hand_over();
  impl_->sink->end_soon();
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (enabled(level)) write_at(clock_.now().wall, level, event, fields);
}

void Log::write_at(WallTime at, LogLevel level, std::string_view event,
                   std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  Impl& impl = *impl_;
  ++lines_;
  const std::size_t start = impl.batch.size();
  if (settings_.human) impl.render_human(at, level, event, fields);
  else impl.render_json(impl.batch, at, level, event, fields);
  if (impl.batch.size() - start > limits::kLogBatchBytesMax / 2) {  // half a line would not be JSON
    impl.batch.resize(start);
    ++impl.dropped;
    return;
  }
  ++impl.batch_lines;
  if (settings_.human && impl.tap) impl.render_json(impl.human_tap, at, level, event, fields);
  if (impl.batch.size() >= limits::kLogBatchBytesMax / 2) impl.hand_over();
}

void Log::write_of(std::string_view source, LogLevel level, std::string_view event,
                   std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  const Now now = clock_.now();
  if (impl_->fold.allows(event, source, static_cast<int>(level), now.steady))
    write_at(now.wall, level, event, fields);
}

// {"event":"lines_left_out","of":"unmatched_answer","source":"kiosk_1","lines":900}
void Log::write_folded(Instant now) {
  for (const LineFold::Folded& folded : impl_->fold.take_due(now))
    write(static_cast<LogLevel>(folded.level), "lines_left_out",
          {{"of", folded.event},
           {"source", folded.source.empty() ? std::string_view("many") : std::string_view(folded.source)},
           {"lines", static_cast<std::int64_t>(folded.lines)}});
}

void Log::end_of_turn(Instant now) {
  Impl& impl = *impl_;
  if (const auto due = impl.fold.next_deadline(); due && now >= *due) write_folded(now);
  if (impl.batch.empty()) return;
  if (!impl.batch_since) impl.batch_since = now;
  if (now - *impl.batch_since >= limits::kLogBatchTime) impl.hand_over();
}

std::optional<Instant> Log::next_deadline() const {
  const auto folded = impl_->fold.next_deadline();
  if (!impl_->batch_since) return folded;
  const Instant batch = *impl_->batch_since + limits::kLogBatchTime;
  return folded ? std::min(batch, *folded) : batch;
}

void Log::set_tap(std::function<void(std::string_view lines)> tap) { impl_->tap = std::move(tap); }

void Log::flush() { impl_->hand_over(); }

std::uint64_t Log::dropped() const {
  return impl_->dropped + impl_->sink->lines_lost.load(std::memory_order_relaxed);
}

}  // namespace kgw
