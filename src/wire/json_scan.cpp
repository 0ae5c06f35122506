// The validating pass (RFC 8259): iterative, so that depth costs one bit instead of stack; a single word
// remembers for each open bracket whether it is an object. Every byte is decided on once, so time is linear.
// No state, no heap.
#include "wire/json_scan.hpp"

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "base/text_blocks.hpp"

namespace kgw {
namespace {

static_assert(limits::kJsonDepthMax <= 64, "the stack of open brackets is one 64-bit word");

using ascii::is_digit;

class Scanner {
 public:
  Scanner(std::string_view text, std::span<JsonMember> members)
      : begin_(text.data()), p_(begin_), end_(begin_ + text.size()), members_(members) {}

  JsonScan run() {
    for (JsonMember& member : members_) {
      const std::string_view name = member.name;
      member = {};
      member.name = name;
    }
    JsonScan result;
    result.valid = text();
    result.is_object = result.valid && top_ == JsonKind::object;
    if (!result.valid) {
      result.error = error_;
      result.error_offset = static_cast<std::size_t>(p_ - begin_);
    }
    return result;
  }

 private:
  bool fail(const char* error) {
    error_ = p_ == end_ ? "the text ends unexpectedly" : error;
    return false;
  }
  bool fail_at(const char* p, const char* error) {
    p_ = p;
    return fail(error);
  }

  void white_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  bool in_object() const { return (objects_ & 1) != 0; }

  bool text() {
    if (end_ - p_ >= 3 && p_[0] == '\xef' && p_[1] == '\xbb' && p_[2] == '\xbf') return fail("byte order mark");
    white_space();
    if (p_ == end_) return fail("");
    if (!value()) return false;
    while (depth_ != 0)
      if (!after_value()) return false;
    white_space();
    return p_ == end_ || fail("unexpected text after the value");
  }

  // Scans one value; of an object or array only its beginning, up to its first scalar or its end:
  // after_value() continues.
  bool value() {
    for (;;) {
      white_space();
      if (depth_ == 1 && wanted_ != nullptr) value_at_ = p_;
      const JsonKind kind = kind_here();
      if (depth_ == 0) top_ = kind;
      if (depth_ == 1) member_kind_ = kind;
      if (kind != JsonKind::object && kind != JsonKind::array) return scalar(kind) && (value_done(), true);
      if (depth_ == limits::kJsonDepthMax) return fail("nested too deeply");
      ++p_;
      ++depth_;
      objects_ = objects_ << 1 | (kind == JsonKind::object ? 1U : 0U);
      white_space();
      if (p_ != end_ && *p_ == (in_object() ? '}' : ']')) {
        close();
        return true;
      }
      if (in_object() && !name()) return false;
    }
  }

  // Called after a complete value inside an object or array: scans what comes next, and the next value if
  // there is one.
  bool after_value() {
    white_space();
    if (p_ == end_) return fail("");
    if (*p_ == (in_object() ? '}' : ']')) {
      close();
      return true;
    }
    if (*p_ != ',') return fail(in_object() ? "expected ',' or '}'" : "expected ',' or ']'");
    ++p_;
    if (in_object()) {
      white_space();
      if (!name()) return false;
    }
    return value();
  }

  void close() {
    ++p_;
    --depth_;
    objects_ >>= 1;
    value_done();
  }

  // Called at the end of a value; records it if the caller wants its member.
  void value_done() {
    if (depth_ != 1 || wanted_ == nullptr) return;
    const std::string_view value(value_at_, static_cast<std::size_t>(p_ - value_at_));
    if (wanted_->count > 1) {
      wanted_->differs = wanted_->differs || value != wanted_->value;
    } else {
      wanted_->value = value;
      wanted_->kind = member_kind_;
      wanted_->escaped = escaped_;
    }
    wanted_ = nullptr;
  }

  JsonKind kind_here() const {
    switch (p_ == end_ ? '\0' : *p_) {
      case '{': return JsonKind::object;
      case '[': return JsonKind::array;
      case '"': return JsonKind::string;
      case 't':
      case 'f': return JsonKind::boolean;
      case 'n': return JsonKind::null;
      default: return JsonKind::number;  // or no valid value: number() reports that
    }
  }

