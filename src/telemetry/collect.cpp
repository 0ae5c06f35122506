#include "telemetry/collect.hpp"

#include <utility>

#include "telemetry/process_figures.hpp"

namespace kgw {
namespace {

// Ends that alert rules look at: there from the start, so that the first one shows as an increase.
constexpr bool is_always_shown(std::size_t end) {
  if (result_of(end)) return true;
  for (const ErrorCode code :
       {ErrorCode::timeout, ErrorCode::invalid_response, ErrorCode::kiosk_offline, ErrorCode::kiosk_busy})
    if (end == end_of(code)) return true;
  return false;
}

class Collector {
 public:
  Family& family(std::string_view name, MetricType type, std::string_view help) {
    return families_.emplace_back(Family{name, type, help});
  }
  template <class Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    family(name, MetricType::counter, help).samples.push_back({"", {}, static_cast<double>(value)});
  }
  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    family(name, MetricType::gauge, help).samples.push_back({"", {}, static_cast<double>(value)});
  }
  template <class H>
  void histogram(std::string_view name, std::string_view help, const H& values) {
    add_histogram(family(name, MetricType::histogram, help), values);
  }
  Families take() { return std::move(families_); }
  Families& families() { return families_; }

 private:
  Families families_;
};

void add(Family& family, std::vector<Label> labels, std::uint64_t value) {
  family.samples.push_back({"", std::move(labels), static_cast<double>(value)});
}

void requests(Collector& out, const Snapshot& now) {
  const Metrics& m = now.metrics;
  Family& ended =
      out.family("kgw_requests_total", MetricType::counter,
                 "Accepted requests that have ended, by operation and outcome; answered ones also by what "
                 "the answer says (result).");
  for (const OperationMetrics& operation : m.operations)
    for (std::size_t end = 0; end < kEndCount; ++end) {
      if (!is_always_shown(end) && operation.ended[end] == 0) continue;
      std::vector<Label> labels{{"operation", std::string(operation.name())},
                                {"outcome", std::string(end_name(end))}};
      if (const auto result = result_of(end)) labels.push_back({"result", std::string(name(*result))});
      add(ended, std::move(labels), operation.ended[end]);
    }
  out.counter("kgw_requests_replayed_total",
              "Callers who got an earlier request's answer, or waited for it, by its Idempotency-Key.",
              m.replays);
  out.counter("kgw_requests_refused_total", "Requests refused before they were accepted.", m.refused);
  Family& errors =
      out.family("kgw_errors_total", MetricType::counter, "Errors returned to callers of /send, by code.");
  for (std::size_t i = 0; i < m.errors.size(); ++i)
    if (info(static_cast<ErrorCode>(i)).http_status >= 500 || m.errors[i] != 0)
      add(errors, {{"code", std::string(end_name(i))}}, m.errors[i]);
  Family& latency =
      out.family("kgw_request_duration_seconds", MetricType::histogram,
                 "Time from accepting a request to its answer, including the kiosk's own time, by operation.");
  for (const OperationMetrics& operation : m.operations)
    add_histogram(latency, operation.latency, {{"operation", std::string(operation.name())}});
  out.histogram("kgw_request_own_duration_seconds",
                "The part of the request duration spent in the gateway itself.", m.own_time);
  out.gauge("kgw_requests_in_flight", "Requests that have not ended yet.", now.in_flight);
  out.gauge("kgw_requests_waiting", "Requests in flight that are waiting for their turn at a kiosk.",
            now.waiting);
  out.gauge("kgw_held_bytes", "Bytes of kiosk messages and answers held in memory.", now.bytes_held);
  out.counter("kgw_late_answers_total", "Answers that arrived after their deadline.", m.late_answers);
  static constexpr std::string_view kWhy[kUnmatchedWhyCount] = {
      "no_such_request", "other_kiosk", "duplicate", "never_sent", "not_json", "no_id", "not_looked_up"};
  Family& unmatched = out.family("kgw_unmatched_answers_total", MetricType::counter,
                                 "Messages from kiosks that match none of their requests, by reason.");
  for (std::size_t i = 0; i < m.unmatched.size(); ++i)
    add(unmatched, {{"why", std::string(kWhy[i])}}, m.unmatched[i]);
}

