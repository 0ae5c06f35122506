// AdminApi: blocking calls to a running gateway, with failures explained to the person at the keyboard.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"

namespace kgw {

// A command can't continue; what() tells the user what went wrong and what to do. Exit code 1.
class CommandFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command may or may not have been carried out. Exit code 3.
class OutcomeUnknown : public CommandFailed {
 public:
  using CommandFailed::CommandFailed;
};

class AdminApi {
 public:
  AdminApi(std::string url, std::string key);
  const std::string& url() const { return url_; }

  struct Call {
    std::string method = "GET";
    std::string path;  // including the query
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::string> fields;
    std::chrono::milliseconds timeout{30'000};
  };
  // Returns the HTTP answer, whatever its status. Throws CommandFailed if there is none.
  OutboundAnswer call(const Call& call) const;
  // Returns the body of a 2xx answer, checked to be JSON. Throws CommandFailed for anything else, with the
  // gateway's message.
  std::string ask(const Call& call) const;

  // The URL for a kiosk's agent: "wss://pay.example.com/ws". A name that only means this machine is of no use
  // to a kiosk and is replaced by THIS-MACHINE.
  std::string kiosk_url() const;
  // Returns the sentence for an unexpected answer: the gateway's own, if there is one.
  std::string complaint(const OutboundAnswer& answer) const;

 private:
  std::string url_;
  std::string key_;
};

// Encodes all but letters, digits, - and _; dots too, as a path of ".." would mean one level up.
std::string percent_encode(std::string_view text);
// Throws CommandFailed if the text is not JSON.
boost::json::value parse_answer(std::string_view body);

}  // namespace kgw
