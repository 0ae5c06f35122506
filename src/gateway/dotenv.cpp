#include "gateway/dotenv.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

// `text` is what stands behind '='. Gives what is wrong with it; nullptr: nothing, `out` is the value.
const char* take_unquoted(std::string_view text, std::string& out) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '#' && is_blank(text[i - 1])) text = text.substr(0, i);
  out = trim(text);
  return nullptr;
}

const char* take_quoted(std::string_view text, std::string& out) {
  const char quote = text.front();
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    const bool escape =
        quote == '"' && text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escape) ++i;
    out += text[i];
  }
  if (i >= text.size()) return "has a quote that does not end; a value stands on one line";
  const std::string_view rest = text.substr(i + 1);
  const std::string_view behind = trim(rest);
  const bool comment = behind.starts_with('#') && is_blank(rest.front());
  return behind.empty() || comment ? nullptr : "has text behind the closing quote; quote the whole value";
}

const char* take_value(std::string_view text, std::string& out) {
  const std::string_view value = trim(text);
  if (value.starts_with('"') || value.starts_with('\'')) return take_quoted(value, out);
  return take_unquoted(text, out);
}

void take_line(std::string_view line, int number, Dotenv& out) {
  const auto fault = [&](const std::string& text) {
    out.faults.push_back("line " + std::to_string(number) + " " + text);
  };
  if (line.starts_with("export ") || line.starts_with("export\t")) line = trim(line.substr(7));
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return fault("is not NAME=value; write it so, or put # in front of it");
  const std::string name(trim(line.substr(0, equals)));
  if (!is_name(name)) return fault("has no name before '='; a name is letters, digits and _");
  Dotenv::Entry entry{"", number};
  if (const char* const wrong = take_value(line.substr(equals + 1), entry.value)) return fault(wrong);
  auto [found, fresh] = out.entries.try_emplace(name, entry);
  if (fresh) return;
  if (found->second.value != entry.value)
    out.warnings.push_back("lines " + std::to_string(found->second.line) + " and " + std::to_string(number) +
                           " set the same name; the last one counts");
  found->second = std::move(entry);
}

}  // namespace

Dotenv parse_dotenv(std::string_view text) {
  Dotenv out;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') take_line(line, number, out);
  }
  return out;
}

}  // namespace kgw
