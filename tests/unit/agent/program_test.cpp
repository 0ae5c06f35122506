// Vendors' programs: what they get, how they end, and what that means.
#include "agent/execution/program.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "../temp_dir.hpp"
#include "agent/execution/program_result.hpp"
#include "agent/execution/text_encoding.hpp"

namespace kgw {
namespace {

using How = ProgramEnd::How;

ProgramEnd shell(const std::string& script, Milliseconds timeout = std::chrono::seconds(20)) {
  return run_program(
      {.arguments = {"/bin/sh", "-c", script}, .directory = "", .output_file = "", .timeout = timeout});
}

TEST(Program, ItsOutputAndItsExit) {
  const ProgramEnd end = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.code, 7);
  EXPECT_EQ(end.output, "out\n");
  const ProgramEnd killed = shell("kill -9 $$");
  EXPECT_EQ(killed.how, How::killed);
  EXPECT_EQ(killed.code, 9);
}

TEST(Program, ArgumentsAreNoShellsWords) {
  const std::string odd = "$(id) `id`; a  b | * 'x' \"y\"";
  EXPECT_EQ(run_program({.arguments = {"/bin/echo", odd}, .directory = "", .output_file = ""}).output,
            odd + "\n");
}

TEST(Program, WhatCanNotStartSurelyDidNothing) {
  const ProgramEnd end = run_program({.arguments = {"/nowhere/program"}, .directory = "", .output_file = ""});
  EXPECT_EQ(end.how, How::not_started);
  EXPECT_EQ(end.why, "No such file or directory");
  EXPECT_EQ(run_program({.arguments = {"/bin/true"}, .directory = "/nowhere", .output_file = ""}).how,
            How::not_started);
}

TEST(Program, IsBoundedInTimeAndOutput) {
  const ProgramEnd slow = shell("echo begun; exec sleep 1000", std::chrono::milliseconds(200));
  EXPECT_EQ(slow.how, How::timed_out);
  const ProgramEnd much = shell("head -c 1000000 /dev/zero; exit 3");
  EXPECT_EQ(much.code, 3) << "it is not stopped by a full pipe";
  EXPECT_EQ(much.output.size(), kProgramOutputBytesMax);
}

TEST(Program, WhatItLeavesBehindIsNotWaitedFor) {
  const ProgramEnd end = shell("sleep 30 & echo done; exit 4");
  EXPECT_EQ(end.how, How::exited);
  EXPECT_EQ(end.code, 4);
  EXPECT_EQ(end.output, "done\n");
}

TEST(Program, HasNothingOfTheAgents) {
  setenv("WS_TOKEN", "secret", 1);
  setenv("OF_THE_SHOP", "yes", 1);
  const ProgramEnd end = shell("env; ls /proc/self/fd; pwd");
  unsetenv("WS_TOKEN");
  unsetenv("OF_THE_SHOP");
  EXPECT_EQ(end.output.find("secret"), std::string::npos);
  EXPECT_NE(end.output.find("OF_THE_SHOP=yes"), std::string::npos);
  EXPECT_NE(end.output.find("0\n1\n2\n3\n/"), std::string::npos) << "3 is of ls: " << end.output;
}

TEST(Program, ItsFileIsThisRuns) {
  const kgw::testing::TempDir temp;
  const std::string file = temp.path() / "e";
  std::ofstream(file) << "of an earlier run";
  ProgramCall call{.arguments = {"/bin/true"}, .directory = temp.path(), .output_file = file};
  EXPECT_EQ(run_program(call).output, "");
  call.arguments = {"/bin/sh", "-c", "echo noise; echo 0,x > e"};
  EXPECT_EQ(run_program(call).output, "0,x\n");
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_EQ(run_program(call).how, How::not_started) << "it can't be removed";
}

TEST(ProgramRunner, TellsOnTheLoopAndHasABound) {
  AgentLoop loop;
  ProgramRunner runner(loop, 1);
  int code = 0;
  const ProgramCall call{.arguments = {"/bin/sh", "-c", "exit 5"}, .directory = "", .output_file = ""};
  const auto done = [&](const ProgramEnd& end) {
    code = end.code;
    loop.stop();
  };
  EXPECT_TRUE(runner.start(call, done));
  EXPECT_FALSE(runner.start(call, done));
  EXPECT_EQ(code, 0) << "not before the loop runs";
  loop.run();
  EXPECT_EQ(code, 5);
}

// With a wait, this would hang: the program goes on only afterwards.
TEST(ProgramRunner, ItsEndDoesNotWaitForThePrograms) {
  const kgw::testing::TempDir temp;
  const std::filesystem::path dir = temp.path();
  for (const char* fifo : {"in", "out"}) ASSERT_EQ(::mkfifo((dir / fifo).c_str(), 0600), 0);
  {
    AgentLoop loop;
    ProgramRunner runner(loop);
    const std::string script = "read line < in; echo \"$line on\" > out";
    EXPECT_TRUE(runner.start({.arguments = {"/bin/sh", "-c", script}, .directory = dir, .output_file = ""},
                             [](const ProgramEnd&) { FAIL(); }));
  }
  std::ofstream(dir / "in") << "goes\n";
  std::string line;
  std::ifstream out(dir / "out");
  std::getline(out, line);
  EXPECT_EQ(line, "goes on");
}

// --- what it means

class ProgramResultTest : public ::testing::Test {
 protected:
  ProgramResultTest() {
    route.operation = "payment";
    route.program = RouteProgram{};
    route.program->command = {"/opt/pay", "1", "{body.sum}"};
    route.program->codes = {{0, ProgramMeaning::success}, {4, ProgramMeaning::declined}};
  }
  std::string result(How how, int code = 0, const std::string& output = "") const {
    return program_result("r1", route, {.how = how, .code = code, .output = output}).response;
  }
  std::string argument(const std::string& body) const {
    const std::string message =
        R"({"request_id":"r1","headers":{"header-operation-type":"payment"},"body":)" + body + "}";
    const auto call = program_call(*parse_kiosk_request(message), route);
    return call ? call->arguments.at(2) : "fault: " + call.error().message;
  }
  Route route;
};

TEST_F(ProgramResultTest, ExitCodesMeanWhatTheRouteSays) {
  EXPECT_EQ(result(How::exited, 0, R"({"rrn":"1","sum":1.10})"), R"({"rrn":"1","sum":1.10})");
  EXPECT_EQ(result(How::exited, 0, "OK\n"), R"({"status":"success","exit_code":0,"output":"OK\n"})");
  EXPECT_EQ(result(How::exited, 4, ""), R"({"status":"declined","exit_code":4,"output":""})");
  for (const auto& [how, code, name] :
       {std::tuple{How::exited, 1, "invalid_response"}, std::tuple{How::killed, 9, "invalid_response"},
        std::tuple{How::timed_out, 0, "timeout"}, std::tuple{How::left, 0, "interrupted"},
        std::tuple{How::not_started, 0, "connection_refused"}})
    EXPECT_NE(result(how, code, "{}").find("\"error\":\"" + std::string(name) + "\""), std::string::npos)
        << name;
}

TEST_F(ProgramResultTest, TextIsOfTheRoutesEncoding) {
  route.program->encoding = TextEncoding::cp866;
  EXPECT_EQ(result(How::exited, 0, "0,\x8e\x84\x8e\x81\x90\x85\x8d\x8e"),
            R"({"status":"success","exit_code":0,"output":"0,ОДОБРЕНО"})");
  EXPECT_EQ(to_utf8("\xef\xf0\xff", TextEncoding::cp866), "яЁ\u00a0");
  EXPECT_EQ(to_utf8("\xcf\xf0\xa8\xb9", TextEncoding::cp1251), "ПрЁ№");
  EXPECT_EQ(to_utf8("a\xff", TextEncoding::utf8), "a\ufffd");
}

TEST_F(ProgramResultTest, WhatComesFromAfarIsAnArgumentAndNoOption) {
  EXPECT_EQ(argument(R"({"sum":"$(id) 'a'"})"), "$(id) 'a'");
  EXPECT_EQ(argument(R"({"sum":100})"), "100");
  for (const char* bad : {R"({"sum":"-rf"})", R"({"sum":-1})", R"({"sum":"a\nb"})", R"({"sum":"a\u0000b"})",
                          R"({"sum":null})", R"({"sum":{}})", "{}", "[]"})
    EXPECT_TRUE(argument(bad).starts_with("fault: ")) << bad;
  route.program->command[2] = "-a{body.sum}";
  EXPECT_EQ(argument(R"({"sum":100})"), "-a100") << "the program's own dash";
}

}  // namespace
}  // namespace kgw
