#include "env/dotenv.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

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
    return ascii::is_alnum(c) || c == '_' || c == '.' || c == '-';
  });
}

constexpr bool begins_variable(char c) { return ascii::is_alpha(c) || c == '_'; }
constexpr bool in_variable(char c) { return ascii::is_alnum(c) || c == '_'; }

// Until all references are replaced, marks the next byte as literal: an escaped dollar, or this very byte,
// which a value may contain like any other.
constexpr char kPlain = '\x01';

// Returns the position of the '}' of the reference whose inside begins at `text`, or npos.
std::size_t end_of_reference(std::string_view text) {
  int depth = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kPlain) {
      ++i;
      continue;
    }
    if (text.substr(i).starts_with("${")) ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// Replaces the references of one value.
class Expansion {
 public:
  Expansion(const Dotenv& above, const LookUp& environment) : above_(above), environment_(environment) {}

  std::string expand(std::string_view text, int depth = 0) {
    std::string out;
    while (!text.empty() && fault_.empty()) {
      if (text.front() == kPlain) {
        out += text.substr(1, 1);
        text.remove_prefix(std::min<std::size_t>(2, text.size()));
      } else if (text.starts_with("$${")) {
        out += "${";
        text.remove_prefix(3);
      } else if (text.starts_with("${")) {
        text.remove_prefix(2);
        const std::size_t end = end_of_reference(text);
        if (end == std::string_view::npos || depth == kDepthMax) return refuse_form();
        out += resolve(text.substr(0, end), depth);
        text.remove_prefix(end + 1);
      } else {
        const bool bare = text.size() > 1 && text[0] == '$' && (begins_variable(text[1]) || text[1] == '$');
        bare_ = bare_ || bare;
        out += text.front();
        text.remove_prefix(1);
      }
    }
    return out;
  }
  const std::string& fault() const { return fault_; }
  bool bare() const { return bare_; }

 private:
  static constexpr int kDepthMax = 8;

  std::string refuse_form() {
    fault_ =
        "has a ${ that is not a reference like ${NAME} or ${NAME:-text}; put the value in single quotes if it "
        "is meant literally";
    return {};
  }

  std::string resolve(std::string_view inside, int depth) {
    const auto* const end = std::find_if_not(inside.begin(), inside.end(), in_variable);
    const std::string name(inside.begin(), end);
    std::string_view rest = inside.substr(name.size());
    if (name.empty() || !begins_variable(name.front())) return refuse_form();
    const auto value = look_up(name);
    const bool or_empty = rest.starts_with(':');
    if (or_empty) rest.remove_prefix(1);
    const bool there = value && !(or_empty && value->empty());
    const char how = rest.empty() ? '\0' : rest.front();
    if ((or_empty || !rest.empty()) && how != '-' && how != '+' && how != '?') return refuse_form();
    if (how == '+') return there ? expand(rest.substr(1), depth + 1) : "";
    if (there) return *value;
    if (how == '-') return expand(rest.substr(1), depth + 1);
    fault_ = "refers to ${" + name + "}, which is set neither in the environment nor in a line above it";
    if (how == '?' && rest.size() > 1) fault_ += " (" + std::string(rest.substr(1)) + ")";
    return {};
  }

  std::optional<std::string> look_up(const std::string& name) const {
    if (environment_)
      if (auto value = environment_(name)) return value;
    const auto found = above_.entries.find(name);
    if (found == above_.entries.end() || !found->second.fault.empty()) return std::nullopt;
    return found->second.value;
  }

  const Dotenv& above_;
  const LookUp& environment_;
  std::string fault_;
  bool bare_ = false;
};

// `text` is what follows '='. Returns what is wrong with it, or nullptr with the value in `out`.
const char* take_unquoted(std::string_view text, std::string& out) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '#' && is_blank(text[i - 1])) text = text.substr(0, i);
  for (const char c : trim(text)) {
    if (c == kPlain) out += kPlain;
    out += c;
  }
  return nullptr;
}

const char* take_quoted(std::string_view text, std::string& out) {
  const char quote = text.front();
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    const char next = quote == '"' && text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '"' || next == '\\' || next == '$') ++i;
    if (quote == '"' && (next == '$' || text[i] == kPlain)) out += kPlain;
    out += text[i];
  }
  if (i >= text.size()) return "has a quote that is never closed; a value must be on one line";
  const std::string_view rest = text.substr(i + 1);
  const std::string_view behind = trim(rest);
  const bool comment = behind.starts_with('#') && is_blank(rest.front());
  return behind.empty() || comment ? nullptr : "has text after the closing quote; quote the whole value";
}

const char* take_value(std::string_view text, std::string& out, bool& literal) {
  const std::string_view value = trim(text);
  literal = value.starts_with('\'');
  if (value.starts_with('"') || literal) return take_quoted(value, out);
  return take_unquoted(text, out);
}

void expand(Dotenv::Entry& entry, const Dotenv& above, const LookUp& environment) {
  Expansion expansion(above, environment);
  entry.value = expansion.expand(entry.value);
  entry.fault = expansion.fault();
  entry.has_bare_dollar = expansion.bare();
}

void take_line(std::string_view line, int number, const LookUp& environment, Dotenv& out) {
  const auto fault = [&](const std::string& text) {
    out.faults.push_back("line " + std::to_string(number) + " " + text);
  };
  if (line.starts_with("export ") || line.starts_with("export\t")) line = trim(line.substr(7));
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos)
    return fault("is not NAME=value; write it that way, or put # in front of it");
  const std::string name(trim(line.substr(0, equals)));
  if (!is_name(name)) return fault("has no name before '='; a name is letters, digits and _");
  Dotenv::Entry entry;
  entry.line = number;
  bool literal = false;
  if (const char* const wrong = take_value(line.substr(equals + 1), entry.value, literal)) return fault(wrong);
  if (!literal) expand(entry, out, environment);
  auto [found, fresh] = out.entries.try_emplace(name, entry);
  if (fresh) return;
  if (found->second.value != entry.value)
    out.warnings.push_back("lines " + std::to_string(found->second.line) + " and " + std::to_string(number) +
                           " set the same name; the last one is used");
  found->second = std::move(entry);
}

}  // namespace

Dotenv parse_dotenv(std::string_view text, const LookUp& environment) {
  Dotenv out;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    out.faults.emplace_back("is in UTF-16, which is how Windows PowerShell saves files; save it as UTF-8");
    return out;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') take_line(line, number, environment, out);
  }
  return out;
}

}  // namespace kgw
