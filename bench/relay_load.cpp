// relay_load: load generator and correctness checker for the gateway.
//
// One process plays both sides of the relay: K kiosks that hold WebSocket connections and
// answer requests, and C cloud backends that call POST /send over keep-alive HTTP/1.1.
// One thread, non-blocking sockets, epoll.
//
// Build: g++ -std=c++20 -O2 -Wall -Wextra relay_load.cpp -o relay_load -lcrypto

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using Nanos = int64_t;
constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kNever = INT64_MAX;

[[noreturn]] void die(const std::string& message) {
    std::fprintf(stderr, "relay_load: %s\n", message.c_str());
    std::exit(2);
}

Nanos monotonic_now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
}

__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

// ---------------------------------------------------------------- random numbers

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next() {  // splitmix64
        uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    size_t below(size_t bound) { return static_cast<size_t>((static_cast<unsigned __int128>(next()) * bound) >> 64); }
    double unit() { return (static_cast<double>(next() >> 11) + 1.0) * 0x1.0p-53; }  // (0, 1]
    double exponential() { return -std::log(unit()); }
    double normal() { return std::sqrt(-2 * std::log(unit())) * std::cos(2 * M_PI * unit()); }

private:
    uint64_t state_;
};

// ---------------------------------------------------------------- tokens

std::string base64(const unsigned char* data, size_t size, bool url_safe) {
    std::string out((size + 2) / 3 * 4 + 1, '\0');
    out.resize(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(size)));
    if (url_safe) {
        std::replace(out.begin(), out.end(), '+', '-');
        std::replace(out.begin(), out.end(), '/', '_');
        out.erase(out.find_last_not_of('=') + 1);
    }
    return out;
}

std::string base64url(std::string_view text) {
    return base64(reinterpret_cast<const unsigned char*>(text.data()), text.size(), true);
}

std::string make_token(const std::string& secret, const std::string& kiosk_id) {
    const auto issued_at = static_cast<long long>(std::time(nullptr));
    const std::string signing_input =
        base64url(R"({"alg":"HS256","typ":"JWT"})") + "." +
        base64url(format(R"({"kiosk_id":"%s","iat":%lld,"exp":%lld})", kiosk_id.c_str(), issued_at, issued_at + 86400 * 365));
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signing_input.data()), signing_input.size(), mac, &mac_size);
    return signing_input + "." + base64(mac, mac_size, true);
}

std::string websocket_accept_for(const std::string& key) {
    const std::string salted = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest);
    return base64(digest, sizeof digest, false);
}

// ---------------------------------------------------------------- latency histogram

// Logarithmic buckets, 128 per power of two: a reported quantile is within 0.8 % of the sample.
class LatencyHistogram {
public:
    void record(Nanos value) {
        value = std::max<Nanos>(value, 1);
        ++buckets_[index_of(static_cast<uint64_t>(value))];
        ++count_;
        min_ = std::min(min_, value);
        max_ = std::max(max_, value);
    }
    uint64_t count() const { return count_; }
    Nanos min() const { return count_ ? min_ : 0; }
    Nanos max() const { return max_; }
    Nanos quantile(double q) const {
        if (count_ == 0) return 0;
        const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_))));
        uint64_t seen = 0;
        for (size_t i = 0; i < buckets_.size(); ++i)
            if ((seen += buckets_[i]) >= rank) return std::clamp(midpoint_of(i), min_, max_);
        return max_;
    }

private:
    static constexpr unsigned kSubBits = 7;
    static size_t index_of(uint64_t v) {
        if (v < (1u << kSubBits)) return v;
        const unsigned shift = static_cast<unsigned>(std::bit_width(v)) - kSubBits - 1;
        return (static_cast<size_t>(shift + 1) << kSubBits) + ((v >> shift) & ((1u << kSubBits) - 1));
    }
    static Nanos midpoint_of(size_t index) {
        if (index < (1u << kSubBits)) return static_cast<Nanos>(index);
        const unsigned shift = static_cast<unsigned>(index >> kSubBits) - 1;
        const uint64_t low = ((1u << kSubBits) + (index & ((1u << kSubBits) - 1))) << shift;
        return static_cast<Nanos>(low + ((uint64_t{1} << shift) >> 1));
    }
    std::vector<uint64_t> buckets_ = std::vector<uint64_t>((64 - kSubBits + 1) << kSubBits);
    uint64_t count_ = 0;
    Nanos min_ = kNever;
    Nanos max_ = 0;
};

// ---------------------------------------------------------------- what the kernel says of a process

struct ProcessUsage {
    double user_us = 0, system_us = 0;
    int64_t rss_bytes = 0;
    int64_t voluntary_switches = 0, involuntary_switches = 0;

    ProcessUsage& operator+=(const ProcessUsage& o) {
        user_us += o.user_us, system_us += o.system_us, rss_bytes += o.rss_bytes;
        voluntary_switches += o.voluntary_switches, involuntary_switches += o.involuntary_switches;
        return *this;
    }
    double cpu_us() const { return user_us + system_us; }
};

int64_t status_field(const std::string& path, const std::string& name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return std::strtoll(line.c_str() + name.size() + 1, nullptr, 10);
    return 0;
}

