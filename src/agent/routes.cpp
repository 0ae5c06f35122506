#include "agent/routes.hpp"

#include <algorithm>

#include "base/ids.hpp"

namespace kgw {

Result<void> Routes::add(std::string_view operation_and_url) {
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
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return bad("the URL does not begin with http:// or https://");
  if (url.size() == scheme || url[scheme] == '/' || url[scheme] == '?' || url[scheme] == '#')
    return bad("the URL has no host");
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= 0x20 || c >= 0x7f; }))
    return bad("the URL has a space, or a character that is not ASCII");
  if (!urls_.emplace(operation, url.substr(0, url.find('#'))).second)
    return bad("this operation already has a route");
  return {};
}

const std::string* Routes::find(std::string_view operation) const {
  const auto found = urls_.find(operation);
  return found == urls_.end() ? nullptr : &found->second;
}

std::string Routes::operations() const {
  std::string list;
  for (const auto& [operation, url] : urls_) list += (list.empty() ? "" : ", ") + operation;
  return list;
}

}  // namespace kgw
