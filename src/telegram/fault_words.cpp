// Errors, in words for people who type commands. Pure.
// Implements telegram/words.hpp.
#include "telegram/text.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {

Phrase words_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kiosk_not_found:
      return {"There is no such kiosk; /list_kiosks shows all kiosks.",
              "Такого киоска нет; /list_kiosks покажет, какие есть."};
    case ErrorCode::kiosk_offline:
      return {"The kiosk is offline: check its power and network.",
              "Киоск не на связи: проверьте питание и сеть."};
    case ErrorCode::kiosk_disabled:
      return {"The kiosk is disabled; enable it with /enable_kiosk.",
              "Киоск выключен; включить: /enable_kiosk."};
    case ErrorCode::kiosk_busy:
      return {"The kiosk is busy; try again in a moment.", "Киоск занят; попробуйте чуть позже."};
    case ErrorCode::request_not_found: return {"There is no such request.", "Такого запроса нет."};
    case ErrorCode::request_expired:
      return {"The outcome of this request is no longer known; it may have been sent. Check the kiosk.",
              "Исход этого запроса уже не узнать; возможно, он был отправлен. Проверьте на киоске."};
    case ErrorCode::nothing_to_resolve:
      return {"There is nothing to resolve: its outcome is known, or somebody has resolved it.",
              "Решать нечего: исход известен, или кто-то его уже указал."};
    case ErrorCode::not_found:
      return {"There is no such key; /list_keys shows all keys.",
              "Такого ключа нет; /list_keys покажет, какие есть."};
    case ErrorCode::already_exists:
      return {"That name is already in use; choose another one.", "Это имя уже занято; выберите другое."};
    case ErrorCode::timeout:
      return {"No answer came in time, so the outcome is unknown. Check the terminal before trying again.",
              "Ответ не пришёл вовремя, исход неизвестен. Прежде чем повторять, проверьте на терминале."};
    case ErrorCode::invalid_response:
      return {
          "The kiosk's answer could not be read, so the outcome is unknown. Check the terminal before trying "
          "again.",
          "Ответ киоска не удалось прочитать, исход неизвестен. Прежде чем повторять, проверьте на терминале."};
    case ErrorCode::invalid_json: return {"The text is not valid JSON.", "Это некорректный JSON."};
    case ErrorCode::payload_too_large: return {"The text is too large.", "Текст слишком большой."};
    case ErrorCode::store_unavailable:
      return {"The store is down; nothing was changed or sent. Try again later.",
              "Хранилище недоступно, ничего не изменено и не отправлено; попробуйте позже."};
    case ErrorCode::draining:
      return {"The gateway is shutting down; try again in a minute.",
              "Шлюз перезапускается; попробуйте через минуту."};
    case ErrorCode::overloaded:
      return {"The gateway is overloaded or full; try again later.",
              "Шлюз перегружен или достиг предела; попробуйте позже."};
    default: return {"That did not work.", "Не получилось."};
  }
}

std::string words_of(Language language, const Fault& fault) {
  const Phrase words = words_of(fault.code);
  // The gateway's own sentences are more specific, but in English.
  if (language == Language::en && !fault.message.empty() && fault.code != ErrorCode::already_exists &&
      fault.code != ErrorCode::not_found)
    return escape_html(fault.message);
  std::string text(words.in(language));
  if (!fault.message.empty() && language == Language::ru &&
      (fault.code == ErrorCode::invalid_json || fault.code == ErrorCode::invalid_argument))
    text.append(" (").append(escape_html(fault.message)).append(")");
  return text;
}

}  // namespace kgw::telegram
