// WaitingRoom: what the gateway answers before it has a store: Redis is unreachable, or another gateway is
// using it. Nothing is sent and no kiosk is admitted; /health says why, and so does a page at /dashboard.
// Loop thread only.
#pragma once

#include <functional>
#include <string>

#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace kgw {

class WaitingRoom {
 public:
  // `why`: returns the current reason, as part of a sentence.
  WaitingRoom(std::string node, Loop& loop, std::function<std::string()> why)
      : node_(std::move(node)), loop_(loop), why_(std::move(why)), started_(loop.now().steady) {}
  // Each answers one path (api/routes); refuse() answers all others.
  void refuse(HttpServer& server, const HttpRequest& request) const;
  void live(HttpServer& server, const HttpRequest& request) const;
  void ready(HttpServer& server, const HttpRequest& request) const;
  void health(HttpServer& server, const HttpRequest& request) const;
  void dashboard(HttpServer& server, const HttpRequest& request) const;

 private:
  std::string message() const;

  const std::string node_;
  Loop& loop_;
  const std::function<std::string()> why_;
  const Instant started_;
};

}  // namespace kgw
