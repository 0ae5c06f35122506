#include "cli/wrong_words.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "base/edit_distance.hpp"
#include "base/table.hpp"

namespace kgw {
namespace {

constexpr std::size_t kWordCharsMax = 40;

// Other tools' words for our commands.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kOtherWords{
    {{"ls", "list"},
     {"all", "list"},
     {"rm", "remove"},
     {"del", "remove"},
     {"delete", "remove"},
     {"create", "add"},
     {"new", "add"},
     {"make", "add"},
     {"register", "add"},
     {"get", "show"},
     {"info", "show"},
     {"describe", "show"},
     {"tail", "follow"},
     {"watch", "follow"},
     {"start", "serve"},
     {"run", "serve"},
     {"server", "serve"},
     {"check", "check-config"},
     {"config", "check-config"},
     {"dashboard", "dashboard-link"},
     {"status", "healthcheck"},
     {"pay", "send"}}};

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  auto all = app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
  return {all.begin(), all.end()};
}

// Returns the command that `word` was probably meant to be, or "".
std::string nearest(const CLI::App& app, const std::string& word) {
  if (word.size() > kWordCharsMax) return "";
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const CLI::App* const command : commands_of(app)) {
    std::string name = command->get_name();
    for (const auto& [other, meant] : kOtherWords)
      if (other == word && meant == name) return name;
    const std::size_t far = edit_distance(word, name);
    if (far < least) {
      least = far;
      best = name;
    }
  }
  return best;
}

// Whether the option takes its value from the next word.
bool takes_next(const std::vector<const CLI::App*>& line, const std::string& word) {
  if (word.find('=') != std::string::npos) return false;
  return std::any_of(line.begin(), line.end(), [&](const CLI::App* app) {
    const CLI::Option* const option = app->get_option_no_throw(word);
    return option != nullptr && option->get_items_expected_max() > 0;
  });
}

// Returns the sentence about a word that is not a command, or "" if no word is wrong.
std::string wrong_word(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<const CLI::App*> line{&app};
  std::string path;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const CLI::App& here = *line.back();
    const std::vector<const CLI::App*> commands = commands_of(here);
    if (commands.empty()) return "";
    if (words[i].starts_with('-') && words[i] != "-") {
      if (takes_next(line, words[i])) ++i;
      continue;
    }
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const CLI::App* one) { return one->check_name(words[i]); });
    if (found == commands.end()) {
      const std::string near = nearest(here, words[i]);
      std::string text = "there is no command '" + path + printable(words[i]) + "'";
      if (!near.empty()) return text + "; did you mean '" + path + near + "'?";
      return text + ". There are:" + [&] {
        std::string all;
        for (const CLI::App* const one : commands) all.append(" ").append(one->get_name());
        return all;
      }() + ".";
    }
    line.push_back(*found);
    path += words[i] + " ";
  }
  if (commands_of(*line.back()).empty()) return "";
  std::string all;
  for (const CLI::App* const one : commands_of(*line.back())) all += " " + one->get_name();
  return "the command is incomplete" +
         (path.empty() ? std::string() : ": '" + path.substr(0, path.size() - 1) + "' needs one more word") +
         ". There are:" + all + ".";
}

}  // namespace

std::vector<std::string> with_help(std::vector<std::string> words) {
  const bool first = !words.empty() && words.front() == "help";
  const bool last = words.size() == 2 && words.back() == "help";
  if (first) words.erase(words.begin());
  else if (last) words.pop_back();
  if (first || last) words.emplace_back("--help");
  return words;
}

int exit_of(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error,
            std::ostream& out, std::ostream& err) {
  if (error.get_exit_code() == 0) return app.exit(error, out, err);
  const std::string wrong = wrong_word(app, words);
  if (wrong.empty()) {
    app.exit(error, out, err);
    return 2;
  }
  err << "kiosk-gateway: " << wrong << "\nSee `kiosk-gateway --help`.\n";
  return 2;
}

}  // namespace kgw
