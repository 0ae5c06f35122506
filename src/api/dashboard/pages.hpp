// GET /dashboard and /dashboard/assets/NAME: the page and its files, from the binary. Open to all: they
// reveal nothing about this gateway; its data requires a key. Without a store: a page that says so. Loop
// thread only.
#pragma once

#include <string_view>

#include "net/http_server.hpp"

namespace kgw {

void respond_dashboard(HttpServer& server, const HttpRequest& request);
// Answers 503 with a page for people; `why`: a sentence.
void respond_dashboard_waits(HttpServer& server, const HttpRequest& request, std::string_view why);
void respond_dashboard_asset(HttpServer& server, const HttpRequest& request, std::string_view name);

}  // namespace kgw