ProcessUsage usage_of(pid_t pid) {
    const std::string root = "/proc/" + std::to_string(pid);
    std::ifstream stat_file(root + "/stat");
    std::string stat;
    if (!std::getline(stat_file, stat)) die("server process " + std::to_string(pid) + " is not running");
    ProcessUsage usage;
    unsigned long long user_ticks = 0, system_ticks = 0;
    std::sscanf(stat.c_str() + stat.rfind(')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                &user_ticks, &system_ticks);
    const double us_per_tick = 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
    usage.user_us = static_cast<double>(user_ticks) * us_per_tick;
    usage.system_us = static_cast<double>(system_ticks) * us_per_tick;
    usage.rss_bytes = status_field(root + "/status", "VmRSS") * 1024;
    if (DIR* tasks = opendir((root + "/task").c_str())) {  // context switches are counted per thread
        while (const dirent* entry = readdir(tasks)) {
            if (entry->d_name[0] == '.') continue;
            const std::string status = root + "/task/" + entry->d_name + "/status";
            usage.voluntary_switches += status_field(status, "voluntary_ctxt_switches");
            usage.involuntary_switches += status_field(status, "nonvoluntary_ctxt_switches");
        }
        closedir(tasks);
    }
    return usage;
}

ProcessUsage usage_of(const std::vector<pid_t>& pids) {
    ProcessUsage total;
    for (const pid_t pid : pids) total += usage_of(pid);
    return total;
}

double own_cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// ---------------------------------------------------------------- options

enum class Mode { closed_loop, open_loop, idle };

struct Options {
    std::string host = "127.0.0.1";
    int port = 8000;
    std::string ws_path = "/ws", send_path = "/send";
    size_t kiosks = 100;
    std::string kiosk_pattern = "bench_%05d", token_file, jwt_secret, write_tokens_file;
    size_t connect_parallel = 64;
    Mode mode = Mode::closed_loop;
    size_t backends = 64;
    double rate = 1000;
    bool poisson = true, busy_poll = false;
    double duration_s = 10, warmup_s = 2, settle_s = 1, timeout_s = 10;
    double kiosk_delay_ms = 0, kiosk_delay_sigma = 0;
    size_t payload_bytes = 200, reply_bytes = 0;
    std::string extra_headers, unique_header, label, json_file, during;
    std::vector<pid_t> server_pids;
    uint64_t seed = 1;
};

constexpr const char* kHelp = R"(relay_load: load generator and correctness checker for the gateway

  relay_load --port 8000 --jwt-secret S --kiosks 1000 --backends 64 --duration 10

Where the server is
  --host IPV4, --port N          server address                          [127.0.0.1, 8000]
  --ws-path P, --send-path P     WebSocket and HTTP paths                [/ws, /send]
  --header 'Name: value'         extra header on every POST (repeatable)
  --unique-header NAME           one more, with a value of its own on each POST: its nonce
Kiosks
  --kiosks K                     kiosk connections to hold               [100]
  --kiosk-pattern F              printf pattern of kiosk ids             [bench_%05d]
  --jwt-secret S                 sign an HS256 token for every kiosk, or
  --tokens FILE                  read "kiosk_id token" lines
  --write-tokens FILE            write such lines and exit (needs --jwt-secret)
  --connect-parallel N           handshakes in flight                    [64]
  --kiosk-delay-ms M             kiosk answers after M ms (median)       [0 = at once]
  --kiosk-delay-sigma S          lognormal spread of that delay          [0 = fixed]
Load (default: closed loop, as fast as the answers come)
  --backends C                   keep-alive HTTP connections             [64]
  --rate R                       open loop: R requests/s on average; latency counts from the
                                 intended send time, so a stalled server is not forgiven
  --arrivals poisson|uniform     spacing of open-loop requests           [poisson]
  --busy-poll                    never sleep in the event loop
  --idle                         send nothing: hold the kiosks, report memory and CPU
  --duration S, --warmup S       measured and unmeasured seconds         [10, 2]
  --settle S                     quiet time before memory is read        [1]
  --during COMMAND               start it (sh -c) with the measured seconds, which then last until it
                                 ends, --duration at most; its failure is a failure of this run
  --timeout S                    a request unanswered for S seconds fails [10]
  --payload-bytes N              size of the request body                [200]
  --reply-bytes N                least size of the kiosk's reply         [0]
Report
  --server-pid P[,P2..]          processes whose CPU and memory count as the server's
  --label TEXT, --json FILE      name of the run; machine-readable results
  --seed N                       random seed                             [1]
)";

Options parse_options(int argc, char** argv) {
    Options o;
    using Setter = std::function<void(const std::string&)>;
    auto text = [](std::string& target) -> Setter { return [&target](const std::string& v) { target = v; }; };
    auto number = [](auto& target) -> Setter {
        return [&target](const std::string& v) {
            char* end = nullptr;
            const double parsed = std::strtod(v.c_str(), &end);
            if (v.empty() || *end || parsed < 0) die("not a number: " + v);
            target = static_cast<std::remove_reference_t<decltype(target)>>(parsed);
        };
    };
    const std::map<std::string, Setter> with_value = {
        {"--host", text(o.host)}, {"--port", number(o.port)}, {"--ws-path", text(o.ws_path)}, {"--send-path", text(o.send_path)},
        {"--header", [&](const std::string& v) { o.extra_headers += v + "\r\n"; }},
        {"--unique-header", text(o.unique_header)},
        {"--kiosks", number(o.kiosks)}, {"--kiosk-pattern", text(o.kiosk_pattern)}, {"--jwt-secret", text(o.jwt_secret)},
        {"--tokens", text(o.token_file)}, {"--write-tokens", text(o.write_tokens_file)}, {"--connect-parallel", number(o.connect_parallel)},
        {"--kiosk-delay-ms", number(o.kiosk_delay_ms)}, {"--kiosk-delay-sigma", number(o.kiosk_delay_sigma)},
        {"--backends", number(o.backends)},
        {"--rate", [&](const std::string& v) { number(o.rate)(v); o.mode = Mode::open_loop; }},
        {"--arrivals", [&](const std::string& v) {
            if (v != "poisson" && v != "uniform") die("--arrivals is poisson or uniform");
            o.poisson = v == "poisson";
        }},
        {"--duration", number(o.duration_s)}, {"--warmup", number(o.warmup_s)}, {"--settle", number(o.settle_s)}, {"--timeout", number(o.timeout_s)},
        {"--payload-bytes", number(o.payload_bytes)}, {"--reply-bytes", number(o.reply_bytes)},
        {"--server-pid", [&](const std::string& v) {
            for (size_t at = 0; at != std::string::npos && at < v.size();) {
                o.server_pids.push_back(static_cast<pid_t>(std::atoi(v.c_str() + at)));
                if ((at = v.find(',', at)) != std::string::npos) ++at;
            }
        }},
        {"--during", text(o.during)}, {"--label", text(o.label)}, {"--json", text(o.json_file)}, {"--seed", number(o.seed)}};
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--help" || name == "-h") { std::fputs(kHelp, stdout); std::exit(0); }
        if (name == "--busy-poll") { o.busy_poll = true; continue; }
        if (name == "--idle") { o.mode = Mode::idle; continue; }
        const auto option = with_value.find(name);
        if (option == with_value.end()) die("unknown option " + name + " (see --help)");
        if (++i == argc) die(name + " needs a value");
        option->second(argv[i]);
    }
    if (o.kiosks == 0 || o.backends == 0 || o.connect_parallel == 0 || o.duration_s <= 0) die("counts and duration must be positive");
    if (o.mode == Mode::open_loop && o.rate <= 0) die("--rate must be positive");
    if (o.token_file.empty() && o.jwt_secret.empty()) die("give --jwt-secret or --tokens");
    return o;
}

struct Credential { std::string kiosk_id, token; };

