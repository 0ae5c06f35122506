// WaitingRoom: what the gateway answers while it has no store yet: Redis is not there, or another gateway
// serves it. Nothing is sent, nobody is let in; /health says why, and so does a page at /dashboard. Loop thread
// only.
#pragma once

#include <functional>
#include <string>

#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace kgw {

class WaitingRoom {
 public:
  // `why`: the reason of the moment, a sentence's part.
  WaitingRoom(std::string node, Loop& loop, std::function<std::string()> why)
      : node_(std::move(node)), loop_(loop), why_(std::move(why)), started_(loop.now().steady) {}
  void on_request(HttpServer& server, const HttpRequest& request) const;

 private:
  const std::string node_;
  Loop& loop_;
  const std::function<std::string()> why_;
  const Instant started_;
};

}  // namespace kgw
