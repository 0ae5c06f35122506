#include "yaml/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/table.hpp"
#include "base/text_blocks.hpp"

namespace kgw {
namespace {

constexpr const char* kNoAliases =
    "a * without quotes refers to an anchor, which is not supported here; write \"*\" in quotes, or the value "
    "itself";
constexpr const char* kNoProperties =
    "anchors (&name) and tags (!name) are not supported here; put the value in quotes if it begins with & or !";
// The library makes of them single bytes, which are not UTF-8 (yaml-cpp up to 0.8).
constexpr const char* kLatinEscape =
    "the escapes \\N and \\_ are not supported here; write the character itself, or \\x85 and \\xa0";
constexpr const char* kOpenQuote = "a quote is opened here but not closed";

// Thrown through the library, which has no other way to be stopped.
struct Stopped {
  YAML::Mark mark;
  std::string why;
};

bool is_utf8(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const std::size_t length = static_cast<unsigned char>(*p) < 0x80 ? 1 : text::utf8_sequence(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

// Turns the library's marks (from 0, the column in bytes) into places.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      starts_.push_back(at + 1);
  }
  YamlPlace of(const YAML::Mark& mark) const { return at(line_of(mark), offset_of(mark)); }
  std::string_view text_from(const YAML::Mark& mark) const {
    return text_.substr(std::min(offset_of(mark), text_.size()));
  }
  YamlPlace of_byte(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    return at(static_cast<std::size_t>(next - starts_.begin()) - 1, offset);
  }

 private:
  std::size_t line_of(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.line, 0)), starts_.size() - 1);
  }
  std::size_t offset_of(const YAML::Mark& mark) const {
    return starts_[line_of(mark)] + static_cast<std::size_t>(std::max(mark.column, 0));
  }
  YamlPlace at(std::size_t line, std::size_t offset) const {
    const std::string_view before = text_.substr(starts_[line], offset - starts_[line]);
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return {line + 1,
            1 + static_cast<std::size_t>(std::count_if(before.begin(), before.end(), starts_character))};
  }

  const std::string_view text_;
  std::vector<std::size_t> starts_{0};
};

// Whether the quoted scalar that `text` begins with is closed: yaml-cpp takes the end of the file for its end.
bool is_closed(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return true;
      ++i;  // two apostrophes are one
    }
  }
  return false;
}

// Builds the tree. A pointer to an open node stays valid: what holds it grows only when the node is closed.
class Builder : public YAML::EventHandler {
 public:
  inline static const std::string kNoTag = "?";

  Builder(const Places& places, const YamlBounds& bounds, YamlNode& root)
      : places_(places), bounds_(bounds), root_(root) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, kNoTag, anchor, YamlNode::Kind::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { throw Stopped{mark, kNoAliases}; }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::string_view text = places_.text_from(mark);
    if ((text.starts_with('"') || text.starts_with('\'')) && !is_closed(text)) throw Stopped{mark, kOpenQuote};
    if (!is_utf8(value)) throw Stopped{mark, kLatinEscape};
    const bool quoted = tag == "!" && !text.starts_with('!');
    add(mark, quoted ? kNoTag : tag, anchor, YamlNode::Kind::scalar).text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::mapping);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  YamlNode& add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (tag != kNoTag || anchor != 0) throw Stopped{mark, kNoProperties};
    if (++nodes_ > bounds_.nodes_max)
      throw Stopped{mark, "there are more than " + std::to_string(bounds_.nodes_max) + " values in this file"};
    YamlNode& node = open_.empty() ? root_ : open_.back()->items.emplace_back();
    node.kind = kind;
    node.place = places_.of(mark);
    return node;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (open_.size() == bounds_.depth_max) throw Stopped{mark, "nested too deeply"};
    open_.push_back(&add(mark, tag, anchor, kind));
  }

  const Places& places_;
  const YamlBounds bounds_;
  YamlNode& root_;
  std::vector<YamlNode*> open_;
  std::size_t nodes_ = 0;
};

// Where the library is at a loss, in words that help.
std::string in_words(const std::string& what) {
  struct Words {
    const char* theirs;
    const char* ours;
  };
  static const Words kWords[] = {
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a list that begins with [ does not end with ], or a comma is missing"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "what begins with { does not end with }, or a comma is missing"},
      {YAML::ErrorMsg::END_OF_MAP,
       "this line does not fit what stands above it; check the indentation and the colons"},
      {YAML::ErrorMsg::END_OF_SEQ,
       "this line does not fit the list above it; check the indentation and the dashes"},
      {YAML::ErrorMsg::MAP_VALUE,
       "a colon is not allowed here; check the indentation (spaces, no tabs), and put texts with a colon in "
       "quotes"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "a line is indented with a tab; use spaces"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, kOpenQuote},
      {YAML::ErrorMsg::ALIAS_NOT_FOUND, kNoAliases},
      {YAML::ErrorMsg::CHAR_IN_ALIAS, kNoAliases},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, kNoAliases},
      {YAML::ErrorMsg::BAD_FILE, "nested too deeply"},
  };
  for (const Words& words : kWords)
    if (what.starts_with(words.theirs)) return words.ours;
  return "this is not valid YAML: " + printable(what);
}

// What the library would take for something else: it stops without a word at the byte 4, and guesses other
// encodings.
std::optional<YamlFault> fault_of_bytes(std::string_view text, const Places& places) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const unsigned char c = static_cast<unsigned char>(*p);
    const auto offset = static_cast<std::size_t>(p - text.data());
    if (c >= 0x80) {
      const std::size_t length = text::utf8_sequence(p, end);
      if (length == 0) return YamlFault{places.of_byte(offset), "this is not UTF-8; save the file as UTF-8"};
      p += length;
      continue;
    }
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
      return YamlFault{places.of_byte(offset), "a control character stands here; remove it"};
    ++p;
  }
  return std::nullopt;
}

}  // namespace

std::string describe(const YamlFault& fault) {
  return "line " + std::to_string(fault.place.line) + ", column " + std::to_string(fault.place.column) + ": " +
         fault.text;
}

YamlDocument read_yaml(std::string_view text, const YamlBounds& bounds) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  YamlDocument document;
  const Places places(text);
  document.fault = fault_of_bytes(text, places);
  if (document.fault) return document;
  Builder builder(places, bounds, document.root);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) return document;
    YamlNode second;
    Builder more(places, bounds, second);
    if (parser.HandleNextDocument(more))
      document.fault = {second.place,
                        "a second document begins here; the file must hold only one (remove the ---)"};
  } catch (const Stopped& stopped) {
    document.fault = {places.of(stopped.mark), stopped.why};
  } catch (const YAML::Exception& wrong) {
    document.fault = {places.of(wrong.mark), in_words(wrong.msg)};
  }
  return document;
}

}  // namespace kgw
