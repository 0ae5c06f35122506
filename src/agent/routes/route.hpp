// Route: how one operation is carried out on this kiosk: which local service is called and how, and how the
// device is asked afterwards. Values, made by routes.cpp and routes_file.cpp. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/execution/text_encoding.hpp"
#include "base/clock.hpp"

namespace kgw {

// What an answer looks like: one of these statuses, or each of these members with one of its texts (compared as
// outcome rules do). A member that lies deeper is named with dots: results.0.status. Both empty: no answer
// looks like it.
struct AnswerPattern {
  std::vector<unsigned> http_status;
  std::vector<std::pair<std::string, std::vector<std::string>>> members;
};

// A call that asks a device something, and what its answers mean. An answer with a status of 2xx that fits
// neither `absent` nor `pending` is the device's answer; if there is a `done`, only one that fits it.
struct DeviceQuestion {
  std::string url;  // may have {request_id}, {order_id}, {operation}, {id}, {body.NAME}
  std::string method = "GET";
  bool with_body = false;  // the request's body is sent again
  std::string body{};      // instead: a text with names in braces
  std::vector<std::string> headers;
  Milliseconds timeout{10'000};
  AnswerPattern absent;   // it was surely not done and never will be
  AnswerPattern pending;  // ask again
  AnswerPattern done;
  Milliseconds every{0};  // how long to wait before it is asked again; 0: longer and longer
};

// How a device with a queue of its own is asked about the job that a call has begun.
struct DeviceJob {
  std::string id_at;  // where its id is in the answer to that call; empty: it is `id`
  std::string id;     // as the call names it, with names in braces: known before the device is called
  DeviceQuestion status;
};

// A program that carries an operation out.
enum class ProgramMeaning : std::uint8_t { success, declined };
struct RouteProgram {
  std::vector<std::string> command;  // the program and its arguments, with names in braces
  std::string directory;             // empty: the agent's
  std::string output_file;           // empty: its standard output
  TextEncoding encoding = TextEncoding::utf8;
  std::map<int, ProgramMeaning> codes{{0, ProgramMeaning::success}};  // of its exit; another one tells nothing
};

struct Route {
  std::string operation;
  std::string url;
  std::string method;                // empty: the request's own
  std::string body;                  // a text with names in braces; empty: the request's own body
  std::vector<std::string> headers;  // "Name: value"
  Milliseconds timeout{60'000};      // of a call
  std::size_t concurrency = 32;      // calls at a time
  bool retry = false;                // on_interrupt: retry
  std::optional<DeviceQuestion> lookup, cancel, health;
  std::optional<DeviceJob> job;         // kind: poll
  std::optional<RouteProgram> program;  // kind: exec; `url` is empty then
};

}  // namespace kgw
