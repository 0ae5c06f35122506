// GET /dashboard and /dashboard/assets/NAME: the page and what it is made of, from the binary. Open to all: it
// tells nothing of this gateway; its data needs a key. While there is no store: a page that says so. Loop
// thread only.
#pragma once

#include <string_view>

#include "net/http_server.hpp"

namespace kgw {

void respond_dashboard(HttpServer& server, const HttpRequest& request);
// 503, for people; `why`: a sentence.
void respond_dashboard_waits(HttpServer& server, const HttpRequest& request, std::string_view why);
void respond_dashboard_asset(HttpServer& server, const HttpRequest& request, std::string_view name);

}  // namespace kgw
