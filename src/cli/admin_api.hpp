// AdminApi: one call to a running gateway, blocking, and what its failure means for the one at the keyboard.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"

namespace kgw {

// A command that can't go on; what() is for the human: what went wrong and what to do. Ends the command with 1.
class CommandFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// It may have been done, or not; nobody here can know. Ends the command with 3.
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
    std::string path;  // with query
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::string> fields;
    std::chrono::milliseconds timeout{30'000};
  };
  // The HTTP answer, whatever its status. CommandFailed when there is none.
  OutboundAnswer call(const Call& call) const;
  // The body of a 2xx answer, checked to be JSON. CommandFailed for anything else, with the gateway's own
  // message.
  std::string ask(const Call& call) const;

  // Where a kiosk's agent finds this gateway: "wss://pay.example.com/ws". A name that means this machine only
  // is no use to a kiosk: THIS-MACHINE stands in its place.
  std::string kiosk_url() const;
  // The sentence for an answer that is not what was wanted: the gateway's own, when it is one of a gateway.
  std::string complaint(const OutboundAnswer& answer) const;

 private:
  std::string url_;
  std::string key_;
};

// Keeps letters, digits, - and _ only; dots go too, since a path of ".." would be taken for a step up.
std::string percent_encode(std::string_view text);
// CommandFailed when the text is no JSON.
boost::json::value parse_answer(std::string_view body);

}  // namespace kgw
