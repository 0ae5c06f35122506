#include "agent/execution/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <map>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace kgw {
namespace {

// The agent's own, which no vendor's program should see.
constexpr std::string_view kSecrets[] = {"WS_TOKEN=", "KIOSK_TOKEN=", "PROXY_URL="};
constexpr int kFirstOther = 3;  // the agent's own file descriptors, from here on

std::string error_text(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void set(int fd) {
    close();
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> public_environment() {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (std::none_of(std::begin(kSecrets), std::end(kSecrets),
                     [&](std::string_view secret) { return text.starts_with(secret); }))
      all.emplace_back(text);
  }
  return all;
}

// Returns the error; 0: it runs as `pid`, and is the first of its process group.
int spawn(const ProgramCall& call, int output, pid_t& pid) {
  SpawnSettings set;
  posix_spawn_file_actions_addopen(&set.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (output >= 0) posix_spawn_file_actions_adddup2(&set.actions, output, STDOUT_FILENO);
  else posix_spawn_file_actions_addopen(&set.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&set.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&set.actions, kFirstOther);
  if (!call.directory.empty()) posix_spawn_file_actions_addchdir_np(&set.actions, call.directory.c_str());
  sigset_t all{}, none{};
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&set.attributes, &all);
  posix_spawnattr_setsigmask(&set.attributes, &none);
  posix_spawnattr_setpgroup(&set.attributes, 0);
  posix_spawnattr_setflags(&set.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> arguments = call.arguments, environment = public_environment();
  return posix_spawnp(&pid, arguments.front().c_str(), &set.actions, &set.attributes,
                      pointers(arguments).data(), pointers(environment).data());
}

// Takes what there is; returns false at the end of it.
bool take_output(int fd, std::string& output) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t bytes = ::read(fd, buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return bytes < 0 && errno == EAGAIN;
    const std::size_t room = kProgramOutputBytesMax - output.size();
    output.append(buffer.data(), std::min(room, static_cast<std::size_t>(bytes)));
  }
}

std::string read_output_file(const std::string& name) {
  std::string text(kProgramOutputBytesMax, '\0');
  std::ifstream in(name, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

ProgramEnd not_started(std::string why) { return {.how = ProgramEnd::How::not_started, .why = std::move(why)}; }

void reap(pid_t pid, ProgramEnd& end) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (end.how == ProgramEnd::How::timed_out) return;
  end.how = WIFEXITED(status) ? ProgramEnd::How::exited : ProgramEnd::How::killed;
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

// Until it has ended, the time is up, or `stop_fd` gets readable. What it started may hold its output open for
// ever: its own end is what counts.
void wait_for(pid_t pid, int output, Milliseconds timeout, int stop_fd, ProgramEnd& end) {
  // By its number: the header of glibc 2.36 declares it for C only.
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const Instant until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
    std::array<pollfd, 3> waits{pollfd{process.get(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                                pollfd{stop_fd, POLLIN, 0}};
    const int ready =
        ::poll(waits.data(), waits.size(), static_cast<int>(std::max(left, Milliseconds(0)).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (waits[2].revents != 0) return;  // how is `left`
    if (output >= 0 && waits[1].revents != 0 && !take_output(output, end.output)) output = -1;
    if (waits[0].revents == 0 && ready > 0) continue;
    if (waits[0].revents == 0) {
      end.how = ProgramEnd::How::timed_out;
      ::kill(-pid, SIGKILL);
    }
    if (output >= 0) take_output(output, end.output);
    return reap(pid, end);
  }
}

}  // namespace

ProgramEnd run_program(const ProgramCall& call, int stop_fd) {
  if (!call.output_file.empty() && ::unlink(call.output_file.c_str()) != 0 && errno != ENOENT)
    return not_started("the file " + call.output_file +
                       " of an earlier run can't be removed: " + error_text(errno));
  Descriptor from, into;
  if (call.output_file.empty()) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return not_started(error_text(errno));
    from.set(ends[0]);
    into.set(ends[1]);
    ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  }
  pid_t pid = 0;
  if (const int error = spawn(call, into.get(), pid); error != 0) return not_started(error_text(error));
  into.close();
  ProgramEnd end;
  wait_for(pid, from.get(), call.timeout, stop_fd, end);
  if (!call.output_file.empty() && end.how == ProgramEnd::How::exited)
    end.output = read_output_file(call.output_file);
  return end;
}

struct ProgramRunner::Impl {
  Impl(AgentLoop& given, std::size_t max) : loop(given), running_max(max), stop(::eventfd(0, EFD_CLOEXEC)) {}

  AgentLoop& loop;
  const std::size_t running_max;
  const Descriptor stop;
  std::uint64_t ids = 0;
  std::map<std::uint64_t, std::thread> running;
  std::shared_ptr<Impl*> self = std::make_shared<Impl*>(this);  // what was posted goes through it
};

ProgramRunner::ProgramRunner(AgentLoop& loop, std::size_t running_max)
    : impl_(std::make_unique<Impl>(loop, running_max)) {}

ProgramRunner::~ProgramRunner() {
  *impl_->self = nullptr;
  ::eventfd_write(impl_->stop.get(), 1);
  for (auto& [id, thread] : impl_->running) thread.join();
}

bool ProgramRunner::start(ProgramCall call, std::function<void(const ProgramEnd&)> done) {
  if (impl_->running.size() >= impl_->running_max) return false;
  const std::uint64_t id = ++impl_->ids;
  impl_->running.emplace(id, std::thread([&loop = impl_->loop, stop = impl_->stop.get(), self = impl_->self, id,
                                          call = std::move(call), done = std::move(done)] {
                           ProgramEnd end = run_program(call, stop);
                           loop.post([self, id, done, end = std::move(end)] {
                             if (*self == nullptr) return;
                             (*self)->running.extract(id).mapped().join();
                             done(end);
                           });
                         }));
  return true;
}

}  // namespace kgw