std::vector<Credential> load_credentials(const Options& o) {
    std::vector<Credential> credentials;
    if (!o.token_file.empty()) {
        std::ifstream file(o.token_file);
        for (Credential c; credentials.size() < o.kiosks && file >> c.kiosk_id >> c.token;) credentials.push_back(c);
        if (credentials.size() < o.kiosks) die(o.token_file + " holds fewer tokens than --kiosks");
        return credentials;
    }
    for (size_t i = 0; i < o.kiosks; ++i) {
        char id[256];
        std::snprintf(id, sizeof id, o.kiosk_pattern.c_str(), static_cast<int>(i));
        credentials.push_back({id, make_token(o.jwt_secret, id)});
    }
    return credentials;
}

// ---------------------------------------------------------------- text scanning

// Finds "name":"value" in JSON text. The harness composes the objects itself, so the names it
// looks for occur once and the values need no unescaping.
std::string_view json_string_field(std::string_view json, std::string_view quoted_name) {
    size_t at = json.find(quoted_name);
    if (at == std::string_view::npos) return {};
    at = json.find_first_not_of(" \t\r\n:", at + quoted_name.size());
    if (at == std::string_view::npos || json[at] != '"') return {};
    const size_t end = json.find('"', at + 1);
    return end == std::string_view::npos ? std::string_view{} : json.substr(at + 1, end - at - 1);
}

std::string_view header_value(std::string_view head, std::string_view name) {
    for (size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
        const std::string_view rest = head.substr(line + 2);
        if (rest.size() <= name.size() || rest[name.size()] != ':' || strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
        std::string_view value = rest.substr(name.size() + 1);
        value = value.substr(0, value.find("\r\n"));
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        return value;
    }
    return {};
}

// Names one request of one run and the kiosk it is meant for: "rrrrrrrr-kkkkkkkk-ssssssssssss" in hex.
class Nonce {
public:
    Nonce() = default;
    Nonce(uint32_t run, uint32_t kiosk, uint64_t sequence) {
        put(0, 8, run), text_[8] = '-', put(9, 8, kiosk), text_[17] = '-', put(18, 12, sequence);
    }
    static bool parse(std::string_view text, uint32_t& run, uint32_t& kiosk, uint64_t& sequence) {
        return text.size() == kSize && get(text, 0, 8, run) && get(text, 9, 8, kiosk) && get(text, 18, 12, sequence);
    }
    std::string_view text() const { return {text_.data(), kSize}; }

private:
    static constexpr size_t kSize = 30;
    void put(size_t at, size_t digits, uint64_t value) {
        for (; digits; value >>= 4) text_[at + --digits] = "0123456789abcdef"[value & 15];
    }
    static bool get(std::string_view text, size_t at, size_t digits, auto& value) {
        const char* end = text.data() + at + digits;
        const auto result = std::from_chars(text.data() + at, end, value, 16);
        return result.ec == std::errc{} && result.ptr == end;
    }
    std::array<char, kSize> text_{};
};

// ---------------------------------------------------------------- counters

struct Counters {
    uint64_t completed = 0;       // correct answers inside the measured window
    uint64_t mismatched = 0;      // the answer carried another request's nonce
    uint64_t misrouted = 0;       // a kiosk received a request meant for another kiosk
    uint64_t duplicated = 0;      // a request reached its kiosk twice, or was answered twice
    uint64_t error_replies = 0;   // status 200 without a nonce
    uint64_t non_200 = 0;
    uint64_t timeouts = 0;
    uint64_t broken = 0;          // connection lost while a request was in flight
    uint64_t kiosks_lost = 0;     // kiosk connections closed by the server
    uint64_t protocol_errors = 0; // malformed WebSocket frames from the server
    uint64_t failures() const {
        return mismatched + misrouted + duplicated + error_replies + non_200 + timeouts + broken + kiosks_lost + protocol_errors;
    }
};

// ---------------------------------------------------------------- sockets

class LoadGenerator;

class Connection {
public:
    explicit Connection(LoadGenerator& owner) : owner_(owner) {}
    virtual ~Connection() { close_socket(); }
    Connection(const Connection&) = delete;
    void start_connect(const sockaddr_in& address);
    void handle(uint32_t events);

protected:
    virtual void on_connected() = 0;
    virtual size_t on_bytes(std::string_view bytes) = 0;  // returns how many it consumed
    virtual void on_lost() = 0;                           // the socket is already closed
    void write(std::string_view bytes);
    void close_socket();
    bool is_open() const { return fd_ >= 0; }
    LoadGenerator& owner_;

private:
    void watch(bool for_writing, int operation);
    void lose() { close_socket(); on_lost(); }
    int fd_ = -1;
    bool connecting_ = false;
    std::string unsent_, unparsed_;
};

class KioskConnection final : public Connection {
public:
    KioskConnection(LoadGenerator& owner, uint32_t index, const Credential& credential)
        : Connection(owner), index_(index), credential_(credential) {}
    void reply(std::string_view request_id, std::string_view nonce);
    void say_goodbye() { if (is_open()) send_frame(0x8, std::string_view("\x03\xe8", 2)); }
    const std::string& kiosk_id() const { return credential_.kiosk_id; }
    bool ready() const { return upgraded_ && is_open(); }
    Nanos started_at = 0;

private:
    void on_connected() override;
    size_t on_bytes(std::string_view bytes) override;
    void on_lost() override;
    size_t parse_handshake(std::string_view bytes);
    size_t parse_frame(std::string_view bytes);
    void on_text(std::string_view text);
    void send_frame(unsigned opcode, std::string_view payload);
    uint32_t index_;
    const Credential& credential_;
    bool upgraded_ = false;
    std::string handshake_key_, fragments_;
};

class BackendConnection final : public Connection {
public:
    explicit BackendConnection(LoadGenerator& owner) : Connection(owner) {}
    void post(uint32_t kiosk, Nanos intended_at);
    bool busy() const { return busy_; }
    Nanos sent_at() const { return sent_at_; }
    void abandon();

private:
    void on_connected() override;
    size_t on_bytes(std::string_view bytes) override;
    void on_lost() override;
    void finish(int status, std::string_view body);
    bool busy_ = false;
    Nanos intended_at_ = 0, sent_at_ = 0;
    uint64_t sequence_ = 0;
    Nonce nonce_;
};

// ---------------------------------------------------------------- the generator

class LoadGenerator {
public:
    LoadGenerator(const Options& options, const std::vector<Credential>& credentials);
    void run();
    int report() const;

    // Used by the connections.
    void kiosk_upgraded(KioskConnection& kiosk);
    void kiosk_failed(const std::string& reason);
    void request_reached_kiosk(KioskConnection& kiosk, uint32_t index, std::string_view request_id, std::string_view nonce);
    void backend_available(BackendConnection& backend);
    void request_finished(int status, std::string_view expected_nonce, uint64_t sequence, std::string_view body,
                          Nanos intended_at);
    void request_broken() { ++counters.broken; }
    Nonce make_nonce(uint32_t kiosk, uint64_t sequence) const { return Nonce(run_tag_, kiosk, sequence); }
    uint64_t next_sequence() { fate_.push_back(0); return fate_.size() - 1; }
    const std::string& kiosk_id(uint32_t kiosk) const { return kiosks_[kiosk]->kiosk_id(); }
    void reconnect_later(BackendConnection& backend) { to_reconnect_.push_back(&backend); }

    const Options& options;
    const sockaddr_in address;
    const int epoll_fd;
    Random random;
    Counters counters;
    std::array<char, 256 * 1024> read_buffer{};
    std::string scratch;        // reused while composing a message
    std::string request_head;   // constant part of every POST
    std::string body_padding, reply_padding;

private:
    enum Fate : uint8_t { delivered = 1, answered = 2 };
    struct DelayedReply {
        Nanos due;
        KioskConnection* kiosk;
        std::string request_id, nonce;
        bool operator>(const DelayedReply& o) const { return due > o.due; }
    };
    enum class Sending { off, on };

    void run_phase(Sending sending, Nanos ends_at, const std::function<bool()>& done_early = {});
    void connect_kiosks();
    void connect_more();
    void send_to_random_kiosk(BackendConnection& backend, Nanos intended_at);
    void issue_due_arrivals(Nanos now);
    void send_due_replies(Nanos now);
    void abandon_overdue(Nanos now);
    void reconnect_backends();
    Nanos next_gap() { return static_cast<Nanos>((options.poisson ? random.exponential() : 1.0) / options.rate * 1e9); }
    bool in_window(Nanos intended_at) const { return intended_at >= window_start_ && intended_at < window_end_; }

    size_t answered_in_all() const {  // warm-up and what came after the window included
        return static_cast<size_t>(std::count_if(fate_.begin(), fate_.end(), [](uint8_t f) { return f & answered; }));
    }

    struct Summary {
        const char* mode = "";
        uint64_t connected = 0;
        double connect_rate = 0, throughput = 0;
        double user_us_per_request = 0, system_us_per_request = 0, us_per_handshake = 0, bytes_per_kiosk = 0;
        double server_percent = 0, harness_percent = 0;
        int64_t voluntary = 0, involuntary = 0;
    };
    Summary summarize() const;
    void print(const Summary& summary) const;
    void write_json(const Summary& summary) const;

    std::vector<std::unique_ptr<KioskConnection>> kiosks_;
    std::vector<std::unique_ptr<BackendConnection>> backends_;
    std::vector<uint32_t> ready_kiosks_;
    std::deque<BackendConnection*> free_backends_;
    std::vector<BackendConnection*> to_reconnect_;
    std::deque<Nanos> waiting_arrivals_;
    std::priority_queue<DelayedReply, std::vector<DelayedReply>, std::greater<>> delayed_replies_;
    std::vector<uint8_t> fate_;  // what happened to each request, by sequence number
    uint32_t run_tag_;

    size_t next_kiosk_ = 0, handshakes_in_flight_ = 0, kiosk_failures_ = 0;
    std::map<std::string, size_t> failure_reasons_;
    LatencyHistogram handshake_time_, latency_;
    double connect_seconds_ = 0;

    bool during_ended();
    pid_t during_pid_ = 0;
    bool during_failed_ = false;
    bool sending_ = false, measuring_ = false;
    Nanos next_arrival_ = kNever, next_overdue_check_ = 0;
    Nanos window_start_ = kNever, window_end_ = kNever;
    double window_seconds_ = 0, own_cpu_in_window_us_ = 0;
    ProcessUsage before_, with_kiosks_, window_begin_, window_finish_, at_end_;
};

// ---------------------------------------------------------------- Connection

void Connection::start_connect(const sockaddr_in& address) {
    unsent_.clear();
    unparsed_.clear();
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) die(std::string("socket: ") + std::strerror(errno) + " (raise ulimit -n?)");
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS) return lose();
    connecting_ = true;
    watch(true, EPOLL_CTL_ADD);
}

