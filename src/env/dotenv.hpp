// The `.env` file: NAME=value lines. Pure; does not know which names exist.
//
// A line is NAME=value, optionally after `export `; blank lines and lines that begin with '#' are skipped.
// Spaces around name and value are ignored. Without quotes, a value ends where a space and '#' begin a
// comment. In 'single quotes' everything is literal; in "double quotes" too, except \" for a quote, \\ for a
// backslash and \$ for a dollar; only a comment may follow the closing quote. A value can't span lines. If a
// name is repeated, the last value applies, as in a shell, with a warning. BOM and CRLF are allowed.
//
// Outside single quotes ${NAME} is replaced as in Docker Compose and python-dotenv: with the environment's
// value, else with that of a line above. ${NAME:-text} and ${NAME-text} give a default for a missing variable
// (with ':' also for an empty one), ${NAME:+text} and ${NAME+text} a text for one that is set; ${NAME:?text}
// and ${NAME?text} fail with the text. The text may contain references itself. $${ is a literal ${. A
// reference that can't be resolved is reported in the entry. $NAME is left as it is, with a warning: Compose
// would replace it, python-dotenv would not.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

struct Dotenv {
  struct Entry {
    std::string value;
    int line = 0;
    std::string fault;             // why a reference could not be resolved; then `value` must not be used
    bool has_bare_dollar = false;  // contains $NAME or $$, which Compose would replace
  };
  std::map<std::string, Entry> entries;
  // Sentences that name the line but never its content, which may be a secret.
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

// Returns a variable's value or nullopt. An empty function: there is no environment.
using LookUp = std::function<std::optional<std::string>(const std::string&)>;
Dotenv parse_dotenv(std::string_view text, const LookUp& environment = {});

}  // namespace kgw