  bool scalar(JsonKind kind) {
    switch (kind) {
      case JsonKind::string: return string();
      case JsonKind::boolean: return literal(*p_ == 't' ? "true" : "false");
      case JsonKind::null: return literal("null");
      default: return number();
    }
  }

  // Scans a member's name and its colon.
  bool name() {
    if (p_ == end_ || *p_ != '"') return fail("expected a member name in quotes");
    const char* const start = p_;
    escaped_ = false;
    if (!string()) return false;
    if (depth_ == 1 && !members_.empty())
      look_for(std::string_view(start, static_cast<std::size_t>(p_ - start)));
    white_space();
    if (p_ == end_ || *p_ != ':') return fail("expected ':'");
    ++p_;
    return true;
  }

  void look_for(std::string_view token) {
    wanted_ = nullptr;
    const std::string_view plain = token.substr(1, token.size() - 2);
    for (JsonMember& member : members_) {
      if (escaped_ ? !json_equals(token, member.name) : plain != member.name) continue;
      ++member.count;
      wanted_ = &member;
      break;
    }
    escaped_ = false;  // from here on of its value
  }

  bool literal(std::string_view word) {
    for (const char c : word) {
      if (p_ == end_ || *p_ != c) return fail("unexpected character");
      ++p_;
    }
    return true;
  }

  // Starts at a '"'; ends after the closing one.
  bool string() {
    ++p_;
    for (;;) {
      p_ = text::find_special(p_, end_);
      if (p_ == end_) return fail("");
      if (*p_ == '"') return ++p_, true;
      if (*p_ == '\\') {
        if (!escape()) return false;
        continue;
      }
      if (text::byte(*p_) < 0x20) return fail("control character in a string");
      while (p_ != end_ && text::byte(*p_) >= 0x80) {
        const std::size_t length = text::utf8_sequence(p_, end_);
        if (length == 0) return fail("not UTF-8");
        p_ += length;
      }
    }
  }

  bool escape() {
    escaped_ = true;
    ++p_;
    if (p_ == end_) return fail("");
    switch (*p_) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't': ++p_; return true;
      case 'u': break;
      default: return fail("unknown escape in a string");
    }
    ++p_;
    for (int i = 0; i < 4; ++i, ++p_)
      if (p_ == end_ || !hex::is_digit(*p_)) return fail("expected four hexadecimal digits after \\u");
    return true;
  }

  bool digits() {
    if (p_ == end_ || !is_digit(*p_)) return fail("expected a digit");
    while (p_ != end_ && is_digit(*p_)) ++p_;
    return true;
  }

  bool number() {
    const char* const start = p_;
    if (p_ != end_ && *p_ == '-') ++p_;
    else if (p_ == end_ || !is_digit(*p_)) return fail("unexpected character");
    if (p_ != end_ && *p_ == '0') {
      ++p_;
      if (p_ != end_ && is_digit(*p_)) return fail("a number begins with 0");
    } else if (!digits()) {
      return false;
    }
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return false;
    }
    if (static_cast<std::size_t>(p_ - start) > limits::kJsonNumberCharsMax)
      return fail_at(start + limits::kJsonNumberCharsMax, "a number is too long");
    return true;
  }

  const char* const begin_;
  const char* p_;
  const char* const end_;
  const std::span<JsonMember> members_;
  const char* error_ = "";
  const char* value_at_ = nullptr;
  JsonMember* wanted_ = nullptr;           // the member whose value is being read,
  JsonKind member_kind_ = JsonKind::null;  // and what kind of value it is
  std::uint64_t objects_ = 0;              // the innermost bracket is the lowest bit
  std::size_t depth_ = 0;
  bool escaped_ = false;  // whether the name, or the string, that was read last has an escape
  JsonKind top_ = JsonKind::null;
};

}  // namespace

JsonScan json_scan(std::string_view text, std::span<JsonMember> members) {
  return Scanner(text, members).run();
}

}  // namespace kgw