void Connection::watch(bool for_writing, int operation) {
    epoll_event event{};
    event.events = for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = this;
    epoll_ctl(owner_.epoll_fd, operation, fd_, &event);
}

void Connection::close_socket() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

void Connection::handle(uint32_t events) {
    if (fd_ < 0) return;  // closed earlier in this batch of events
    if (connecting_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) return lose();
        connecting_ = false;
        watch(false, EPOLL_CTL_MOD);
        return on_connected();
    }
    if ((events & EPOLLOUT) && !unsent_.empty()) {
        const ssize_t sent = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return lose();
        if (sent > 0) unsent_.erase(0, static_cast<size_t>(sent));
        if (unsent_.empty()) watch(false, EPOLL_CTL_MOD);
    }
    if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP))) return;
    auto& buffer = owner_.read_buffer;
    const ssize_t received = recv(fd_, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return lose();
    std::string_view bytes(buffer.data(), static_cast<size_t>(received));
    if (!unparsed_.empty()) bytes = unparsed_.append(bytes);  // usually a message arrives whole
    size_t used = 0;
    while (fd_ >= 0 && used < bytes.size()) {
        const size_t consumed = on_bytes(bytes.substr(used));
        if (consumed == 0) break;
        used += consumed;
    }
    if (unparsed_.empty()) unparsed_.assign(bytes.substr(used));
    else unparsed_.erase(0, used);
}

void Connection::write(std::string_view bytes) {
    if (fd_ < 0) return;
    if (unsent_.empty()) {
        const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent == static_cast<ssize_t>(bytes.size())) return;
        if (sent < 0 && errno != EAGAIN) return;  // the reading side will notice
        bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(sent, 0)));
        watch(true, EPOLL_CTL_MOD);
    }
    unsent_.append(bytes);
}

// ---------------------------------------------------------------- KioskConnection

