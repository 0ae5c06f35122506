// Route: how one operation is carried out on this kiosk: which local service is called and how, and how the
// device is asked afterwards. Values, made by routes.cpp and routes_file.cpp. No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

// What an answer looks like: one of these statuses, or each of these top-level members with one of its texts
// (compared as outcome rules do). Both empty: no answer looks like it.
struct AnswerPattern {
  std::vector<unsigned> http_status;
  std::vector<std::pair<std::string, std::vector<std::string>>> members;
};

// A call that asks a device something, and what its answers mean. An answer with a status of 2xx that fits
// neither pattern is the device's answer.
struct DeviceQuestion {
  std::string url;  // may have {request_id}, {order_id}, {operation}
  std::string method = "GET";
  bool with_body = false;  // the request's body is sent again
  std::vector<std::string> headers;
  Milliseconds timeout{10'000};
  AnswerPattern absent;   // it was surely not done and never will be
  AnswerPattern pending;  // ask again
};

struct Route {
  std::string operation;
  std::string url;
  std::string method;                // empty: the request's own
  std::vector<std::string> headers;  // "Name: value"
  Milliseconds timeout{60'000};      // of a call
  std::size_t concurrency = 32;      // calls at a time
  bool retry = false;                // on_interrupt: retry
  std::optional<DeviceQuestion> lookup, cancel, health;
};

}  // namespace kgw
