#include "agent/routes/routes_file.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

RoutesFile parsed(std::string_view text) { return parse_routes(text, Milliseconds(60'000)); }

std::string faults(std::string_view text) {
  std::string all;
  for (const std::string& fault : parsed(text).faults) all += fault + "\n";
  return all;
}

TEST(RoutesFile, AFileOfV1ClientsWorksUnchanged) {
  const RoutesFile file = parsed(
      "# Kiosk 7\r\n"
      "routes:\r\n"
      "  payment:\r\n"
      "    url: http://127.0.0.1:9001/payment\r\n"
      "    timeout: 90\r\n"
      "    description: the card terminal\r\n"
      "  kds:\r\n"
      "    url: \"http://127.0.0.1:9003/kds\"\r\n"
      "default:\r\n"
      "  url: http://127.0.0.1:9000/\r\n");
  EXPECT_EQ(file.faults, std::vector<std::string>());
  ASSERT_EQ(file.warnings.size(), 1U);
  EXPECT_TRUE(file.warnings[0].starts_with("line 6, column 5: 'description' is not known"));
  const Route payment = *file.routes.find("payment");
  EXPECT_EQ(payment.url, "http://127.0.0.1:9001/payment");
  EXPECT_EQ(payment.timeout, Milliseconds(90'000));
  EXPECT_EQ(payment.method, "");
  EXPECT_EQ(payment.concurrency, 1U);
  EXPECT_FALSE(payment.retry);
  EXPECT_EQ(file.routes.find("kds")->timeout, Milliseconds(60'000));
  EXPECT_EQ(file.routes.find("print")->url, "http://127.0.0.1:9000/");
  EXPECT_EQ(file.routes.find("print")->operation, "print");
  EXPECT_EQ(parsed("routes: {default: {url: http://x}}").routes.find("any")->url, "http://x");
}

TEST(RoutesFile, WhatARouteMaySay) {
  const RoutesFile file = parsed(R"(
routes:
  fiscal:
    url: http://127.0.0.1:9002/fiscal
    kind: http
    method: put
    timeout: 500ms
    concurrency: 3
    headers: {X-Device: "7", Authorization: Basic YTpi}
    on_interrupt: retry
    lookup:
      url: http://127.0.0.1:9002/receipts/{order_id}?id={request_id}
      absent: {http_status: [404, 410]}
      pending: {when: {state: [busy, printing], error: 0}}
    cancel: {url: http://127.0.0.1:9002/cancel, body: request}
    health: {url: http://127.0.0.1:9002/health, not_ready: {when: {paper: false}}}
)");
  EXPECT_EQ(file.faults, std::vector<std::string>());
  const Route route = *file.routes.find("fiscal");
  EXPECT_EQ(route.method, "PUT");
  EXPECT_EQ(route.timeout, Milliseconds(500));
  EXPECT_EQ(route.concurrency, 3U);
  EXPECT_EQ(route.headers, (std::vector<std::string>{"X-Device: 7", "Authorization: Basic YTpi"}));
  EXPECT_TRUE(route.retry);
  ASSERT_TRUE(route.lookup);
  EXPECT_EQ(route.lookup->absent.http_status, (std::vector<unsigned>{404, 410}));
  ASSERT_EQ(route.lookup->pending.members.size(), 2U);
  EXPECT_EQ(route.lookup->pending.members[0].second, (std::vector<std::string>{"busy", "printing"}));
  EXPECT_EQ(route.cancel->method, "POST");
  EXPECT_TRUE(route.cancel->with_body);
  EXPECT_EQ(route.health->absent.members[0].first, "paper");
}

TEST(RoutesFile, ADeviceWithAQueueOfItsOwn) {
  const RoutesFile file = parsed(R"(
routes:
  fiscal:
    kind: poll
    url: http://127.0.0.1:16732/api/v2/requests
    body: '{"uuid":"{request_id}", "request":[{body}]}'
    id: "{request_id}"
    status:
      url: http://127.0.0.1:16732/api/v2/requests/{id}
      done: {when: {results.0.status: [ready, error]}}
      absent: {http_status: 404}
      every: 500ms
  payment:
    kind: poll
    url: http://10.0.0.5:8080/v2/payment?amount={body.sum}
    method: GET
    id: data.processId
    status: {url: "http://10.0.0.5:8080/v2/status?processId={id}", done: {when: {data.status: [success, fail]}}}
)");
  EXPECT_EQ(file.faults, std::vector<std::string>());
  const Route fiscal = *file.routes.find("fiscal");
  EXPECT_EQ(fiscal.body, R"({"uuid":"{request_id}", "request":[{body}]})");
  ASSERT_TRUE(fiscal.job);
  EXPECT_EQ(fiscal.job->id, "{request_id}");
  EXPECT_EQ(fiscal.job->status.every, Milliseconds(500));
  EXPECT_EQ(fiscal.job->status.done.members[0].first, "results.0.status");
  const Route payment = *file.routes.find("payment");
  ASSERT_TRUE(payment.job);
  EXPECT_EQ(payment.job->id_at, "data.processId");
  EXPECT_EQ(payment.job->status.every, Milliseconds(1'000));
}

TEST(RoutesFile, AProgram) {
  const RoutesFile file = parsed(R"(
routes:
  payment:
    kind: exec
    command: [/opt/sber/sb_pilot, "1", "{body.sum}"]
    directory: /opt/sber
    output: {file: /opt/sber/e, encoding: cp866}
    codes: {0: success, 4: declined}
)");
  EXPECT_EQ(file.faults, std::vector<std::string>());
  const Route route = *file.routes.find("payment");
  ASSERT_TRUE(route.program);
  EXPECT_EQ(route.program->command, (std::vector<std::string>{"/opt/sber/sb_pilot", "1", "{body.sum}"}));
  EXPECT_EQ(route.program->output_file, "/opt/sber/e");
  EXPECT_EQ(route.program->encoding, TextEncoding::cp866);
  EXPECT_EQ(route.program->codes.at(4), ProgramMeaning::declined);
  for (const auto& [text, what] : std::initializer_list<std::pair<const char*, const char*>>{
           {"{kind: exec}", "kind: exec needs a command"},
           {"{kind: exec, command: rm -rf}", "expected a list here"},
           {"{kind: exec, command: [\"{body.a}\"]}", "what runs must not depend on the request"},
           {"{kind: exec, command: [a], url: http://x}", "a route of kind: exec has no url"},
           {"{url: http://x, command: [a]}", "command belongs to kind: exec"},
           {"{kind: exec, command: [a], codes: {256: success}}", "'256' is not an exit code"},
           {"{kind: exec, command: [a], codes: {1: fine}}", "'fine' is not what an exit code means"},
           {"{kind: exec, command: [a], output: {encoding: koi8}}", "'koi8' is not an encoding"}})
    EXPECT_NE(faults("routes: {a: " + std::string(text) + "}").find(what), std::string::npos)
        << text << ": " << faults("routes: {a: " + std::string(text) + "}");
}

TEST(RoutesFile, FaultsAreAllNamedWithTheirPlace) {
  EXPECT_EQ(faults("routes:\n  payment:\n    url: ftp://x\n    timeout: soon\n    on_interupt: retry\n"),
            "line 3, column 10: the URL does not begin with http:// or https://\n"
            "line 4, column 14: 'soon' is not a timeout; give seconds, up to 3600, for example 60\n"
            "line 5, column 5: did you mean on_interrupt? 'on_interupt' is not known here\n");
  for (const auto& [text, start] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "line 1, column 1: the file is empty"},
           {"routes: {}", "line 1, column 1: the file has no route"},
           {"routes: [a]", "line 1, column 9: expected operations"},
           {"routes: {a b: {url: http://x}}", "line 1, column 10: 'a b' can't be an operation"},
           {"routes: {a: {timeout: 5}}", "line 1, column 13: this route has no url"},
           {"routes:\n\ta: 1",
            "line 2, column 3: a colon is not allowed here; check the indentation (spaces, no tabs)"},
           {"routes: {a: {url: http://x}, a: {url: http://y}}", "line 1, column 30: 'a' is already in line 1"},
           {"routes: {a: {url: http://x, kind: pull}}", "line 1, column 35: 'pull' is not a kind"},
           {"routes: {a: {url: http://x, kind: poll}}", "line 1, column 13: kind: poll needs id"},
           {"routes: {a: {url: http://x, id: b}}", "line 1, column 13: id and status belong to kind: poll"},
           {"routes: {a: {url: http://x, kind: poll, id: b, status: {url: http://x}}}",
            "line 1, column 56: this does not say when the job is done"},
           {"routes: {a: {url: http://x, body: '{\"a\":\"{sum}\"}'}}", "line 1, column 35: {sum} is not known"},
           {"routes: {a: {url: http://x, concurrency: 0}}", "line 1, column 42: '0' is not how many"},
           {"routes: {a: {url: http://x, headers: {\"a\": \"b\\nc\"}}}", "line 1, column 44: a header's text"},
           {"routes: {a: {url: \"http://x/{order}\"}}", "line 1, column 19: in a URL's braces"},
           {"routes: {a: {url: \"http://x/}\"}}", "line 1, column 19: the URL has a '}'"},
           {"routes: {a: {url: http://x, lookup: {url: \"http://x/{sum}\"}}}",
            "line 1, column 43: in a URL's braces"},
           {"routes: {a: {url: http://x, lookup: {url: http://x, absent: {}}}}",
            "line 1, column 61: no answer looks like this"},
           {"routes: {a: {url: http://x, method: FETCH}}", "line 1, column 37: 'FETCH' is not a method"}})
    EXPECT_TRUE(faults(text).starts_with(start)) << text << ": " << faults(text);
}

}  // namespace
}  // namespace kgw
