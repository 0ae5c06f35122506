#include "agent/health/device_watch.hpp"

#include <array>
#include <utility>

#include "agent/execution/kiosk_request.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kMessageBytesMax = 200;

bool has_pattern(const AnswerPattern& pattern) {
  return !pattern.http_status.empty() || !pattern.members.empty();
}

}  // namespace

DeviceState read_device_health(const Route& route, const OutboundAnswer& answer) {
  DeviceState state{.operation = route.operation};
  using Trouble = OutboundAnswer::Trouble;
  if (answer.trouble != Trouble::none) {
    state.message = answer.trouble == Trouble::refused     ? "its local service is not running"
                    : answer.trouble == Trouble::timed_out ? "its local service does not answer"
                                                           : answer.why;
    return state;
  }
  std::array<JsonMember, 2> members{};
  members[0].name = "ready", members[1].name = "message";
  const bool is_object = json_scan(without_bom(answer.body), members).is_object;
  const DeviceSays says = read_device_answer(*route.health, answer);
  const bool says_no = is_object && members[0].count == 1 && members[0].value == "false";
  state.ready = says == DeviceSays::found && (has_pattern(route.health->absent) || !says_no);
  if (state.ready) return state;
  if (is_object && members[1].count == 1 && members[1].kind == JsonKind::string)
    state.message = json_unescape(members[1].value);
  else if (answer.status < 200 || answer.status > 299)
    state.message = "HTTP status " + std::to_string(answer.status);
  if (state.message.size() > kMessageBytesMax) state.message.resize(kMessageBytesMax);
  return state;
}

DeviceWatch::DeviceWatch(LocalClient& http, const Clock& clock, After after,
                         std::function<void(const DeviceState&)> changed, Settings settings)
    : http_(http),
      clock_(clock),
      after_(std::move(after)),
      changed_(std::move(changed)),
      settings_(settings),
      self_(std::make_shared<DeviceWatch*>(this)) {}

DeviceWatch::~DeviceWatch() { *self_ = nullptr; }

void DeviceWatch::use(std::shared_ptr<const Routes> routes) {
  const bool first = std::exchange(routes_, std::move(routes)) == nullptr;
  std::erase_if(states_, [this](const auto& entry) {
    const auto route = routes_->find(entry.first);
    return !route || !route->health;
  });
  if (first) ask_all();
}

std::vector<DeviceState> DeviceWatch::states() const {
  std::vector<DeviceState> all;
  for (const auto& [operation, state] : states_) all.push_back(state);
  return all;
}

void DeviceWatch::ask_all() {
  for (const Route& route : routes_->all())
    if (route.health && !route.operation.empty() && !asking_.contains(route.operation)) ask(route);
  after_(settings_.every, [self = self_] {
    if (*self != nullptr) (*self)->ask_all();
  });
}

void DeviceWatch::ask(const Route& route) {
  KioskRequest nobodys;
  nobodys.operation = route.operation;
  auto call = question_call(nobodys, *route.health);
  if (!call) return;  // its URL names an order
  const bool started = http_.start(*std::move(call), [self = self_, route](const OutboundAnswer& answer) {
    if (*self != nullptr) (*self)->on_answer(route, answer);
  });
  if (started) asking_.insert(route.operation);
}

void DeviceWatch::on_answer(const Route& route, const OutboundAnswer& answer) {
  asking_.erase(route.operation);
  const auto now = routes_->find(route.operation);
  if (!now || !now->health) return;  // it lost its route meanwhile
  DeviceState state = read_device_health(route, answer);
  state.since = clock_.now().wall;
  const auto known = states_.find(route.operation);
  if (known != states_.end() && known->second.ready == state.ready && known->second.message == state.message)
    return;
  // Another reason is not a new beginning: "not ready since" says how long nothing works.
  if (known != states_.end() && known->second.ready == state.ready) state.since = known->second.since;
  states_[route.operation] = state;
  changed_(state);
}

}  // namespace kgw
