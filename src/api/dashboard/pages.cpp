#include "api/dashboard/pages.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

#include "api/dashboard/assets.hpp"
#include "base/ascii.hpp"
#include "base/html_text.hpp"
#include "http/answers.hpp"

namespace kgw {
namespace {

constexpr std::string_view kPage = "index.html";
// The page may do nothing but its job: only its own scripts, no framing, no requests to other sites.
constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";
constexpr std::string_view kAllFields =
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Vary: Accept-Encoding\r\n";

// The page while there is no store. The Refresh field makes the browser ask again.
constexpr std::string_view kWaitingPage =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>kiosk-gateway</title>\n</head>\n<body>\n<main>\n"
    "<h1>The gateway is waiting for its store</h1>\n"
    "<p>It is running, but accepts no requests until it can record them. This page reloads by itself.</p>\n"
    "<div lang=\"ru\">\n<h1>Шлюз ждёт хранилище</h1>\n"
    "<p>Он запущен, но не принимает запросы, пока не может их записывать. Страница обновится "
    "сама.</p>\n</div>\n"
    "<p><code>WHY</code></p>\n</main>\n</body>\n</html>\n";

const DashboardAsset* find(std::string_view name) {
  for (const DashboardAsset& asset : dashboard_assets())
    if (asset.name == name) return &asset;
  return nullptr;
}

// Whether Accept-Encoding has `gzip`, without a weight of zero (RFC 9110 12.5.3).
bool takes_gzip(const HttpHead& head) {
  std::string_view list = head.find("Accept-Encoding").value_or("");
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string coding(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    std::erase(coding, ' ');
    std::erase(coding, '\t');
    const std::string_view name = std::string_view(coding).substr(0, coding.find(';'));
    if (!same_ignoring_case(name, "gzip")) continue;
    const std::size_t weight = coding.find(";q=");
    return weight == std::string::npos || coding.find_first_not_of("0.", weight + 3) != std::string::npos;
  }
  return false;
}

// Returns a copy shared by all requests, made for the first one.
const SharedBytes& shared_bytes(std::string_view embedded) {
  static std::unordered_map<const char*, SharedBytes> all;
  SharedBytes& bytes = all[embedded.data()];
  if (!bytes) bytes = share(std::string(embedded));
  return bytes;
}

void respond_with(HttpServer& server, const HttpRequest& request, const DashboardAsset& asset,
                  std::string_view own_fields) {
  std::string fields(own_fields);
  fields.append(kAllFields).append("ETag: ").append(asset.etag).append("\r\n");
  HttpResponse response;
  response.content_type = asset.content_type;
  if (request.head.find("If-None-Match") == asset.etag) {
    response.status = 304;
    response.content_type = {};
  } else if (!asset.gzipped.empty() && takes_gzip(request.head)) {
    fields.append("Content-Encoding: gzip\r\n");
    response.extra_fields = fields;
    return server.respond_fixed(request.call, response, shared_bytes(asset.gzipped));
  } else {
    response.extra_fields = fields;
    return server.respond_fixed(request.call, response, shared_bytes(asset.bytes));
  }
  response.extra_fields = fields;
  server.respond(request.call, response);
}

}  // namespace

void respond_dashboard(HttpServer& server, const HttpRequest& request) {
  respond_with(server, request, *find(kPage), kPageFields);
}

void lead_to_dashboard(HttpServer& server, HttpCallId call) {
  HttpResponse response;
  response.status = 302;
  response.content_type = {};
  response.extra_fields = "Location: /dashboard\r\nCache-Control: no-store\r\nVary: Accept\r\n";
  server.respond(call, response);
}

bool asks_for_page(const HttpHead& head) {
  return ascii::lowered(head.find("Accept").value_or("")).find("text/html") != std::string::npos;
}

void respond_dashboard_waits(HttpServer& server, const HttpRequest& request, std::string_view why) {
  const std::string seconds = std::to_string(info(ErrorCode::store_unavailable).retry_after_seconds);
  std::string page(kWaitingPage);
  page.replace(page.find("WHY"), std::strlen("WHY"), escape_html(why));
  std::string fields(kPageFields);
  fields.append(kAllFields).append("Retry-After: ").append(seconds);
  fields.append("\r\nRefresh: ").append(seconds).append("\r\n");
  HttpResponse response;
  response.status = 503;
  response.content_type = "text/html; charset=utf-8";
  response.body = page;
  response.extra_fields = fields;
  server.respond(request.call, response);
}

void respond_dashboard_asset(HttpServer& server, const HttpRequest& request, std::string_view name) {
  const DashboardAsset* const asset = name == kPage ? nullptr : find(name);
  if (!asset) return respond_error(server, request.call, ErrorCode::not_found);
  // Its name contains a digest of its bytes.
  respond_with(server, request, *asset, "Cache-Control: public, max-age=31536000, immutable\r\n");
}

}  // namespace kgw