void kiosks(Collector& out, const Snapshot& now) {
  const Metrics& m = now.metrics;
  out.gauge("kgw_kiosks_online", "Kiosks that are connected now.", now.kiosks_online);
  out.gauge("kgw_kiosks", "Registered kiosks.", now.kiosks_total);
  Family& shakes = out.family("kgw_handshakes_total", MetricType::counter, "Kiosk handshakes, by result.");
  add(shakes, {{"result", "accepted"}}, m.handshakes);
  for (std::size_t i = 0; i < m.handshakes_refused.size(); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (m.handshakes_refused[i] != 0 || code == ErrorCode::unauthorized || code == ErrorCode::already_connected)
      add(shakes, {{"result", std::string(info(code).name)}}, m.handshakes_refused[i]);
  }
  Family& messages = out.family("kgw_kiosk_messages_total", MetricType::counter,
                                "Messages exchanged with kiosks, by direction.");
  add(messages, {{"direction", "received"}}, m.messages_from_kiosks);
  add(messages, {{"direction", "sent"}}, m.messages_to_kiosks);
  out.histogram("kgw_kiosk_round_trip_seconds", "Time from a ping to the kiosk's pong.", m.round_trips);
  if (!now.per_kiosk) return;
  const auto rows = [&](std::string_view name, MetricType type, std::string_view help, const auto& value) {
    Family& family = out.family(name, type, help);
    for (const KioskFigures& kiosk : now.kiosks) add(family, {{"kiosk_id", *kiosk.id}}, value(kiosk));
  };
  rows("kgw_kiosk_up", MetricType::gauge, "1 while this kiosk is connected, else 0.",
       [](const KioskFigures& k) { return std::uint64_t{k.up}; });
  rows("kgw_kiosk_requests_total", MetricType::counter, "Requests to this kiosk that have ended.",
       [](const KioskFigures& k) { return k.requests; });
  rows("kgw_kiosk_failures_total", MetricType::counter, "Requests to this kiosk that ended without its answer.",
       [](const KioskFigures& k) { return k.failures; });
  out.gauge("kgw_kiosks_without_series",
            "Kiosks without series of their own because there are too many kiosks.",
            now.kiosks_total - std::min(now.kiosks_total, now.kiosks.size()));
}

void network(Collector& out, const NetFigures& net) {
  Family& open = out.family("kgw_connections", MetricType::gauge, "Open TCP connections, by kind.");
  add(open, {{"kind", "http"}}, net.connections - std::min(net.connections, net.websockets));
  add(open, {{"kind", "kiosk"}}, net.websockets);
  out.counter("kgw_connections_accepted_total", "TCP connections accepted.", net.accepted);
  out.counter("kgw_connections_refused_total", "TCP connections refused because too many were open.",
              net.refused);
  out.counter("kgw_received_bytes_total", "Bytes received.", net.bytes_in);
  out.counter("kgw_sent_bytes_total", "Bytes sent.", net.bytes_out);
  out.counter("kgw_bad_requests_total", "Requests that were not valid HTTP.", net.bad_requests);
  out.counter("kgw_kiosk_protocol_faults_total",
              "Kiosk connections closed because the kiosk broke the WebSocket protocol.", net.ws_faults);
}

void store(Collector& out, const StoreFigures& store) {
  out.gauge("kgw_store_up", "1 while the journal can be written, else 0.", store.up ? 1 : 0);
  add(out.family("kgw_store_info", MetricType::gauge, "Where the state is kept, and how durable a commit is."),
      {{"durability", store.durability}, {"kind", store.kind}}, 1);
  out.counter("kgw_store_commits_total", "Commits to the journal.", store.commits);
  out.counter("kgw_store_records_total", "Records committed to the journal.", store.records);
  out.histogram("kgw_store_commit_duration_seconds", "Time taken by a commit, on disk or in Redis.",
                store.commit_time);
  out.histogram("kgw_store_read_duration_seconds", "Time taken by a read, including its wait in the queue.",
                store.read_time);
  out.histogram("kgw_store_commit_records", "Records in one commit.", store.batch_size);
  out.gauge("kgw_store_queue_bytes", "Bytes waiting to be committed.", store.queue_bytes);
  out.counter("kgw_store_dropped_connections_total", "Entries of the connection history that were dropped.",
              store.dropped_connections);
}

