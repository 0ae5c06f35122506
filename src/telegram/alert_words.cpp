// The texts of alerts. Pure.
// Implements telegram/words.hpp.
#include "telegram/text.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {
namespace {

constexpr Phrase kOwnCertificateEnds{
    "📜 The gateway's own certificate expires within {}, at {}. Renew it and send the gateway SIGHUP, or kiosks "
    "and "
    "backends will no longer connect.",
    "📜 Истекает срок сертификата самого шлюза: {} или меньше (до {}). Обновите его и пошлите шлюзу SIGHUP, "
    "иначе "
    "киоски и бэкенды не смогут подключиться."};
constexpr Phrase kStoreCertificateEnds{
    "📜 Redis' certificate expires within {}, at {}. Renew it, or the gateway will no longer be able to "
    "connect.",
    "📜 Истекает срок сертификата Redis: {} или меньше (до {}). Обновите его, иначе шлюз не сможет "
    "подключиться."};

std::string tokens_text(Language language, const Alert& alert) {
  const std::string kiosks = counted(language, kKioskNoun, alert.amount);
  const std::string days = counted(language, kDayNoun, alert.days);
  return fill(language,
              {"🔑 Kiosk tokens that expire within {}: {} ({}). Create new ones with /regenerate_token.",
               "🔑 Истекает срок токенов ({} или меньше): {} ({}). Создать новые: /regenerate_token."},
              {days, kiosks, alert.detail});
}

// What stands at the kiosk for this operation.
std::string device_of(Language language, std::string_view operation) {
  const auto is = [&](std::string_view one) { return operation == one; };
  if (is("payment")) return std::string(Phrase{"card terminal", "платёжный терминал"}.in(language));
  if (is("fiscal")) return std::string(Phrase{"fiscal printer", "фискальный регистратор"}.in(language));
  if (is("print")) return std::string(Phrase{"printer", "принтер"}.in(language));
  if (is("kds")) return std::string(Phrase{"kitchen display", "экран кухни"}.in(language));
  return std::string(Phrase{"device for ", "устройство для "}.in(language)).append(operation);
}

std::string unclaimed_text(Language language, const Alert& alert) {
  return fill(
      language,
      {"🔴 The kiosk reported success, but the backend may not have received the answer; number of "
       "such requests: {} (<code>{}</code>). Make sure that the backend knows of them: /requests unclaimed",
       "🔴 Киоск сообщил об успехе, но сервер, приславший запрос, мог не получить ответ. Таких "
       "запросов: {} (<code>{}</code>). Убедитесь, что он знает об этих операциях: /requests unclaimed"},
      {std::to_string(alert.amount), alert.detail});
}

std::string device_text(Language language, const Alert& alert) {
  return fill(language,
              {"🔴 Kiosk <b>{}</b>: the {} does not work, {} in a row ({}). Check that it is on and connected.",
               "🔴 Киоск <b>{}</b>: {} не работает, {} подряд ({}). Проверьте питание и подключение."},
              {alert.kiosk_id, device_of(language, alert.operation),
               counted(language, kErrorNoun, alert.amount), alert.detail});
}

std::string ended_text(Language language, const Alert& alert) {
  // A kiosk's offline alert is published `amount` minutes after it went offline.
  const auto told_after = std::chrono::minutes(alert.kind == AlertKind::kiosk_offline ? alert.amount : 0);
  const std::string span = span_of(language, *alert.ended_at - alert.raised_at + told_after);
  switch (alert.kind) {
    case AlertKind::payment_unknown:
      return fill(
          language,
          {"✅ Payment <code>{}</code> at <b>{}</b>: the answer has arrived late; the outcome is now known.",
           "✅ Платёж <code>{}</code> на <b>{}</b>: ответ пришёл с опозданием, исход теперь известен."},
          {alert.request_id.text(), alert.kiosk_id});
    case AlertKind::kiosk_offline:
      return fill(language,
                  {"🟢 Kiosk <b>{}</b> is online again after {}.",
                   "🟢 Киоск <b>{}</b> снова на связи после перерыва в {}."},
                  {alert.kiosk_id, span});
    case AlertKind::kiosk_flapping:
      return fill(language,
                  {"🟢 The connection of kiosk <b>{}</b> is stable again.",
                   "🟢 Связь с киоском <b>{}</b> снова устойчива."},
                  {alert.kiosk_id});
    case AlertKind::kiosk_failing:
      return fill(
          language,
          {"🟢 Kiosk <b>{}</b> works again.", "🟢 Киоск <b>{}</b> снова работает."},
          {alert.kiosk_id});
    case AlertKind::unclaimed_answer:
      return fill(language,
                  {"✅ The backend has received the answers that it may have missed: {}.",
                   "✅ Сервер получил ответы, которые мог пропустить: {}."},
                  {std::to_string(alert.amount)});
    case AlertKind::store_down:
      return fill(language,
                  {"🟢 The store works again after {}.",
                   "🟢 Хранилище снова работает после перерыва в {}."},
                  {span});
    case AlertKind::device_failing:
      return fill(
          language,
          {"🟢 Kiosk <b>{}</b>: the {} works again after {}.",
           "🟢 Киоск <b>{}</b>: {} снова работает после перерыва в {}."},
          {alert.kiosk_id, device_of(language, alert.operation), span});
    case AlertKind::callbacks_failing:
      return fill(
          language,
          {"🟢 Callbacks arrive again: {}", "🟢 Уведомления снова доходят: {}"},
          {alert.detail});
    default: return std::string(title_of(alert.kind).in(language));
  }
}

}  // namespace