void KioskConnection::on_connected() {
    unsigned char key[16];
    for (auto& byte : key) byte = static_cast<unsigned char>(owner_.random.next());
    handshake_key_ = base64(key, sizeof key, false);
    const Options& o = owner_.options;
    write("GET " + o.ws_path + "?token=" + credential_.token + " HTTP/1.1\r\nHost: " + o.host + ":" + std::to_string(o.port) +
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + handshake_key_ + "\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

size_t KioskConnection::on_bytes(std::string_view bytes) { return upgraded_ ? parse_frame(bytes) : parse_handshake(bytes); }

size_t KioskConnection::parse_handshake(std::string_view bytes) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const std::string_view head = bytes.substr(0, end + 2);
    std::string problem;
    if (!head.starts_with("HTTP/1.1 101")) problem = "answered " + std::string(head.substr(0, head.find("\r\n")));
    else if (header_value(head, "Sec-WebSocket-Accept") != websocket_accept_for(handshake_key_)) problem = "wrong Sec-WebSocket-Accept";
    if (!problem.empty()) {
        close_socket();
        owner_.kiosk_failed(problem);
        return bytes.size();
    }
    upgraded_ = true;
    owner_.kiosk_upgraded(*this);
    return end + 4;
}

size_t KioskConnection::parse_frame(std::string_view bytes) {
    const auto at = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() < 2) return 0;
    size_t header = 2;
    uint64_t length = at(1) & 0x7f;
    if (const size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0) {
        if (bytes.size() < header + extra) return 0;
        length = 0;
        for (size_t i = 0; i < extra; ++i) length = length << 8 | at(header + i);
        header += extra;
    }
    if ((at(1) & 0x80) || (at(0) & 0x70)) {  // a server must not mask; no extension was negotiated
        ++owner_.counters.protocol_errors;
        close_socket();
        return bytes.size();
    }
    if (bytes.size() - header < length) return 0;
    const std::string_view payload = bytes.substr(header, length);
    const unsigned opcode = at(0) & 0x0f;
    const bool final = at(0) & 0x80;
    if (opcode == 0x9) send_frame(0xA, payload);
    else if (opcode == 0x8) { send_frame(0x8, payload.substr(0, 2)); close_socket(); on_lost(); }
    else if (opcode == 0x1 && final) on_text(payload);
    else if (opcode == 0x1 || opcode == 0x0) {
        fragments_.append(payload);
        if (final) { on_text(fragments_); fragments_.clear(); }
    }
    return header + length;
}

void KioskConnection::on_text(std::string_view text) {
    const std::string_view request_id = json_string_field(text, "\"request_id\"");
    const std::string_view nonce = json_string_field(text, "\"nonce\"");
    if (!request_id.empty() && !nonce.empty()) owner_.request_reached_kiosk(*this, index_, request_id, nonce);
}

void KioskConnection::reply(std::string_view request_id, std::string_view nonce) {
    char text[512];
    const int size = std::snprintf(text, sizeof text, R"({"request_id":"%.*s","status":"success","transaction_id":"TXN123","nonce":"%.*s"%s)",
                                   static_cast<int>(request_id.size()), request_id.data(), static_cast<int>(nonce.size()), nonce.data(),
                                   owner_.reply_padding.empty() ? "}" : ",\"pad\":\"");
    if (owner_.reply_padding.empty()) return send_frame(0x1, std::string_view(text, static_cast<size_t>(size)));
    send_frame(0x1, std::string(text, static_cast<size_t>(size)) + owner_.reply_padding + "\"}");
}

void KioskConnection::send_frame(unsigned opcode, std::string_view payload) {
    std::string& frame = owner_.scratch;
    frame.clear();
    frame.push_back(static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) frame.push_back(static_cast<char>(0x80 | payload.size()));
    else {
        const int bytes = payload.size() < 65536 ? 2 : 8;
        frame.push_back(static_cast<char>(0x80 | (bytes == 2 ? 126 : 127)));
        for (int i = bytes - 1; i >= 0; --i) frame.push_back(static_cast<char>(payload.size() >> (8 * i)));
    }
    const auto mask = std::bit_cast<std::array<char, 8>>(owner_.random.next());
    frame.append(mask.data(), 4);
    const size_t start = frame.size();
    frame.append(payload);
    for (size_t i = 0; i < payload.size(); ++i) frame[start + i] ^= mask[i & 3];
    write(frame);
}

void KioskConnection::on_lost() {
    if (upgraded_) ++owner_.counters.kiosks_lost;
    else owner_.kiosk_failed("connection closed during the handshake");
}

// ---------------------------------------------------------------- BackendConnection

constexpr std::string_view kBodyStart = R"({"command":"pay","amount":129900,"currency":"RUB","nonce":")";
constexpr std::string_view kBodyMiddle = R"(","pad":")", kBodyEnd = R"("})";
const size_t kBodyWithoutPadding = kBodyStart.size() + Nonce().text().size() + kBodyMiddle.size() + kBodyEnd.size();

void BackendConnection::post(uint32_t kiosk, Nanos intended_at) {
    busy_ = true;
    intended_at_ = intended_at;
    sent_at_ = monotonic_now();
    sequence_ = owner_.next_sequence();
    nonce_ = owner_.make_nonce(kiosk, sequence_);
    const size_t body_size = kBodyWithoutPadding + owner_.body_padding.size();
    char size_text[24];
    const auto size_end = std::to_chars(size_text, size_text + sizeof size_text, body_size).ptr;
    std::string& request = owner_.scratch;
    request.assign(owner_.request_head).append(owner_.kiosk_id(kiosk));
    if (!owner_.options.unique_header.empty())  // the nonce is no other request's, of no other run's either
        request.append("\r\n").append(owner_.options.unique_header).append(": ").append(nonce_.text());
    request.append("\r\nContent-Length: ").append(size_text, size_end).append("\r\n\r\n");
    request.append(kBodyStart).append(nonce_.text()).append(kBodyMiddle).append(owner_.body_padding).append(kBodyEnd);
    write(request);
}

void BackendConnection::on_connected() { owner_.backend_available(*this); }

size_t BackendConnection::on_bytes(std::string_view bytes) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const std::string_view head = bytes.substr(0, end + 2);
    const std::string_view length_text = header_value(head, "Content-Length");
    size_t length = 0;
    if (length_text.empty() || std::from_chars(length_text.data(), length_text.data() + length_text.size(), length).ec != std::errc{})
        die("a response without Content-Length (chunked responses are not supported)");
    if (bytes.size() < end + 4 + length) return 0;
    const int status = head.size() > 12 ? std::atoi(head.data() + 9) : 0;
    const std::string_view connection = header_value(head, "Connection");
    if (connection.size() == 5 && strncasecmp(connection.data(), "close", 5) == 0) {
        busy_ = false;
        owner_.request_finished(status, nonce_.text(), sequence_, bytes.substr(end + 4, length), intended_at_);
        close_socket();
        owner_.reconnect_later(*this);
        return bytes.size();
    }
    finish(status, bytes.substr(end + 4, length));
    return end + 4 + length;
}

