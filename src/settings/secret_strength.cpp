#include "settings/secret_strength.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/ascii.hpp"

namespace kgw {
namespace {

// No random secret contains one of these, but placeholders do. "jwt" and the like may well be the prefix of a
// random secret, so only what remains without them is judged.
constexpr auto kWords = std::to_array<std::string_view>(
    {"secret",     "change",      "example",  "password", "passwd",     "placeholder", "default",  "replace",
     "production", "development", "insecure", "sample",   "qwerty",     "token",       "signing",  "kiosk",
     "gateway",    "service",     "super",    "random",   "string",     "value",       "your",     "here",
     "letmein",    "admin",       "please",   "minimum",  "characters", "chars",       "bytes",    "length",
     "private",    "security",    "strong",   "unsafe",   "testing",    "testtest",    "changeme", "demo",
     "generate",   "openssl",     "insert",   "something"});

// Lower case, with look-alikes ("s3cr3t", "p@ssw0rd") replaced by their letters.
char plain(char c) {
  constexpr std::string_view kFrom = "0134$5@7";
  constexpr std::string_view kTo = "oleassat";
  static_assert(kFrom.size() == kTo.size());
  const std::size_t at = kFrom.find(c);
  return at == std::string_view::npos ? ascii::lower(c) : kTo[at];
}

bool is_separator(char c) { return c == '_' || c == '-' || c == '.' || c == ' ' || c == ':' || c == '/'; }

// Returns the secret without dictionary words and separators; `any`: there were such words.
std::string without_words(std::string_view secret, bool& any) {
  std::string kept, letters;
  for (const char c : secret) {
    if (is_separator(c)) continue;
    kept += c;
    letters += plain(c);
  }
  std::vector<bool> said(kept.size());
  for (const std::string_view word : kWords)
    for (std::size_t at = letters.find(word); at != std::string::npos; at = letters.find(word, at + 1)) {
      any = true;
      std::fill_n(said.begin() + static_cast<std::ptrdiff_t>(at), word.size(), true);
    }
  std::string rest;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (!said[i]) rest += kept[i];
  return rest;
}

// Returns the length of the shortest piece that, repeated, makes up the text; the text's own length if there
// is none.
std::size_t period(std::string_view text) {
  for (std::size_t size = 1; size <= text.size() / 2; ++size)
    if (text.substr(size) == text.substr(0, text.size() - size)) return size;
  return text.size();
}

// "abcdef", "987654", "aaaa": each character is next to the one before.
bool is_sequence(std::string_view text) {
  std::size_t follow = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const int step = static_cast<unsigned char>(text[i]) - static_cast<unsigned char>(text[i - 1]);
    follow += step >= -1 && step <= 1 ? 1U : 0U;
  }
  return follow * 2 >= text.size();
}

bool is_words_only(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; }) ||
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::string weakness_of(std::string_view secret, std::size_t length_min) {
  constexpr std::size_t kDifferentMin = 8;
  if (secret.size() < length_min) return "it is shorter than " + std::to_string(length_min) + " bytes";
  if (period(secret) < length_min && period(secret) < secret.size()) return "it repeats itself";
  if (std::set<char>(secret.begin(), secret.end()).size() < kDifferentMin)
    return "it is made of only a few different characters";
  if (is_sequence(secret)) return "its characters are consecutive";
  bool any = false;
  const std::string rest = without_words(secret, any);
  if (any && (rest.size() < length_min || is_words_only(rest) || is_sequence(rest)))
    return "it is made of words, like a placeholder";
  return "";
}

}  // namespace kgw
