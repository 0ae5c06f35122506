#include "telemetry/push_line.hpp"

#include <algorithm>
#include <utility>

#include "wire/base64.hpp"
#include "wire/http_date.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

constexpr Milliseconds kBackoffFirst{1000};
constexpr Milliseconds kBackoffMost{60'000};
constexpr auto kRetryAfterMax = std::chrono::minutes(10);
constexpr auto kTryTime = std::chrono::seconds(10);
constexpr std::size_t kReasonCharsMax = 200;

// RFC 7617.
std::string basic_authorization(const PushTarget& target) {
  std::string text = base64url_encode(target.username + ':' + target.password);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return "Authorization: Basic " + text;
}

std::string why(const OutboundAnswer& answer) {
  if (answer.trouble != OutboundAnswer::Trouble::none) return answer.why;
  std::string text = "HTTP " + std::to_string(answer.status);
  if (!answer.body.empty()) text += ": " + answer.body.substr(0, kReasonCharsMax);
  return text;
}

}  // namespace

PushLine::PushLine(Settings settings, const Means& means, Note note)
    : settings_(std::move(settings)),
      client_(means.client),
      clock_(means.clock),
      random_(means.random),
      note_(std::move(note)),
      fields_(settings_.fields),
      backoff_(kBackoffFirst, kBackoffMost) {
  if (!settings_.target.username.empty()) fields_.push_back(basic_authorization(settings_.target));
  figures_.to = settings_.to;
}

PushFigures PushLine::figures() const {
  PushFigures now = figures_;
  now.waiting = waiting_.size();
  now.up = !failing_;
  return now;
}

void PushLine::add(std::string body) {
  while (!waiting_.empty() &&
         (waiting_.size() >= limits::kPushBatchesMax || waiting_bytes_ + body.size() > limits::kPushBytesMax)) {
    // The one in flight may still be accepted.
    const auto oldest = waiting_.begin() + (under_way_ && waiting_.size() > 1 ? 1 : 0);
    if (under_way_ && oldest == waiting_.begin()) break;
    waiting_bytes_ -= oldest->size();
    waiting_.erase(oldest);
    ++figures_.dropped;
  }
  waiting_bytes_ += body.size();
  waiting_.push_back(std::move(body));
  if (!retry_at_) start();
}

void PushLine::on_tick(Instant now) {
  if (!retry_at_ || now < *retry_at_) return;
  retry_at_.reset();
  start();
}

OutboundRequest PushLine::request(const std::string& body) const {
  OutboundRequest request;
  request.method = "POST";
  request.url = settings_.target.url;
  request.fields = fields_;
  request.body = body;
  request.timeout = kTryTime;
  request.answer_bytes_max = 64 * 1024;
  return request;
}

void PushLine::start() {
  if (held_ || under_way_ || waiting_.empty()) return;
  under_way_ = client_.start(request(waiting_.front()), [this](const OutboundAnswer& a) { on_answer(a); });
  if (!under_way_) retry_at_ = clock_.now().steady + kBackoffFirst;
}

PushLine::Verdict PushLine::judge(const OutboundAnswer& answer) {
  if (answer.trouble != OutboundAnswer::Trouble::none || answer.status == 429 || answer.status >= 500)
    return Verdict::later;
  return answer.status / 100 == 2 ? Verdict::taken : Verdict::never;
}

void PushLine::on_answer(const OutboundAnswer& answer) {
  under_way_ = false;
  const Verdict verdict = judge(answer);
  take(verdict, answer);
  if (verdict == Verdict::later) retry_at_ = clock_.now().steady + pause(answer);
  else start();
}

void PushLine::take(Verdict verdict, const OutboundAnswer& answer) {
  if (verdict != Verdict::taken) {
    ++figures_.failures;
    tell(why(answer));
  }
  if (verdict == Verdict::later) return;
  waiting_bytes_ -= waiting_.front().size();
  waiting_.pop_front();
  ++(verdict == Verdict::taken ? figures_.sent : figures_.dropped);
  if (verdict != Verdict::taken) return;
  backoff_.reset();
  if (failing_) tell({});
}

// Once per outage, not per attempt.
void PushLine::tell(const std::string& why) {
  const bool fails = !why.empty();
  if (std::exchange(failing_, fails) != fails) note_(why);
}

// As long as the other side asks for, or else longer each time; with jitter.
Milliseconds PushLine::pause(const OutboundAnswer& answer) {
  const auto field = [&](std::string_view wanted) {
    const auto found = std::find_if(answer.fields.begin(), answer.fields.end(),
                                    [&](const auto& one) { return one.first == wanted; });
    return found == answer.fields.end() ? std::string_view() : std::string_view(found->second);
  };
  const auto after = parse_retry_after(field("retry-after"), field("date"), clock_.now().wall);
  const auto asked = std::min<Milliseconds>(after.value_or(std::chrono::seconds(0)), kRetryAfterMax);
  const auto jitter = static_cast<Milliseconds::rep>(random_.next() % 250);
  return std::max(asked, backoff_.next()) + Milliseconds(jitter);
}

void PushLine::finish(Instant until) {
  while (!waiting_.empty()) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - clock_.now().steady);
    if (left.count() <= 0) break;
    OutboundRequest last = request(waiting_.front());
    last.timeout = last.connect_timeout = left;
    const OutboundAnswer answer = HttpClient::run(std::move(last));
    const Verdict verdict = judge(answer);
    take(verdict, answer);
    if (verdict == Verdict::later) break;
  }
  figures_.dropped += waiting_.size();
  waiting_.clear();
}

}  // namespace kgw
