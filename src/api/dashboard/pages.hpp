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
// From another address, such as "/".
void lead_to_dashboard(HttpServer& server, HttpCallId call);
// Whether somebody looks, with a browser: its Accept names HTML, what programs send does not.
bool asks_for_page(const HttpHead& head);
void respond_dashboard_asset(HttpServer& server, const HttpRequest& request, std::string_view name);

}  // namespace kgw
