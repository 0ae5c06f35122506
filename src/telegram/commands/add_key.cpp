// /add_key <name> [send|read]: creates an API key; never with scope admin.
#include "telegram/command.hpp"
#include "telegram/secret_words.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {

const Command& command_add_key() {
  static const Command command{
      .name = "add_key",
      .arguments = {"<name> [send|read]", "<имя> [send|read]"},
      .about = {"create an API key and show it", "создать ключ API, показать его"},
      .place = 210,
      .changes = true,
      .secret = true,
      .run = [](Talk talk) {
        const std::string name = talk.take_word();
        const std::string scope = talk.take_word();
        if (scope == "admin")
          return talk.say({"🔒 Admin keys can't be created in a chat. Run this on the gateway's machine: "
                           "<code>kiosk-gateway key add {} --scope admin</code>",
                           "🔒 Ключ администратора нельзя создать в чате. Выполните на сервере шлюза: "
                           "<code>kiosk-gateway key add {} --scope admin</code>"},
                          {cut_plain(name, 100)});
        if (name == "admin")
          return talk.say({"<b>admin</b> is the gateway's own key; choose another name.",
                           "<b>admin</b> — ключ самого шлюза; выберите другое имя."});
        if (!is_name(name) || (!scope.empty() && scope != "send" && scope != "read")) return talk.say_usage();
        talk.console().add_key(
            talk.user(), name, scope == "read" ? Scope::read : Scope::send,
            [talk](const Result<IssuedSecret>& issued) {
              if (!issued) return talk.say_fault(issued.error());
              say_token(talk, {"✅ Key <b>{}</b> was created.", "✅ Ключ <b>{}</b> создан."}, *issued);
            });
      }};
  return command;
}

}  // namespace kgw::telegram
