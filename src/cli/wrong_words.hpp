// What to say when a command line can't be read: CLI11 tells of a missing subcommand where a word is wrong.
// This names the word and the nearest one.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kgw {

// `help kiosk add` and `kiosk help` as `kiosk add --help`: the words to parse instead.
std::vector<std::string> with_help(std::vector<std::string> words);

// Prints help, version or what is wrong with `words` (the line without the program's name); gives the exit
// code: 0 or 2.
int exit_of(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error,
            std::ostream& out, std::ostream& err);

}  // namespace kgw
