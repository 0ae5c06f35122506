// /audit [kiosk or key]: who changed what, newest first.
#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRows = 15;

void run(Talk talk) {
  talk.console().find_audit(talk.take_word(), kRows, [talk](const Result<std::vector<StoredAudit>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (found->empty()) return talk.say({"Nothing has been changed yet.", "Пока ничего не менялось."});
    std::string html;
    for (const StoredAudit& row : *found) {
      const AuditRecord& line = row.record;
      html += talk.words({"{} <b>{}</b> {} {} {}\n", "{} <b>{}</b> {} {} {}\n"},
                         {moment_of(line.at).substr(5, 14), line.action, line.target, line.actor,
                          cut_plain(line.detail, 100)});
    }
    talk.say_html(html);
  });
}

}  // namespace

const Command& command_audit() {
  static const Command command{.name = "audit",
                               .arguments = {"[kiosk or key]", "[киоск или ключ]"},
                               .about = {"who changed what", "кто что менял"},
                               .place = 240,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
