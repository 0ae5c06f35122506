// Texts in the languages that the bot speaks. A phrase is one text in each of them; "{}" in it is replaced by
// values, escaped. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "alerts/alert.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/result.hpp"
#include "core/answer_result.hpp"

namespace kgw::telegram {

enum class Language : std::uint8_t { en, ru };
std::string_view code_of(Language language);
// "ru", "ru-RU"; nullopt for a language that the bot does not speak.
std::optional<Language> language_named(std::string_view code);

struct Phrase {
  std::string_view en;
  std::string_view ru;
  std::string_view in(Language language) const { return language == Language::ru ? ru : en; }
};

// HTML: each "{}" is replaced by the next value, escaped.
std::string fill(Language language, const Phrase& phrase, std::initializer_list<std::string_view> values = {});

// The plural forms of a noun, by CLDR: one, other; one, few, many.
struct Noun {
  std::string_view en_one, en_other;
  std::string_view ru_one, ru_few, ru_many;
};
std::string_view form(Language language, const Noun& noun, std::int64_t count);
std::string counted(Language language, const Noun& noun, std::int64_t count);  // "5 kiosks"

inline constexpr Noun kKioskNoun{"kiosk", "kiosks", "киоск", "киоска", "киосков"};
inline constexpr Noun kKeyNoun{"key", "keys", "ключ", "ключа", "ключей"};
inline constexpr Noun kMinuteNoun{"minute", "minutes", "минута", "минуты", "минут"};
inline constexpr Noun kDayNoun{"day", "days", "день", "дня", "дней"};
inline constexpr Noun kRequestNoun{"request", "requests", "запрос", "запроса", "запросов"};
inline constexpr Noun kMessageNoun{"message", "messages", "сообщение", "сообщения", "сообщений"};
inline constexpr Noun kAlertNoun{"alert", "alerts", "оповещение", "оповещения", "оповещений"};
inline constexpr Noun kTimeNoun{"time", "times", "раз", "раза", "раз"};
inline constexpr Noun kErrorNoun{"error", "errors", "ошибка", "ошибки", "ошибок"};

// The two largest units: "2 d 3 h", "5 min", "12 s".
std::string span_of(Language language, std::chrono::milliseconds span);
// For people: "2026-11-25 16:30:05 UTC".
std::string moment_of(WallTime at);
std::string date_of(WallTime at);

// What went wrong, for people: the fault's own sentence in English, the error code's in Russian.
std::string words_of(Language language, const Fault& fault);
Phrase words_of(ErrorCode code);

// What an answer says: a sign and a word or two. No two results share a sign but those that blame the device.
std::string_view sign_of(AnswerResult result);
Phrase words_of(AnswerResult result);

// An alert's text, as HTML.
std::string words_of(Language language, const AlertNews& news);
Phrase title_of(AlertKind kind);

}  // namespace kgw::telegram
