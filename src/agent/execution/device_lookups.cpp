#include "agent/execution/device_lookups.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/execution/call_values.hpp"
#include "agent/execution/local_answer.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

bool is_text(std::string_view value, const std::string& text) {
  return value.starts_with('"') ? json_equals_ignoring_case(value, text) : value == text;
}

bool fits(const AnswerPattern& pattern, const OutboundAnswer& answer) {
  const auto& statuses = pattern.http_status;
  if (std::find(statuses.begin(), statuses.end(), answer.status) != statuses.end()) return true;
  if (pattern.members.empty()) return false;
  const std::string_view body = without_bom(answer.body);
  std::vector<JsonMember> members(pattern.members.size());
  for (std::size_t i = 0; i < members.size(); ++i) members[i].name = pattern.members[i].first;
  const JsonScan scan = json_scan(body, members);
  if (!scan.valid || !scan.is_object) return false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].count > 1) return false;
    const auto value = json_at(body, pattern.members[i].first);
    const auto& texts = pattern.members[i].second;
    if (!value ||
        std::none_of(texts.begin(), texts.end(), [&](const auto& text) { return is_text(*value, text); }))
      return false;
  }
  return true;
}

}  // namespace

DeviceSays read_device_answer(const DeviceQuestion& question, const OutboundAnswer& answer) {
  if (answer.trouble != OutboundAnswer::Trouble::none) return DeviceSays::unclear;
  // First: an answer that fits both says nothing for sure.
  if (fits(question.pending, answer)) return DeviceSays::unclear;
  if (fits(question.absent, answer)) return DeviceSays::absent;
  const bool has_done = !question.done.http_status.empty() || !question.done.members.empty();
  if (has_done && !fits(question.done, answer)) return DeviceSays::unclear;
  const JsonScan scan = json_scan(without_bom(answer.body));
  const bool good = answer.status >= 200 && answer.status <= 299 && scan.valid && scan.is_object;
  return good ? DeviceSays::found : DeviceSays::unclear;
}

DeviceLookups::DeviceLookups(LocalClient& http, const BootClock& boot, After after, Settings settings)
    : http_(http),
      boot_(boot),
      after_(std::move(after)),
      settings_(settings),
      self_(std::make_shared<DeviceLookups*>(this)) {}

DeviceLookups::~DeviceLookups() { *self_ = nullptr; }

void DeviceLookups::ask(std::string request_id, OutboundRequest call, DeviceQuestion question,
                        std::function<void(const Outcome&)> done) {
  ++asking_;
  const bool steady = question.every > Milliseconds(0);
  const Backoff pause =
      steady ? Backoff(question.every, question.every) : Backoff(settings_.first_pause, settings_.most_pause);
  attempt(std::make_shared<Asking>(Asking{std::move(request_id), std::move(call), std::move(question),
                                          std::move(done), pause, boot_.now() + settings_.give_up_after}));
}

void DeviceLookups::attempt(const std::shared_ptr<Asking>& asking) {
  const bool started = http_.start(asking->call, [self = self_, asking](const OutboundAnswer& answer) {
    if (*self != nullptr) (*self)->on_answer(asking, answer);
  });
  if (!started) try_later(asking);
}

void DeviceLookups::on_answer(const std::shared_ptr<Asking>& asking, const OutboundAnswer& answer) {
  switch (read_device_answer(asking->question, answer)) {
    case DeviceSays::absent: return end(*asking, {DeviceSays::absent, {}});
    case DeviceSays::found: {
      // Too large for a message: nothing that the device says later will be smaller.
      LocalResult result = answer_of(asking->request_id, asking->call.url, answer);
      return end(*asking, {DeviceSays::found, std::move(result.response)});
    }
    case DeviceSays::unclear: return try_later(asking);
  }
}

void DeviceLookups::try_later(const std::shared_ptr<Asking>& asking) {
  if (boot_.now() >= asking->until) return end(*asking, {DeviceSays::unclear, {}});
  after_(asking->pause.next(), [self = self_, asking] {
    if (*self != nullptr) (*self)->attempt(asking);
  });
}

void DeviceLookups::end(const Asking& asking, const Outcome& outcome) {
  --asking_;
  asking.done(outcome);
}

}  // namespace kgw
