// /log [topic] [off|errors|all]: what is published in the log chat.
#include <algorithm>

#include "telegram/bot.hpp"
#include "telegram/command.hpp"

namespace kgw::telegram {
namespace {

void show(const Talk& talk) {
  std::string html = talk.words({"The log chat receives:\n", "В чат журнала попадает:\n"});
  const LogDepths& depths = talk.bot().log_chat().depths();
  for (std::size_t i = 0; i < kLogTopics; ++i)
    html += talk.words({"<b>{}</b> {}\n", "<b>{}</b> {}\n"},
                       {kLogTopicNames[i], kLogDepthNames[static_cast<std::size_t>(depths[i])]});
  talk.say_html(html + talk.words({"Change: <code>/log payment errors</code>",
                                   "Изменить: <code>/log payment errors</code>"}));
}

void run(Talk talk) {
  const std::string topic = talk.take_word();
  const std::string depth = talk.take_word();
  if (topic.empty()) return show(talk);
  const auto* const at = std::find(kLogTopicNames.begin(), kLogTopicNames.end(), topic);
  const auto* const how = std::find(kLogDepthNames.begin(), kLogDepthNames.end(), depth);
  if (at == kLogTopicNames.end() || how == kLogDepthNames.end()) return talk.say_usage();
  LogDepths depths = talk.bot().log_chat().depths();
  depths[static_cast<std::size_t>(at - kLogTopicNames.begin())] =
      static_cast<LogDepth>(how - kLogDepthNames.begin());
  talk.console().keep("telegram.log", text_of(depths), [talk, depths](const Result<void>& done) {
    if (!done) return talk.say_fault(done.error());
    talk.bot().log_chat().set(depths);
    show(talk);
  });
}

}  // namespace

const Command& command_log() {
  static const Command command{.name = "log",
                               .arguments = {"[connections|payment|fiscal|kds|print|other] [off|errors|all]",
                                             "[connections|payment|fiscal|kds|print|other] [off|errors|all]"},
                               .about = {"what the log chat receives", "что попадает в чат журнала"},
                               .place = 260,
                               .changes = true,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
