// Signals that ask a process to end, once it is ending.
#pragma once

#include <csignal>

namespace kgw {

// From now on a further SIGINT, SIGTERM or SIGHUP does nothing. For a loop that listened to them and goes away:
// `forget` gives up its handlers, upon which Asio restores the default action, and who asks twice (a
// supervisor, a tired person at Ctrl-C) would kill the process at its last lines instead of seeing exit code 0.
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
