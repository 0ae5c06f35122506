// The `.env` file: NAME=value lines. Pure; knows nothing of which names there are.
//
// A line is NAME=value, with or without `export ` before it; blank lines and lines that begin with '#' say
// nothing. Spaces around name and value don't count. Without quotes, a value ends where a space and '#' begin a
// comment. 'In these' everything stands for itself; "in these" too, but \" for a quote, \\ for a backslash and
// \$ for a dollar; behind the closing quote only a comment may follow. A value stands on one line. A name that
// is there twice counts as the shell does it, the last one, with a warning. BOM and CRLF are allowed.
//
// Outside of single quotes ${NAME} is replaced, as Docker Compose and python-dotenv do it: by the environment's
// value, else by that of a line above. ${NAME:-text} and ${NAME-text} have a text for when there is none (with
// ':' also when it is empty), ${NAME:+text} and ${NAME+text} one for when there is; ${NAME:?text} and
// ${NAME?text} refuse with it. The text may hold references itself. $${ is ${. What can't be resolved is told
// in the entry. $NAME stays as it is, with a warning: Compose would replace it, python-dotenv not.
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
    std::string fault;             // why a reference in it could not be resolved; then the value is of no use
    bool has_bare_dollar = false;  // $NAME or $$ stands in it, which Compose would replace
  };
  std::map<std::string, Entry> entries;
  // Sentences that name the line, and never what stands in it: it may be a secret.
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

// `environment` gives a variable's value; none: there is no environment.
using LookUp = std::function<std::optional<std::string>(const std::string&)>;
Dotenv parse_dotenv(std::string_view text, const LookUp& environment = {});

}  // namespace kgw
