// What a kiosk's answer says, for people. Pure.
// Implements telegram/words.hpp.
#include "telegram/words.hpp"

namespace kgw::telegram {

std::string_view sign_of(AnswerResult result) {
  switch (result) {
    case AnswerResult::success: return "✅";
    case AnswerResult::declined: return "🚫";
    case AnswerResult::failed:
    case AnswerResult::error: return "⚠️";
    case AnswerResult::unknown: return "🔴";
    case AnswerResult::unclassified: return "💬";
  }
  return "💬";
}

Phrase words_of(AnswerResult result) {
  switch (result) {
    case AnswerResult::success: return {"success", "успешно"};
    case AnswerResult::declined: return {"declined", "отклонено"};
    case AnswerResult::failed: return {"device not reached", "устройство недоступно"};
    case AnswerResult::error: return {"device error", "ошибка устройства"};
    case AnswerResult::unknown: return {"outcome unknown", "исход неизвестен"};
    case AnswerResult::unclassified: return {"answered", "есть ответ"};
  }
  return {};
}

}  // namespace kgw::telegram
