#include "agent/simulate/simulator.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utility>

#include "agent/simulate/delayed_server.hpp"
#include "base/errors.hpp"
#include "base/hex.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kNextFaultsMax = 1'000;
constexpr std::size_t kJournalShown = 1'000;
constexpr std::size_t kJobsMax = 100'000;
constexpr std::string_view kAtol = "api/v2/requests";
constexpr std::string_view kProcess = "processId=";
constexpr int kSlowFactor = 10;
constexpr std::string_view kDevices[] = {"payment", "fiscal", "kds", "print"};

constexpr DeviceFaultInfo kFaults[] = {
    {DeviceFault::none, "none", "the work is done and answered"},
    {DeviceFault::declined, "declined", "nothing is done: the customer's bank says no"},
    {DeviceFault::busy, "busy", "nothing is done: HTTP status 503"},
    {DeviceFault::not_ready, "not_ready", "nothing is done: no paper; health says so too"},
    {DeviceFault::unknown, "unknown", "the work is done, but never answered"},
    {DeviceFault::error, "error", "the work is done, but answered with HTTP status 500"},
    {DeviceFault::garbage, "garbage", "the work is done, but the answer is not JSON"},
    {DeviceFault::slow, "slow", "the work is done and answered ten times as late"},
};

bool is_device(std::string_view name) {
  return std::find(std::begin(kDevices), std::end(kDevices), name) != std::end(kDevices);
}

std::string text_of(const JsonMember& member) {
  if (member.count == 0 || member.kind == JsonKind::null) return {};
  return member.kind == JsonKind::string ? json_unescape(member.value) : std::string(member.value);
}

std::string fault_names() {
  std::string list;
  for (const DeviceFaultInfo& info : kFaults) list += (list.empty() ? "" : ", ") + std::string(info.name);
  return list;
}

}  // namespace

std::span<const DeviceFaultInfo> device_faults() { return kFaults; }

std::optional<DeviceFault> parse_device_fault(std::string_view name) {
  for (const DeviceFaultInfo& info : kFaults)
    if (info.name == name) return info.fault;
  return std::nullopt;
}

struct Simulator::Impl final : DelayedServer {
  Impl(const Settings& given, DeviceJournal given_journal)
      : DelayedServer(given.host, given.port),
        takes_usually(given.takes),
        journal(std::move(given_journal)),
        fault(given.fault) {}

  void on_request(const HttpRequest& request) override {
    const std::string_view path = request.head.path.substr(std::min<std::size_t>(1, request.head.path.size()));
    const std::size_t slash = path.find('/');
    const std::string_view first = path.substr(0, slash);
    const std::string_view rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    const bool post = request.head.method == "POST";
    if (first == "simulator") return steer(request, rest);
    if (path.starts_with(kAtol)) return on_atol(request, path.substr(kAtol.size()));
    if (first == "v2") return on_kaspi(request, rest);
    if (first == "health" && !post && is_device(rest)) return answer_health(request.call);
    if (!is_device(first)) return answer(request.call, 404, error_text("There is no such device."));
    if (post && rest.empty()) return work(request, first);
    const auto order = percent_decode(rest);
    if (!post && order && !order->empty()) return answer_look_up(request.call, first, *order);
    answer(request.call, 404,
           error_text("POST /" + std::string(first) + " does the work, GET /" + std::string(first) +
                      "/ORDER says what became of an order."));
  }

