#include "wire/trace_context.hpp"

namespace kgw {
namespace {

// Lower-case hexadecimal digits, not all of them zero.
bool is_id(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos && text.find_first_not_of('0') != text.npos;
}

}  // namespace

// version "-" trace id (32 digits) "-" parent id (16) "-" flags (2); later versions may have more behind that.
std::optional<std::string_view> trace_id_of(std::string_view traceparent) {
  constexpr std::size_t kSize = 55;
  if (traceparent.size() < kSize || traceparent.size() > 255) return std::nullopt;
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view flags = traceparent.substr(53, 2);
  const std::string_view trace_id = traceparent.substr(3, 32);
  const auto is_byte = [](std::string_view t) { return t.find_first_not_of("0123456789abcdef") == t.npos; };
  if (!is_byte(version) || version == "ff" || !is_byte(flags)) return std::nullopt;
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  if (!is_id(trace_id) || !is_id(traceparent.substr(36, 16))) return std::nullopt;
  const bool longer = traceparent.size() > kSize;
  if (longer && (version == "00" || traceparent[kSize] != '-')) return std::nullopt;
  return trace_id;
}

std::string trace_field(std::string_view traceparent) {
  if (traceparent.empty()) return {};
  std::string field = "traceparent: ";
  return field.append(traceparent).append("\r\n");
}

}  // namespace kgw
