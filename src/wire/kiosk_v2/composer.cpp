#include "wire/kiosk_v2/composer.hpp"

#include <charconv>
#include <utility>

#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "wire/kiosk_v2/members.hpp"

namespace kgw::kiosk_v2 {
namespace {

constexpr std::size_t kUsualBytes = 160;  // of a message without what it carries

void append_id(std::string& out, const RequestId& id) {
  out += '"';
  out.resize(out.size() + RequestId::kTextSize);
  id.write_to(out.data() + out.size() - RequestId::kTextSize);
  out += '"';
}

}  // namespace

void append_whole(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto [end, failed] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

Composer::Composer(std::string_view type, std::size_t carried) {
  out_.reserve(kUsualBytes + carried);
  out_ += R"({"type":")";
  out_ += type;
  out_ += '"';
}

std::string& Composer::member(std::string_view name) {
  out_ += ",\"";
  out_ += name;
  out_ += "\":";
  return out_;
}

void Composer::id(const RequestId& id) { append_id(member("request_id"), id); }

void Composer::ids(std::string_view name, std::span<const RequestId> ids) {
  member(name) += '[';
  for (const RequestId& id : ids) {
    if (out_.back() != '[') out_ += ',';
    append_id(out_, id);
  }
  out_ += ']';
}

void Composer::text(std::string_view name, std::string_view text) { append_json_string(member(name), text); }

void Composer::text(std::string_view name, std::string_view text, std::size_t bytes_max) {
  if (!text.empty()) append_json_string(member(name), cut(text, bytes_max));
}

void Composer::names(std::string_view name, std::span<const std::string_view> names) {
  member(name) += '[';
  for (const std::string_view element : names) {
    if (out_.back() != '[') out_ += ',';
    append_json_string(out_, element);
  }
  out_ += ']';
}

void Composer::whole(std::string_view name, std::uint64_t number) { append_whole(member(name), number); }

void Composer::time(std::string_view name, Milliseconds time) {
  whole(name, time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count()));
}

void Composer::flag(std::string_view name, bool flag) { member(name) += flag ? "true" : "false"; }

void Composer::carry(std::string_view name, std::string_view value) { member(name) += value; }

Result<std::string> Composer::end() && {
  out_ += '}';
  if (out_.size() > limits::kFrameBytesMax)
    return Fault{ErrorCode::payload_too_large, "The message is larger than 1 MiB."};
  return std::move(out_);
}

}  // namespace kgw::kiosk_v2