void BackendConnection::finish(int status, std::string_view body) {
    busy_ = false;
    owner_.request_finished(status, nonce_.text(), sequence_, body, intended_at_);
    owner_.backend_available(*this);
}

void BackendConnection::on_lost() {
    if (busy_) owner_.request_broken();
    busy_ = false;
    owner_.reconnect_later(*this);
}

void BackendConnection::abandon() {
    busy_ = false;
    close_socket();
    owner_.reconnect_later(*this);
}

// ---------------------------------------------------------------- LoadGenerator

sockaddr_in resolve(const Options& o) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(o.port));
    if (inet_pton(AF_INET, o.host.c_str(), &address.sin_addr) != 1) die("--host must be an IPv4 address");
    return address;
}

LoadGenerator::LoadGenerator(const Options& o, const std::vector<Credential>& credentials)
    : options(o), address(resolve(o)), epoll_fd(epoll_create1(EPOLL_CLOEXEC)), random(o.seed),
      run_tag_(static_cast<uint32_t>(Random(static_cast<uint64_t>(monotonic_now())).next())) {
    request_head = "POST " + o.send_path + " HTTP/1.1\r\nHost: " + o.host + ":" + std::to_string(o.port) +
                   "\r\nContent-Type: application/json\r\nHeader-Operation-Type: payment\r\nHeader-Http-Method: POST\r\n" +
                   o.extra_headers + "Header-Kiosk-Id: ";
    constexpr size_t kReplyWithoutPadding = 152;
    if (o.payload_bytes > kBodyWithoutPadding) body_padding.assign(o.payload_bytes - kBodyWithoutPadding, 'x');
    if (o.reply_bytes > kReplyWithoutPadding) reply_padding.assign(o.reply_bytes - kReplyWithoutPadding, 'y');
    for (uint32_t i = 0; i < credentials.size(); ++i) kiosks_.push_back(std::make_unique<KioskConnection>(*this, i, credentials[i]));
}

void LoadGenerator::connect_more() {
    while (next_kiosk_ < kiosks_.size() && handshakes_in_flight_ < options.connect_parallel) {
        KioskConnection& kiosk = *kiosks_[next_kiosk_++];
        ++handshakes_in_flight_;
        kiosk.started_at = monotonic_now();
        kiosk.start_connect(address);
    }
}

void LoadGenerator::kiosk_upgraded(KioskConnection& kiosk) {
    --handshakes_in_flight_;
    handshake_time_.record(monotonic_now() - kiosk.started_at);
}

void LoadGenerator::kiosk_failed(const std::string& reason) {
    --handshakes_in_flight_;
    ++kiosk_failures_;
    ++failure_reasons_[reason];
}

void LoadGenerator::request_reached_kiosk(KioskConnection& kiosk, uint32_t index, std::string_view request_id, std::string_view nonce) {
    uint32_t run = 0, meant_for = 0;
    uint64_t sequence = 0;
    if (!Nonce::parse(nonce, run, meant_for, sequence) || run != run_tag_ || sequence >= fate_.size()) return;
    if (meant_for != index) ++counters.misrouted;
    if (fate_[sequence] & delivered) ++counters.duplicated;
    fate_[sequence] |= delivered;
    if (options.kiosk_delay_ms <= 0) return kiosk.reply(request_id, nonce);
    const double delay_ms = options.kiosk_delay_ms * std::exp(options.kiosk_delay_sigma * random.normal());
    delayed_replies_.push({monotonic_now() + static_cast<Nanos>(delay_ms * 1e6), &kiosk, std::string(request_id), std::string(nonce)});
}

void LoadGenerator::send_to_random_kiosk(BackendConnection& backend, Nanos intended_at) {
    backend.post(ready_kiosks_[random.below(ready_kiosks_.size())], intended_at);
}

void LoadGenerator::backend_available(BackendConnection& backend) {
    if (sending_ && options.mode == Mode::closed_loop) return send_to_random_kiosk(backend, monotonic_now());
    if (waiting_arrivals_.empty()) return free_backends_.push_back(&backend);
    const Nanos intended_at = waiting_arrivals_.front();
    waiting_arrivals_.pop_front();
    send_to_random_kiosk(backend, intended_at);
}

void LoadGenerator::request_finished(int status, std::string_view expected_nonce, uint64_t sequence, std::string_view body, Nanos intended_at) {
    const Nanos now = monotonic_now();
    const std::string_view nonce = json_string_field(body, "\"nonce\"");
    if (status != 200) ++counters.non_200;
    else if (nonce.empty()) ++counters.error_replies;
    else if (nonce != expected_nonce) ++counters.mismatched;
    else if (fate_[sequence] & answered) ++counters.duplicated;
    else if (options.mode == Mode::closed_loop ? measuring_ : in_window(intended_at)) {
        ++counters.completed;
        latency_.record(now - intended_at);
    }
    fate_[sequence] |= answered;
}

void LoadGenerator::issue_due_arrivals(Nanos now) {
    for (; next_arrival_ <= now; next_arrival_ += next_gap()) {
        if (free_backends_.empty()) { waiting_arrivals_.push_back(next_arrival_); continue; }
        BackendConnection* backend = free_backends_.front();  // least recently used: no connection goes stale
        free_backends_.pop_front();
        send_to_random_kiosk(*backend, next_arrival_);
    }
}

void LoadGenerator::send_due_replies(Nanos now) {
    for (; !delayed_replies_.empty() && delayed_replies_.top().due <= now; delayed_replies_.pop())
        delayed_replies_.top().kiosk->reply(delayed_replies_.top().request_id, delayed_replies_.top().nonce);
}

void LoadGenerator::abandon_overdue(Nanos now) {
    if (now < next_overdue_check_) return;
    next_overdue_check_ = now + kSecond / 10;
    for (auto& backend : backends_)
        if (backend->busy() && now - backend->sent_at() > static_cast<Nanos>(options.timeout_s * 1e9)) {
            ++counters.timeouts;
            backend->abandon();
        }
}

