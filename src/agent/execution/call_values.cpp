#include "agent/execution/call_values.hpp"

#include "agent/json_members.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/json_text.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_v2/json_elements.hpp"

namespace kgw {
namespace {

constexpr std::string_view kUnreserved = "-._~";  // RFC 3986 2.3, beside letters and digits
constexpr std::string_view kOfBody = "body.";

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
  for (JsonMembers members(object); members.next();)
    if (json_equals(members.name(), name)) return members.value();
  return std::nullopt;
}

std::optional<std::string_view> element(std::string_view array, std::string_view index) {
  const auto wanted = ascii::parse_decimal(index);
  if (!wanted) return std::nullopt;
  std::size_t at = 0;
  for (kiosk_v2::JsonElements elements(array); elements.next(); ++at)
    if (at == *wanted) return elements.value();
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

}  // namespace

std::optional<std::string_view> json_at(std::string_view text, std::string_view path) {
  text = trimmed(text);
  const std::size_t dot = path.find('.');
  if (text.starts_with('{')) {
    if (const auto whole = member(text, path); whole || dot == std::string_view::npos) return whole;
    const auto part = member(text, path.substr(0, dot));
    return part ? json_at(*part, path.substr(dot + 1)) : std::nullopt;
  }
  if (!text.starts_with('[')) return std::nullopt;
  const auto part = element(text, path.substr(0, dot));
  return !part || dot == std::string_view::npos ? part : json_at(*part, path.substr(dot + 1));
}

std::string scalar_text(std::string_view value) {
  if (value.empty() || value == "null" || value.front() == '{' || value.front() == '[') return {};
  return value.front() == '"' ? json_unescape(value) : std::string(value);
}

bool is_call_value(std::string_view name) {
  return name == "request_id" || name == "order_id" || name == "operation" || name == "id" || name == "body" ||
         (name.starts_with(kOfBody) && name.size() > kOfBody.size() &&
          name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") ==
              std::string_view::npos);
}

std::optional<std::string> CallValues::find(std::string_view name) const {
  std::string value;
  if (name == "request_id") value = request_.id;
  else if (name == "order_id") value = request_.order_id;
  else if (name == "operation") value = request_.operation;
  else if (name == "id") value = job_id_;
  else if (name == "body") value = request_.body;
  else if (const auto found = json_at(request_.body, name.substr(kOfBody.size()))) value = scalar_text(*found);
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

template <class Append>
CallValues::Filled CallValues::fill(std::string_view text, Append append) const {
  Filled out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out.text += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    const std::string_view name =
        close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
    if (!is_call_value(name)) {
      out.text += '{';
      text.remove_prefix(1);
      continue;
    }
    if (const auto value = find(name)) append(out.text, name, *value);
    else if (out.missing.empty()) out.missing = text.substr(0, close + 1);
    text.remove_prefix(close + 1);
  }
  return out;
}

CallValues::Filled CallValues::in_url(std::string_view text) const {
  return fill(text, [](std::string& out, std::string_view, const std::string& value) {
    append_percent_encoded(out, value, kUnreserved);
  });
}

CallValues::Filled CallValues::in_json(std::string_view text) const {
  return fill(text, [](std::string& out, std::string_view name, const std::string& value) {
    if (name == "body") {
      out += value;
      return;
    }
    std::string token;
    append_json_string(token, value);
    out += std::string_view(token).substr(1, token.size() - 2);
  });
}

CallValues::Filled CallValues::plain(std::string_view text) const {
  return fill(text, [](std::string& out, std::string_view, const std::string& value) { out += value; });
}

}  // namespace kgw
