#include "upkeep/doctor.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <fstream>
#include <ostream>
#include <sstream>

#include "base/limits.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"
#include "cli/admin_api.hpp"
#include "cli/answer_fields.hpp"
#include "net/listen_socket.hpp"
#include "store/data_dir.hpp"
#include "upkeep/doctor_checks.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr WallTime kEarliest{Milliseconds(1'735'689'600'000)};  // 2025-01-01: no gateway ran before
constexpr auto kClockSlack = std::chrono::seconds(5);
constexpr std::int64_t kFilesWarn = 4096;
constexpr std::int64_t kFilesForOthers = 200;  // backends, the store, the log, open dashboards

// RFC 9110's form of a date.
std::optional<WallTime> http_date(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return wall_from_ms(std::int64_t{timegm(&parts)} * 1000);
}

std::string in_seconds(Milliseconds time) { return std::to_string(time.count() / 1000) + " s"; }

// "Max open files  1024  524288  files": a running process's soft limit; the gateway raises its own.
std::optional<std::int64_t> file_limit_of(const std::string& pid) {
  std::ifstream limits("/proc/" + pid + "/limits");
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with("Max open files")) continue;
    std::int64_t soft = 0;
    if (std::istringstream(line.substr(14)) >> soft) return soft;
  }
  return std::nullopt;
}

Finding check_port(const DoctorSettings& settings) {
  if (settings.port == 0) return {"port", Verdict::ok, "any free port (PORT=0); no gateway is running", ""};
  const auto fd = open_listen_socket(settings.host, settings.port);
  if (!fd)
    return {"port", Verdict::bad, fd.error().message,
            "`ss -ltnp` shows which program uses which port, `ip address` this machine's addresses"};
  close(*fd);
  return {"port", Verdict::ok, std::to_string(settings.port) + " is free; no gateway is running", ""};
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warn: return "warn";
    case Verdict::bad: return "bad";
  }
  return "bad";
}

Finding check_gateway(const DoctorSettings& settings, GatewayFacts& facts) {
  OutboundAnswer answer;
  try {
    const AdminApi api(settings.gateway_url, "");
    answer = api.call({.path = "/health", .body = {}, .fields = {}, .timeout = kPatience});
  } catch (const CommandFailed&) {
    return check_port(settings);
  }
  boost::system::error_code bad;
  const json::value health = json::parse(answer.body, bad);
  if (bad || text(health, "node").empty())
    return {"port", Verdict::bad,
            "the server at " + shown_url(settings.gateway_url) + " is not a kiosk-gateway",
            "stop that program, or set PORT (and GATEWAY_URL) to another"};
  facts.answers = true;
  if (const auto* const kiosks = health.as_object().if_contains("total_kiosks"); kiosks && kiosks->is_int64())
    facts.kiosks = kiosks->get_int64();
  for (const auto& [field, value] : answer.fields)
    if (field == "date") facts.clock = http_date(value);
  const std::string who =
      "a gateway, version " + text(health, "version") + ", answers at " + shown_url(settings.gateway_url);
  if (text(health, "status") == "healthy") return {"port", Verdict::ok, who, ""};
  const std::string why = text(health, "message");
  return {"port", answer.status == 200 ? Verdict::warn : Verdict::bad,
          who + " and is " + text(health, "status"), why.empty() ? "its log says why" : why};
}

Finding check_clock(const StateFacts& state, const GatewayFacts& gateway, WallTime now) {
  const std::string hint = "set the clock, and keep it correct with chrony or systemd-timesyncd";
  const std::string today = rfc3339(now).substr(0, 19) + "Z";
  if (now < kEarliest) return {"clock", Verdict::bad, "it says " + today, hint};
  if (state.newest && *state.newest > now + kClockSlack)
    return {"clock", Verdict::bad,
            "it says " + today + ", " + in_seconds(*state.newest - now) +
                " before something that was already written",
            hint};
  if (gateway.clock) {
    const Milliseconds apart = std::chrono::abs(*gateway.clock - now);
    if (apart > kClockSlack)
      return {"clock", Verdict::warn, "the gateway's clock differs by " + in_seconds(apart), hint};
  }
  if (state.expired_tokens > 0)
    return {"clock", Verdict::warn,
            today + "; kiosks with expired tokens: " + std::to_string(state.expired_tokens) + " of " +
                std::to_string(state.kiosks),
            "if the date is right, create new ones with `kiosk-gateway kiosk token ID`"};
  return {"clock", Verdict::ok, today, ""};
}

Finding check_file_limit(const DoctorSettings& settings, const StateFacts& state) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto most = static_cast<std::int64_t>(limits::kConnectionsMax);
  std::int64_t files = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > limits::kConnectionsMax
                           ? most
                           : static_cast<std::int64_t>(limit.rlim_max);
  // Another shell's limit says little about a service's: the running process is decisive.
  std::string whose = "here";
  if (const std::string pid = DataDir::holder(settings.data_dir); !pid.empty())
    if (const auto running = file_limit_of(pid))
      files = *running, whose = "for the running gateway (pid " + pid + ")";
  Finding finding{.what = "files", .text = std::to_string(files) + " open files allowed " + whose, .hint = {}};
  if (files < state.kiosks + kFilesForOthers) finding.verdict = Verdict::bad;
  else if (files < std::min(kFilesWarn, most)) finding.verdict = Verdict::warn;
  if (finding.verdict != Verdict::ok)
    finding.hint = "each kiosk and each caller uses one (registered kiosks: " + std::to_string(state.kiosks) +
                   "): LimitNOFILE= in a systemd unit, --ulimit nofile= with Docker";
  return finding;
}

std::vector<Finding> examine(const DoctorSettings& settings, const Clock& clock) {
  const WallTime now = clock.now().wall;
  GatewayFacts gateway;
  StateFacts state;
  std::vector<Finding> findings;
  findings.push_back(check_gateway(settings, gateway));
  if (settings.redis_url.empty()) {
    findings.push_back(check_space(settings.data_dir));
    findings.push_back(check_commits(settings.data_dir, clock));
    findings.push_back(check_journal(settings.data_dir, now, state));
    if (state.kiosks == 0) state.kiosks = gateway.kiosks;
  } else {
    findings.push_back(check_redis(settings, clock));
  }
  findings.push_back(check_rights(settings.data_dir));
  findings.push_back(check_clock(state, gateway, now));
  findings.push_back(check_file_limit(settings, state));
  findings.push_back(check_sandbox(settings));
  const std::vector<Finding> timeouts = check_timeouts(settings, gateway);
  findings.insert(findings.end(), timeouts.begin(), timeouts.end());
  return findings;
}

int print_findings(const std::vector<Finding>& findings, bool as_json, std::ostream& out) {
  Verdict worst = Verdict::ok;
  json::array list;
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.what.size());
  for (const Finding& finding : findings) {
    worst = std::max(worst, finding.verdict);
    if (as_json) {
      list.push_back({{"what", finding.what},
                      {"verdict", name(finding.verdict)},
                      {"text", finding.text},
                      {"hint", finding.hint}});
      continue;
    }
    std::string verdict(name(finding.verdict));
    verdict.resize(4, ' ');
    out << verdict << "  " << finding.what << std::string(width - finding.what.size() + 2, ' ')
        << printable(finding.text) << "\n";
    if (!finding.hint.empty()) out << std::string(width + 8, ' ') << printable(finding.hint) << "\n";
  }
  if (as_json)
    out << json::serialize(json::object{{"verdict", name(worst)}, {"findings", std::move(list)}}) << "\n";
  return worst == Verdict::bad ? 1 : 0;
}

}  // namespace kgw
