#include "agent/execution/device_lookups.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/execution/local_answer.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

bool is_text(const JsonMember& member, const std::string& text) {
  if (member.count != 1) return false;
  return member.kind == JsonKind::string ? json_equals_ignoring_case(member.value, text) : member.value == text;
}

bool fits(const AnswerPattern& pattern, const OutboundAnswer& answer) {
  const auto& statuses = pattern.http_status;
  if (std::find(statuses.begin(), statuses.end(), answer.status) != statuses.end()) return true;
  if (pattern.members.empty()) return false;
  std::vector<JsonMember> members(pattern.members.size());
  for (std::size_t i = 0; i < members.size(); ++i) members[i].name = pattern.members[i].first;
  const JsonScan scan = json_scan(without_bom(answer.body), members);
  if (!scan.valid || !scan.is_object) return false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& texts = pattern.members[i].second;
    if (std::none_of(texts.begin(), texts.end(), [&](const auto& text) { return is_text(members[i], text); }))
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
  attempt(std::make_shared<Asking>(Asking{std::move(request_id), std::move(call), std::move(question),
                                          std::move(done), Backoff(settings_.first_pause, settings_.most_pause),
                                          boot_.now() + settings_.give_up_after}));
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