  void work(const HttpRequest& request, std::string_view device) {
    std::array<JsonMember, 2> members{};
    members[0].name = "order_id", members[1].name = "sum";
    const JsonScan scan = json_scan(without_bom(request.body), members);
    if (!request.body.empty() && !(scan.valid && scan.is_object))
      return answer(request.call, 400, error_text("The body is not a JSON object."));
    if (is_full()) return answer(request.call, 503, error_text("Too many calls at a time."));
    const DeviceFault now = next_fault();
    Milliseconds takes = device == "payment" ? takes_usually : takes_usually / 5;
    if (now == DeviceFault::busy) return answer(request.call, 503, error_text("The device is busy."));
    if (now == DeviceFault::not_ready)
      return answer(request.call, 200, R"({"status":"declined","reason":"no_paper"})");
    if (now == DeviceFault::declined)
      return answer_later(request.call, takes, 200, R"({"status":"declined","reason":"insufficient_funds"})");
    const std::string order = text_of(members[0]);
    std::string done = R"({"status":"success","number":)" + std::to_string(journal.size() + 1);
    if (members[0].count != 0) done += ",\"order_id\":" + std::string(members[0].value);
    if (members[1].count != 0) done += ",\"sum\":" + std::string(members[1].value);
    done += '}';
    // As a terminal does: the money is moved, then its bridge answers.
    if (const auto kept = journal.add(device, order, done); !kept)
      return answer(request.call, 500, error_text(kept.error().message));
    switch (now) {
      case DeviceFault::unknown: return;  // the call stays open until the caller goes
      case DeviceFault::error: return answer_later(request.call, takes, 500, R"({"error":"already exists"})");
      case DeviceFault::garbage: return answer_later(request.call, takes, 200, "<html>OK</html>");
      case DeviceFault::slow: takes *= kSlowFactor; break;
      default: break;
    }
    answer_later(request.call, takes, 200, std::move(done));
  }

  // --- devices with a queue

  struct Job {
    Instant due;
    std::string result;  // empty: it fails
  };

  void on_atol(const HttpRequest& request, std::string_view rest) {
    if (request.head.method != "POST") {
      const std::string uuid(rest.substr(std::min<std::size_t>(1, rest.size())));
      const Job* const job = find_job("fiscal", uuid);
      if (job == nullptr) return answer(request.call, 404, R"({"error":{"description":"no such request"}})");
      const bool ended = job->due <= now();
      std::string result = !ended ? R"({"status":"wait","errorCode":0})"
                           : job->result.empty()
                               ? R"({"status":"error","errorCode":1,"errorDescription":"no paper"})"
                               : R"({"status":"ready","errorCode":0,"result":)" + job->result + "}";
      return answer(request.call, 200, "{\"results\":[" + result + "]}");
    }
    std::array<JsonMember, 1> members{};
    members[0].name = "uuid";
    if (!json_scan(without_bom(request.body), members).is_object || text_of(members[0]).empty())
      return answer(request.call, 400, R"({"error":{"description":"there is no uuid"}})");
    const std::string uuid = text_of(members[0]);
    if (find_job("fiscal", uuid) != nullptr)
      return answer(request.call, 409, R"({"error":{"description":"this uuid is already used"}})");
    begin_job(request.call, "fiscal", uuid, 201, R"({"number":1,"isBlocked":false})");
  }

