// What the admin API takes about kiosks, and what it refuses by name.
#include <gtest/gtest.h>

#include "admin/kiosk_form.hpp"

namespace kgw {
namespace {

TEST(KioskForm, TakesWhatIsKnown) {
  const auto form =
      parse_kiosk_form(R"({"id":"shop_1","name":"Лавка","max_in_flight":null})", KioskFormUse::add);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->id, "shop_1");
  EXPECT_EQ(form->name, "Лавка");
  EXPECT_EQ(form->max_in_flight, 0U);
  EXPECT_TRUE(parse_kiosk_form("", KioskFormUse::token));
}

TEST(KioskForm, RefusesByName) {
  const struct {
    const char* json;
    const char* part;
  } bad[] = {
      {R"({"id":"a","id":"b"})", "'id' is in the object twice"},
      {R"({"id":"a","nmae":"x"})", "'nmae' is not a known member"},
      {R"({"id":"a b"})", "'id'"},
      {R"({"id":5})", "'id'"},
      {R"({"id":"a","max_in_flight":0})", "'max_in_flight'"},
      {R"({"id":"a","max_in_flight":1.5})", "'max_in_flight'"},
      {R"({"id":"a","name":"\u0007"})", "'name'"},
      {R"({"id":"a","enabled":true})", "'enabled' is not a known member"},
      {R"({})", "'id' is missing"},
      {R"([])", "one JSON object"},
      {R"({"id":"a"} x)", "at byte 11"},
      {"", "at byte 0"},
  };
  for (const auto& [json, part] : bad) {
    const auto form = parse_kiosk_form(json, KioskFormUse::add);
    ASSERT_FALSE(form) << json;
    EXPECT_NE(form.error().message.find(part), std::string::npos) << json << " -> " << form.error().message;
  }
}

TEST(KioskForm, ATitleHas128CharactersWhateverTheirBytes) {
  std::string text;
  for (int i = 0; i < 128; ++i) text += "\xf0\x9f\x8d\x95";
  EXPECT_TRUE(is_kiosk_title(text));
  EXPECT_FALSE(is_kiosk_title(text + "x"));
  EXPECT_FALSE(is_kiosk_title("\xc2\x85"));
  EXPECT_FALSE(is_kiosk_title("\xff"));
}

}  // namespace
}  // namespace kgw
