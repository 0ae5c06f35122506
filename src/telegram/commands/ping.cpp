// /ping <id>: whether a kiosk answers, and how fast.
#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {

const Command& command_ping() {
  static const Command command{
      .name = "ping",
      .arguments = {"<id>", "<ID>"},
      .about = {"does the kiosk answer?", "отвечает ли киоск?"},
      .place = 60,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        talk.console().ping(*id, [talk, id = *id](const Result<std::chrono::nanoseconds>& trip) {
          if (!trip) return talk.say_fault(trip.error());
          const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*trip).count();
          talk.say({"🏓 <b>{}</b> answered in {} ms.", "🏓 <b>{}</b> ответил за {} мс."},
                   {id, std::to_string(ms)});
        });
      }};
  return command;
}

}  // namespace kgw::telegram
