// JsonObject: builds a JSON object member by member, for the gateway's own answers. Bodies from kiosks and
// backends only ever go through raw(), byte for byte. Names are not escaped.
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"

namespace kgw {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
    return *this;
  }
  // An empty value becomes null.
  JsonObject& text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? null(name) : text(name, value);
  }
  JsonObject& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  // Zero becomes null.
  JsonObject& number_or_null(std::string_view name, std::int64_t value) {
    return value == 0 ? null(name) : number(name, value);
  }
  // With three decimals.
  JsonObject& decimal(std::string_view name, double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed, 3);
    return raw(name, {text.data(), end.ptr});
  }
  JsonObject& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  JsonObject& null(std::string_view name) { return raw(name, "null"); }
  JsonObject& time(std::string_view name, std::optional<WallTime> value) {
    if (!value) return null(name);
    key(name);
    out_.push_back('"');
    append_rfc3339(out_, *value);
    out_.push_back('"');
    return *this;
  }
  // Requires `json` to be valid JSON.
  JsonObject& raw(std::string_view name, std::string_view json) {
    key(name);
    out_.append(json);
    return *this;
  }
  // An array of strings.
  JsonObject& texts(std::string_view name, const auto& values) {
    key(name);
    char before = '[';
    for (const std::string_view value : values) {
      out_.push_back(std::exchange(before, ','));
      append_json_string(out_, value);
    }
    if (before == '[') out_.push_back('[');
    out_.push_back(']');
    return *this;
  }
  // Returns the finished object; the builder must not be used again. Requires at least one member.
  std::string take() {
    out_.push_back('}');
    return std::move(out_);
  }

 private:
  void key(std::string_view name) {
    if (out_.empty()) out_.reserve(limits::kUsualRowBytes);  // grown at once and not in steps
    out_.append(out_.empty() ? "{\"" : ",\"", 2).append(name).append("\":", 2);
  }
  std::string out_;
};

}  // namespace kgw
