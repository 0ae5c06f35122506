// How tokens and keys are shown: once, in a message that is deleted.
#pragma once

#include "telegram/command.hpp"

namespace kgw::telegram {

// `what`: a phrase with one "{}" for the kiosk or key.
inline void say_token(const Talk& talk, const Phrase& what, const IssuedSecret& issued) {
  std::string html = talk.words(what, {issued.about});
  html += talk.words({"\n\n<code>{}</code>\n", "\n\n<code>{}</code>\n"}, {issued.text});
  if (issued.expires_at)
    html += talk.words({"\nValid until {}.", "\nДействует до {}."}, {date_of(*issued.expires_at)});
  html += talk.words({" It is shown only once; this message is deleted after 10 minutes.",
                      " Он показывается только один раз; сообщение будет удалено через 10 минут."});
  talk.say_secret(html);
}

}  // namespace kgw::telegram
