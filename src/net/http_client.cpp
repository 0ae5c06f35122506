#include "net/http_client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/ascii.hpp"
#include "base/check.hpp"

namespace kgw {
namespace {

constexpr std::size_t kBeginningBytes = 1024;      // kept of an answer that is too large
constexpr std::size_t kFieldBytesMax = 64 * 1024;  // of an answer, all together
constexpr int kPollMs = 60'000;  // curl_multi_poll returns earlier when there is something to do

void start_curl_once() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  KGW_CHECK(started);
}

using AddressBytes = std::array<std::uint8_t, 16>;

// nullopt: neither IPv4 nor IPv6.
std::optional<AddressBytes> address_bytes(const sockaddr* address) {
  AddressBytes bytes{};
  if (address->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
    return bytes;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
  return bytes;
}

std::string address_text(const AddressBytes& bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_v4 = IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr*>(bytes.data()));
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data() + (is_v4 ? 12 : 0), text, sizeof text);
  return text;
}

// One request under way: curl's handle and what its callbacks fill.
struct Transfer {
  std::uint64_t id = 0;
  const MayConnect* may_connect = nullptr;  // null: to every address
  OutboundRequest request;
  OutboundAnswer answer;
  std::size_t field_bytes = 0;
  bool too_large = false;
  std::string forbidden;       // an address that may not be connected to
  bool opened_socket = false;  // to one that may
  char error[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> fields{nullptr, &curl_slist_free_all};

  void prepare();
  void finish(CURLcode code);

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle.get(), option, value);
  }
  void add_field(const char* line) {
    curl_slist* const longer = curl_slist_append(fields.get(), line);
    if (longer != nullptr) {
      static_cast<void>(fields.release());
      fields.reset(longer);
    }
  }
  bool is_to_loopback() const;
  void choose_proxy();
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_field(char* data, std::size_t size, std::size_t count, void* self);
};

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  if (transfer.answer.body.size() + bytes > transfer.request.answer_bytes_max) {
    transfer.too_large = true;
    return 0;
  }
  transfer.answer.body.append(data, bytes);
  return bytes;
}

