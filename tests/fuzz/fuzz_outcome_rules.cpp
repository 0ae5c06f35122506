// What an answer says, against a second opinion on the built-in table: Boost.JSON's reading and plain
// comparisons. Boost keeps the last of the members with the same name, which is one way to read an answer;
// where the members differ, the result is that one or `unknown`.
#include <boost/json/src.hpp>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "base/check.hpp"
#include "boost_json_judge.hpp"
#include "wire/outcome_rules.hpp"

namespace {

using namespace kgw;

bool is_one_of(const std::optional<std::string>& text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (text == word) return true;
  return false;
}

std::optional<std::string> text_of(const boost::json::object& answer, std::string_view name) {
  const boost::json::value* const value = answer.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return ascii::lowered(std::string_view(value->as_string()));
}

AnswerResult expected(const boost::json::object& answer) {
  const auto status = text_of(answer, "status");
  const auto error = text_of(answer, "error");
  if (status == "error") {
    if (is_one_of(error, {"connection_refused", "route_not_found"})) return AnswerResult::failed;
    if (is_one_of(error,
                  {"timeout", "other", "processing_error", "http_error", "interrupted", "invalid_response"}))
      return AnswerResult::unknown;
    return AnswerResult::error;
  }
  if (status == "timeout") return AnswerResult::unknown;
  if (is_one_of(status, {"success", "approved", "ok", "paid", "completed", "done"}))
    return AnswerResult::success;
  if (is_one_of(status, {"declined", "rejected", "refused", "cancelled", "canceled", "failed", "not_ok"}))
    return AnswerResult::declined;
  return AnswerResult::unclassified;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OutcomeRules rules;
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  const AnswerResult result = rules.classify("payment", answer);

  JsonMember members[2];
  members[0].name = "status";
  members[1].name = "error";
  const std::string_view text = without_bom(answer);
  const JsonScan scan = json_scan(text, members);
  if (!scan.is_object) {
    KGW_CHECK(result == AnswerResult::unknown);
    return 0;
  }
  if (judge::without_surrogates(text) != text) return 0;
  boost::json::error_code ec;
  const boost::json::value value = boost::json::parse(text, ec, {}, judge::options());
  if (ec) return 0;  // of what the two differ in, fuzz_json_scan knows
  const bool differs = members[0].differs || members[1].differs;
  KGW_CHECK(result == expected(value.as_object()) || (differs && result == AnswerResult::unknown));
  return 0;
}
