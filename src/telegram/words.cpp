#include "telegram/words.hpp"

#include <array>
#include <cstdio>

#include "telegram/text.hpp"

namespace kgw::telegram {

std::string_view code_of(Language language) { return language == Language::ru ? "ru" : "en"; }

std::optional<Language> language_named(std::string_view code) {
  const std::string_view language = code.substr(0, code.find_first_of("-_"));
  if (language == "ru") return Language::ru;
  if (language == "en") return Language::en;
  return std::nullopt;
}

std::string fill(Language language, const Phrase& phrase, std::initializer_list<std::string_view> values) {
  std::string_view rest = phrase.in(language);
  std::string out;
  for (const std::string_view value : values) {
    const std::size_t at = rest.find("{}");
    if (at == std::string_view::npos) break;
    out.append(rest.substr(0, at)).append(escape_html(value));
    rest.remove_prefix(at + 2);
  }
  return out.append(rest);
}

std::string_view form(Language language, const Noun& noun, std::int64_t count) {
  if (language == Language::en) return count == 1 ? noun.en_one : noun.en_other;
  const std::int64_t tens = (count < 0 ? -count : count) % 100;
  const std::int64_t ones = tens % 10;
  if (ones == 1 && tens != 11) return noun.ru_one;
  if (ones >= 2 && ones <= 4 && (tens < 12 || tens > 14)) return noun.ru_few;
  return noun.ru_many;
}

std::string counted(Language language, const Noun& noun, std::int64_t count) {
  return std::to_string(count).append(" ").append(form(language, noun, count));
}

std::string span_of(Language language, std::chrono::milliseconds span) {
  struct Unit {
    std::int64_t seconds;
    Phrase name;
  };
  static constexpr std::array<Unit, 4> kUnits{
      {{86'400, {"d", "д"}}, {3600, {"h", "ч"}}, {60, {"min", "мин"}}, {1, {"s", "с"}}}};
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  std::size_t at = 0;
  while (at + 1 < kUnits.size() && seconds < kUnits[at].seconds) ++at;
  const auto shown = [&](std::size_t unit, std::int64_t of) {
    return std::to_string(of / kUnits[unit].seconds).append(" ").append(kUnits[unit].name.in(language));
  };
  std::string out = shown(at, seconds);
  const std::int64_t rest = seconds % kUnits[at].seconds;
  if (at + 1 < kUnits.size() && rest >= kUnits[at + 1].seconds) out.append(" ").append(shown(at + 1, rest));
  return out;
}

std::string moment_of(WallTime at) {
  const std::string text = rfc3339(at);
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string date_of(WallTime at) { return rfc3339(at).substr(0, 10); }

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
