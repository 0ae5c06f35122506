#include "admin/resolutions.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "admin/plain_text.hpp"
#include "base/limits.hpp"
#include "http/json_form.hpp"
#include "wire/shown/card_mask.hpp"

namespace kgw {
namespace {

// An answer that says what happened, and that its caller may not have got: it can only be confirmed.
bool is_to_be_claimed(const StoredExchange& x) { return x.unclaimed && x.outcome == Outcome::known; }

// What an answer leaves to be said about it; nullopt: either.
std::optional<Resolution> said_by(const StoredExchange& x) {
  switch (x.result.value_or(AnswerResult::unclassified)) {
    case AnswerResult::success: return Resolution::done;
    case AnswerResult::declined:
    case AnswerResult::failed: return Resolution::not_done;
    case AnswerResult::error:
    case AnswerResult::unknown:
    case AnswerResult::unclassified: return std::nullopt;
  }
  return std::nullopt;
}

// Why there is nothing to resolve; nullopt: there is.
std::optional<Fault> refusal(const StoredExchange& x, Resolution asked) {
  const auto fault = [](std::string message) {
    return Fault{ErrorCode::nothing_to_resolve, std::move(message)};
  };
  if (is_to_be_claimed(x)) {
    const auto said = said_by(x);
    if (!said || *said == asked) return std::nullopt;
    return fault("The kiosk answered this request (" + std::string(name(*x.result)) +
                 ") and its caller may not know; that can only be resolved as " + std::string(name(*said)) +
                 ".");
  }
  if (x.resolved)
    return fault("'" + x.resolved->by + "' has already resolved this request as " +
                 std::string(name(x.resolved->result)) + "; that stands.");
  switch (x.outcome) {
    case Outcome::unknown: return std::nullopt;
    case Outcome::open:
      return fault(
          "This request is still running; resolve it when it has timed out and its outcome is unknown.");
    case Outcome::known:
      return fault(
          "The kiosk answered this request, its outcome is known and its answer is claimed; there is "
          "nothing to resolve.");
    case Outcome::not_executed:
      return fault("This request was never sent to the kiosk; there is nothing to resolve.");
  }
  return std::nullopt;
}

std::string detail_of(const ResolutionForm& what) {
  std::string text(name(what.result));
  if (!what.note.empty()) text.append(": ").append(what.note);
  return text;
}

}  // namespace

bool is_resolution_note(std::string_view text) { return is_plain_text(text, limits::kResolutionNoteCharsMax); }

Result<ResolutionForm> parse_resolution_form(std::string_view json) {
  JsonMember members[] = {{"result"}, {"note"}};
  const auto object = parse_form(json, members, false);
  if (!object) return object.error();
  ResolutionForm form;
  const auto* const result = object->if_contains("result");
  const auto known =
      result != nullptr && result->is_string() ? resolution_named(result->get_string()) : std::nullopt;
  if (!known) return bad_member("result", "\"done\" or \"not_done\"");
  form.result = *known;
  const auto* const note = object->if_contains("note");
  if (note == nullptr || note->is_null()) return form;
  if (!note->is_string() || !is_resolution_note(note->get_string()))
    return bad_member("note", "a string of at most " + std::to_string(limits::kResolutionNoteCharsMax) +
                                  " characters without control characters");
  form.note = note->get_string();
  return form;
}

void Resolutions::resolve(const Actor& actor, const RequestId& id, ExchangeView view, ResolutionForm form,
                          const Done& callback) {
  form.note = mask_cards(form.note);
  auto change = [this, actor, id, view = std::move(view), form = std::move(form), callback] {
    history_.find_visible_exchange(
        id, view, [this, actor, id, form, callback](Result<std::optional<StoredExchange>> found) {
          const auto refuse = [&](const Fault& fault) {
            callback(fault);
            with_.queue.done();
          };
          if (!found) return refuse(found.error());
          if (!*found) {
            const bool forgotten = history_.may_be_forgotten(id);
            return refuse(Fault{forgotten ? ErrorCode::request_expired : ErrorCode::request_not_found, {}});
          }
          if (const auto why = refusal(**found, form.result)) return refuse(*why);
          write(actor, std::move(**found), form, callback);
        });
  };
  if (!with_.queue.add(std::move(change))) callback(Fault{ErrorCode::overloaded, {}});
}

void Resolutions::write(const Actor& actor, StoredExchange exchange, const ResolutionForm& form,
                        Done callback) {
  const WallTime now = with_.loop.now().wall;
  if (is_to_be_claimed(exchange)) {
    const ClaimedRecord claimed{exchange.id, exchange.order.kiosk_id, now, ClaimedBy::person};
    exchange.unclaimed = false;
    return put(claimed, actor, std::move(exchange), form, std::move(callback));
  }
  const Resolved what{form.result, form.note, actor.name, now};
  const ResolvedRecord record{exchange.id, exchange.order.kiosk_id, what,
                              exchange.order.claim ? std::optional(exchange.order.claim->key) : std::nullopt,
                              exchange.order.order_claim};
  exchange.resolved = std::make_shared<const Resolved>(what);
  put(record, actor, std::move(exchange), form, std::move(callback));
}

void Resolutions::put(RegistryChange record, const Actor& actor, StoredExchange exchange,
                      const ResolutionForm& form, Done callback) {
  std::vector<RegistryChange> changes{std::move(record), actor.did(with_.loop.now().wall, "request_resolved",
                                                                   exchange.id.text(), detail_of(form))};
  with_.registry.write_registry(std::move(changes),
                                [this, exchange = std::move(exchange), by = actor.name, result = form.result,
                                 callback = std::move(callback)](const Result<void>& done) {
                                  if (done) {
                                    shell_.onlookers().tell(&Onlooker::on_request_resolved, exchange);
                                    with_.log.write(LogLevel::info, "request_resolved",
                                                    {{"request_id", exchange.id},
                                                     {"kiosk_id", exchange.order.kiosk_id},
                                                     {"result", name(result)},
                                                     {"by", by}});
                                  }
                                  callback(done ? Result<StoredExchange>(exchange) : done.error());
                                  with_.queue.done();
                                });
}

}  // namespace kgw