std::size_t Transfer::on_field(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  transfer.field_bytes += bytes;
  if (transfer.field_bytes > kFieldBytesMax) {
    transfer.too_large = true;
    return 0;
  }
  std::string_view line(data, bytes);
  if (line.starts_with("HTTP/"))
    transfer.answer.fields.clear();  // those of a 1xx or a proxy's answer were before
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return bytes;
  std::string name = ascii::lowered(line.substr(0, colon));
  line.remove_prefix(colon + 1);
  const std::size_t start = line.find_first_not_of(" \t\r\n");
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  const bool empty = start == line.npos;
  transfer.answer.fields.emplace_back(std::move(name), empty ? "" : line.substr(start, end - start + 1));
  return bytes;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto bytes = address_bytes(&address->addr);
  if (!bytes || !(*transfer.may_connect)(*bytes)) {
    transfer.forbidden = bytes ? address_text(*bytes) : "an address of another family";
    return CURL_SOCKET_BAD;
  }
  transfer.opened_socket = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A proxy from the environment is of no use on the way to this machine itself.
bool Transfer::is_to_loopback() const {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) return false;
  char* part = nullptr;
  if (curl_url_get(url.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) return false;
  const std::string host(part);
  curl_free(part);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

void Transfer::choose_proxy() {
  if (may_connect != nullptr) {
    set(CURLOPT_PROXY, "");
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  } else if (!request.proxy.empty()) {
    set(CURLOPT_PROXY, request.proxy.c_str());
    set(CURLOPT_NOPROXY, "");  // it was named on purpose
  } else if (is_to_loopback()) {
    set(CURLOPT_PROXY, "");
  }
}

void Transfer::prepare() {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  if (request.any_certificate) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name that DNS never answers holds neither the exit nor other requests
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_field);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (request.own_connection) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  choose_proxy();
  const bool takes_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (takes_body || !request.body.empty()) {
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  add_field("Expect:");  // no waiting for "100 Continue"
  const auto names_type = [](const std::string& line) {
    return curl_strnequal(line.c_str(), "content-type:", 13) != 0;
  };
  if (std::none_of(request.fields.begin(), request.fields.end(), names_type)) add_field("Content-Type:");
  for (const std::string& line : request.fields) add_field(line.c_str());
  set(CURLOPT_HTTPHEADER, fields.get());
}

void Transfer::finish(CURLcode code) {
  using Trouble = OutboundAnswer::Trouble;
  if (code == CURLE_OK || too_large) {
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<unsigned>(status);
  }
  if (code == CURLE_OK) return;
  if (!forbidden.empty() && !opened_socket) {
    answer.trouble = Trouble::forbidden;
    answer.why = "its host leads to " + forbidden + ", which may not be connected to";
    answer.body.clear();
    return;
  }
  answer.why = too_large ? "the answer is too large" : error[0] != '\0' ? error : curl_easy_strerror(code);
  answer.body.resize(too_large ? std::min(answer.body.size(), kBeginningBytes) : 0);
  if (too_large) answer.trouble = Trouble::too_large;
  else if (code == CURLE_COULDNT_CONNECT) answer.trouble = Trouble::refused;
  else if (code == CURLE_OPERATION_TIMEDOUT) answer.trouble = Trouble::timed_out;
  else answer.trouble = Trouble::other;
}

}  // namespace

// `mutex` guards what both threads touch; callbacks stay with the caller's thread, transfers with the client's.
struct HttpClient::Impl {
  Impl(std::function<void()> of_wake, std::size_t of_queue_max, MayConnect of_may_connect)
      : wake(std::move(of_wake)), queue_max(of_queue_max), may_connect(std::move(of_may_connect)) {
    start_curl_once();
    multi = curl_multi_init();
    KGW_CHECK(multi != nullptr);
    thread = std::thread([this] { work(); });
  }
  ~Impl() {
    ending = true;
    curl_multi_wakeup(multi);
    thread.join();
    curl_multi_cleanup(multi);
  }

  void work() {
    while (!ending) {
      begin_new();
      int running = 0;
      curl_multi_perform(multi, &running);
      collect();
      curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    for (auto& [id, transfer] : transfers) curl_multi_remove_handle(multi, transfer->handle.get());
    transfers.clear();
  }

  void begin_new() {
    std::vector<std::unique_ptr<Transfer>> taken;
    {
      const std::lock_guard lock(mutex);
      taken.swap(fresh);
    }
    for (auto& transfer : taken) {
      transfer->prepare();
      curl_multi_add_handle(multi, transfer->handle.get());
      transfers.emplace(transfer->id, std::move(transfer));
    }
  }

  void collect() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      const CURLcode code = message->data.result;  // `message` dies with the handle's removal
      curl_multi_remove_handle(multi, transfer->handle.get());
      transfer->finish(code);
      {
        const std::lock_guard lock(mutex);
        done.emplace_back(transfer->id, std::move(transfer->answer));
      }
      transfers.erase(transfer->id);
      any = true;
    }
    if (any) wake();
  }

  const std::function<void()> wake;
  const std::size_t queue_max;
  const MayConnect may_connect;
  CURLM* multi = nullptr;
  std::atomic<bool> ending{false};

  std::mutex mutex;
  std::vector<std::unique_ptr<Transfer>> fresh;
  std::vector<std::pair<std::uint64_t, OutboundAnswer>> done;

  std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>> transfers;            // the client's thread
  std::unordered_map<std::uint64_t, std::function<void(OutboundAnswer)>> callbacks;  // the caller's thread
  std::uint64_t ids = 0;

  std::thread thread;
};

HttpClient::HttpClient(std::function<void()> wake, std::size_t queue_max, MayConnect may_connect)
    : impl_(std::make_unique<Impl>(std::move(wake), queue_max, std::move(may_connect))) {}
HttpClient::~HttpClient() = default;

bool HttpClient::start(OutboundRequest request, std::function<void(OutboundAnswer)> callback) {
  if (impl_->callbacks.size() >= impl_->queue_max) return false;
  auto transfer = std::make_unique<Transfer>();
  if (!transfer->handle) return false;
  transfer->id = ++impl_->ids;
  if (impl_->may_connect) transfer->may_connect = &impl_->may_connect;
  transfer->request = std::move(request);
  impl_->callbacks.emplace(transfer->id, std::move(callback));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->fresh.push_back(std::move(transfer));
  }
  curl_multi_wakeup(impl_->multi);
  return true;
}

void HttpClient::poll() {
  std::vector<std::pair<std::uint64_t, OutboundAnswer>> answers;
  {
    const std::lock_guard lock(impl_->mutex);
    answers.swap(impl_->done);
  }
  for (auto& [id, answer] : answers) {
    const auto callback = impl_->callbacks.extract(id);
    callback.mapped()(std::move(answer));
  }
}

OutboundAnswer HttpClient::run(OutboundRequest request) {
  start_curl_once();
  Transfer transfer;
  transfer.request = std::move(request);
  if (!transfer.handle) {
    transfer.finish(CURLE_OUT_OF_MEMORY);
    return std::move(transfer.answer);
  }
  transfer.prepare();
  transfer.finish(curl_easy_perform(transfer.handle.get()));
  return std::move(transfer.answer);
}

}  // namespace kgw