void alerts(Collector& out, const Snapshot& now) {
  const auto rows = [&](std::string_view name, MetricType type, std::string_view help, const auto& counts) {
    Family& family = out.family(name, type, help);
    for (std::size_t i = 0; i < counts.size(); ++i)
      add(family, {{"kind", std::string(kAlertNames[i])}}, counts[i]);
  };
  rows("kgw_alerts_total", MetricType::counter, "Alerts raised.", now.alerts_raised);
  rows("kgw_alerts_open", MetricType::gauge, "Alerts that are open now.", now.alerts_open);
}

void pushes(Collector& out, const std::vector<PushFigures>& all) {
  if (all.empty()) return;
  const auto rows = [&](std::string_view name, MetricType type, std::string_view help, auto member) {
    Family& family = out.family(name, type, help);
    for (const PushFigures& push : all) add(family, {{"to", push.to}}, push.*member);
  };
  rows("kgw_push_up", MetricType::gauge, "1 while pushing works, 0 since the last attempt failed.",
       &PushFigures::up);
  rows("kgw_push_waiting", MetricType::gauge, "Batches or messages waiting to be sent.", &PushFigures::waiting);
  rows("kgw_push_sent_total", MetricType::counter, "Batches or messages that were sent and accepted.",
       &PushFigures::sent);
  rows("kgw_push_failures_total", MetricType::counter, "Attempts to send that failed.", &PushFigures::failures);
  rows("kgw_push_dropped_total", MetricType::counter,
       "Batches or messages dropped because they were refused or there was no room.", &PushFigures::dropped);
}

void callbacks(Collector& out, const CallbackFigures& now) {
  out.counter("kgw_callbacks_delivered_total", "Callbacks that their receivers took.", now.delivered);
  out.counter("kgw_callback_failures_total", "Failed attempts to deliver a callback.", now.failed_tries);
  out.counter("kgw_callbacks_dead_total", "Callbacks that were given up or refused for good: dead letters.",
              now.dead);
  out.gauge("kgw_callbacks_waiting", "Callbacks in memory that are still to be delivered.",
            static_cast<double>(now.waiting));
  out.gauge("kgw_callbacks_in_flight", "Callbacks that are being posted now.",
            static_cast<double>(now.in_flight));
  out.gauge("kgw_callback_endpoints_failing", "Receivers of callbacks that have failed for an hour.",
            static_cast<double>(now.failing_endpoints));
}

void process(Collector& out, const Snapshot& now) {
  out.histogram("kgw_loop_lag_seconds",
                "Time taken by one turn of the event loop, during which everything else waits.",
                now.metrics.turns);
  out.counter("kgw_log_lines_total", "Log lines written.", now.log_lines);
  out.counter("kgw_log_lines_dropped_total", "Log lines dropped because there was no room.", now.log_dropped);
  out.gauge("kgw_draining", "1 while the gateway is shutting down, else 0.", now.draining ? 1 : 0);
  out.gauge("kgw_uptime_seconds", "Seconds since the gateway started.", now.uptime_seconds);
  add(out.family("kgw_build_info", MetricType::gauge, "The running version."), {{"version", KGW_VERSION}}, 1);
  const ProcessFigures figures = read_process_figures();
  out.counter("process_cpu_seconds_total", "User and system CPU time spent.", figures.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory size.", figures.resident_bytes);
  out.gauge("process_virtual_memory_bytes", "Virtual memory size.", figures.virtual_bytes);
  out.gauge("process_open_fds", "Open file descriptors.", figures.open_fds);
  out.gauge("process_max_fds", "Maximum number of open file descriptors.", figures.max_fds);
  out.gauge("process_threads", "Threads.", figures.threads);
  out.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
            figures.start_time_seconds);
}

}  // namespace

Families collect(const Snapshot& snapshot) {
  Collector out;
  requests(out, snapshot);
  kiosks(out, snapshot);
  network(out, snapshot.net);
  store(out, snapshot.store);
  alerts(out, snapshot);
  pushes(out, snapshot.pushes);
  callbacks(out, snapshot.callbacks);
  process(out, snapshot);
  if (snapshot.legacy_names) add_legacy_names(out.families(), snapshot);
  return out.take();
}

}  // namespace kgw
