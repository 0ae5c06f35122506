// /kiosk <id>: all about one kiosk: its connection, the round-trip time, its last requests.
#include "telegram/command.hpp"
#include "telegram/request_words.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRequests = 5;
constexpr std::size_t kConnections = 5;

std::string head_of(const Talk& talk, const KioskRow& row) {
  std::string html(row.online_since ? "🟢 " : row.record.enabled ? "🔴 " : "⏸ ");
  html += kiosk_title(row.record) + "\n";
  if (row.online_since)
    html += talk.words({"online for {}, from {}\n", "на связи {}, адрес {}\n"},
                       {span_of(talk.language(), talk.now() - *row.online_since), row.address});
  else
    html += talk.words(row.record.enabled ? Phrase{"offline\n", "не на связи\n"}
                                          : Phrase{"disabled\n", "выключен\n"});
  if (!row.agent_version.empty())
    html += talk.words({"agent: kiosk-agent {}\n", "агент: kiosk-agent {}\n"}, {row.agent_version});
  html += talk.words({"running: {}, waiting: {}\n", "в работе: {}, ждут: {}\n"},
                     {std::to_string(row.in_flight), std::to_string(row.waiting)});
  html +=
      talk.words({"token valid until {}\n", "токен действует до {}\n"}, {date_of(row.record.token_expires_at)});
  return html;
}

void say_all(const Talk& talk, const std::string& id, std::string html) {
  talk.console().find_connections(
      id, kConnections, [talk, id, html](const Result<std::vector<StoredConnection>>& rows) {
        std::string more = html;
        if (rows && !rows->empty()) more += talk.words({"\n<b>Connection</b>\n", "\n<b>Связь</b>\n"});
        if (rows)
          for (const StoredConnection& row : *rows)
            more +=
                talk.words({"{} {} {}\n", "{} {} {}\n"}, {row.up ? "▲" : "▼", moment_of(row.at), row.reason});
        talk.console().find_requests(
            id, kRequests, [talk, more](const Result<std::vector<StoredExchange>>& requests) {
              std::string whole = more;
              if (requests && !requests->empty())
                whole += talk.words({"\n<b>Latest requests</b>\n", "\n<b>Последние запросы</b>\n"});
              if (requests)
                for (const StoredExchange& x : *requests) whole += request_line(talk.language(), x);
              talk.say_html(whole);
            });
      });
}

void run(Talk talk) {
  const auto id = take_kiosk_id(talk);
  if (!id) return;
  const auto row = talk.console().kiosk(*id);
  if (!row) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
  const std::string head = head_of(talk, *row);
  if (!row->online_since) return say_all(talk, *id, head);
  talk.console().ping(*id, [talk, id = *id, head](const Result<std::chrono::nanoseconds>& trip) {
    const std::string line =
        trip
            ? talk.words({"round trip: {} ms\n", "отклик: {} мс\n"},
                         {std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*trip).count())})
            : talk.words({"⚠️ does not answer a ping\n",
                          "⚠️ не отвечает на проверку связи\n"});
    say_all(talk, id, head + line);
  });
}

}  // namespace

const Command& command_kiosk() {
  static const Command command{.name = "kiosk",
                               .arguments = {"<id>", "<ID>"},
                               .about = {"everything about one kiosk", "всё об одном киоске"},
                               .place = 50,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
