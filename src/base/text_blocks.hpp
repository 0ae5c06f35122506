// Scans text 16 bytes at a time (SSE2, which every x86-64 has; byte by byte elsewhere), and holds the one
// definition of valid UTF-8 (RFC 3629). No state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kgw::text {

inline std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

// Returns the first byte in [p, end) that a JSON string can't hold unchanged or that is not ASCII: '"', '\\',
// a control character, a byte from 0x80; `end` if there is none.
inline const char* find_special(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  const auto marks = [&](__m128i block) {
    // Signed, bytes from 0x80 up are negative: one compare finds control characters and non-ASCII alike.
    const __m128i low = _mm_cmplt_epi8(block, space);
    const __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, mark)));
  };
  const auto special = [&](const char* at) {
    return marks(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  };
  const char* const begin = p;
  for (; end - p >= 16; p += 16)
    if (const unsigned found = special(p); found != 0) return p + __builtin_ctz(found);
  if (end - begin >= 16 && p != end) {  // the tail, overlapping what was scanned already
    const unsigned found = special(end - 16);
    return found == 0 ? end : end - 16 + __builtin_ctz(found);
  }
  if (end - p >= 8) {  // most names and ids: the first and the last eight bytes as one block
    const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    const __m128i last = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(end - 8));
    const unsigned found = marks(_mm_unpacklo_epi64(first, last));
    if (found == 0) return end;
    const int at = __builtin_ctz(found);
    return at < 8 ? p + at : end - 16 + at;
  }
#endif
  for (; p != end; ++p) {
    const std::uint8_t c = byte(*p);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return p;
  }
  return end;
}

// Returns the first byte in [p, end) that is not ASCII, or `end`.
inline const char* find_non_ascii(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const int found = _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    if (found != 0) return p + __builtin_ctz(static_cast<unsigned>(found));
  }
#endif
  while (p != end && byte(*p) < 0x80) ++p;
  return p;
}

// What may follow a UTF-8 lead byte: how many bytes, and the bounds of the first of them (RFC 3629 4: these
// exclude overlong forms, surrogates and code points above U+10FFFF). `need` is 0 if the byte starts no
// longer sequence.
struct Utf8Lead {
  std::uint8_t need = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
};

inline Utf8Lead utf8_lead(std::uint8_t lead) {
  if (lead < 0xc2) return {};
  if (lead < 0xe0) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};
  if (lead == 0xed) return {2, 0x80, 0x9f};
  if (lead < 0xf0) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};
  if (lead < 0xf4) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {};
}

// Returns the length of the valid sequence of two to four bytes at `p`, or 0 if there is none. Requires p !=
// end.
inline std::size_t utf8_sequence(const char* p, const char* end) {
  const Utf8Lead lead = utf8_lead(byte(*p));
  if (lead.need == 0 || end - p <= lead.need) return 0;
  if (byte(p[1]) < lead.low || byte(p[1]) > lead.high) return 0;
  for (std::size_t i = 2; i <= lead.need; ++i)
    if ((byte(p[i]) & 0xc0) != 0x80) return 0;
  return std::size_t{lead.need} + 1;
}

// Returns the size of the character at `at`; 1 if it is not valid UTF-8. Requires at < text.size().
inline std::size_t character_bytes(std::string_view text, std::size_t at) {
  if (byte(text[at]) < 0x80) return 1;
  const std::size_t size = utf8_sequence(text.data() + at, text.data() + text.size());
  return size == 0 ? 1 : size;
}

}  // namespace kgw::text
