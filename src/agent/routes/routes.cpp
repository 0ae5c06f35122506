#include "agent/routes/routes.hpp"

#include <algorithm>

#include "base/ids.hpp"

namespace kgw {

std::size_t usual_concurrency(std::string_view operation) {
  return operation == "payment" || operation == "fiscal" ? 1 : Route().concurrency;
}

std::string_view fault_of_url(std::string_view url) {
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return "the URL does not begin with http:// or https://";
  if (url.size() == scheme || url[scheme] == '/' || url[scheme] == '?' || url[scheme] == '#')
    return "the URL has no host";
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= 0x20 || c >= 0x7f; }))
    return "the URL has a space, or a character that is not ASCII";
  return "";
}

Result<void> Routes::add(std::string_view operation_and_url, Milliseconds timeout) {
  const auto bad = [&](std::string_view what) {
    return Fault{ErrorCode::invalid_argument, "Route '" + std::string(operation_and_url) +
                                                  "': " + std::string(what) +
                                                  "; a route looks like payment=http://127.0.0.1:9001/payment"};
  };
  const std::size_t equals = operation_and_url.find('=');
  if (equals == std::string_view::npos) return bad("there is no '='");
  const std::string_view operation = operation_and_url.substr(0, equals);
  const std::string_view url = operation_and_url.substr(equals + 1);
  if (!is_name(operation)) return bad("an operation must be 1 to 64 characters of A-Z a-z 0-9 _ . : -");
  if (const std::string_view fault = fault_of_url(url); !fault.empty()) return bad(fault);
  Route route;
  route.operation = operation;
  route.url = url.substr(0, url.find('#'));
  route.timeout = timeout;
  route.concurrency = usual_concurrency(operation);
  if (!add(std::move(route))) return bad("this operation already has a route");
  return {};
}

bool Routes::add(Route route) {
  std::string operation = route.operation;
  return routes_.emplace(std::move(operation), std::move(route)).second;
}

std::optional<Route> Routes::find(std::string_view operation) const {
  if (const auto found = routes_.find(operation); found != routes_.end()) return found->second;
  if (!default_) return std::nullopt;
  Route route = *default_;
  route.operation = operation;
  return route;
}

std::vector<Route> Routes::all() const {
  std::vector<Route> list;
  for (const auto& [operation, route] : routes_) list.push_back(route);
  if (default_) list.push_back(*default_);
  return list;
}

Milliseconds Routes::longest_timeout() const {
  Milliseconds longest{0};
  for (const Route& route : all()) longest = std::max(longest, route.timeout);
  return longest;
}

std::string Routes::operations() const {
  std::string list;
  for (const auto& [operation, route] : routes_) list += (list.empty() ? "" : ", ") + operation;
  if (default_) list += list.empty() ? "all" : " and all others";
  return list;
}

}  // namespace kgw
