#include "cli/cli.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../agent/fake_server.hpp"
#include "cli/admin_api.hpp"

namespace kgw {
namespace {

class CliTest : public testing::Test {
 protected:
  CliTest() { gateway.show_fields({"authorization", "content-type"}); }

  int run(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "kiosk-gateway");
    std::vector<const char*> argv;
    argv.reserve(arguments.size());
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::istringstream in(input);
    std::ostringstream out_stream, err_stream;
    const int code =
        run_cli(static_cast<int>(argv.size()), argv.data(), {url, "kgw_key", "", in, out_stream, err_stream});
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }
  // The one call that the command made.
  std::string call() {
    std::string seen = gateway.seen.take("call");
    EXPECT_EQ(gateway.seen.count("call"), 0U);
    return seen;
  }
  void answer(unsigned status, std::string body) {
    gateway.answer_with({.status = status, .body = std::move(body)});
  }

  FakeServer gateway;
  std::string url = gateway.url("");
  std::string out, err;
  const std::string kJsonCall = " | authorization: Bearer kgw_key | content-type: application/json";
};

constexpr const char* kToken =
    R"({"kiosk_id":"k1","name":"Кафе","token":"aaa.bbb.ccc","expires_at":"2027-11-22T22:13:39.123Z"})";

TEST_F(CliTest, AddForProgramsPrintsTheAnswer) {
  answer(201, kToken);
  EXPECT_EQ(run({"kiosk", "add", "k1", "Кафе", "--json"}), 0) << err;
  EXPECT_EQ(call(), R"(call POST /api/kiosks {"id":"k1","name":"Кафе"})" + kJsonCall);
  EXPECT_EQ(out, std::string(kToken) + "\n");
}

TEST_F(CliTest, AddForPeopleShowsTheTokenOnceWithAHint) {
  answer(201, kToken);
  EXPECT_EQ(run({"kiosk", "add", "k1"}), 0) << err;
  EXPECT_EQ(call(), R"(call POST /api/kiosks {"id":"k1"})" + kJsonCall);
  EXPECT_NE(out.find("\naaa.bbb.ccc\n"), std::string::npos) << out;
  EXPECT_NE(out.find("--token-file"), std::string::npos);
  EXPECT_NE(out.find("2027-11-22 22:13:39 UTC"), std::string::npos);
}

TEST_F(CliTest, OddIdsAreTheServersToJudge) {
  answer(400, R"({"status":"error","error":"invalid_argument","message":"An id has 1 to 64 characters."})");
  EXPECT_EQ(run({"kiosk", "add", "--", "-weird"}), 1);
  EXPECT_EQ(call(), R"(call POST /api/kiosks {"id":"-weird"})" + kJsonCall);
  EXPECT_EQ(err, "invalid_argument: An id has 1 to 64 characters.\n");
  EXPECT_EQ(run({"kiosk", "show", ".."}), 1);
  EXPECT_EQ(call(), "call GET /api/kiosks/%2E%2E " + kJsonCall);
  EXPECT_EQ(run({"kiosk", "show", "a/b?c"}), 1);
  EXPECT_EQ(call(), "call GET /api/kiosks/a%2Fb%3Fc " + kJsonCall);
}

constexpr const char* kPage1 =
    R"({"kiosks":[{"id":"k1","name":"Кафе","enabled":true,"online":true,"connected_at":"2026-11-22T22:13:39.123Z","address":"::1","in_flight":1,"waiting":2,"max_in_flight":null,"created_at":"2026-11-22T22:13:39.123Z","token_expires_at":"2027-11-22T22:13:39.123Z"}],"total":2,"next":"k1"})";
constexpr const char* kPage2 =
    R"({"kiosks":[{"id":"k2","name":"","enabled":false,"online":false,"connected_at":null,"address":null,"in_flight":0,"waiting":0,"max_in_flight":1,"created_at":"2026-11-22T22:13:39.123Z","token_expires_at":null}],"total":2,"next":null})";

TEST_F(CliTest, ListTurnsThePages) {
  answer(200, kPage1);
  gateway.then_answer_with({.body = kPage2});
  EXPECT_EQ(run({"kiosk", "list"}), 0) << err;
  EXPECT_EQ(gateway.seen.take("call"), "call GET /api/kiosks?limit=1000 " + kJsonCall);
  EXPECT_EQ(call(), "call GET /api/kiosks?limit=1000&cursor=k1 " + kJsonCall);
  EXPECT_EQ(out,
            "ID  NAME  STATE     SINCE                    RUNNING  WAITING  TOKEN EXPIRES\n"
            "k1  Кафе  online    2026-11-22 22:13:39 UTC  1        2        2027-11-22\n"
            "k2        disabled                           0        0\n");
}

TEST_F(CliTest, ListForProgramsIsOneObject) {
  answer(200, kPage1);
  gateway.then_answer_with({.body = kPage2});
  EXPECT_EQ(run({"kiosk", "list", "--json"}), 0) << err;
  EXPECT_TRUE(out.starts_with(R"({"kiosks":[{"id":"k1",)")) << out;
  EXPECT_TRUE(out.ends_with("],\"total\":2}\n")) << out;
}

TEST_F(CliTest, AListThatTurnsInCirclesEnds) {
  answer(200, kPage1);
  EXPECT_EQ(run({"kiosk", "list"}), 1);
}

TEST_F(CliTest, ShowTellsEverything) {
  answer(
      200,
      R"({"id":"k1","name":"Кафе","enabled":true,"online":false,"max_in_flight":null,"in_flight":0,"waiting":0,"token_issued_at":"2026-11-22T22:13:38.000Z","connections":[{"at":"2026-11-22T22:13:39.123Z","up":false,"address":"10.0.0.1","reason":"gone"}]})");
  EXPECT_EQ(run({"kiosk", "show", "k1"}), 0) << err;
  EXPECT_EQ(call(), "call GET /api/kiosks/k1 " + kJsonCall);
  EXPECT_NE(out.find("State           offline\n"), std::string::npos) << out;
  EXPECT_NE(out.find("Token issued    2026-11-22 22:13:38 UTC\n"), std::string::npos) << out;
  EXPECT_NE(out.find("2026-11-22 22:13:39 UTC  down  10.0.0.1  gone\n"), std::string::npos) << out;
}

TEST_F(CliTest, ChangesSayWhatTheyAsk) {
  answer(200, R"({"kiosk_id":"k1","removed":true,"token":"t","expires_at":""})");
  const auto asked = [&](std::vector<std::string> arguments) {
    EXPECT_EQ(run(std::move(arguments)), 0) << err;
    EXPECT_NE(out.find("k1"), std::string::npos) << out;
    const std::string seen = call();
    return seen.substr(5, seen.size() - 5 - kJsonCall.size());
  };
  EXPECT_EQ(asked({"kiosk", "rename", "k1", "Бар"}), R"(PATCH /api/kiosks/k1 {"name":"Бар"})");
  EXPECT_EQ(asked({"kiosk", "enable", "k1"}), R"(PATCH /api/kiosks/k1 {"enabled":true})");
  EXPECT_EQ(asked({"kiosk", "disable", "k1"}), R"(PATCH /api/kiosks/k1 {"enabled":false})");
  EXPECT_EQ(asked({"kiosk", "disable", "k1", "--force"}),
            R"(PATCH /api/kiosks/k1 {"enabled":false,"force":true})");
  EXPECT_EQ(asked({"kiosk", "remove", "k1"}), "DELETE /api/kiosks/k1 ");
  EXPECT_EQ(asked({"kiosk", "remove", "--force", "k1"}), "DELETE /api/kiosks/k1?force=true ");
  EXPECT_EQ(asked({"kiosk", "token", "k1"}), "POST /api/kiosks/k1/token {}");
  EXPECT_EQ(asked({"kiosk", "token", "k1", "--force"}), R"(POST /api/kiosks/k1/token {"force":true})");
}

TEST_F(CliTest, PingSaysMillisecondsAsPeopleDo) {
  answer(200, R"({"kiosk_id":"k1","round_trip_ms":0.126})");
  EXPECT_EQ(run({"kiosk", "ping", "k1"}), 0) << err;
  EXPECT_EQ(call(), "call POST /api/kiosks/k1/ping " + kJsonCall);
  EXPECT_EQ(out, "Kiosk k1 answered in 0.126 ms.\n");
}

TEST_F(CliTest, ImportSendsTheLinesAsTheyAre) {
  answer(
      200,
      R"({"added":1,"existing":1,"kiosks":[{"kiosk_id":"k1","name":"","token":"a.b.c","expires_at":"2027-11-22T22:13:39.123Z"}]})");
  const std::string lines = "{\"id\":\"k1\"}\n{\"id\" : \"k2\"}";
  EXPECT_EQ(run({"kiosk", "import", "-"}, lines), 0) << err;
  EXPECT_EQ(call(), "call POST /api/kiosks " + lines +
                        "\n | authorization: Bearer kgw_key | content-type: application/x-ndjson");
  EXPECT_EQ(out,
            "1 added, 1 already there (left unchanged).\nTheir tokens, shown only this once:\n\n"
            "ID  TOKEN  VALID UNTIL\nk1  a.b.c  2027-11-22\n");

  const auto file = std::filesystem::temp_directory_path() / ("kgw_cli_test_" + std::to_string(getpid()));
  std::ofstream(file) << lines;
  EXPECT_EQ(run({"kiosk", "import", file.string(), "--json"}), 0) << err;
  std::filesystem::remove(file);
  EXPECT_TRUE(out.starts_with(R"({"added":1,"existing":1,"kiosks":[{"kiosk_id":"k1",)")) << out;
}

TEST_F(CliTest, ImportSplitsAndKeepsTheTokensWhenALaterPartFails) {
  answer(
      200,
      R"({"added":10000,"existing":0,"kiosks":[{"kiosk_id":"k1","name":"","token":"a.b.c","expires_at":""}]})");
  gateway.then_answer_with(
      {.status = 400, .body = R"({"status":"error","error":"invalid_json","message":"Line 1 is no JSON."})"});
  std::string lines;
  for (int i = 0; i < 10'001; ++i) lines += "{}\n";
  EXPECT_EQ(run({"kiosk", "import", "-"}, lines), 1);
  EXPECT_EQ(gateway.seen.count("call"), 2U);
  EXPECT_EQ(gateway.seen.take("call").size(),
            30'000 + std::string("call POST /api/kiosks ").size() +
                std::string(" | authorization: Bearer kgw_key | content-type: "
                            "application/x-ndjson")
                    .size());
  EXPECT_NE(out.find("a.b.c"), std::string::npos);
  EXPECT_TRUE(err.starts_with("invalid_json: Line 1 is no JSON.\nThe first 10000 lines were imported;")) << err;
  EXPECT_NE(err.find("counted from line 10001"), std::string::npos);
}

TEST_F(CliTest, ImportOfNothingFails) {
  EXPECT_EQ(run({"kiosk", "import", "-"}, ""), 1);
  EXPECT_EQ(run({"kiosk", "import", "/nonexistent/file"}), 1);
  EXPECT_EQ(gateway.seen.count("call"), 0U);
}

TEST_F(CliTest, SendPassesBytesBothWays) {
  gateway.show_fields(
      {"header-kiosk-id", "header-operation-type", "header-http-method", "header-timeout", "content-type"});
  gateway.answer_with({.body = R"({"request_id":"x","sum":1000.10})", .fields = "X-Answer-From: kiosk\r\n"});
  EXPECT_EQ(run({"send", "k1", "payment", R"({ "sum":1000.10 })", "--timeout", "7"}), 0) << err;
  EXPECT_EQ(call(),
            R"(call POST /send { "sum":1000.10 } | header-kiosk-id: k1 | header-operation-type: payment | )"
            "header-http-method: POST | header-timeout: 7 | content-type: application/json");
  EXPECT_EQ(out, "{\"request_id\":\"x\",\"sum\":1000.10}\n");
  EXPECT_EQ(run({"send", "k1", "payment", "{}", "--method", "GET"}), 0) << err;
  EXPECT_NE(call().find("header-http-method: GET | content-type"), std::string::npos);
  for (const char* body : {"[1,2]", "\"x\"", "{}", "[]", "''", "{\"a\":\"%s\"}"}) {
    EXPECT_EQ(run({"send", "k1", "payment", body}), 0) << err;
    EXPECT_TRUE(call().starts_with(std::string("call POST /send ") + body + " | ")) << body;
  }
}

TEST_F(CliTest, SendFailsOnAnythingThatIsNoKiosksAnswer) {
  answer(
      200,
      R"({"status":"error","error":"kiosk_offline","message":"Offline.","request_id":"r-1"})");  // LEGACY_HTTP_STATUS
  EXPECT_EQ(run({"send", "k1", "payment", "{}"}), 1);
  EXPECT_EQ(out, "");
  EXPECT_EQ(err, "kiosk_offline: Offline. (request r-1)\n");
  answer(502, "<html>");
  EXPECT_EQ(run({"send", "k1", "payment", "{}"}), 3) << "a proxy's: nobody knows";
  EXPECT_NE(err.find("HTTP status 502"), std::string::npos) << err;
  EXPECT_EQ(gateway.seen.count("call"), 2U);
  EXPECT_EQ(run({"send", "k1\r\nHeader-X: y", "payment", "{}"}), 1);
  EXPECT_EQ(gateway.seen.count("call"), 2U) << "a header was smuggled in";
}

TEST_F(CliTest, SendWhoseOutcomeIsUnknownEndsWithAnotherCode) {
  for (const char* const code : {"timeout", "invalid_response", "internal_error"})
    for (const unsigned status : {504U, 200U}) {  // LEGACY_HTTP_STATUS
      answer(status, R"({"status":"error","error":")" + std::string(code) + R"(","message":"Look."})");
      EXPECT_EQ(run({"send", "k1", "payment", "{}"}), 3) << code << status;
      EXPECT_NE(err.find("not known"), std::string::npos) << err;
    }
  for (const unsigned status : {503U, 501U, 429U, 409U}) {
    answer(status, R"({"status":"error","error":"overloaded","message":"Later."})");
    EXPECT_EQ(run({"send", "k1", "payment", "{}"}), 1) << status;
  }
}

TEST_F(CliTest, FailuresSayWhatToDo) {
  answer(401, R"({"status":"error","error":"unauthorized","message":"No."})");
  EXPECT_EQ(run({"kiosk", "list"}), 1);
  EXPECT_TRUE(err.starts_with("unauthorized: No.\nThe key from GATEWAY_KEY")) << err;
  EXPECT_EQ(err.find("kgw_key"), std::string::npos);
  answer(200, "not json");
  EXPECT_EQ(run({"kiosk", "add", "k1", "--json"}), 1);
  EXPECT_EQ(out, "");
  {
    const FakeServer gone;
    url = gone.url("");
  }
  EXPECT_EQ(run({"kiosk", "list"}), 1);
  EXPECT_EQ(err,
            "The gateway can't be reached at " + url +
                ": is it running? Start it with `kiosk-gateway serve`, or set GATEWAY_URL to its address.\n");
  url = "127.0.0.1:8000";
  EXPECT_EQ(run({"kiosk", "list"}), 1);
  EXPECT_NE(err.find("http://"), std::string::npos);
}

TEST_F(CliTest, WrongUseIsTwoAndHelpIsZero) {
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(run({"kiosk"}), 2);
  EXPECT_EQ(run({"kiosk", "add"}), 2);
  EXPECT_EQ(run({"kiosk", "dance"}), 2);
  EXPECT_EQ(run({"kiosk", "rename", "k1"}), 2);
  EXPECT_EQ(run({"kiosk", "add", "a", "b", "c"}), 2);
  EXPECT_EQ(run({"send", "k1", "payment"}), 2);
  EXPECT_EQ(run({"send", "k1", "payment", "{}", "--timeout", "soon"}), 2);
  EXPECT_NE(err, "");
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(out.find("send"), std::string::npos);
  EXPECT_EQ(run({"kiosk", "add", "--help"}), 0);
  EXPECT_EQ(gateway.seen.count("call"), 0U);
}

TEST(AdminApi, WhereAKiosksAgentFindsTheGateway) {
  const auto url = [](const char* gateway) { return AdminApi(gateway, "").kiosk_url(); };
  EXPECT_EQ(url("http://127.0.0.1:8123"), "ws://THIS-MACHINE:8123/ws");
  EXPECT_EQ(url("http://[::1]:8000/"), "ws://THIS-MACHINE:8000/ws");
  EXPECT_EQ(url("https://pay.example.com"), "wss://pay.example.com/ws");
  EXPECT_EQ(url("http://localhost.example:80"), "ws://localhost.example:80/ws");
}

}  // namespace
}  // namespace kgw