  void on_kaspi(const HttpRequest& request, std::string_view rest) {
    if (rest == "payment") {
      const std::string id = std::to_string(jobs.size() + journal.size() + 1);
      return begin_job(request.call, "payment", id, 200,
                       R"({"statusCode":0,"data":{"processId":")" + id + R"(","status":"wait"}})");
    }
    if (rest != "status" || !request.head.query.starts_with(kProcess))
      return answer(request.call, 404, R"({"statusCode":-1,"message":"unknown path"})");
    const std::string id(request.head.query.substr(kProcess.size()));
    const Job* const job = find_job("payment", id);
    if (job == nullptr) return answer(request.call, 404, R"({"statusCode":-1,"message":"unknown process"})");
    const bool ended = job->due <= now();
    std::string data = R"({"processId":")" + id + R"(","status":")";
    data += !ended ? "wait\"" : job->result.empty() ? "fail\"" : "success\",\"chequeInfo\":" + job->result;
    answer(request.call, 200, R"({"statusCode":0,"data":)" + data + "}}");
  }

  void begin_job(HttpCallId call, std::string_view device, const std::string& id, unsigned status,
                 std::string_view taken) {
    if (jobs.size() >= kJobsMax) return answer(call, 503, error_text("Too many jobs."));
    const DeviceFault fault_now = next_fault();
    if (fault_now == DeviceFault::busy) return answer(call, 503, error_text("The device is busy."));
    Job job{.due = now() + takes_usually * (fault_now == DeviceFault::slow ? kSlowFactor : 1), .result = {}};
    if (fault_now != DeviceFault::declined && fault_now != DeviceFault::not_ready) {
      job.result = R"({"status":"success","number":)" + std::to_string(journal.size() + 1) + "}";
      if (const auto kept = journal.add(device, id, job.result); !kept)
        return answer(call, 500, error_text(kept.error().message));
    }
    jobs.insert_or_assign({std::string(device), id}, std::move(job));
    if (fault_now == DeviceFault::unknown) return;  // the call stays open until the caller goes
    if (fault_now == DeviceFault::error) return answer(call, 500, R"({"error":"internal"})");
    answer(call, status, fault_now == DeviceFault::garbage ? "<html>OK</html>" : taken);
  }

  // Also one of an earlier simulator, which is in the journal.
  const Job* find_job(const std::string& device, const std::string& id) {
    const auto found = jobs.find({device, id});
    if (found != jobs.end()) return &found->second;
    const std::string* const done = journal.find(device, id);
    return done == nullptr ? nullptr
                           : &jobs.insert({{device, id}, Job{.due = {}, .result = *done}}).first->second;
  }

  void answer_look_up(HttpCallId call, std::string_view device, const std::string& order) {
    if (const std::string* const done = journal.find(device, order)) return answer(call, 200, *done);
    answer(call, 404, R"({"status":"not_found"})");
  }

  void answer_health(HttpCallId call) {
    const bool ready = fault != DeviceFault::not_ready;
    answer(call, 200, ready ? R"({"ready":true})" : R"({"ready":false,"message":"no paper"})");
  }

  void steer(const HttpRequest& request, std::string_view what) {
    if (request.head.method != "POST" && what == "journal")
      return answer(
          request.call, 200,
          "{\"done\":" + std::to_string(journal.size()) + ",\"entries\":" + journal.last(kJournalShown) + "}");
    if (request.head.method != "POST" || (what != "next" && what != "fault"))
      return answer(
          request.call, 404,
          error_text("There are POST /simulator/next, POST /simulator/fault and GET /simulator/journal."));
    std::array<JsonMember, 1> members{};
    members[0].name = "fault";
    const bool valid = json_scan(request.body, members).is_object;
    const auto wanted = valid ? parse_device_fault(text_of(members[0])) : std::nullopt;
    if (!wanted)
      return answer(request.call, 400, error_text("Send {\"fault\":NAME} with one of " + fault_names() + "."));
    if (what == "fault") fault = *wanted;
    else if (faults_to_come.size() < kNextFaultsMax) faults_to_come.push_back(*wanted);
    else return answer(request.call, 503, error_text("Too many faults are waiting for work."));
    answer(request.call, 200, R"({"status":"ok"})");
  }

  DeviceFault next_fault() {
    if (faults_to_come.empty()) return fault;
    const DeviceFault first = faults_to_come.front();
    faults_to_come.pop_front();
    return first;
  }

  static std::string error_text(std::string_view message) {
    std::string body = "{\"status\":\"error\",\"message\":";
    append_json_string(body, message);
    return body + "}";
  }

  std::string error_body(ErrorCode code, std::string_view message) override {
    return error_text(message.empty() ? info(code).sentence : message);
  }

  const Milliseconds takes_usually;
  DeviceJournal journal;
  DeviceFault fault;
  std::map<std::pair<std::string, std::string>, Job> jobs;  // by device and id
  std::deque<DeviceFault> faults_to_come;
};

Simulator::Simulator(const Settings& settings, DeviceJournal journal)
    : impl_(std::make_unique<Impl>(settings, std::move(journal))) {}
Simulator::~Simulator() = default;

std::uint16_t Simulator::port() const { return impl_->port(); }
void Simulator::run() { impl_->run(); }

void Simulator::stop() { impl_->stop(); }

}  // namespace kgw
