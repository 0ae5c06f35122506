#include "wire/shown/last_words.hpp"

#include <array>
#include <span>

#include "wire/json_scan.hpp"
#include "wire/shown/card_mask.hpp"

namespace kgw {
namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;
constexpr std::size_t kWordsBytesMax = 100;  // of each of the two
constexpr std::size_t kCodes = 4;            // the first of the members; the others are sentences

bool is_scalar(const JsonMember& member) {
  return member.count != 0 && member.kind != JsonKind::object && member.kind != JsonKind::array &&
         member.kind != JsonKind::null;
}

std::string text_of(const JsonMember& member) {
  std::string text = member.kind == JsonKind::string ? json_unescape(member.value) : std::string(member.value);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  text = mask_cards(text);
  if (text.size() <= kWordsBytesMax) return text;
  std::size_t size = kWordsBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;  // no half character
  return text.substr(0, size) + "…";
}

std::string first_of(std::span<const JsonMember> members) {
  for (const JsonMember& member : members) {
    if (!is_scalar(member)) continue;
    if (std::string text = text_of(member); !text.empty()) return text;
  }
  return {};
}

}  // namespace

std::string last_words(std::string_view answer) {
  if (answer.size() > kAnswerBytesMax) return {};
  std::array<JsonMember, 10> members{{{"error"},
                                      {"error_code"},
                                      {"response_code"},
                                      {"code"},
                                      {"message"},
                                      {"error_message"},
                                      {"response_message"},
                                      {"detail"},
                                      {"reason"},
                                      {"description"}}};
  if (!json_scan(answer, members).is_object) return {};
  const std::span<const JsonMember> all(members);
  std::string words = first_of(all.first(kCodes));
  if (const std::string sentence = first_of(all.subspan(kCodes)); !sentence.empty() && sentence != words)
    words.append(words.empty() ? "" : ": ").append(sentence);
  return words;
}

}  // namespace kgw