Phrase title_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::payment_unknown: return {"payments with unknown outcome", "платежи с неизвестным исходом"};
    case AlertKind::kiosk_offline: return {"kiosks offline", "киоски не на связи"};
    case AlertKind::kiosk_flapping: return {"unstable connections", "неустойчивая связь"};
    case AlertKind::kiosk_failing: return {"failing kiosks", "киоски с ошибками"};
    case AlertKind::duplicate_connection: return {"second connections", "повторные подключения"};
    case AlertKind::tokens_expiring: return {"expiring tokens", "истекает срок токенов"};
    case AlertKind::store_down: return {"store down", "хранилище недоступно"};
    case AlertKind::durability_weak: return {"weak durability", "слабая сохранность"};
    case AlertKind::certificate_expiring: return {"expiring certificates", "истекает срок сертификатов"};
    case AlertKind::callbacks_failing: return {"failing callbacks", "уведомления не доходят"};
    case AlertKind::unclaimed_answer: return {"unclaimed answers", "неполученные ответы"};
    case AlertKind::device_failing: return {"failing devices", "не работают устройства"};
  }
  return {};
}

std::string words_of(Language language, const AlertNews& news) {
  const Alert& alert = news.alert;
  if (news.ended) return ended_text(language, alert);
  const std::string amount = std::to_string(alert.amount);
  switch (alert.kind) {
    case AlertKind::payment_unknown:
      return fill(language,
                  {"🔴 Payment <code>{}</code> at <b>{}</b>: nobody knows whether it went through ({}). Check "
                   "the terminal before trying again.",
                   "🔴 Платёж <code>{}</code> на <b>{}</b>: неизвестно, прошёл ли он ({}). Прежде чем "
                   "повторять, проверьте на терминале."},
                  {alert.request_id.text(), alert.kiosk_id, alert.detail});
    case AlertKind::kiosk_offline:
      return fill(language,
                  {"⚠️ Kiosk <b>{}</b> has been offline for {}.",
                   "⚠️ Киоск <b>{}</b> не на связи: {}."},
                  {alert.kiosk_id, counted(language, kMinuteNoun, alert.amount)});
    case AlertKind::kiosk_flapping:
      return fill(language,
                  {"⚠️ The connection of kiosk <b>{}</b> was lost {} within 10 minutes.",
                   "⚠️ Связь с киоском <b>{}</b> прервалась {} за 10 минут."},
                  {alert.kiosk_id, counted(language, kTimeNoun, alert.amount)});
    case AlertKind::kiosk_failing:
      return fill(
          language,
          {"⚠️ {}% of the requests to kiosk <b>{}</b> fail.",
           "⚠️ {}% запросов к киоску <b>{}</b> завершаются ошибкой."},
          {amount, alert.kiosk_id});
    case AlertKind::duplicate_connection:
      return fill(language,
                  {"⚠️ A second connection used the token of kiosk <b>{}</b>, from {}. If that is not your "
                   "device, create a new token: /regenerate_token.",
                   "⚠️ С токеном киоска <b>{}</b> подключается ещё "
                   "одно устройство, адрес {}. Если оно не ваше, смените токен: /regenerate_token."},
                  {alert.kiosk_id, alert.detail});
    case AlertKind::tokens_expiring: return tokens_text(language, alert);
    case AlertKind::store_down:
      return fill(language,
                  {"🔴 The journal can't be written, so no new requests are sent: {}.",
                   "🔴 Журнал недоступен для записи, поэтому новые запросы не отправляются: {}."},
                  {alert.detail});
    case AlertKind::durability_weak:
      return fill(language,
                  {"⚠️ Saved records may be lost: {}.",
                   "⚠️ Сохранённые записи могут потеряться: {}."},
                  {alert.detail});
    case AlertKind::certificate_expiring:
      return fill(language, alert.amount == 1 ? kOwnCertificateEnds : kStoreCertificateEnds,
                  {counted(language, kDayNoun, alert.days), alert.detail});
    case AlertKind::callbacks_failing:
      return fill(
          language,
          {"📭 Callbacks have failed for an hour: {}. They are tried again for 72 hours; check the receiver.",
           "📭 Уведомления не доходят уже час: {}. Попытки продолжаются 72 часа; проверьте получателя."},
          {alert.detail});
    case AlertKind::unclaimed_answer: return unclaimed_text(language, alert);
    case AlertKind::device_failing: return device_text(language, alert);
  }
  return {};
}

}  // namespace kgw::telegram
