// Ignores signals that ask a process to end once it is already ending.
#pragma once

#include <csignal>

namespace kgw {

// From now on another SIGINT, SIGTERM or SIGHUP does nothing. For a loop that handled them and is going away:
// `forget` removes its handlers, whereupon Asio restores the default action, and a second signal (from a
// supervisor, or an impatient Ctrl-C) would kill the process during its last lines instead of letting it exit
// with code 0.
template <class Forget>
void ignore_further_signals(Forget forget) {
  sigset_t ends, before;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  forget();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace kgw
