#include "telegram/text.hpp"

#include <gtest/gtest.h>

#include "telegram/exchange_words.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {
namespace {

const std::string kPizza = "\xf0\x9f\x8d\x95";  // two UTF-16 units
const std::string kEllipsis = "\xe2\x80\xa6";

TEST(Text, EscapesWhatHtmlTakesForItsOwn) {
  EXPECT_EQ(escape_html("<b>&\"'\n" + kPizza), "&lt;b&gt;&amp;&quot;'\n" + kPizza);
  EXPECT_EQ(escape_html("a\xff"
                        "b\xc3"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
}

TEST(Text, CountsUtf16) {
  EXPECT_EQ(utf16_units("abc"), 3U);
  EXPECT_EQ(utf16_units("киоск"), 5U);
  EXPECT_EQ(utf16_units(kPizza), 2U);
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(cut_html("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_html("abcdefg", 6), "abcde" + kEllipsis);
  EXPECT_EQ(cut_html("ab" + kPizza + kPizza, 5), "ab" + kPizza + kEllipsis);
  EXPECT_EQ(cut_html("abc" + kPizza + kPizza, 5), "abc" + kEllipsis) << "never half a pair";
}

TEST(Text, CutsBetweenEntitiesAndClosesWhatIsOpen) {
  EXPECT_EQ(cut_html("ab&amp;cdefgh", 6), "ab" + kEllipsis);
  EXPECT_EQ(cut_html("<b>abcdefghij</b>", 12), "<b>abcd" + kEllipsis + "</b>");
  EXPECT_EQ(cut_html("<b>a</b><code>bcd</code>", 12), "<b>a</b>" + kEllipsis);
}

// Whatever is cut wherever: within the bound, tags balanced, no entity and no character torn.
TEST(Text, CutAnywhereItParses) {
  const std::string html =
      "<b>Киоск &lt;1&gt;</b> " + kPizza + "<pre>{&quot;a&quot;: <i>x</i>" + kPizza + "}</pre> end";
  for (std::size_t units = 1; units <= utf16_units(html) + 1; ++units) {
    const std::string cut = cut_html(html, units);
    EXPECT_LE(utf16_units(cut), std::max<std::size_t>(units, 1)) << cut;
    int depth = 0;
    for (std::size_t at = 0; at < cut.size(); ++at) {
      if (cut[at] == '<') {
        ASSERT_NE(cut.find('>', at), std::string::npos) << cut;
        depth += cut[at + 1] == '/' ? -1 : 1;
      }
      if (cut[at] == '&') {
        ASSERT_LE(cut.find(';', at), at + 5) << cut;
      }
    }
    EXPECT_EQ(depth, 0) << cut;
    EXPECT_EQ(escape_html(plain_of(cut)).find("\xef\xbf\xbd"), std::string::npos) << cut;
  }
}

TEST(Text, PlainIsWhatPeopleSee) {
  EXPECT_EQ(plain_of("<b>a</b> &lt;&amp;&gt; &quot;<code>x</code>"), "a <&> \"x");
}

TEST(Text, MasksCardsAndNothingElse) {
  EXPECT_EQ(mask_cards("4111111111111111"), "411111******1111");
  EXPECT_EQ(mask_cards("card 4111 1111-1111 1111."), "card 4111 11**-**** 1111.");
  EXPECT_EQ(mask_cards("\"pan\":\"5500000000000004\""), "\"pan\":\"550000******0004\"");
  for (const char* const text :
       {"4111111111111112", "123456789012", "1234567890123456789012", "2026-11-25 16:30:05", ""})
    EXPECT_EQ(mask_cards(text), text);
}

TEST(Words, EnglishAndRussianCount) {
  const auto en = [](std::int64_t n) { return counted(Language::en, kKioskNoun, n); };
  EXPECT_EQ(en(0), "0 kiosks");
  EXPECT_EQ(en(1), "1 kiosk");
  EXPECT_EQ(en(21), "21 kiosks");
  const auto ru = [](std::int64_t n) { return counted(Language::ru, kKioskNoun, n); };
  for (const int n : {1, 21, 101, 1001, 10'021}) EXPECT_EQ(ru(n), std::to_string(n) + " киоск");
  for (const int n : {2, 3, 4, 22, 104, 10'023}) EXPECT_EQ(ru(n), std::to_string(n) + " киоска");
  for (const int n : {0, 5, 10, 11, 12, 13, 14, 19, 20, 111, 112, 1014, 10'000})
    EXPECT_EQ(ru(n), std::to_string(n) + " киосков");
}

TEST(Words, SpansHaveTheirTwoLargestUnits) {
  using std::chrono::seconds;
  EXPECT_EQ(span_of(Language::en, seconds(0)), "0 s");
  EXPECT_EQ(span_of(Language::en, seconds(59)), "59 s");
  EXPECT_EQ(span_of(Language::en, seconds(120)), "2 min");
  EXPECT_EQ(span_of(Language::ru, seconds(3725)), "1 ч 2 мин");
  EXPECT_EQ(span_of(Language::en, seconds(2 * 86'400 + 59)), "2 d");
}

TEST(Words, FillsAndEscapes) {
  EXPECT_EQ(fill(Language::en, {"<b>{}</b>: {}", "-"}, {"<&>", "2"}), "<b>&lt;&amp;&gt;</b>: 2");
  EXPECT_EQ(fill(Language::ru, {"-", "нет {}"}, {}), "нет {}");
  EXPECT_EQ(fill(Language::en, {"{}{}", "-"}, {"{}", "x"}), "{}x") << "a value is not filled again";
}

TEST(Words, LanguagesByTheirCodes) {
  EXPECT_EQ(language_named("ru-RU"), Language::ru);
  EXPECT_EQ(language_named("en"), Language::en);
  EXPECT_FALSE(language_named("de"));
  EXPECT_FALSE(language_named(""));
}

TEST(Words, EveryAlertSaysSomethingInBoth) {
  for (std::size_t i = 0; i < kAlertKindCount; ++i) {
    AlertNews news{{.kind = static_cast<AlertKind>(i), .kiosk_id = "<k>", .amount = 1, .detail = "d"}, false};
    news.alert.ended_at = news.alert.raised_at;
    for (const bool ended : {false, true}) {
      news.ended = ended;
      EXPECT_NE(words_of(Language::en, news), words_of(Language::ru, news));
      EXPECT_EQ(words_of(Language::ru, news).find("<k>"), std::string::npos);
      EXPECT_EQ(words_of(Language::en, news).find("{}"), std::string::npos);
    }
  }
}

TEST(Words, ADeviceThatDoesNotWork) {
  AlertNews news{{.kind = AlertKind::device_failing,
                  .kiosk_id = "till",
                  .amount = 3,
                  .detail = "connection_refused",
                  .operation = "payment"},
                 false};
  EXPECT_EQ(
      words_of(Language::en, news),
      "🔴 Kiosk <b>till</b>: the card terminal does not work, 3 errors in a row (connection_refused). Check "
      "that it is on and connected.");
  EXPECT_EQ(
      words_of(Language::ru, news),
      "🔴 Киоск <b>till</b>: платёжный терминал не работает, 3 ошибки подряд (connection_refused). Проверьте "
      "питание и подключение.");
  news.alert.operation = "coffee<";
  EXPECT_NE(words_of(Language::ru, news).find("устройство для coffee&lt; не работает"), std::string::npos);
}

TEST(Words, EveryResultHasItsOwnInBoth) {
  for (const AnswerResult one : kAnswerResults)
    for (const AnswerResult other : kAnswerResults) {
      if (one == other) continue;
      EXPECT_NE(words_of(one).en, words_of(other).en);
      EXPECT_NE(words_of(one).ru, words_of(other).ru);
      if (one == AnswerResult::success) {
        EXPECT_NE(sign_of(one), sign_of(other));
      }
    }
}

TEST(ExchangeWords, WhatMattersOfEachOperation) {
  const std::string body = R"({"order_id":12,"sum":1000.10,"secret":"s","items":[1],"currency":"RUB"})";
  EXPECT_EQ(request_fields("payment", body), "order_id=12 sum=1000.10 currency=RUB");
  EXPECT_EQ(request_fields("other", body), "order_id=12");
  EXPECT_EQ(
      answer_fields("payment", R"({"status":"success","rrn":"1","pan":"4111111111111111","x":1,"error":null})"),
      "status=success rrn=1 pan=411111******1111");
  EXPECT_EQ(answer_fields("fiscal", R"({"status":"ok","fd":77,"url":"http://x"})"),
            "status=ok fd=77 url=http://x");
  for (const char* const broken : {"", "{", "[]", "null", "{\"body\":1}"}) {
    EXPECT_EQ(request_fields("payment", broken), "");
    EXPECT_EQ(answer_fields("payment", broken), "");
  }
}

TEST(TelegramText, blanks_as_phones_write_them) {
  const std::string text = "a\xC2\xA0\xE2\x80\xAF b\n";
  EXPECT_EQ(find_blank(text), 1U);
  EXPECT_EQ(skip_blanks(text, 1), text.find('b'));
  EXPECT_EQ(trim("\xC2\xA0 x\xE3\x80\x80y \xE2\x80\x83"), "x\xE3\x80\x80y");
  EXPECT_EQ(trim("\xC2\xA0\t"), "");
  EXPECT_EQ(trim("\xC2"), "\xC2") << "half a character";
  EXPECT_EQ(find_blank("\xE2\x80\xA6"), 3U) << "an ellipsis is none";
}

TEST(TelegramText, offsets_from_utc) {
  using std::chrono::minutes;
  EXPECT_EQ(parse_utc_offset("+3"), minutes(180));
  EXPECT_EQ(parse_utc_offset("3"), minutes(180));
  EXPECT_EQ(parse_utc_offset("+5:30"), minutes(330));
  EXPECT_EQ(parse_utc_offset("-3:30"), minutes(-210));
  EXPECT_EQ(parse_utc_offset("-0:30"), minutes(-30));
  EXPECT_EQ(parse_utc_offset("+05:45"), minutes(345));
  EXPECT_EQ(parse_utc_offset("UTC+14"), minutes(840));
  EXPECT_EQ(parse_utc_offset("\xE2\x88\x92"
                             "3:30"),
            minutes(-210));
  for (const std::string_view text :
       {"", "+", "+15", "-12:30", "+5:60", "+5:3", "+5:", "5.5", "+-3", "3h", "+005"})
    EXPECT_EQ(parse_utc_offset(text), std::nullopt) << text;
  EXPECT_EQ(utc_offset_text(minutes(330)), "UTC+5:30");
  EXPECT_EQ(utc_offset_text(minutes(-30)), "UTC-0:30");
  EXPECT_EQ(utc_offset_text(minutes(-185)), "UTC-3:05");
  EXPECT_EQ(utc_offset_text(minutes(0)), "UTC+0");
}

}  // namespace
}  // namespace kgw::telegram
