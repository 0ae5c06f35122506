// The `.env` file: NAME=value lines. Pure; knows nothing of which names there are.
//
// A line is NAME=value, with or without `export ` before it; blank lines and lines that begin with '#' say
// nothing. Spaces around name and value don't count. Without quotes, a value ends where a space and '#' begin a
// comment. 'In these' everything stands for itself; "in these" too, but \" for a quote and \\ for a backslash;
// behind the closing quote only a comment may follow. A value stands on one line; $NAME is not replaced. A name
// that is there twice counts as the shell does it, the last one, with a warning. BOM and CRLF are allowed.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

struct Dotenv {
  struct Entry {
    std::string value;
    int line = 0;
  };
  std::map<std::string, Entry> entries;
  // Sentences that name the line, and never what stands in it: it may be a secret.
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

Dotenv parse_dotenv(std::string_view text);

}  // namespace kgw