void LoadGenerator::reconnect_backends() {
    const auto lost = std::exchange(to_reconnect_, {});
    for (BackendConnection* backend : lost) {
        std::erase(free_backends_, backend);
        backend->start_connect(address);
    }
}

void LoadGenerator::run_phase(Sending sending, Nanos ends_at, const std::function<bool()>& done_early) {
    sending_ = sending == Sending::on;
    std::array<epoll_event, 512> events;
    for (;;) {
        Nanos now = monotonic_now();
        if (now >= ends_at || (done_early && done_early())) return;
        if (sending_) issue_due_arrivals(now);
        send_due_replies(now);
        abandon_overdue(now);
        if (!to_reconnect_.empty()) reconnect_backends();
        if (next_kiosk_ < kiosks_.size()) connect_more();
        Nanos wake_at = std::min(ends_at, now + kSecond / 10);
        if (sending_) wake_at = std::min(wake_at, next_arrival_);
        if (!delayed_replies_.empty()) wake_at = std::min(wake_at, delayed_replies_.top().due);
        const Nanos wait = options.busy_poll ? 0 : std::max<Nanos>(0, wake_at - now);
        const timespec timeout{wait / kSecond, wait % kSecond};
        const int count = epoll_pwait2(epoll_fd, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
        for (int i = 0; i < count; ++i) static_cast<Connection*>(events[i].data.ptr)->handle(events[i].events);
    }
}

void LoadGenerator::connect_kiosks() {
    const Nanos start = monotonic_now();
    const Nanos give_up = start + 300 * kSecond;
    run_phase(Sending::off, give_up, [this] { return next_kiosk_ == kiosks_.size() && handshakes_in_flight_ == 0; });
    connect_seconds_ = static_cast<double>(monotonic_now() - start) / 1e9;
    for (uint32_t i = 0; i < kiosks_.size(); ++i)
        if (kiosks_[i]->ready()) ready_kiosks_.push_back(i);
    for (const auto& [reason, count] : failure_reasons_)
        std::fprintf(stderr, "kiosk handshake failed %zu times: %s\n", count, reason.c_str());
    if (ready_kiosks_.empty()) die("no kiosk could connect");
}

pid_t start_command(const std::string& command) {
    const pid_t pid = fork();
    if (pid < 0) die(std::string("fork: ") + std::strerror(errno));
    if (pid > 0) return pid;
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
}

bool LoadGenerator::during_ended() {
    int status = 0;
    if (during_pid_ == 0 || waitpid(during_pid_, &status, WNOHANG) != during_pid_) return false;
    during_pid_ = 0;
    during_failed_ = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    window_end_ = monotonic_now();
    return true;
}

void LoadGenerator::run() {
    const auto from_now = [](double seconds) { return monotonic_now() + static_cast<Nanos>(seconds * 1e9); };
    before_ = usage_of(options.server_pids);
    connect_kiosks();
    run_phase(Sending::off, from_now(options.settle_s));
    with_kiosks_ = usage_of(options.server_pids);

    const bool with_load = options.mode != Mode::idle;
    if (with_load) {
        for (size_t i = 0; i < options.backends; ++i) {
            backends_.push_back(std::make_unique<BackendConnection>(*this));
            backends_.back()->start_connect(address);
        }
        run_phase(Sending::off, from_now(5), [this] { return free_backends_.size() == backends_.size(); });
        if (options.mode == Mode::open_loop) next_arrival_ = monotonic_now();
        else for (auto* backend : std::exchange(free_backends_, {})) send_to_random_kiosk(*backend, monotonic_now());
        run_phase(Sending::on, from_now(options.warmup_s));
    }

    window_begin_ = usage_of(options.server_pids);
    const double own_cpu_before = own_cpu_us();
    window_start_ = monotonic_now();
    window_end_ = from_now(options.duration_s);
    measuring_ = true;
    if (!options.during.empty()) during_pid_ = start_command(options.during);
    run_phase(with_load ? Sending::on : Sending::off, window_end_, [this] { return during_ended(); });
    if (during_pid_ != 0) {
        std::fprintf(stderr, "relay_load: --during did not end within --duration\n");
        kill(std::exchange(during_pid_, 0), SIGTERM);
        during_failed_ = true;
    }
    measuring_ = options.mode == Mode::open_loop;  // its answers may still be on their way
    window_seconds_ = static_cast<double>(monotonic_now() - window_start_) / 1e9;
    window_finish_ = usage_of(options.server_pids);
    own_cpu_in_window_us_ = own_cpu_us() - own_cpu_before;

    if (with_load) run_phase(Sending::off, from_now(options.timeout_s + 1), [this] {
        return waiting_arrivals_.empty() && std::none_of(backends_.begin(), backends_.end(), [](auto& b) { return b->busy(); });
    });
    at_end_ = usage_of(options.server_pids);
    for (auto& kiosk : kiosks_) kiosk->say_goodbye();
}

LoadGenerator::Summary LoadGenerator::summarize() const {
    Summary s;
    s.mode = options.mode == Mode::idle ? "idle" : options.mode == Mode::open_loop ? "open loop" : "closed loop";
    s.connected = handshake_time_.count();
    const double kiosks = static_cast<double>(std::max<uint64_t>(s.connected, 1));
    s.connect_rate = static_cast<double>(s.connected) / connect_seconds_;
    s.throughput = static_cast<double>(counters.completed) / window_seconds_;
    const double user_us = window_finish_.user_us - window_begin_.user_us;
    const double system_us = window_finish_.system_us - window_begin_.system_us;
    if (counters.completed > 0) {
        s.user_us_per_request = user_us / static_cast<double>(counters.completed);
        s.system_us_per_request = system_us / static_cast<double>(counters.completed);
    }
    s.server_percent = (user_us + system_us) / window_seconds_ / 1e4;
    s.harness_percent = own_cpu_in_window_us_ / window_seconds_ / 1e4;
    s.us_per_handshake = (with_kiosks_.cpu_us() - before_.cpu_us()) / kiosks;
    s.bytes_per_kiosk = static_cast<double>(with_kiosks_.rss_bytes - before_.rss_bytes) / kiosks;
    s.voluntary = window_finish_.voluntary_switches - window_begin_.voluntary_switches;
    s.involuntary = window_finish_.involuntary_switches - window_begin_.involuntary_switches;
    return s;
}

double to_ms(Nanos ns) { return static_cast<double>(ns) / 1e6; }
double to_mib(int64_t bytes) { return static_cast<double>(bytes) / 1048576.0; }

void LoadGenerator::print(const Summary& s) const {
    const bool with_load = options.mode != Mode::idle;
    const Counters& c = counters;
    if (!options.label.empty()) std::printf("run             %s\n", options.label.c_str());
    std::printf("mode            %s", s.mode);
    if (with_load) std::printf(", %zu backends", options.backends);
    if (options.mode == Mode::open_loop) std::printf(", %.0f requests/s intended (%s)", options.rate, options.poisson ? "poisson" : "uniform");
    std::printf("\nkiosks          %lu of %zu connected in %.3f s = %.0f handshakes/s; handshake p50 %.2f p99 %.2f ms\n",
                s.connected, kiosks_.size(), connect_seconds_, s.connect_rate,
                to_ms(handshake_time_.quantile(.5)), to_ms(handshake_time_.quantile(.99)));
    if (with_load) {
        std::printf("requests        %lu in %.2f s = %.0f/s\n", c.completed, window_seconds_, s.throughput);
        std::printf("in all          %zu sent, %zu answered, warm-up included\n", fate_.size(), answered_in_all());
        std::printf("latency ms      min %.3f  p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n",
                    to_ms(latency_.min()), to_ms(latency_.quantile(.5)), to_ms(latency_.quantile(.9)),
                    to_ms(latency_.quantile(.99)), to_ms(latency_.quantile(.999)), to_ms(latency_.max()));
    }
    std::printf("failures        mismatched %lu  misrouted %lu  duplicated %lu  error replies %lu  non-200 %lu  timeouts %lu"
                "  broken %lu  kiosks lost %lu  protocol %lu\n",
                c.mismatched, c.misrouted, c.duplicated, c.error_replies, c.non_200, c.timeouts, c.broken, c.kiosks_lost, c.protocol_errors);
    if (!options.server_pids.empty()) {
        if (with_load)
            std::printf("server CPU      %.2f us/request (user %.2f + system %.2f); ", s.user_us_per_request + s.system_us_per_request,
                        s.user_us_per_request, s.system_us_per_request);
        else std::printf("server CPU      ");
        std::printf("%.1f %% of a core; %.0f us/handshake\n", s.server_percent, s.us_per_handshake);
        std::printf("server memory   RSS %.1f MiB before, %.1f MiB with kiosks, %.1f MiB at end; %.0f bytes/kiosk\n",
                    to_mib(before_.rss_bytes), to_mib(with_kiosks_.rss_bytes), to_mib(at_end_.rss_bytes), s.bytes_per_kiosk);
        std::printf("server switches %ld voluntary, %ld involuntary\n", s.voluntary, s.involuntary);
    }
    const bool harness_bound = with_load && s.harness_percent > 95 && !options.busy_poll;
    std::printf("harness CPU     %.0f %% of a core%s\n", s.harness_percent,
                harness_bound ? " - the harness may be the limit: trust CPU/request rather than requests/s" : "");
}

void LoadGenerator::write_json(const Summary& s) const {
    const Counters& c = counters;
    std::ofstream out(options.json_file);
    out << format(R"({"label":"%s","mode":"%s","kiosks":%zu,"kiosks_connected":%lu,"kiosk_failures":%zu,)",
                  options.label.c_str(), s.mode, kiosks_.size(), s.connected, kiosk_failures_)
        << format(R"("connect_seconds":%.6f,"connect_rate":%.1f,"handshake_p50_ms":%.4f,"handshake_p99_ms":%.4f,)",
                  connect_seconds_, s.connect_rate, to_ms(handshake_time_.quantile(.5)), to_ms(handshake_time_.quantile(.99)))
        << format(R"("backends":%zu,"rate":%.1f,"payload_bytes":%zu,"window_seconds":%.4f,"requests":%lu,"throughput":%.2f,)",
                  options.backends, options.mode == Mode::open_loop ? options.rate : 0.0, options.payload_bytes, window_seconds_,
                  c.completed, s.throughput)
        << format(R"("requests_sent":%zu,"requests_answered":%zu,)", fate_.size(), answered_in_all())
        << format(R"("latency_ms":{"min":%.4f,"p50":%.4f,"p90":%.4f,"p99":%.4f,"p999":%.4f,"max":%.4f},)",
                  to_ms(latency_.min()), to_ms(latency_.quantile(.5)), to_ms(latency_.quantile(.9)), to_ms(latency_.quantile(.99)),
                  to_ms(latency_.quantile(.999)), to_ms(latency_.max()))
        << format(R"("failures":{"mismatched":%lu,"misrouted":%lu,"duplicated":%lu,"error_replies":%lu,"non_200":%lu,)",
                  c.mismatched, c.misrouted, c.duplicated, c.error_replies, c.non_200)
        << format(R"("timeouts":%lu,"broken":%lu,"kiosks_lost":%lu,"protocol_errors":%lu},)", c.timeouts, c.broken, c.kiosks_lost, c.protocol_errors)
        << format(R"("server":{"cpu_us_per_request":%.3f,"user_us_per_request":%.3f,"system_us_per_request":%.3f,)",
                  s.user_us_per_request + s.system_us_per_request, s.user_us_per_request, s.system_us_per_request)
        << format(R"("cpu_percent":%.3f,"cpu_us_per_handshake":%.2f,"rss_before_bytes":%ld,"rss_with_kiosks_bytes":%ld,)",
                  s.server_percent, s.us_per_handshake, before_.rss_bytes, with_kiosks_.rss_bytes)
        << format(R"("rss_end_bytes":%ld,"rss_bytes_per_kiosk":%.1f,"voluntary_switches":%ld,"involuntary_switches":%ld},)",
                  at_end_.rss_bytes, s.bytes_per_kiosk, s.voluntary, s.involuntary)
        << format(R"("harness_cpu_percent":%.2f})", s.harness_percent) << "\n";
    if (!out) die("cannot write " + options.json_file);
}

int LoadGenerator::report() const {
    const Summary summary = summarize();
    print(summary);
    if (!options.json_file.empty()) write_json(summary);
    return counters.failures() + kiosk_failures_ == 0 && !during_failed_ ? 0 : 1;
}

int main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    const std::vector<Credential> credentials = load_credentials(options);
    if (!options.write_tokens_file.empty()) {
        std::ofstream out(options.write_tokens_file);
        for (const Credential& c : credentials) out << c.kiosk_id << ' ' << c.token << '\n';
        return 0;
    }
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_SET_TIMERSLACK, 1UL);  // wake on time for open-loop sends
    auto generator = std::make_unique<LoadGenerator>(options, credentials);
    generator->run();
    return generator->report();
}
