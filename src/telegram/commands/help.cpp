// /help: every command with its arguments and a one-line description.
#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {

const Command& command_help() {
  static const Command command{.name = "help",
                               .arguments = {},
                               .about = {"all commands", "все команды"},
                               .place = 20,
                               .run = [](Talk talk) {
                                 std::string html;
                                 for (const Command* const one : commands()) {
                                   html.append("/").append(one->name);
                                   const std::string_view arguments = one->arguments.in(talk.language());
                                   if (!arguments.empty())
                                     html.append(" <code>").append(escape_html(arguments)).append("</code>");
                                   html.append(" — ").append(one->about.in(talk.language())).append("\n");
                                 }
                                 talk.say_html(html);
                               }};
  return command;
}

}  // namespace kgw::telegram
