// What to say when a command line can't be parsed: where a word is wrong, CLI11 reports a missing subcommand.
// This names the word and the nearest valid one.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kgw {

// Turns `help kiosk add` and `kiosk help` into `kiosk add --help` etc.; returns the words to parse.
std::vector<std::string> with_help(std::vector<std::string> words);

// Prints the help, the version, or what is wrong with `words` (the command line without the program's name);
// returns the exit code, 0 or 2.
int exit_of(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error,
            std::ostream& out, std::ostream& err);

}  // namespace kgw
